"""`encode_group` and `decode_group`: all tiers together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from livens.state.encoding.dispatching import ENCODERS, KINDS, encode_other
from livens.state.plain.document import load
from livens.state.plain.groups import DecodedGroup, EncodedGroup, encode_with
from livens.state.plain.options import Options
from livens.state.plain.reader import Buffer, Reader


def encode_group(values: Mapping[str, object], options: Options | None = None) -> EncodedGroup:
    """Encode the names of a group, without running code of the user's.

    Parameters
    ----------
    values : mapping
        Names that share objects, with their values.
    options : Options, optional
        What must not be kept, and how much work may be done.

    Raises
    ------
    GivenUp
        If the values were being changed by another thread all the time. What ``options.check``
        raises comes out as well.

    Examples
    --------
    >>> shared = [1, 2]
    >>> group = encode_group({"a": shared, "b": (shared, 1j), "c": (n for n in shared)})
    >>> group.refused
    {'c': 'a generator stands in the middle of its code'}
    >>> decode_group(group.document, (), {}).values
    {'a': [1, 2], 'b': ([1, 2], 1j)}
    """
    return encode_with(values, options or Options(), ENCODERS, encode_other)


def decode_group(
    document: Buffer, blobs: Sequence[Buffer], namespace: dict[str, Any]
) -> DecodedGroup:
    """Return the values of a document.

    Parameters
    ----------
    document : bytes-like
        What `encode_group` made.
    blobs : sequence of bytes-like
        The bytes of its blobs, in their order.
    namespace : dict
        The globals of functions and classes that are defined again. The names themselves are not
        put into it.

    Raises
    ------
    DocumentUnreadable
        If the document is damaged or of a newer format. What only concerns some names is in
        ``refused``.
    """
    reader = Reader(load(document), blobs, KINDS, {"namespace": namespace})
    return DecodedGroup(*reader.read())
