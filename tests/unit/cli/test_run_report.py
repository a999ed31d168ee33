"""What a run says, and the last row of the terminal."""

from __future__ import annotations

import io
import os
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from livens.cli.live_toolbar import StatusRow
from livens.cli.run_report import RunReport
from livens.cli.screen import Screen
from livens.protocol.types import ChangeSet, Variable
from livens.recording.observer import CellEnd
from livens.recording.outcome import ExitCode, Outcome


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of a known size, and no colours."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


class TestReport:
    """What a run says."""

    @pytest.fixture(autouse=True)
    def _clock_that_stands_still(self, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = SimpleNamespace(monotonic=lambda: 0.0)
        monkeypatch.setattr("livens.cli.run_report.time", clock)

    def run(self, *outcomes: bool) -> tuple[RunReport, io.StringIO, io.StringIO]:
        out, err = io.StringIO(), io.StringIO()
        screens = []
        for stream in (out, err):
            screen = Screen(is_live=False)
            screen.console.file = stream
            screens.append(screen)
        report = RunReport(len(outcomes), *screens)
        for number, is_ok in enumerate(outcomes, 1):
            report.cell_started(nbformat.v4.new_code_cell(f"# why\nx = {number}"), 0, 0.0)
            x = Variable("x", [["name", "x"]], "number", "int", preview=str(number))
            report.changed(ChangeSet("e", number, [x]), 0.0)
            report.cell_ended(CellEnd("ok" if is_ok else "failed"), 0.0)
        return report, out, err

    def test_lines(self) -> None:
        """Each cell has a line when it starts and one when it ends, with what it changed."""
        report, out, err = self.run(True, True)
        done = Path("done.ipynb")
        assert report.finish(Outcome(ExitCode.OK, written=done), done) == 0
        lines = out.getvalue().splitlines()
        assert lines[:4] == [
            "[1/2] x = 1",
            "[1/2] ok, 0.0 s: x = 1",
            "[2/2] x = 2",
            "[2/2] ok, 0.0 s: x = 2",
        ]
        assert lines[-1] == "2 cells ran in 0.0 s; written to done.ipynb."
        assert any(line.startswith("x ") for line in lines)
        assert err.getvalue() == ""

    def test_failure(self) -> None:
        """The cell that failed is shown with its number, its source and the traceback."""
        report, out, err = self.run(True, False)
        traceback = "\x1b[31mZeroDivisionError\x1b[0m: division by zero"
        assert report.finish(Outcome(ExitCode.FAILED, "failed", traceback), None) == 1
        assert err.getvalue().splitlines() == [
            "Cell 2 of 2:",
            "   1 | # why",
            "   2 | x = 2",
            "ZeroDivisionError: division by zero",
        ]
        assert out.getvalue().splitlines()[-1] == (
            "Cell 2 of 2 failed after 0.0 s; not written (see --output)."
        )

    def test_allowed_failures_are_counted(self) -> None:
        """A run that went on after failures says so."""
        report, out, _ = self.run(False, True)
        report.finish(Outcome(ExitCode.OK), None)
        assert "2 cells ran, 1 of them failed, in" in out.getvalue()

    def test_unwatched(self) -> None:
        """A kernel that cannot be watched gets no table."""
        report, out, _ = self.run()
        report.finish(Outcome(ExitCode.OK), None)
        assert out.getvalue() == "0 cells ran in 0.0 s; not written (see --output).\n"

    def test_initial_state_is_no_change(self) -> None:
        """What was there before, and is told again, is not what the cell has changed."""
        report, out, _ = self.run(True)
        x = Variable("x", [["name", "x"]], "number", "int", preview="1")
        report.cell_started(nbformat.v4.new_code_cell("pass"), 0, 0.0)
        report.changed(ChangeSet("e", 9, [x], complete=True), 0.0)
        report.cell_ended(CellEnd("ok"), 0.0)
        assert out.getvalue().splitlines()[-1] == "[2/1] ok, 0.0 s"

    def test_removed(self) -> None:
        """A name that is gone is told with a minus, and is not in the table."""
        report, out, _ = self.run(True)
        report.cell_started(nbformat.v4.new_code_cell("del x"), 0, 0.0)
        report.changed(ChangeSet("e", 9, removed=["x"]), 0.0)
        report.cell_ended(CellEnd("ok"), 0.0)
        report.finish(Outcome(ExitCode.OK), None)
        assert out.getvalue().splitlines()[-3:-1] == [
            "[2/1] ok, 0.0 s: - x",
            "There are no variables.",
        ]

    def test_no_cursor_movement(self) -> None:
        """What is no terminal gets no escapes."""
        report, out, err = self.run(True, False)
        report.paint()
        report.finish(Outcome(ExitCode.FAILED, "failed", "\x1b[2J\x1b[31mError"), None)
        assert "\x1b" not in out.getvalue() + err.getvalue()


class FakeTerminal(io.StringIO):
    """A terminal of 80 by 24 that keeps what is written to it."""

    def fileno(self) -> int:
        return 1


class TestStatusRow:
    """The last row of the terminal, while a cell runs."""

    @pytest.fixture
    def size(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        size = [80, 24]
        monkeypatch.setattr(os, "get_terminal_size", lambda fd: os.terminal_size(size))
        return size

    @pytest.fixture
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        now = [0.0]
        monkeypatch.setattr("livens.cli.live_toolbar.time.monotonic", lambda: now[0])
        return now

    def test_short_cell_shows_nothing(self, size: list[int], clock: list[float]) -> None:
        """A cell that is done at once leaves the terminal alone."""
        out = FakeTerminal()
        row = StatusRow(lambda width: "x = 5", out)
        row.begin()
        row.paint()
        row.end()
        assert out.getvalue() == ""

    def test_row(self, size: list[int], clock: list[float]) -> None:
        """The rows above are left to scroll, the line goes into the last one, and is taken away."""
        out = FakeTerminal()
        row = StatusRow(lambda width: f"x = {width}", out)
        row.begin()
        clock[0] = 1.0
        row.paint()
        assert "\x1b[1;23r" in out.getvalue()
        assert "\x1b[24;1H\x1b[7mx = 79\x1b[0m" in out.getvalue()
        before = len(out.getvalue())
        row.paint()
        assert len(out.getvalue()) == before
        row.end()
        assert out.getvalue().endswith("\x1b7\x1b[r\x1b[24;1H\x1b[2K\x1b8")

    def test_resize(self, size: list[int], clock: list[float]) -> None:
        """A terminal that gets another size gets another region."""
        out = FakeTerminal()
        row = StatusRow(lambda width: "x", out)
        row.begin()
        clock[0] = 1.0
        row.paint()
        size[:] = [100, 30]
        row.paint()
        assert "\x1b[1;29r" in out.getvalue()
        assert "\x1b[30;1H" in out.getvalue()

    def test_not_in_pipes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Pipes and dumb terminals have no last row."""
        assert not StatusRow.is_possible(io.StringIO())
