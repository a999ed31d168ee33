"""A document and its blobs as one string of bytes, which can be checked.

For who has no place of his own for blobs. The archive keeps them apart, by the hashes of their
chunks, so that what two values have in common is kept once.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence

from livens.exceptions import DocumentUnreadable

_MAGIC = b"livens-sealed 1\n"
_NBYTES = struct.Struct(">Q")
_DIGEST = 32


def seal(document: bytes, blobs: Sequence[bytes | memoryview]) -> bytes:
    """Return a document and its blobs in one.

    Examples
    --------
    >>> document, blobs = unseal(seal(b"document", [b"blob"]))
    >>> bytes(document), [bytes(blob) for blob in blobs]
    (b'document', [b'blob'])
    """
    body = b"".join(
        part for piece in (document, *blobs) for part in (_NBYTES.pack(len(piece)), piece)
    )
    return _MAGIC + hashlib.blake2b(body, digest_size=_DIGEST).digest() + body


def unseal(data: bytes | bytearray | memoryview) -> tuple[memoryview, list[memoryview]]:
    """Return the document and the blobs that were sealed.

    Raises
    ------
    DocumentUnreadable
        If anything of it is damaged or cut.
    """
    view = memoryview(data).cast("B")
    start = len(_MAGIC) + _DIGEST
    body = view[start:]
    digest = hashlib.blake2b(body, digest_size=_DIGEST).digest()
    if bytes(view[: len(_MAGIC)]) != _MAGIC or bytes(view[len(_MAGIC) : start]) != digest:
        raise DocumentUnreadable("its digest does not fit; it is damaged or cut")
    pieces: list[memoryview] = []
    while len(body):
        (nbytes,) = _NBYTES.unpack(body[: _NBYTES.size])
        pieces.append(body[_NBYTES.size : _NBYTES.size + nbytes])
        body = body[_NBYTES.size + nbytes :]
    if not pieces:
        raise DocumentUnreadable("there is no document in it")
    return pieces[0], pieces[1:]
