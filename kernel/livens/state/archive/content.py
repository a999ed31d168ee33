"""What one group is as bytes: a document and its blobs, in chunks that are named by their digest.

A large value that changes a little has the same chunks but for a few, and only these are stored
again. Chunks begin at multiples of `CHUNK_BYTES`: what is inserted in front of the rest moves all
of it, as it does in an array itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

CHUNK_BYTES = 256 * 1024
"""So much is read, hashed and stored at a time."""

INLINE_BYTES = 16 * 1024
"""A document up to this size is stored with its group, and not as chunks."""

DIGEST_BYTES = 16
"""The length of a digest."""

PutChunk = Callable[[bytes, bytes], None]
"""Takes a chunk, after its digest."""


class Blob(Protocol):
    """Large bytes that are read in pieces: `livens.state.encoding` has them."""

    @property
    def nbytes(self) -> int:
        """How many bytes there are."""

    def read(self, start: int, stop: int) -> bytes:
        """Return a copy of some of them."""


@dataclass(frozen=True, slots=True)
class Chunks:
    """Large bytes: how many, and the digests of their chunks, one after the other."""

    nbytes: int
    digests: bytes

    def __iter__(self) -> Iterator[bytes]:
        """Return the digest of each chunk."""
        starts = range(0, len(self.digests), DIGEST_BYTES)
        return (self.digests[start : start + DIGEST_BYTES] for start in starts)


@dataclass(frozen=True, slots=True)
class Content:
    """What a group is.

    Attributes
    ----------
    document : bytes or Chunks
        The values but for large bytes.
    blobs : tuple of Chunks
        The large bytes that the document mentions, by their number.
    digest : bytes
        The same for the same content, whenever it was made.
    """

    document: bytes | Chunks
    blobs: tuple[Chunks, ...]
    digest: bytes

    @property
    def nbytes(self) -> int:
        """How many bytes it is."""
        own = self.document.nbytes if isinstance(self.document, Chunks) else len(self.document)
        return own + sum(blob.nbytes for blob in self.blobs)

    def chunk_lists(self) -> dict[int, Chunks]:
        """Return all that is stored as chunks: the blobs from 1 on, a large document as 0."""
        lists = dict(enumerate(self.blobs, start=1))
        if isinstance(self.document, Chunks):
            lists[0] = self.document
        return lists


def digest_of(data: bytes) -> bytes:
    """Return the digest of some bytes.

    Examples
    --------
    >>> len(digest_of(b"")), digest_of(b"a") == digest_of(b"b")
    (16, False)
    """
    return blake2b(data, digest_size=DIGEST_BYTES).digest()


class _Bytes:
    """A document, as a `Blob`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.nbytes = len(data)

    def read(self, start: int, stop: int) -> bytes:
        """Return a copy of a part of it."""
        return self._data[start:stop]


class ContentReader:
    """Reads a group chunk by chunk, and hands each chunk on.

    Parameters
    ----------
    document : bytes
        The values but for large bytes.
    blobs : sequence of Blob
        The large bytes.

    Examples
    --------
    >>> chunks = {}
    >>> reader = ContentReader(b"x" * 300_000, [])
    >>> reader.step(chunks.__setitem__), reader.step(chunks.__setitem__)
    (False, True)
    >>> reader.content.nbytes, len(chunks)
    (300000, 2)
    """

    def __init__(self, document: bytes, blobs: Sequence[Blob]) -> None:
        self._begin(document, blobs)

    def _begin(self, document: bytes, blobs: Sequence[Blob]) -> None:
        self._document = document
        self._is_inline = len(document) <= INLINE_BYTES
        self._waiting = self._all(blobs)
        self._length = len(self._waiting)
        self._read: list[Chunks] = []
        self._digests: list[bytes] = []
        self._at = 0

    def _all(self, blobs: Sequence[Blob]) -> list[Blob]:
        return [*blobs] if self._is_inline else [_Bytes(self._document), *blobs]

    def copy(self, copied: Callable[[Blob], Blob | None]) -> bool:
        """Exchange the blobs for copies; return whether all are, which none are if one is not."""
        copies = [copied(blob) for blob in self._waiting]
        if any(copy is None for copy in copies):
            return False
        self._waiting = [copy for copy in copies if copy is not None]
        return True

    def release(self) -> None:
        """Let go of the blobs; `resume` goes on."""
        self._waiting = []

    def resume(self, document: bytes, blobs: Sequence[Blob]) -> None:
        """Go on with the same group, made anew; read all of it again if it is another one."""
        waiting = self._all(blobs)
        if document != self._document or len(waiting) != self._length:
            self._begin(document, blobs)
            return
        if any(blob.nbytes != read.nbytes for blob, read in zip(waiting, self._read, strict=False)):
            self._begin(document, blobs)
            return
        self._waiting = waiting

    @property
    def is_over(self) -> bool:
        """Whether all is read."""
        return len(self._read) == self._length

    def step(self, put: PutChunk) -> bool:
        """Read the next chunk, and hand it to *put*; return whether all is read."""
        if self.is_over:
            return True
        blob = self._waiting[len(self._read)]
        stop = min(self._at + CHUNK_BYTES, blob.nbytes)
        if stop > self._at:
            data = blob.read(self._at, stop)
            digest = digest_of(data)
            put(digest, data)
            self._digests.append(digest)
        self._at = max(self._at, stop)
        if self._at >= blob.nbytes:
            self._read.append(Chunks(self._at, b"".join(self._digests)))
            self._digests, self._at = [], 0
        return self.is_over

    @property
    def content(self) -> Content:
        """What was read.

        Raises
        ------
        RuntimeError
            If there is more to be read.
        """
        if not self.is_over:
            raise RuntimeError("The group is not read to its end; expected calls of step() before")
        document: bytes | Chunks = self._document if self._is_inline else self._read[0]
        blobs = tuple(self._read if self._is_inline else self._read[1:])
        total = blake2b(digest_size=DIGEST_BYTES)
        total.update(digest_of(self._document))
        for blob in blobs:
            total.update(b"%d:" % blob.nbytes + blob.digests)
        return Content(document, blobs, total.digest())
