"""Records without a run: what is written within which limits, and what is read of what is left."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from recorded import change, header, number

import livens
from livens.cli import main
from livens.exceptions import RecordFailed, RecordUnreadable
from livens.protocol.messages import EventParams
from livens.protocol.previews import value_of
from livens.protocol.types import Origin, Point, Rule, Unevaluated
from livens.recording import record
from livens.recording.file import RecordFile
from livens.recording.reading import Record, read_record
from livens.recording.timeline import FOOTER_BYTES, Timeline

SCHEMA = Path(livens.__file__).parent / "schema" / "livens.record.v1.json"


class Lines(list[bytes]):
    """A sink that keeps what it gets, and how much of it was made safe."""

    safe = 0

    def write(self, data: bytes) -> None:
        self.append(data)

    def sync(self) -> None:
        self.safe = len(self)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in map(json.loads, self) if line["type"] == kind]

    @property
    def kinds(self) -> list[str]:
        return [json.loads(line)["type"] for line in self]


def run(timeline: Timeline, cells: int = 2) -> None:
    """A run in which cell n sets x to n, in its first line."""
    for count in range(1, cells + 1):
        timeline.cell_started(count - 1, f"x = {count}", at=100.0 + count, cell_id=f"c{count}")
        timeline.changed(change(number("x", count, 1, count)), at=100.5 + count)
        timeline.cell_ended("ok", at=100.75 + count, execution_count=count)
    timeline.end("ok", [number("x", cells, 1, cells)], at=200.0)


def written(path: Path, cells: int = 2, **policy: Any) -> Path:
    file = RecordFile(path)
    run(Timeline(file, header(**policy)), cells)
    file.close()
    return path


class TestTimeline:
    """What is written."""

    def test_order_of_the_lines(self) -> None:
        """The header is first, each cell has its lines, the footer is last and sums up."""
        lines = Lines()
        run(Timeline(lines, header()))
        cell = ["cell-started", "changes", "cell-ended"]
        assert lines.kinds == ["header", *cell, *cell, "final", "footer"]
        footer = lines.of("footer")[0]
        assert (footer["cells"], footer["changes"], footer["seconds"]) == (2, 2, 100.0)
        assert lines.safe == len(lines)

    def test_every_line_fits_the_schema(self) -> None:
        """What is written is what the published schema says, to the last field."""
        lines = Lines()
        timeline = Timeline(lines, header(max_points=1, max_changes=1))
        timeline.cell_started(0, "x = 1", at=1.0, cell_id="a")
        origin = Origin(1, "a", 2)
        point = Point(1.0, "nan", 1, [2, 3], 48)
        timeline.changed(
            change(
                number("x", 1, 1),
                number("y", 2, 2),
                removed=["z"],
                unevaluated=[Unevaluated("u", "too large")],
                origins={"z": origin},
                points={"x": [point, point]},
            ),
            at=1.5,
        )
        rule = Rule("r1", "x > 0", "stop", "me")
        event = EventParams(
            epoch="e", seq=2, kind="rule", name="x", message="x > 0", rule=rule, origin=origin
        )
        timeline.told(event, at=1.6)
        timeline.noted("the watch has ended", at=1.7)
        error = record.Error(ename="E", evalue="v", traceback="t")
        timeline.cell_ended("failed", at=2.0, execution_count=1, error=error)
        timeline.end("failed", [number("x", 1)], at=3.0, reason="E: v")
        assert {*lines.kinds} == {str(cls.__struct_config__.tag) for cls in record.LINES}
        validator = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
        for line in lines:
            assert not list(validator.iter_errors(json.loads(line))), line

    def test_cells_are_safe_when_they_end(self) -> None:
        """A cell that has ended is on the disk before the next one begins."""
        lines = Lines()
        timeline = Timeline(lines, header())
        timeline.cell_started(0, "x", at=1.0)
        assert lines.safe == 1
        timeline.cell_ended("ok", at=2.0)
        assert lines.safe == 3

    def test_summary_of_a_cell(self) -> None:
        """A cell's end lists what it changed: how often, in which lines, and to what."""
        lines = Lines()
        timeline = Timeline(lines, header())
        timeline.changed(change(number("old", 1)), at=0.5)
        timeline.cell_started(0, "…", at=1.0)
        for value in (1, 2, 3):
            timeline.changed(change(number("x", value, line=value % 2 + 1)), at=1.1)
        timeline.changed(change(removed=["old"], origins={"old": Origin(1, line=4)}), at=1.2)
        timeline.cell_ended("ok", at=2.0)
        assert lines.of("cell-ended")[0]["changed"] == [
            {"name": "x", "count": 3, "lines": [2, 1], "type": "int", "preview": "3"},
            {"name": "old", "lines": [4], "removed": True},
        ]

    def test_repeated_state_is_not_written_again(self) -> None:
        """A refresh that says what is known already adds nothing."""
        lines = Lines()
        timeline = Timeline(lines, header())
        timeline.changed(change(number("x", 1)), at=1.0)
        timeline.changed(change(number("x", 1), complete=True), at=2.0)
        assert len(lines.of("changes")) == 1

    def test_changes_beyond_the_limit(self) -> None:
        """Beyond the limit only the last description is written, when the cell ends."""
        lines = Lines()
        timeline = Timeline(lines, header(max_changes=2))
        timeline.cell_started(0, "x", at=1.0)
        for value in range(10):
            timeline.changed(change(number("x", value)), at=1.1)
        timeline.cell_ended("ok", at=2.0)
        told = [v["preview"] for line in lines.of("changes") for v in line["changed"]]
        assert told == ["0", "1", "9"]
        assert lines.of("cut") == [
            {"type": "cut", "at": 2.0, "what": "changes", "dropped": 8, "number": 1}
        ]

    def test_points_beyond_the_limit(self) -> None:
        """The first points of each variable are kept, and the others counted."""
        lines = Lines()
        timeline = Timeline(lines, header(max_points=3))
        timeline.cell_started(0, "x", at=1.0)
        for value in range(5):
            points = [Point(1.0, 2 * value), Point(1.0, 2 * value + 1)]
            x = number("x", 2 * value + 1)
            timeline.changed(change(x, points={"x": points, "In": points}), at=1.1)
        timeline.cell_ended("ok", at=2.0)
        told = [p[1] for line in lines.of("changes") for p in line.get("points", {}).get("x", [])]
        assert not any("In" in line.get("points", {}) for line in lines.of("changes"))
        assert told == [0, 1, 2]
        assert lines.of("cut")[0]["dropped"] == 7
        assert lines.of("cut")[0]["name"] == "x"

    @given(st.integers(20_000, 60_000), st.integers(1, 300))
    def test_never_larger_than_allowed(self, max_bytes: int, cells: int) -> None:
        """Whatever happens the record keeps its limit, and its footer."""
        lines = Lines()
        run(Timeline(lines, header(max_bytes=max_bytes)), cells)
        assert sum(map(len, lines)) <= max_bytes
        assert lines.kinds[-1] == "footer"

    def test_full_record_goes_on_with_its_cells(self) -> None:
        """When the record is nearly full that is said once, and cells are written on."""
        lines = Lines()
        run(Timeline(lines, header(max_bytes=30_000)), 60)
        assert lines.of("cut")[0]["what"] == "record"
        assert len(lines.of("changes")) < len(lines.of("cell-ended"))
        assert sum(map(len, lines)) < 30_000 - FOOTER_BYTES + 1_000

    def test_cell_that_is_open_ends_with_the_run(self) -> None:
        """A run that ends in the middle of a cell ends the cell too."""
        lines = Lines()
        timeline = Timeline(lines, header())
        timeline.cell_started(0, "x", at=1.0)
        timeline.end("died", [], at=2.0, reason="The kernel died.")
        assert lines.of("cell-ended")[0]["status"] == "died"
        assert lines.of("footer")[0]["reason"] == "The kernel died."

    def test_long_errors_are_cut(self) -> None:
        """Of a long traceback the end stays, of a long text the beginning."""
        lines = Lines()
        timeline = Timeline(lines, header(max_chars=100))
        timeline.cell_started(0, "x", at=1.0)
        error = record.Error(ename="E", evalue="v" * 500, traceback="a" * 500 + "z")
        timeline.cell_ended("failed", at=2.0, error=error)
        told = lines.of("cell-ended")[0]["error"]
        assert len(told["evalue"]) == len(told["traceback"]) == 100
        assert told["traceback"].endswith("z")


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


@pytest.mark.parametrize("text", ["object()", "{1: 2}", "f(x)", "(" * 1000, "b'a'", "1 +", ""])
def test_what_is_no_plain_value(text: str) -> None:
    """Only what JSON can hold is read out of a text, and nothing is executed."""
    with pytest.raises(ValueError, match=r".+"):
        value_of(text)


class TestReport:
    """`jupyter livens report` without a terminal."""

    def test_text(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The text has a line for each cell and each of its changes, and the final table."""
        assert main(["report", str(written(tmp_path / "a"))]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith("a.ipynb, ")
        assert lines[0].endswith("2 cells, ok, 100.0 s")
        assert lines[2:6] == [
            "[1] ok, 0.8 s: x = 1",
            "      x = 1 (line 1)",
            "[2] ok, 0.8 s: x = 2",
            "      x = 2 (line 1)",
        ]
        assert lines[-1].split()[:3] == ["x", "int", "2"]

    def test_json(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The JSON has the cells, the changes and the series of the numbers."""
        assert main(["report", str(written(tmp_path / "a")), "--format", "json"]) == 0
        data = json.loads(capsys.readouterr().out)
        assert [cell["status"] for cell in data["cells"]] == ["ok", "ok"]
        assert [point[1] for point in data["points"]["x"]] == [1.0, 2.0]

    def test_killed_run(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Of a run that was killed the report says so, and shows the rest."""
        path = written(tmp_path / "a")
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:6]))
        assert main(["report", str(path)]) == 0
        out = capsys.readouterr().out
        assert "The record has no end: the run was killed, or its disk was full." in out
        assert "[2] killed: x = 2" in out

    def test_no_record(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """What is no record is refused with code 2."""
        (tmp_path / "a").write_text("hello")
        assert main(["report", str(tmp_path / "a")]) == 2
        assert "is no record of livens" in capsys.readouterr().err

    def test_control_characters_are_shown(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A value cannot send anything to the terminal."""
        file = RecordFile(tmp_path / "a")
        timeline = Timeline(file, header())
        timeline.cell_started(0, "x = '\x1b[31m'", at=1.0)
        timeline.changed(change(number("x\x1b[31m", 1)), at=1.1)
        error = record.Error(ename="E\x1b[31m", evalue="\x07")
        timeline.cell_ended("failed", at=2.0, error=error)
        file.close()
        assert main(["report", str(tmp_path / "a")]) == 0
        out = capsys.readouterr().out
        assert "\x1b" not in out
        assert "\x07" not in out


def test_schema_is_of_the_types() -> None:
    """A reader can rely on the published schema: it is that of the types."""
    assert json.loads(SCHEMA.read_text("utf-8"))["title"] == "A line of a livens.record, version 1"
    assert msgspec.json.decode(record.encode(header()), type=record.RecordLine) == header()
    assert isinstance(Record(Path("a"), header()).status, str)
