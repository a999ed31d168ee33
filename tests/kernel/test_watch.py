"""`jupyter livens watch` in a process of its own, beside a real kernel."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pexpect
import pytest
from gates import wait_for

from livens.protocol.types import ChangeSet
from livens.testing import KernelClient

TIMEOUT_S = 90


@pytest.fixture
def file(fresh: tuple[Any, KernelClient]) -> str:
    return str(fresh[0].connection_file)


@contextmanager
def watching(*args: str) -> Iterator[subprocess.Popen[str]]:
    """Start the command with its output in a pipe."""
    process = subprocess.Popen(
        [sys.executable, "-m", "livens.cli", "watch", *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def change_sets(process: subprocess.Popen[str]) -> Iterator[ChangeSet]:
    """Read the lines that `--json` prints."""
    assert process.stdout is not None
    for line in process.stdout:
        yield msgspec.json.decode(line, type=ChangeSet)


def until(process: subprocess.Popen[str], done: Callable[[ChangeSet], bool]) -> ChangeSet:
    return next(found for found in change_sets(process) if done(found))


def names(change_set: ChangeSet) -> set[str]:
    return {v.name for v in change_set.changed}


class TestJson:
    """Change sets as JSON Lines."""

    def test_lines(self, fresh: tuple[Any, KernelClient], file: str, tmp_path: Path) -> None:
        """One line for each change set, at once, the whole state first; the end is code 0."""
        manager, kernel = fresh
        kernel.execute("x = 1")
        with watching(file, "--json") as process:
            state = next(change_sets(process))
            assert state.complete
            assert names(state) == {"x"}
            seen = tmp_path / "seen"
            cell = kernel.start(f"y = 2\n{wait_for(seen)}z = 3")
            assert "z" not in names(until(process, lambda found: "y" in names(found)))
            seen.touch()
            kernel.finish(cell)
            until(process, lambda found: "z" in names(found))
            manager.shutdown_kernel()
            assert process.wait(TIMEOUT_S) == 0
            assert process.stderr is not None
            assert process.stderr.read() == ""

    def test_names(self, fresh: tuple[Any, KernelClient], file: str) -> None:
        """Only what was asked for is printed."""
        _, kernel = fresh
        kernel.execute("x1 = 1; y = 2; x2 = 3")
        with watching(file, "--json", "--once", "--names", "x*") as process:
            assert names(next(change_sets(process))) == {"x1", "x2"}
            assert process.wait(TIMEOUT_S) == 0

    def test_restart(self, fresh: tuple[Any, KernelClient], file: str) -> None:
        """Over a restart the lines go on, with another epoch."""
        manager, kernel = fresh
        kernel.execute("x = 1")
        with watching(file, "--json") as process:
            before = next(change_sets(process)).epoch
            manager.restart_kernel()
            state = until(process, lambda found: found.complete)
            assert state.epoch != before
            assert state.removed == ["x"]

    def test_reader_that_leaves(self, fresh: tuple[Any, KernelClient], file: str) -> None:
        """When nobody reads the pipe any more, the command ends without a word."""
        _, kernel = fresh
        with watching(file, "--json") as process:
            next(change_sets(process))
            assert process.stdout is not None
            process.stdout.close()
            kernel.execute("x = 1")
            assert process.wait(TIMEOUT_S) == 0
            assert process.stderr is not None
            assert process.stderr.read() == ""

    def test_interrupt(self, file: str) -> None:
        """Ctrl-C ends the watch, without a traceback."""
        with watching(file, "--json") as process:
            next(change_sets(process))
            process.send_signal(signal.SIGINT)
            assert process.wait(TIMEOUT_S) == 130
            assert process.stderr is not None
            assert process.stderr.read() == ""


class TestPlain:
    """Lines for people, where there is no terminal."""

    def test_once(self, fresh: tuple[Any, KernelClient], file: str) -> None:
        """With --once the present state is printed as a table."""
        _, kernel = fresh
        kernel.execute("x = 5")
        with watching(file, "--once") as process:
            out, err = process.communicate(timeout=TIMEOUT_S)
        assert err == ""
        assert out.splitlines()[2].split()[:3] == ["x", "int", "5"]

    def test_once_with_nothing(self, file: str) -> None:
        """No variables are a state as well."""
        with watching(file, "--once") as process:
            out, _ = process.communicate(timeout=TIMEOUT_S)
        assert out == "There are no variables.\n"

    def test_changes_restart_and_end(self, fresh: tuple[Any, KernelClient], file: str) -> None:
        """Each change set is a line; restarts and the end are said."""
        manager, kernel = fresh
        kernel.execute("x = 5")
        with watching(file) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "x = 5\n"
            kernel.execute("del x")
            assert process.stdout.readline() == "- x\n"
            manager.restart_kernel()
            assert process.stdout.readline() == "kernel restarted\n"
            kernel.client.wait_for_ready(timeout=60)
            manager.shutdown_kernel()
            assert process.stdout.readline() == "The kernel has ended.\n"
            assert process.wait(TIMEOUT_S) == 0


class TestTerminal:
    """The live table."""

    def test_live(self, fresh: tuple[Any, KernelClient], file: str, tmp_path: Path) -> None:
        """The table follows the cell; Ctrl-C ends it."""
        _, kernel = fresh
        child = pexpect.spawn(
            sys.executable,
            ["-m", "livens.cli", "watch", file],
            env={**os.environ, "TERM": "xterm-256color"},
            encoding="utf-8",
            timeout=TIMEOUT_S,
            dimensions=(24, 80),
        )
        try:
            child.expect("Ctrl-C ends the watch")
            seen = tmp_path / "seen"
            cell = kernel.start(f"first = 1\n{wait_for(seen)}second = 2")
            child.expect("first")
            child.expect("now")
            seen.touch()
            child.expect("second")
            kernel.finish(cell)
            child.sendintr()
            child.expect(pexpect.EOF)
            child.close()
            assert child.exitstatus == 130
            assert "Traceback" not in child.before
        finally:
            child.close(force=True)


class TestRefused:
    """Kernels that cannot be watched."""

    def test_stock_kernel(self, start: Callable[..., Any]) -> None:
        """A kernel of another kind is named, with the remedy."""
        with start("python3") as (manager, _), watching(manager.connection_file) as process:
            _, err = process.communicate(timeout=TIMEOUT_S)
            assert process.returncode == 2
            assert "is 'ipython', expected 'livens'; run `%load_ext livens` in it, or" in err

    def test_stale_file(self, fresh: tuple[Any, KernelClient], tmp_path: Any) -> None:
        """A file whose kernel has ended is named at once."""
        manager, _ = fresh
        stale = tmp_path / "kernel-stale.json"
        with open(manager.connection_file) as stream:
            stale.write_text(json.dumps(json.load(stream)))
        manager.shutdown_kernel()
        with watching(str(stale)) as process:
            _, err = process.communicate(timeout=TIMEOUT_S)
            assert process.returncode == 2
            assert f"No kernel answers at {stale}" in err
