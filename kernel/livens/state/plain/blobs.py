"""The large bytes of a value, beside its document: read in pieces, when somebody asks.

A blob copies nothing of what it is made of before it is read. `Buffer` reads memory that the user
may be changing meanwhile: who reads it in steps has to look again whether the value has changed
since.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, Protocol

from livens.exceptions import DocumentUnreadable

INLINE_NBYTES = 4096
"""Up to so many bytes stand in the document itself, as base64."""


class Blob(Protocol):
    """Large bytes that can be read in pieces."""

    @property
    def nbytes(self) -> int:
        """How many bytes there are."""

    def read(self, start: int, stop: int) -> bytes:
        """Return a copy of a piece.

        Raises
        ------
        Changed
            If there are no longer as many bytes as before.
        """


class Changed(Exception):
    """What is encoded was changed by another thread: it has to be taken again."""


class Data:
    """Bytes that never change.

    Examples
    --------
    >>> Data(b"abc").read(1, 3)
    b'bc'
    """

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def nbytes(self) -> int:
        """How many bytes there are."""
        return len(self._data)

    def read(self, start: int, stop: int) -> bytes:
        """Return a copy of a piece."""
        return self._data[start:stop]


class Resizable:
    """The bytes of a `bytearray` or an `array.array`, of which no buffer is taken.

    While somebody has a buffer of one, its owner cannot make it longer.

    Examples
    --------
    >>> Resizable(bytearray(b"abc"), 3, 1).read(0, 2)
    b'ab'
    """

    def __init__(self, value: Any, nbytes: int, itemsize: int) -> None:
        self._value, self._nbytes, self._itemsize = value, nbytes, itemsize

    @property
    def nbytes(self) -> int:
        """How many bytes there were when the value was encoded."""
        return self._nbytes

    def read(self, start: int, stop: int) -> bytes:
        """Return a copy of a piece; raises `Changed` if the value has another size now."""
        size = self._itemsize
        first = start // size
        piece = self._value[first : -(-stop // size)]
        self.need_size()
        return bytes(piece)[start - first * size : stop - first * size]

    def need_size(self) -> None:
        """Raise `Changed` if the value has another size than when it was encoded."""
        if len(self._value) * self._itemsize != self._nbytes:
            raise Changed("it has another size than when it was encoded")


class Made:
    """Bytes that are made when they are first asked for, of what never changes.

    Parameters
    ----------
    make : callable
        Returns the bytes.

    Examples
    --------
    >>> Made(lambda: b"abc").nbytes
    3
    """

    def __init__(self, make: Callable[[], bytes]) -> None:
        self._make: Callable[[], bytes] | None = make
        self._data = b""

    @property
    def nbytes(self) -> int:
        """How many bytes there are; makes them."""
        return len(self._bytes())

    def read(self, start: int, stop: int) -> bytes:
        """Return a copy of a piece."""
        return self._bytes()[start:stop]

    def _bytes(self) -> bytes:
        make = self._make
        if make is not None:
            self._data = make()
            self._make = None
        return self._data


def all_bytes(blob: Blob) -> bytes:
    """Return all bytes of a blob, in one copy."""
    return blob.read(0, blob.nbytes)


def inline(data: bytes) -> str:
    """Return bytes as they stand in a document."""
    return base64.b64encode(data).decode("ascii")


def from_inline(text: str) -> bytes:
    """Return the bytes that stand in a document.

    Raises
    ------
    DocumentUnreadable
        If it is not base64.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as err:
        raise DocumentUnreadable("bytes in the document are no base64; it is damaged") from err
