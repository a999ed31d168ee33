"""`jupyter livens run` in a terminal."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest
from commands import TIMEOUT_S, notebook_file, outputs


@contextmanager
def terminal(*args: object, **env: str) -> Iterator[pexpect.spawn]:
    """Call the command in a terminal."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "livens.cli", "run", *map(str, args)],
        env={**os.environ, "TERM": "xterm-256color", **env},
        encoding="utf-8",
        timeout=TIMEOUT_S,
        dimensions=(24, 80),
    )
    try:
        yield child
    finally:
        child.close(force=True)


class TestTerminal:
    """Where the output is a terminal."""

    SLOW = ("import time", "for i in range(400): x = i; time.sleep(0.05)", "y = 1")

    def test_live_table(self, tmp_path: Path) -> None:
        """The variables are shown while their cell runs, with a progress bar over the cells."""
        path = notebook_file(tmp_path / "a.ipynb", "import time", *["x = 5; time.sleep(1)"] * 2)
        with terminal(path) as child:
            child.expect(r"cell 2 of 3")
            child.expect(r"x +")
            child.expect(r"\[2\] line 1, now")
            child.expect(r"3 cells ran in")
            child.expect(pexpect.EOF)
            child.close()
            assert child.exitstatus == 0

    def test_no_live(self, tmp_path: Path) -> None:
        """With --no-live the terminal gets lines, and its cursor stays where it is."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 5")
        with terminal(path, "--no-live", NO_COLOR="1") as child:
            child.expect(pexpect.EOF)
            assert "[1/1] ok" in child.before
            assert not re.search(r"\x1b\[\d*[A-HJKf]|\x1b\[\?25", child.before)

    def test_dumb_terminal(self, tmp_path: Path) -> None:
        """A dumb terminal gets lines."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 5")
        with terminal(path, TERM="dumb") as child:
            child.expect(pexpect.EOF)
            assert "[1/1] ok" in child.before
            assert "\x1b" not in child.before

    def test_interrupt(self, tmp_path: Path) -> None:
        """Ctrl-C interrupts the cell, writes what there is, and returns 130."""
        import_, loop, after = self.SLOW
        begun = tmp_path / "begun"
        path = notebook_file(tmp_path / "a.ipynb", import_, f"open('begun', 'w')\n{loop}", after)
        out = tmp_path / "b.ipynb"
        with terminal(path, "--output", out, "--no-live") as child:
            child.expect(r"\[2/3\]")
            while not begun.exists():
                time.sleep(0.05)
            child.sendintr()
            child.expect("KeyboardInterrupt")
            child.expect("Interrupted in cell 2 of 3 after")
            child.expect(pexpect.EOF)
            child.close()
            assert child.exitstatus == 130
        assert outputs(out)[1][0]["ename"] == "KeyboardInterrupt"
        assert outputs(out)[2] == []

    def test_second_interrupt(self, tmp_path: Path) -> None:
        """A cell that does not mind Ctrl-C is given up on after the second."""
        stubborn = (
            "import time\nx = 0\nwhile True:\n"
            "    try: time.sleep(0.1); x += 1\n    except KeyboardInterrupt: pass"
        )
        path = notebook_file(tmp_path / "a.ipynb", stubborn)
        out = tmp_path / "b.ipynb"
        with terminal(path, "--output", out, "--no-live") as child:
            child.expect(r"\[1/1\]")
            child.sendintr()
            child.expect("Ctrl-C again")
            # One that comes a moment after the first would count as the same.
            for _ in range(100):
                child.sendintr()
                if child.expect(["Interrupted in cell 1 of 1 after", pexpect.TIMEOUT], 0.3) == 0:
                    break
            child.expect(pexpect.EOF)
            child.close()
            assert child.exitstatus == 130
        assert out.exists()

    def test_interrupt_while_the_kernel_starts(self, tmp_path: Path) -> None:
        """Ctrl-C before the first cell leaves no kernel behind."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 1")
        slow = tmp_path / "jupyter" / "kernels" / "slow"
        slow.mkdir(parents=True)
        pid_file = tmp_path / "pid"
        code = (
            "import os, pathlib, time\n"
            f"pathlib.Path({str(pid_file)!r}).write_text(str(os.getpid()))\n"
            "print('started', flush=True)\ntime.sleep(60)"
        )
        spec = {"argv": [sys.executable, "-c", code], "display_name": "S", "language": "python"}
        (slow / "kernel.json").write_text(json.dumps(spec))
        with terminal(path, "--kernel", "slow", JUPYTER_PATH=str(slow.parents[1])) as child:
            child.expect("started")
            child.sendintr()
            child.expect("Interrupted before the first cell after")
            child.expect(pexpect.EOF)
            child.close()
            assert child.exitstatus == 130
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid_file.read_text()), signal.SIGTERM)
