"""Outputs that nobody reads any more."""

from __future__ import annotations

import io
import os
import sys
import threading
from pathlib import Path

import pytest

from livens.cli.output_streams import UnfailingFile, is_gone, unfailing_outputs

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there are other pipes on Windows")


def test_closed_pipe() -> None:
    """The first write to a closed pipe ends the file, and none fails."""
    reading, writing = os.pipe()
    with UnfailingFile(writing, "w") as file:
        assert file.write(b"read") == 4
        assert os.read(reading, 10) == b"read"
        assert not file.is_gone
        os.close(reading)
        assert file.write(b"not read") == 8
        assert file.is_gone
        assert file.write(b"nor this") == 8


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no such device")
def test_full_disk() -> None:
    """A full disk is the same."""
    with UnfailingFile("/dev/full", "w") as file:
        assert file.write(b"x") == 1
        assert file.is_gone


def test_pipe_that_does_not_block() -> None:
    """A pipe that is full and set not to block is waited for, and everything arrives."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    data = bytes(300_000)
    read: list[bytes] = []

    def reader() -> None:
        while piece := os.read(reading, 10_000):
            read.append(piece)

    thread = threading.Thread(target=reader)
    with UnfailingFile(writing, "w") as file:
        thread.start()
        assert file.write(data) == len(data)
        assert not file.is_gone
    thread.join()
    os.close(reading)
    assert b"".join(read) == data


@pytest.mark.parametrize("is_buffered", [True, False])
def test_streams(is_buffered: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Printing goes on after the pipe is closed, with and without Python's buffer (``-u``)."""
    reading, writing = os.pipe()
    raw = io.FileIO(writing, "w")
    buffer = io.BufferedWriter(raw) if is_buffered else raw
    stream = io.TextIOWrapper(buffer, encoding="ascii", write_through=not is_buffered)
    monkeypatch.setattr(sys, "stdout", stream)
    with unfailing_outputs():
        assert sys.stdout is not stream
        sys.stdout.write("déjà\n")
        sys.stdout.flush()
        assert os.read(reading, 100) == b"d\\xe9j\\xe0\n"
        assert not is_gone(sys.stdout)
        os.close(reading)
        for _ in range(1000):
            sys.stdout.write("x" * 100 + "\n")
            sys.stdout.flush()
        assert is_gone(sys.stdout)
    assert sys.stdout is stream
    stream.close()


def test_what_is_no_file_stays() -> None:
    """A stream in memory, as tests and notebooks have, is left as it is."""
    with unfailing_outputs():
        before = sys.stdout
        sys.stdout = stream = io.StringIO()
        try:
            with unfailing_outputs():
                assert sys.stdout is stream
                assert not is_gone(sys.stdout)
        finally:
            sys.stdout = before
