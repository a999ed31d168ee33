"""`jupyter livens console` in a real terminal: the toolbar, the status row, and both ends of it."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pexpect
import pytest

from livens.cli.live_toolbar import Feed
from livens.testing import KernelClient

pytest.importorskip("jupyter_console")

TIMEOUT_S = 90
ASKS_WHERE = re.escape("\x1b[6n")
"""prompt_toolkit asks where the cursor is, and shows no toolbar before a terminal answers."""


class Terminal:
    """A terminal with the console in it, which answers what a terminal has to."""

    def __init__(self, child: pexpect.spawn) -> None:
        self.child = child

    def expect(self, pattern: Any) -> str:
        """Wait for a text; returns what came before it, for the first time."""
        before = ""
        while self.child.expect([pattern, ASKS_WHERE]) == 1:
            before += self.child.before
            self.child.send("\x1b[1;1R")
        return before + self.child.before

    def types(self, line: str) -> None:
        """Type a line, and Enter."""
        self.child.send(line + "\r")


@contextmanager
def console(*args: str) -> Iterator[Terminal]:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "livens.cli", "console", "--no-confirm-exit", *args],
        env={**os.environ, "TERM": "xterm-256color", "NO_COLOR": "1"},
        encoding="utf-8",
        timeout=TIMEOUT_S,
        dimensions=(24, 100),
    )
    try:
        yield Terminal(child)
    finally:
        child.close(force=True)


def test_toolbar_and_status_row() -> None:
    """The variables are below the prompt, and below the output while a cell runs."""
    with console() as terminal:
        terminal.expect(r"In \[")
        terminal.types("import time; x = 12345")
        terminal.expect(r"time \(module\)")
        terminal.types("for x in range(10): time.sleep(0.2)")
        terminal.expect(r"\x1b\[1;23r")
        terminal.expect(r"\x1b\[24;1H\x1b\[7mx = \d")
        terminal.expect(r"\x1b\[r\x1b\[24;1H\x1b\[2K")
        terminal.expect(r"In \[")
        terminal.child.sendeof()
        before = terminal.expect("Shutting down kernel")
        terminal.child.expect(pexpect.EOF)
        terminal.child.close()
        assert terminal.child.exitstatus == 0
        assert "Traceback" not in before
        assert "encryption" not in before


def test_termination(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM ends the console and its kernel, and leaves no connection file behind."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    with console() as terminal:
        terminal.expect(r"In \[")
        terminal.child.kill(signal.SIGTERM)
        before = terminal.expect(pexpect.EOF)
        terminal.child.close()
        assert terminal.child.exitstatus == 143
        assert "Traceback" not in before
    assert list(tmp_path.iterdir()) == []


def test_existing_kernel(fresh: tuple[Any, KernelClient]) -> None:
    """A console on a kernel that runs shows its variables, by name, and leaves it running."""
    manager, kernel = fresh
    assert manager.curve_publickey
    kernel.execute("x = 12345; y = 54321")
    with console(f"--existing={manager.connection_file}", "--names", "x*") as terminal:
        before = terminal.expect("x = 12345")
        kernel.execute("x = 67890")
        before += terminal.expect("67890")  # only what differs is written anew
        assert "y = 54321" not in before
        terminal.child.sendeof()
        terminal.expect("keeping kernel alive")
        terminal.child.expect(pexpect.EOF)
    assert kernel.execute("x + 1").result == "67891"


def test_missing_kernel() -> None:
    """A kernel that is not installed is named."""
    with console("--kernel", "no-such") as terminal:
        terminal.expect("No kernel 'no-such'")
        terminal.child.expect(pexpect.EOF)
        terminal.child.close()
        assert terminal.child.exitstatus == 2


class TestFeed:
    """The thread that feeds the toolbar."""

    def wait(self, feed: Feed, text: str, changed: Any) -> None:
        while text not in feed.line(80):
            assert changed.wait(TIMEOUT_S)
            changed.clear()

    @pytest.fixture
    def changed(self) -> Any:
        return threading.Event()

    def test_line_follows(self, fresh: tuple[Any, KernelClient], changed: Any) -> None:
        """The line has the newest values; the thread ends when it is told to."""
        manager, kernel = fresh
        feed = Feed(manager, ["*"], changed.set)
        feed.start()
        try:
            kernel.execute("x = 5")
            self.wait(feed, "x = 5", changed)
            kernel.execute("x = 6")
            self.wait(feed, "x = 6", changed)
        finally:
            feed.stop()
        assert not feed._thread.is_alive()

    def test_end_of_the_kernel(self, fresh: tuple[Any, KernelClient], changed: Any) -> None:
        """When the kernel ends, the line says so and the thread is done."""
        manager, kernel = fresh
        kernel.execute("x = 5")
        feed = Feed(manager, ["*"], changed.set)
        feed.start()
        self.wait(feed, "x = 5", changed)
        manager.shutdown_kernel()
        self.wait(feed, "the kernel has ended", changed)
        feed.stop()

    def test_stock_kernel(self, start: Callable[..., Any], changed: Any) -> None:
        """On a kernel that cannot be watched, the line says why."""
        with start("python3") as (manager, _):
            feed = Feed(manager, ["*"], changed.set)
            feed.start()
            self.wait(feed, "The kernel of", changed)
            feed.stop()

    def test_stop_before_start(self, kernel: KernelClient) -> None:
        """A feed that was never started can be stopped."""
        Feed(kernel.client, ["*"], lambda: None).stop()
