"""`jupyter livens replay` of records of real runs."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands import TIMEOUT_S, notebook
from recorded import SOURCES, written

import livens
from livens.recorder import RecordingNotebookClient
from livens.recording.playback import CAPABILITIES


@contextmanager
def replaying(
    record: Path, folder: Path, *options: str
) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Start the replay of a record; gives the process, and the file to connect by."""
    command = [sys.executable, "-m", "livens.cli", "replay", record, "--no-live"]
    with subprocess.Popen(
        [*command, "--directory", folder, *options], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        while "It begins when" not in process.stdout.readline():
            pass
        (connection_file,) = folder.glob("kernel-*.json")
        yield process, connection_file


class TestReplay:
    """`jupyter livens replay`."""

    def test_watched_as_a_kernel(self, tmp_path: Path) -> None:
        """A watch takes the replay for a kernel, sees the run, and its end."""
        file = tmp_path / "a.jsonl"
        client = RecordingNotebookClient(notebook(*SOURCES), record_file=str(file))
        client.execute()
        options = ("--once", "--speed", "5", "--max-gap", "1")
        with replaying(file, tmp_path, *options) as (process, connection_file):
            assert connection_file.stat().st_mode & 0o77 == 0
            seen = []
            with livens.watch(connection_file, history=10) as changes:
                for change_set in changes:
                    seen += [(v.name, v.preview) for v in change_set.changed]
                assert changes.variables["x"].preview == "'a'"
                assert "y" not in changes.variables
                assert changes.capabilities == CAPABILITIES
            assert process.wait(TIMEOUT_S) == 0
        assert ("y", "[1, 2]") in seen
        assert not connection_file.exists()

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
    def test_ended_by_a_signal(self, number: signal.Signals, tmp_path: Path) -> None:
        """Its connection file goes with it: else a front end would list a dead kernel."""
        file = written(tmp_path / "a.jsonl")
        with replaying(file, tmp_path) as (process, connection_file):
            process.send_signal(number)
            out, _ = process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 128 + number
        assert out.endswith("before the end of the record.\n")
        assert not connection_file.exists()

    def test_other_clients(self, tmp_path: Path) -> None:
        """A client of jupyter_client gets on with it: it is told that no code is run."""
        from jupyter_client.blocking.client import BlockingKernelClient

        file = tmp_path / "a.jsonl"
        RecordingNotebookClient(notebook("x = 1"), record_file=str(file)).execute()
        with replaying(file, tmp_path) as (process, connection_file):
            kernel = BlockingKernelClient(connection_file=str(connection_file))
            kernel.load_connection_file()
            kernel.start_channels()
            try:
                kernel.wait_for_ready(timeout=TIMEOUT_S)
                reply = kernel.execute_interactive("x", timeout=TIMEOUT_S)
                assert "runs no code" in reply["content"]["evalue"]
                kernel.shutdown()
                assert process.wait(TIMEOUT_S) == 0
            finally:
                kernel.stop_channels()
