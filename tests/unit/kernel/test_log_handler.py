"""What livens logs goes to the kernel's log, whatever stands in for it."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from livens.kernel import log_handler

LOGGER = logging.getLogger("livens.example")


class Captured(io.StringIO):
    """A stream that ipykernel publishes as output."""

    pub_thread = None


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    """A kernel's log to which the words of livens go, until the test has ended."""
    log = logging.Logger("KernelApp")
    handler = log_handler.install(log)
    yield log
    log_handler.remove(handler)
    left = logging.getLogger("livens")
    assert left.propagate
    assert not any(isinstance(each, log_handler.KernelLog) for each in left.handlers)


def words_in(log: logging.Logger, stream: io.StringIO | None = None) -> io.StringIO:
    words = stream or io.StringIO()
    log.addHandler(logging.StreamHandler(words))
    return words


def test_root_logger_hears_nothing(log: logging.Logger) -> None:
    """It is the user's, and may write into the notebook."""
    words, theirs = words_in(log), io.StringIO()
    root = logging.getLogger()
    handler = logging.StreamHandler(theirs)
    root.addHandler(handler)
    try:
        LOGGER.warning("ours")
    finally:
        root.removeHandler(handler)
    assert (words.getvalue(), theirs.getvalue()) == ("ours\n", "")


def test_log_that_is_the_notebook_is_left_out(
    log: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where somebody set the kernel's log up anew, its handler writes to the cell's output."""
    real = io.StringIO()
    monkeypatch.setattr(sys, "__stderr__", real)
    monkeypatch.setattr(sys, "stderr", Captured())
    captured = words_in(log, Captured())
    LOGGER.warning("ours")
    assert captured.getvalue() == ""
    assert real.getvalue() == "[KernelApp] WARNING | ours\n"


def test_terminal_without_a_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """There the words go to the stderr that the process was started with."""
    real = io.StringIO()
    monkeypatch.setattr(sys, "__stderr__", real)
    handler = log_handler.install(None)
    try:
        LOGGER.warning("ours")
    finally:
        log_handler.remove(handler)
    assert real.getvalue() == "[livens.example] WARNING | ours\n"


def test_level_of_the_kernel_counts(log: logging.Logger) -> None:
    """Its handlers' levels too."""
    words = words_in(log)
    log.setLevel(logging.ERROR)
    LOGGER.warning("too low")
    log.setLevel(logging.DEBUG)
    log.handlers[0].setLevel(logging.ERROR)
    LOGGER.warning("too low for the handler")
    LOGGER.error("high enough")
    assert words.getvalue() == "high enough\n"


def test_traceback_comes_along(log: logging.Logger) -> None:
    """Whatever the exception's own text does."""

    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    words = words_in(log)
    try:
        raise Mute
    except Mute:
        LOGGER.exception("it failed")
    assert words.getvalue().startswith("it failed\nTraceback")
    assert "Mute" in words.getvalue()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_text_is_written_in_any_encoding(
    encoding: str, log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the stream cannot carry is escaped: `logging` would complain to the cell's stderr."""
    raw = io.BytesIO()
    log.addHandler(logging.StreamHandler(io.TextIOWrapper(raw, encoding, write_through=True)))
    LOGGER.warning("π \udcff…")
    assert raw.getvalue().decode(encoding).endswith("\n")
    assert b"udcff" in raw.getvalue()
    assert capsys.readouterr().err == ""


def test_handler_that_raises_is_nobody_s_matter(log: logging.Logger) -> None:
    """A log that is broken does not break a cell."""

    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise OSError("no space left")

    log.addHandler(Broken())
    LOGGER.warning("ours")


def test_adapter_and_second_kernel(log: logging.Logger) -> None:
    """A log may be wrapped, as traitlets allows; the last kernel of a process gets the words."""
    first = words_in(log)
    other: Any = logging.Logger("Other")
    second = words_in(other)
    handler = log_handler.install(SimpleNamespace(logger=other))
    LOGGER.warning("ours")
    log_handler.remove(handler)
    assert (first.getvalue(), second.getvalue()) == ("", "ours\n")
