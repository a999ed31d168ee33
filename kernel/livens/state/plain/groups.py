"""What a group becomes when it is encoded, and when it is decoded; and the plain tier of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from livens.state.plain import containers, scalars
from livens.state.plain.blobs import Blob, Changed
from livens.state.plain.document import Node, load
from livens.state.plain.options import GivenUp, Options
from livens.state.plain.reader import Buffer, Kind, Reader
from livens.state.plain.writer import Encoder, Refused, Writer

ENCODERS: dict[int, Encoder] = {**containers.ENCODERS, **scalars.ENCODERS}
KINDS: dict[str, Kind] = {**containers.KINDS, **scalars.KINDS}

_TIMES = 3


@dataclass(frozen=True)
class EncodedGroup:
    """The names of a group as bytes.

    Attributes
    ----------
    document : bytes
        The graph of the names that are kept.
    blobs : tuple of Blob
        The large bytes that belong to it.
    refused : dict
        For each name that is not kept the reason in words.
    """

    document: bytes
    blobs: tuple[Blob, ...]
    refused: dict[str, str]


@dataclass(frozen=True)
class DecodedGroup:
    """The values of a group.

    Attributes
    ----------
    values : dict
        The restored names.
    refused : dict
        For each name that cannot be restored the reason in words.
    """

    values: dict[str, Any]
    refused: dict[str, str]


def encode_with(
    values: Mapping[str, object],
    options: Options,
    encoders: Mapping[int, Encoder],
    others: Encoder,
    at_last: Callable[[Writer, dict[str, str]], None] | None = None,
) -> EncodedGroup:
    """Encode a group by encoders; what another thread changes meanwhile is taken again.

    Parameters
    ----------
    values : mapping
        Names and their values.
    options : Options
        What must not be kept, and how much work may be done.
    encoders, others
        As for `Writer`.
    at_last : callable, optional
        Gets the writer and the refused names, when all names have been added.

    Raises
    ------
    GivenUp
        If it was being changed each of three times.
    """
    for _ in range(_TIMES):
        writer = Writer(options, encoders, others)
        refused: dict[str, str] = {}
        try:
            for name, value in values.items():
                try:
                    writer.add(name, value)
                except Refused as err:
                    refused[name] = str(err)
            if at_last is not None:
                at_last(writer, refused)
            return EncodedGroup(writer.document(), tuple(writer.blobs), refused)
        except Changed:
            continue
    raise GivenUp("it was being changed by another thread all the time")


def encode_plain(values: Mapping[str, object], options: Options | None = None) -> EncodedGroup:
    """Encode what is plain data: the classes of Python's own that hold values.

    Examples
    --------
    >>> shared = [1]
    >>> group = encode_plain({"a": shared, "b": {"of a": shared}, "c": open})
    >>> group.refused
    {'c': 'a builtin_function_or_method is no plain data'}
    >>> values = decode_plain(group.document, ()).values
    >>> values, values["b"]["of a"] is values["a"]
    ({'a': [1], 'b': {'of a': [1]}}, True)
    """
    return encode_with(values, options or Options(), ENCODERS, _no_plain_data)


def _no_plain_data(_writer: Writer, value: Any) -> Node:
    raise Refused(f"a {type.__dict__['__name__'].__get__(type(value))[:100]} is no plain data")


def decode_plain(
    document: Buffer, blobs: Sequence[Buffer], kinds: Mapping[str, Kind] = KINDS
) -> DecodedGroup:
    """Return the values of a document with plain data; names with anything else are refused.

    Nothing that a document says is executed.

    Raises
    ------
    DocumentUnreadable
        If the document is damaged or of a newer format.
    """
    return DecodedGroup(*Reader(load(document), blobs, kinds).read())
