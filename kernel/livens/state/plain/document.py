"""The document of a group of names: a graph of nodes, as JSON with a digest before it.

A document is one line ``livens-state FORMAT DIGEST`` and the JSON of a `Document`. Its values are
*refs*:

- ``null``, a boolean, a text, a number of 64 bits, or a finite float stands for itself;
- ``[n]`` is the object of node ``n``;
- ``{"i": "0x…"}`` is a larger integer, ``{"f": "…"}`` the eight bytes of another float in
  hexadecimal digits, and ``{"s": "…"}`` the bytes of a text that is no valid UTF-8.

A node is ``[kind, args, fill, data]``. Its object is made of *args*, which are refs; *fill* are
refs to what is put into it afterwards, so that objects may contain each other. *data* are plain
JSON that contains no refs. Nothing of this is deeper than three levels, however deep the value is.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from livens.exceptions import DocumentUnreadable

FORMAT = 1
_MAGIC = b"livens-state"


class Node(msgspec.Struct, array_like=True):
    """One object of the graph."""

    kind: str
    args: list[Any] = []
    fill: list[Any] = []
    data: Any = None


class Document(msgspec.Struct):
    """Names, and the graph that they lead into."""

    python: str
    """The Python that wrote it, such as ``3.12``."""

    names: list[tuple[str, Any]]
    """Each name with its ref."""

    nodes: list[Node]
    blobs: list[int | None]
    """How long each blob is; null where that is only known when it is read."""

    packages: dict[str, str] = {}
    """The versions of the packages whose classes and functions are named in it."""


def dump(document: Document) -> bytes:
    """Return a document as bytes.

    Examples
    --------
    >>> load(dump(Document("3.12", [("x", 1)], [], []))).names
    [('x', 1)]
    """
    body = msgspec.json.encode(document)
    return b"%s %d %s\n%s" % (_MAGIC, FORMAT, _digest(body), body)


def load(data: bytes | bytearray | memoryview) -> Document:
    """Return a document from its bytes.

    Raises
    ------
    DocumentUnreadable
        If the bytes are no document, are damaged, or are of a newer format.
    """
    head, _, body = bytes(data).partition(b"\n")
    magic, _, rest = head.partition(b" ")
    number, _, digest = rest.partition(b" ")
    if magic != _MAGIC or not number.isdigit():
        raise DocumentUnreadable("it is no document of kept values, or its beginning is damaged")
    if int(number[:9]) > FORMAT:
        raise DocumentUnreadable(
            f"it is of format {int(number[:9])}, and this livens reads up to {FORMAT}; "
            "update livens"
        )
    if digest != _digest(body):
        raise DocumentUnreadable("its digest does not fit; it is damaged or cut")
    try:
        return msgspec.json.decode(body, type=Document)
    except (msgspec.DecodeError, RecursionError) as err:
        raise DocumentUnreadable(f"its JSON does not fit: {err}") from err


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).hexdigest().encode("ascii")
