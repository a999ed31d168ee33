"""An archive in a folder of its own, and short ways to write to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from livens.state.archive.content import Content, ContentReader
from livens.state.archive.records import Identity, NewCommit, NewEntry, Process
from livens.state.archive.writing import ArchiveWriter

PROCESS = Process("host", 1, 0.0, "3.11.9")


class Data:
    """Bytes as a blob."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.nbytes = len(data)

    def read(self, start: int, stop: int) -> bytes:
        return self.data[start:stop]


class Keeping:
    """Writes commits, each a second after the other."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 0.0
        self.writer = ArchiveWriter(path, clock=lambda: self.now)
        self.session = self.writer.begin(Identity(name="s"), PROCESS)
        self.cell = 0

    def content(self, document: bytes, *blobs: bytes) -> Content:
        reader = ContentReader(document, [Data(blob) for blob in blobs])
        while not reader.step(self.writer.put):
            pass
        return reader.content

    def cell_ends(self, **values: bytes | None) -> int:
        """Write a commit: documents by name, None for a name that is gone."""
        self.now += 1.0
        self.cell += 1
        entries = {
            name: NewEntry("gone") if value is None else NewEntry("kept", self.content(value))
            for name, value in values.items()
        }
        return self.writer.commit(NewCommit("cell", self.now, cell=self.cell, entries=entries))


@pytest.fixture
def keeping(tmp_path: Path) -> Iterator[Keeping]:
    keeping = Keeping(tmp_path / "livens" / "archive.sqlite")
    yield keeping
    keeping.writer.close()
