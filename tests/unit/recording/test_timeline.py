"""What is written of a run, in which order and within which limits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from recorded import change, header, number, run

import livens
from livens.protocol.messages import EventParams
from livens.protocol.requests import Environment
from livens.protocol.types import ColumnDigest, Digest, Origin, Point, Rule, Unevaluated
from livens.recording import record
from livens.recording.outcome import Expectation
from livens.recording.reading import Record
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
        columns = [ColumnDigest("a", "int64", "h", nulls=1, min="x", max=2, mean=0.5)]
        timeline.digested([Digest("d", "h", "why", 5, columns, 2)], 1, at=1.8)
        timeline.environment(Environment("3.13", "Linux", {"numpy": "2.0"}, 10**9), at=1.9)
        error = record.Error(ename="E", evalue="v", traceback="t")
        timeline.cell_ended("failed", at=2.0, execution_count=1, error=error)
        unmet = Expectation("x > 1", "unmet", "x = 1")
        timeline.end("failed", [number("x", 1)], at=3.0, reason="E: v", expectations=[unmet])
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


def test_schema_is_of_the_types() -> None:
    """A reader can rely on the published schema: it is that of the types."""
    assert json.loads(SCHEMA.read_text("utf-8"))["title"] == "A line of a livens.record, version 1"
    assert msgspec.json.decode(record.encode(header()), type=record.RecordLine) == header()
    assert isinstance(Record(Path("a"), header()).status, str)
