"""What is left of a record when something is killed, or the disk is full."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
from commands import TIMEOUT_S, command, notebook_file, python

import livens


def lines(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [
        json.loads(line) for line in path.read_bytes().splitlines() if line.endswith(b"}")
    ]  # the last may be on its way


def wait_for_variable(path: Path, name: str) -> None:
    """Wait until a record that is being written has a variable."""
    until = time.monotonic() + TIMEOUT_S
    while time.monotonic() < until:
        changes = [line for line in lines(path) if line["type"] == "changes"]
        if any(v["name"] == name for line in changes for v in line.get("changed", [])):
            return
        time.sleep(0.02)
    raise TimeoutError(f"no variable {name} in {path}")


class TestKilled:
    """What is left when something is killed, or the disk is full."""

    def test_client_that_is_killed(self, tmp_path: Path) -> None:
        """kill -9 of the client leaves everything up to the last cell that has ended, and more."""
        path = notebook_file(
            tmp_path / "a.ipynb", "x = 1", "y = 2", "import time\nfor i in range(10**6):\n"
            "    time.sleep(0.01)"
        )  # fmt: skip
        for name in ("a.jsonl", "a.jsonl.gz"):
            file = tmp_path / name
            with subprocess.Popen(
                [sys.executable, "-m", "livens.cli", "run", path, "--record", file],
                stdout=subprocess.PIPE,
                start_new_session=True,
            ) as process:
                assert process.stdout is not None
                while b"[3/3]" not in process.stdout.readline():
                    pass
                if name == "a.jsonl":
                    wait_for_variable(file, "i")
                process.kill()
            found = livens.read_record(file)
            assert found.status == "cut off"
            assert [cell.status for cell in found.cells][:2] == ["ok", "ok"]
            assert found.final["y"].preview == "2"
            if name == "a.jsonl":
                assert "i" in found.final
                done = command("report", file)
                assert done.returncode == 0
                assert "[3] cut off" in done.stdout

    def test_full_disk(self, tmp_path: Path) -> None:
        """On a full disk the run goes on, the record is whole up to there, and the code says so."""
        path = notebook_file(
            tmp_path / "a.ipynb",
            *(f"x{n} = {n}\ntext{n} = 'a' * 100" for n in range(60)),
            "print('the end')",
        )
        file, out = tmp_path / "a.jsonl", tmp_path / "out.ipynb"
        limits = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        limits += "resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000)); "
        main = "import sys; from livens.cli import main; sys.exit(main(sys.argv[1:]))"
        done = python("-c", limits + main, "run", path, "--record", file, "--output", out)
        assert done.returncode == 5, done.stderr
        assert done.stderr.count("cannot be written: File too large") == 1
        assert "the run goes on without" in done.stderr
        found = livens.read_record(file)
        whole = [cell for cell in found.cells if cell.status == "ok"]
        assert 10 < len(whole) < 60
        assert (
            found.problems[-1] == "The record has no end: the run was killed, or its disk was full."
        )
        outputs = nbformat.read(out, as_version=4).cells[-1].outputs
        assert outputs[0]["text"] == "the end\n"

    def test_interrupted(self, tmp_path: Path) -> None:
        """Ctrl-C ends the record as interrupted."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 1", "import time\ntime.sleep(60)")
        file = tmp_path / "a.jsonl"
        with subprocess.Popen(
            [sys.executable, "-m", "livens.cli", "run", path, "--record", file],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            wait_for_variable(file, "time")
            process.send_signal(signal.SIGINT)
            assert process.wait(TIMEOUT_S) == 130
        found = livens.read_record(file)
        assert found.status == "interrupted"
        assert found.final["x"].preview == "1"
