"""The values of a namespace as bytes, and back.

`encode_group` encodes the names of a group, which are those that share objects, and runs no code
of the user's. `decode_group` makes the values again, in any process; it runs the definitions of
functions and classes that are in the document. `reach` says which names belong to one group.
"""

from livens.state.encoding.groups import decode_group, encode_group
from livens.state.encoding.reaching import reach, whole_reach
from livens.state.plain import (
    Blob,
    Changed,
    DecodedGroup,
    DocumentUnreadable,
    EncodedGroup,
    GivenUp,
    Options,
    all_bytes,
    seal,
    unseal,
    until,
)

__all__ = [
    "Blob", "Changed", "DecodedGroup", "DocumentUnreadable", "EncodedGroup", "GivenUp", "Options",
    "all_bytes", "decode_group", "encode_group", "reach", "seal", "unseal", "until",
    "whole_reach",
]  # fmt: skip
