"""Python scripts that run as processes that can be watched."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WAITS = """
import sys
number = int(sys.argv[1])
loss = number / 2
print("ready", flush=True)
for line in sys.stdin:
    exec(line)
    print("done", flush=True)
"""
"""A script that says when it is ready, and runs the lines that it is given."""


class Script:
    """A script that runs.

    Attributes
    ----------
    process : subprocess.Popen
        Its process.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def wait_until_ready(self) -> None:
        """Wait until it says something."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.strip() in ("ready", "done"), line

    def run(self, line: str) -> None:
        """Have it run a line, and wait until it has."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        self.wait_until_ready()


@contextmanager
def joined(
    folder: Path, *args: object, source: str = WAITS, name: str = "work.py", **env: str
) -> Iterator[Script]:
    """Run a script by ``jupyter livens join``; it is ended in the end."""
    script = folder / name
    script.write_text(textwrap.dedent(source), encoding="utf-8")
    with _started([str(script), *map(str, args)], env) as started:
        yield started


@contextmanager
def _started(arguments: list[str], env: dict[str, str]) -> Iterator[Script]:
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen(
        [sys.executable, "-m", "livens.cli", "join", *arguments],
        **pipes,
        text=True,
        env={**os.environ, **env},
    )
    with process:
        script = Script(process)
        try:
            script.wait_until_ready()
            yield script
        finally:
            process.kill()
