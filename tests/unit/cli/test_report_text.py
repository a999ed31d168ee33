"""`jupyter livens report` as text and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recorded import change, header, number, written

from livens.cli import main
from livens.recording import record
from livens.recording.file import RecordFile
from livens.recording.timeline import Timeline


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
        assert "[2] cut off: x = 2" in out

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
