"""The file of a record, and what is read of it, whole or not."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from recorded import change, header, number, written

from livens.exceptions import RecordFailed, RecordUnreadable
from livens.protocol.types import Point
from livens.recording import record
from livens.recording.file import RecordFile
from livens.recording.reading import read_record
from livens.recording.timeline import Timeline


class TestReading:
    """What is read."""

    @pytest.mark.parametrize("name", ["a.livens.jsonl", "a.livens.jsonl.gz"])
    def test_what_was_written_is_read(self, name: str, tmp_path: Path) -> None:
        """Cells, changes and the final state come back, from a compressed file too."""
        found = read_record(written(tmp_path / name))
        assert found.problems == []
        assert found.status == "ok"
        assert [cell.status for cell in found.cells] == ["ok", "ok"]
        assert [(c.name, c.number, c.line) for c in found.changes] == [("x", 1, 1), ("x", 2, 1)]
        assert found.final["x"].preview == "2"
        assert [point.value for point in found.points("x")] == [1.0, 2.0]

    def test_points_of_the_kernel_come_first(self, tmp_path: Path) -> None:
        """Where the kernel kept every value, descriptions are not asked for numbers."""
        file = RecordFile(tmp_path / "a")
        timeline = Timeline(file, header())
        points = {"x": [Point(1.0, 1), Point(1.1, 2)]}
        timeline.changed(change(number("x", 2), points=points), at=1.2)
        file.close()
        assert [p.value for p in read_record(tmp_path / "a").points("x")] == [1, 2]

    @pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
    def test_cut_anywhere(self, name: str, tmp_path: Path) -> None:
        """A record that was cut at any byte is read up to the last whole line."""
        data = written(tmp_path / name).read_bytes()
        whole = gzip.decompress(data) if name.endswith("gz") else data
        after_header = whole.index(b"\n") + 1
        cut_file = tmp_path / "cut"
        seen = set()
        for length in range(len(data)):
            cut_file.write_bytes(data[:length])
            try:
                found = read_record(cut_file)
            except RecordUnreadable:
                assert name.endswith("gz") or length < after_header
                continue
            seen.add(len(found.cells))
            assert found.footer is not None or "The record has no end" in found.problems[-1]
        assert seen == {0, 1, 2}

    def test_lines_of_the_future_are_passed_over(self, tmp_path: Path) -> None:
        """Types and fields that this reader does not know do no harm."""
        path = written(tmp_path / "a")
        lines = path.read_bytes().splitlines(keepends=True)
        lines[1] = lines[1].replace(b'"number":1', b'"number":1,"mood":"fine"')
        lines.insert(2, b'{"type":"weather","sun":true}\n')
        path.write_bytes(b"".join(lines))
        found = read_record(path)
        assert found.problems == []
        assert len(found.cells) == 2

    def test_older_record(self, tmp_path: Path) -> None:
        """A record without the fields that came later is read."""
        old = {"type": "header", "format": record.FORMAT, "version": 1, "protocol": 1}
        old |= {"livens": "0.1.0", "python": "3.11.0", "started_at": 1.0}
        (tmp_path / "a").write_text(json.dumps(old) + "\n")
        assert read_record(tmp_path / "a").header.policy == record.Policy()

    def test_newer_record_is_refused(self, tmp_path: Path) -> None:
        """A record of a later format names both versions, and what to do."""
        path = written(tmp_path / "a")
        path.write_bytes(path.read_bytes().replace(b'"version":1', b'"version":7', 1))
        with pytest.raises(RecordUnreadable, match=r"version 7.* up to version 1\. Update livens"):
            read_record(path)

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"\n",
            b"{}\n",
            b"[1, 2]\n",
            b'{"cells": [], "nbformat": 4}',
            b"\x00" * 1000,
            b"\x1f\x8bnot really compressed",
            gzip.compress(b"hello\n", mtime=0),
            b"[" * 100_000 + b"\n",
            b'{"type":"header","format":"livens.record","version":"one"}\n',
            b'{"type":"header","format":"livens.record","version":1}\n',
            "\ufeff{}\n".encode("utf-16"),
        ],
    )
    def test_no_record(self, data: bytes, tmp_path: Path) -> None:
        """What is no record is refused with its name."""
        path = tmp_path / "other.txt"
        path.write_bytes(data)
        with pytest.raises(RecordUnreadable, match=r"other\.txt"):
            read_record(path)

    def test_no_file(self, tmp_path: Path) -> None:
        """What is not there, or is a directory, is refused with its name."""
        with pytest.raises(RecordUnreadable, match="No record"):
            read_record(tmp_path / "nothing")
        with pytest.raises(RecordUnreadable, match="cannot be read"):
            read_record(tmp_path)

    def test_two_records_in_one_file(self, tmp_path: Path) -> None:
        """A file of two records says where the second begins."""
        path = written(tmp_path / "a")
        one = path.read_bytes()
        path.write_bytes(one + one)
        at = one.count(b"\n") + 1
        with pytest.raises(RecordUnreadable, match=f"Line {at} .* begins another record"):
            read_record(path)

    def test_damaged_lines_are_named(self, tmp_path: Path) -> None:
        """A line in the middle that cannot be read is named; the others are read."""
        path = written(tmp_path / "a")
        lines = path.read_bytes().splitlines(keepends=True)
        lines[2] = b'{"type":"changes","at":"noon"}\n'
        lines.insert(5, b"\xff\xfe\n")
        path.write_bytes(b"".join(lines))
        found = read_record(path)
        assert [problem.split(" cannot")[0] for problem in found.problems] == ["Line 3", "Line 6"]
        assert len(found.cells) == 2

    def test_endless_line(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A file without line breaks is given up before it fills the memory."""
        monkeypatch.setattr("livens.recording.file.MAX_LINE_BYTES", 3_000_000)
        path = tmp_path / "huge.gz"
        path.write_bytes(gzip.compress(b" " * 50_000_000, mtime=0))
        with pytest.raises(RecordUnreadable, match=r"huge\.gz has a line of more than 3 MB"):
            read_record(path)

    def test_frames(self, tmp_path: Path) -> None:
        """With pandas a record becomes frames of changes, points and cells."""
        found = read_record(written(tmp_path / "a"))
        changes = found.to_pandas()
        assert changes[["cell", "line", "name", "number"]].values.tolist() == [
            [1, 1, "x", 1.0],
            [2, 1, "x", 2.0],
        ]
        assert found.to_pandas("points")["value"].tolist() == [1.0, 2.0]
        assert found.to_pandas("cells")["status"].tolist() == ["ok", "ok"]

    def test_frames_without_the_library(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without polars it is said what to install."""
        monkeypatch.setitem(__import__("sys").modules, "polars", None)
        found = read_record(written(tmp_path / "a"))
        with pytest.raises(ImportError, match="pip install polars"):
            found.to_polars()


class TestFile:
    """The file."""

    def test_no_directory(self, tmp_path: Path) -> None:
        """A place that is not there is refused at once."""
        with pytest.raises(RecordFailed, match="No directory"):
            RecordFile(tmp_path / "no" / "a.jsonl")

    def test_full_disk(self) -> None:
        """A full disk is named, with what to do."""
        file = RecordFile(Path("/dev/full"))
        with pytest.raises(RecordFailed, match="No space left on device; free some space"):
            file.write(b"x")
        file.close()

    def test_compressed_record_is_readable_after_each_cell(self, tmp_path: Path) -> None:
        """What was made safe can be read while the file is still being written."""
        path = tmp_path / "a.gz"
        file = RecordFile(path)
        timeline = Timeline(file, header())
        timeline.cell_started(0, "x = 1", at=1.0)
        timeline.cell_ended("ok", at=2.0)
        timeline.cell_started(1, "y = 1", at=2.0)
        assert [cell.status for cell in read_record(path).cells] == ["ok"]
        file.close()
