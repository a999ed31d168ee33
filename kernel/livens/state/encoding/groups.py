"""`encode_group` and `decode_group`: all tiers together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from livens.state.plain.document import Node, load
from livens.state.plain.groups import ENCODERS, KINDS, DecodedGroup, EncodedGroup, encode_with
from livens.state.plain.options import Options
from livens.state.plain.reader import Buffer, Reader
from livens.state.plain.writer import Refused, Writer
from livens.values import passive


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
    {'c': 'a value of class generator is not kept'}
    >>> decode_group(group.document, (), {}).values
    {'a': [1, 2], 'b': ([1, 2], 1j)}
    """
    return encode_with(values, options or Options(), ENCODERS, _other)


def _other(_writer: Writer, value: Any) -> Node:
    raise Refused(f"a value of class {passive.class_name(type(value))} is not kept")


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
