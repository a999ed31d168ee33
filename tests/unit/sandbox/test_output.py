"""What a kernel prints is copied, up to a limit, and commands no terminal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from livens.sandbox import output
from livens.sandbox.output import CopiedOutput


def copied(path: Path, data: bytes) -> bytes:
    """Return what a file gets of what is printed."""
    with path.open("wb") as log:
        copying = CopiedOutput(log.fileno())
        writing = os.dup(copying.write_end)
        copying.started()
        with os.fdopen(writing, "wb") as stream:
            stream.write(data)
        copying.close()
    return path.read_bytes()


def test_text_is_copied(tmp_path: Path) -> None:
    """Lines, tabs and letters of all languages stay."""
    text = "a\tä\n漢\r\n".encode()
    assert copied(tmp_path / "log", text) == text


def test_commands_for_a_terminal_are_not(tmp_path: Path) -> None:
    """Neither those that begin with ESC, nor those of one character."""
    data = b"\x1b]0;title\x07 \x9b \x00" + "\x9b2J".encode()
    assert copied(tmp_path / "log", data) == b"?]0;title? \x9b ??2J"


def test_more_than_the_limit_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log says so."""
    monkeypatch.setattr(output, "MOST_BYTES", 10)
    assert copied(tmp_path / "log", b"x" * 100_000) == (
        b"x" * 10 + b"\n[More output of this kernel is left out.]\n"
    )
