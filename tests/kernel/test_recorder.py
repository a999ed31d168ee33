"""Recorded runs on real kernels: what is recorded, and what stays as it was."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from commands import TIMEOUT_S, notebook, notebook_file, run
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from recorded import SOURCES
from traitlets import TraitError

import livens
from livens.exceptions import RecordFailed
from livens.recorder import Recorder, RecordingNotebookClient
from livens.recording.kernel_arguments import watched_kernel_arguments


class TestRecorded:
    """What is in the record of a run."""

    @pytest.mark.every_python("a smoke test: nbclient, with a record")
    def test_cells_and_changes(self, tmp_path: Path) -> None:
        """Each cell has its end and its changes, with the lines that made them."""
        file = tmp_path / "a.livens.jsonl"
        RecordingNotebookClient(notebook(*SOURCES), record_file=str(file)).execute()
        found = livens.read_record(file)
        assert found.problems == []
        assert found.status == "ok"
        assert found.header.cells == 4
        assert [cell.status for cell in found.cells] == ["ok"] * 4
        assert [cell.started.cell_id for cell in found.cells] == [
            *("cell-0", "cell-2", "cell-3", "cell-4")
        ]
        assert [cell.ended.execution_count for cell in found.cells if cell.ended] == [1, 2, 3, 4]
        places = {(c.name, c.number, c.line, c.variable is None) for c in found.changes}
        assert {("x", 1, 1, False), ("y", 2, 4, False), ("x", 3, 2, False)} <= places
        assert ("y", 3, True) in {(c.name, c.number, c.variable is None) for c in found.changes}
        assert found.final["x"].preview == "'a'"
        assert "y" not in found.final
        assert len(found.points("i")) > 2

    def test_asynchronous(self, tmp_path: Path) -> None:
        """The asynchronous calls record the same, several runs at once too."""

        async def both() -> None:
            await asyncio.gather(
                *(
                    RecordingNotebookClient(
                        notebook(f"x = {number}"), record_file=str(tmp_path / f"{number}.jsonl")
                    ).async_execute()
                    for number in range(2)
                )
            )

        asyncio.run(both())
        for number in range(2):
            found = livens.read_record(tmp_path / f"{number}.jsonl")
            assert found.final["x"].preview == str(number)

    def test_failing_cell(self, tmp_path: Path) -> None:
        """A failing cell is recorded with its error; the client raises as ever."""
        file = tmp_path / "a.jsonl"
        client = RecordingNotebookClient(notebook("x = 1", "x / 0", "z"), record_file=str(file))
        with pytest.raises(CellExecutionError):
            client.execute()
        found = livens.read_record(file)
        assert found.status == "failed"
        assert [cell.status for cell in found.cells] == ["ok", "failed"]
        ended = found.cells[1].ended
        assert ended is not None
        assert ended.error is not None
        assert ended.error.ename == "ZeroDivisionError"
        assert "\x1b" not in ended.error.traceback

    def test_kernel_that_dies(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A kernel that is killed ends its cell in the record too; the others are whole.

        Nobody waits for the goodbye to reach it: other runs share the event loop.
        """
        monkeypatch.setattr("livens.client.connection.LINGER_MS", 60_000)
        began = time.monotonic()
        file = tmp_path / "a.jsonl"
        sources = ("x = 1", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
        with pytest.raises(DeadKernelError):
            RecordingNotebookClient(notebook(*sources), record_file=str(file)).execute()
        assert time.monotonic() - began < 45
        found = livens.read_record(file)
        assert [cell.status for cell in found.cells] == ["ok", "died"]
        assert found.footer is not None
        assert found.footer.reason == "The kernel died."
        assert found.final["x"].preview == "1"

    def test_kernel_that_cannot_be_watched(self, tmp_path: Path) -> None:
        """On another kernel the cells are recorded, and why there are no variables."""
        file = tmp_path / "a.jsonl"
        client = RecordingNotebookClient(
            notebook("x = 1"), kernel_name="python3", record_file=str(file)
        )
        client.execute()
        found = livens.read_record(file)
        assert [cell.status for cell in found.cells] == ["ok"]
        assert found.changes == []
        assert "expected 'livens'" in found.events[0].message

    def test_attached_to_another_client(self, tmp_path: Path) -> None:
        """A recorder can be hung on any client of nbclient; the hooks that it has stay."""
        file = tmp_path / "a.jsonl.gz"
        seen: list[int] = []
        client = NotebookClient(
            notebook("x = 1", "y = 2"),
            kernel_name="livens",
            on_cell_executed=lambda cell, cell_index, execute_reply: seen.append(cell_index),
        )
        recorder = Recorder(file)
        recorder.attach(client)
        client.execute()
        recorder.close()
        assert seen == [0, 1]
        assert sorted(livens.read_record(file).final) == ["x", "y"]

    def test_cell_by_cell(self, tmp_path: Path) -> None:
        """A client that executes cell by cell, as papermill's does, is recorded as well."""
        file = tmp_path / "a.jsonl"

        client = RecordingNotebookClient(notebook("x = 1", "y = x + 1"), record_file=str(file))
        client.reset_execution_trackers()
        with client.setup_kernel():
            for index, cell in enumerate(client.nb.cells):
                client.execute_cell(cell, index)
        found = livens.read_record(file)
        assert found.status == "ok"
        assert [(c.name, c.number) for c in found.changes] == [("x", 1), ("y", 2)]


def test_place_and_mode(tmp_path: Path) -> None:
    """What is no record is not replaced, nor is anything run; the permissions can be set."""
    target = tmp_path / "a.jsonl"
    target.write_text("mine")
    made = notebook("open('ran', 'w')")
    resources = {"metadata": {"path": str(tmp_path)}}
    with pytest.raises(RecordFailed, match="exists and is no record of livens"):
        RecordingNotebookClient(made, record_file=str(target), resources=resources).execute()
    assert (target.read_text(), os.listdir(tmp_path)) == ("mine", ["a.jsonl"])
    target.unlink()
    with pytest.raises(TraitError, match="'rw' is no mode of a file"):
        RecordingNotebookClient(made, record_file_mode="rw")
    made = notebook("x = 1", "import os; os.remove('a.jsonl')", "y = 2")
    options = {"record_file": str(target), "record_file_mode": "640", "resources": resources}
    client = RecordingNotebookClient(made, **options)
    client.execute()
    assert client.recorder is not None
    kept = client.recorder.writer.kept_at
    assert kept is not None, "the record was removed while it was written"
    assert livens.read_record(kept).final["y"].preview == "2"
    kept.unlink()


class TestStart:
    """How a kernel that is going to be recorded starts."""

    LOADED = (
        "import sys\n"
        "names = ('livens.kernel.endpoint', 'livens.values.adapters')\n"
        "found = [name for name in names if name in sys.modules]\n"
        "print(found, getattr(sys.modules.get('livens.values.registry'), '_loads', 0))"
    )

    @pytest.mark.parametrize("arguments", [[], watched_kernel_arguments()])
    def test_kernel_makes_ready_while_the_client_waits(self, arguments: list[str]) -> None:
        """It loads what watching needs before anybody subscribes, and says nothing of it."""
        options = {"extra_arguments": ["--HistoryManager.hist_file=:memory:", *arguments]}
        manager, client = start_new_kernel(kernel_name="livens", **options)
        try:
            told = []
            until = time.monotonic() + (TIMEOUT_S if arguments else 2)
            loaded = ""
            while "1" not in loaded and time.monotonic() < until:
                told.clear()
                client.execute_interactive(self.LOADED, output_hook=told.append)
                kinds = {m["header"]["msg_type"] for m in told}
                assert kinds == {"status", "execute_input", "stream"}
                loaded = "".join(m["content"].get("text", "") for m in told)
            assert loaded == (
                "['livens.kernel.endpoint', 'livens.values.adapters'] 1\n"
                if arguments
                else "[] 0\n"
            )
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)

    @pytest.mark.parametrize("frozen", [False, True])
    def test_what_the_garbage_collector_leaves_alone_stays_so(self, frozen: bool) -> None:
        """What livens loads is made old by freezing and thawing; what the user froze stays so."""
        arguments = ["--HistoryManager.hist_file=:memory:", *watched_kernel_arguments()]
        if frozen:
            arguments.append("--IPKernelApp.exec_lines=import gc; gc.freeze()")
        options = {"extra_arguments": arguments}
        manager, client = start_new_kernel(kernel_name="livens", **options)
        try:
            told = ""
            until = time.monotonic() + TIMEOUT_S
            while "1\n" not in told and time.monotonic() < until:
                outputs: list[dict[str, Any]] = []
                client.execute_interactive(self.LOADED, output_hook=outputs.append)
                told = "".join(m["content"].get("text", "") for m in outputs)
            count = "import gc; gc.get_freeze_count() > 10_000, len(gc.get_objects()) > 10_000"
            outputs = []
            client.execute_interactive(count, output_hook=outputs.append)
            results = [m["content"]["data"] for m in outputs if "data" in m["content"]]
            assert results == [{"text/plain": str((frozen, not frozen))}]
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)

    def test_recorded_kernels_do(self, tmp_path: Path) -> None:
        """Whoever records has the kernel make ready and look less often; nobody else does."""
        asked = "k = get_ipython().kernel; k.prepare, k.poll_ms"
        file = str(tmp_path / "a.jsonl")
        often = {"extra_arguments": ["--LivensKernel.poll_ms=30"]}
        clients = (
            RecordingNotebookClient(notebook(asked)),
            RecordingNotebookClient(notebook(asked), record_file=file),
            RecordingNotebookClient(notebook(asked), record_file=file, **often),
        )
        results = [c.execute().cells[0].outputs[0].data["text/plain"] for c in clients]
        assert results == ["(False, 20)", "(True, 100)", "(True, 30)"]
        out = tmp_path / "b.ipynb"
        path = notebook_file(tmp_path / "a.ipynb", asked)
        for options, expected in (((), "(True, 100)"), (("--until", "exists(j)"), "(True, 20)")):
            assert run(path, "--output", out, *options).returncode == 0
            made = nbformat.read(out, as_version=4)
            assert made.cells[0].outputs[0].data["text/plain"] == expected


class TestNotebook:
    """The notebook that comes out."""

    def test_same_bytes(self, tmp_path: Path) -> None:
        """It is what nbclient writes without a record."""
        sources = (*SOURCES, "get_ipython().execution_count, sorted(globals())[:3]")
        plain, recorded = (notebook(*sources, kernel="python3") for _ in range(2))
        NotebookClient(plain, kernel_name="livens", record_timing=False).execute()
        RecordingNotebookClient(
            recorded, record_file=str(tmp_path / "a.jsonl"), record_timing=False
        ).execute()
        assert nbformat.writes(recorded) == nbformat.writes(plain)

    def test_summary_in_the_metadata(self, tmp_path: Path) -> None:
        """Where it is asked for, the notebook's metadata has the variables in short."""
        client = RecordingNotebookClient(
            notebook("x = 41 + 1\nimport os"),
            record_file=str(tmp_path / "a.jsonl"),
            record_summary=True,
        )
        made = client.execute()
        summary = made.metadata["livens"]
        assert summary["record"] == "a.jsonl"
        assert summary["variables"]["x"]["preview"] == "42"
        assert list(summary["variables"]) == ["x"]
        nbformat.validate(made)


class TestOutputWidgets:
    """Cells whose outputs go into an `ipywidgets.Output`: nbclient sends while it waits there."""

    SOURCES = (
        "import ipywidgets\nout = ipywidgets.Output()\nout",
        *["with out:\n    for number in range(5):\n        display(number)"] * 50,
    )

    TIMEOUT_S = 60
    """Of a cell; one that hangs lasts so long, and the test's own time is over."""

    @pytest.mark.long_because("it runs 50 cells, with a kernel of its own")
    @pytest.mark.parametrize("record", ["", "a.livens.jsonl"])
    def test_recording_client(self, tmp_path: Path, record: str) -> None:
        """All of 50 cells end by their reply, with a record and without."""
        client = RecordingNotebookClient(
            notebook(*self.SOURCES),
            timeout=self.TIMEOUT_S,
            record_file=record and str(tmp_path / record),
        )
        with client.setup_kernel():
            for index, cell in enumerate(client.nb.cells):
                began = time.monotonic()
                client.execute_cell(cell, index)
                assert time.monotonic() - began < self.TIMEOUT_S
            (widget,) = (state for state in client.widget_state.values() if "outputs" in state)
            assert len(widget["outputs"]) == 250

    def test_the_command(self, tmp_path: Path) -> None:
        """`jupyter livens run` does not hang either, without any time-out."""
        done = run(notebook_file(tmp_path / "a.ipynb", *self.SOURCES), "--no-live")
        assert done.returncode == 0, done.stderr
