"""What is shared besides plain JSON: dates, decimals, arrays, frames, objects that are shared.

`livens.state.stores.documents` loads this for the first value that JSON has no words for. It is the
encoding of what is kept (`livens.state.encoding`), but for all that would run code: functions,
classes and their instances, and pickles. Whoever may write to a store may not run code in the
programs that read it.
"""

from __future__ import annotations

import sys
from typing import Any

from livens.exceptions import DocumentUnreadable, NotShared
from livens.protocol.redaction import Redactor
from livens.state.encoding import (
    arrays,
    arrow,
    frames,
    numpy_values,
    pandas_arrays,
    zones,
)
from livens.state.encoding.blocks import Block, encode_block
from livens.state.plain import GivenUp, Options, all_bytes, decode_plain, seal, unseal
from livens.state.plain.document import Node
from livens.state.plain.groups import ENCODERS, encode_with
from livens.state.plain.groups import KINDS as PLAIN_KINDS
from livens.state.plain.reader import Kind
from livens.state.plain.writer import Refused, Writer
from livens.values import passive

KINDS: dict[str, Kind] = {
    **PLAIN_KINDS, **arrays.KINDS, **numpy_values.KINDS, **arrow.KINDS, **frames.KINDS,
    **pandas_arrays.KINDS, **zones.KINDS,
}  # fmt: skip
"""What is read: nothing of it is looked up by a name that a document may choose, and called."""

_LIBRARIES = {
    "numpy": numpy_values.encode, "pandas": frames.encode, "pyarrow": arrow.encode,
    "polars": arrow.encode_polars, "pytz": zones.encode_pytz, "dateutil": zones.encode_dateutil,
}  # fmt: skip

_NAME = "it"
"""The one name in a group: reasons say where they are below it."""

_ENCODERS = {**ENCODERS, id(Block): encode_block}


def encode(value: object, redactor: Redactor | None, max_nbytes: int) -> bytes:
    """Return a value as bytes.

    Raises
    ------
    NotShared
        If it is no data, or larger; the message is the reason.

    Examples
    --------
    >>> shared = [1]
    >>> back = decode(encode([shared, shared], None, 1_000))
    >>> back, back[0] is back[1]
    ([[1], [1]], True)
    """
    options = Options(redactor=redactor, max_nbytes=max_nbytes)
    try:
        group = encode_with({_NAME: value}, options, _ENCODERS, _encode_other)
        if group.refused:
            raise NotShared(group.refused[_NAME])
        return seal(group.document, [all_bytes(blob) for blob in group.blobs])
    except GivenUp:
        raise NotShared("it changes while it is read") from None


def _encode_other(writer: Writer, value: Any) -> Node:
    cls = type(value)
    package = passive.class_module(cls).partition(".")[0]
    encode_value = _LIBRARIES.get(package)
    found = encode_value(writer, value) if encode_value and package in sys.modules else None
    if found is None:
        raise Refused(f"a value of type {passive.class_name(cls)[:100]} is no data")
    return found


def decode(data: bytes) -> Any:
    """Return the value of what `encode` made.

    Raises
    ------
    DocumentUnreadable
        If it is damaged, or holds what is not shared; the message is the reason.
    """
    document, blobs = unseal(data)
    group = decode_plain(document, blobs, KINDS)
    if _NAME not in group.values:
        raise DocumentUnreadable(group.refused.get(_NAME, "there is no value in it"))
    return group.values[_NAME]
