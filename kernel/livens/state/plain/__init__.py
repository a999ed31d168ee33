"""Plain data as bytes and back: what Python's own classes hold, for any program.

It knows nothing of a kernel, and of no library but the one for JSON. `livens.state.encoding` builds
on it for everything else that a namespace holds.
"""

from livens.exceptions import DocumentUnreadable
from livens.state.plain.blobs import Blob, Changed, all_bytes
from livens.state.plain.groups import DecodedGroup, EncodedGroup, decode_plain, encode_plain
from livens.state.plain.options import GivenUp, Options, until
from livens.state.plain.sealing import seal, unseal

__all__ = [
    "Blob", "Changed", "DecodedGroup", "DocumentUnreadable", "EncodedGroup", "GivenUp", "Options",
    "all_bytes", "decode_plain", "encode_plain", "seal", "unseal", "until",
]  # fmt: skip
