"""The recorder: a notebook that nbclient runs leaves a record of its variables.

`RecordingNotebookClient` is nbclient's client that writes a record beside. For another client,
such as one of your own, make a `Recorder` and `attach` it, or put the class in front of its
class. Whatever goes wrong with the record, the notebook runs on as it would have without one.

The record itself is described in `livens.recording.record`, reading it in
`livens.recording.reading`.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import msgspec
from jupyter_client.manager import KernelManager
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbformat import NotebookNode
from traitlets import Bool, Integer, List, TraitError, Unicode, validate

from livens.client.connection_files import put_in_runtime_directory
from livens.client.environments import OneKernel
from livens.protocol.types import Variable
from livens.recording import record
from livens.recording.expectations import Unmet, check
from livens.recording.job import default_kernel
from livens.recording.kernel_arguments import watched_kernel_arguments
from livens.recording.notebooks import count_cells, is_python
from livens.recording.observer import HISTORY, RunObserver, chain
from livens.recording.saving import parse_mode
from livens.recording.wakeups import wake_after_sending
from livens.recording.writer import RecordWriter
from livens.rules.conditions import Condition


class Recorder:
    """Records what a client of nbclient runs.

    Parameters
    ----------
    path : path
        The file, by custom ``….livens.jsonl``, or ``….livens.jsonl.gz`` to have it compressed.
    **options
        As in `RecordWriter`.

    Examples
    --------
    ::

        recorder = Recorder("run.livens.jsonl", notebook="a.ipynb")
        recorder.attach(client)  # before it executes
        try:
            client.execute()
        except Exception as err:
            recorder.close(err)
            raise
        recorder.close()
    """

    def __init__(self, path: str | os.PathLike[str], **options: Any) -> None:
        policy = options.setdefault("policy", record.Policy())
        self.writer = RecordWriter(path, **options)
        self.observer = RunObserver(
            self.writer,
            names=policy.names,
            interval_ms=policy.interval_ms,
            history=min(HISTORY, policy.max_points),
            digests=True,
        )

    def attach(self, client: NotebookClient) -> None:
        """Add the recorder to a client's hooks, after those that are there."""
        self.observer.attach(client)

    def close(self, error: BaseException | None = None) -> None:
        """End the watch and the record; *error* is what the client raised, if it did.

        This is for blocking programs. Asynchronous ones await `leave` and then call `finish`.
        """
        run_sync(self.leave)()
        self.finish(error)

    async def leave(self) -> None:
        """End the watch; best done before the kernel is shut down."""
        await self.observer.leave()

    def finish(self, error: BaseException | None = None) -> None:
        """End the record; it can be called twice."""
        status, reason = self.observer.end(error)
        self.writer.end(status, reason, self.observer.variables.values())


class RecordingNotebookClient(NotebookClient):
    """nbclient's client, with a record of the variables.

    The notebook is byte for byte what nbclient would have written, unless `record_summary` is
    set. Without a `kernel_name` the kernel is livens, in the environment of the kernel that the
    notebook names. The record
    begins and ends with the kernel's set-up, so programs that execute cell by cell, such as
    papermill, have one too: put this class in front of theirs.

    Examples
    --------
    ::

        notebook = nbformat.read("a.ipynb", as_version=4)
        client = RecordingNotebookClient(notebook, record_file="a.livens.jsonl")
        client.execute()  # or: await client.async_execute()
        livens.read_record("a.livens.jsonl").final

        class MyClient(RecordingNotebookClient, SomeNotebookClient): ...
    """

    record_file = Unicode("", help="The file for the record; without one nothing is recorded.").tag(
        config=True
    )
    record_names = List(Unicode(), ["*"], help="Names or patterns of the variables to record.").tag(
        config=True
    )
    record_max_bytes = Integer(
        50_000_000, help="How large the record may get, before compression."
    ).tag(config=True)
    record_max_points = Integer(
        10_000, help="How many points of one variable in one cell are recorded."
    ).tag(config=True)
    record_interval_ms = Integer(
        100, help="The shortest time between two descriptions of a variable."
    ).tag(config=True)
    record_file_mode = Unicode(
        "600", help="The permissions of the record, in octal; by default only its owner reads it."
    ).tag(config=True)
    record_summary = Bool(
        False,
        help="Put a summary of the variables into the notebook's metadata, under `livens`.",
    ).tag(config=True)

    @validate("record_file_mode")
    def _valid_file_mode(self, proposal: Any) -> str:
        try:
            parse_mode(proposal.value)
        except ValueError as err:
            raise TraitError(str(err)) from None
        return str(proposal.value)

    _recorder: Recorder | None = None
    _observer: RunObserver | None = None
    _is_observing = False
    _is_livens = False

    @property
    def recorder(self) -> Recorder | None:
        """The recorder of this run, or of the last."""
        return self._recorder

    @contextmanager
    def setup_kernel(self, **kwargs: Any) -> Iterator[None]:
        """Set the kernel up, and record until it is shut down."""
        self._begin_record()
        try:
            with super().setup_kernel(**kwargs):
                yield
        except BaseException as err:
            run_sync(self._end_record)(err)
            raise
        run_sync(self._end_record)(None)

    @asynccontextmanager
    async def async_setup_kernel(self, **kwargs: Any) -> AsyncIterator[None]:
        """Set the kernel up, and record until it is shut down."""
        self._begin_record()
        try:
            async with super().async_setup_kernel(**kwargs):
                yield
        except BaseException as err:
            await self._end_record(err)
            raise
        await self._end_record(None)

    def watch_variables(self) -> None:
        """Watch the variables without a record too; see `variables`."""
        self._is_observing = True

    @property
    def _runs_livens(self) -> bool:
        return self._is_livens or self.kernel_name == "livens"

    @property
    def variables(self) -> dict[str, Variable]:
        """The variables as of the end of the last cell; empty if nobody watches."""
        observer = self._recorder.observer if self._recorder is not None else self._observer
        return {} if observer is None else observer.variables

    def check_expectations(self, conditions: Sequence[Condition]) -> list[Unmet]:
        """Return which conditions do not hold now, or are not known to hold."""
        observer = self._recorder.observer if self._recorder is not None else self._observer
        watch = None if observer is None else observer.watch
        checks = [run_sync(check)(each, self.variables, watch) for each in conditions]
        return [each for each in checks if each is not None]

    def _begin_record(self) -> None:
        if not self.record_file:
            if self._is_observing:
                self._observer = RunObserver()
                self._observer.attach(self)
            else:
                chain(self, "on_cell_execute", self._wake_after_sending)
            return
        policy = record.Policy(
            max_bytes=self.record_max_bytes,
            max_points=self.record_max_points,
            interval_ms=self.record_interval_ms,
            names=list(self.record_names),
        )
        metadata = self.resources.get("metadata", {})
        self._recorder = Recorder(
            self.record_file,
            notebook=str(metadata.get("name", "")),
            cells=count_cells(self.nb, self.skip_cells_with_tag),
            policy=policy,
            folder=metadata.get("path") or ".",
            parameters=_parameters(self.nb),
            on_failure=self.log.warning,
            mode=parse_mode(self.record_file_mode),
        )
        self._recorder.attach(self)

    async def _wake_after_sending(self, cell: NotebookNode, cell_index: int) -> None:
        if self.kc is not None:
            wake_after_sending(self.kc)

    async def _end_record(self, error: BaseException | None) -> None:
        """End the record, and put its summary into the notebook if that is wanted."""
        await self._leave()
        if self._recorder is None:
            return
        self._recorder.finish(error)
        if self.record_summary:
            self.nb.metadata["livens"] = summary(self._recorder)

    def create_kernel_manager(self) -> KernelManager:
        """Make the manager of a livens kernel, unless another kernel was named."""
        chosen = None
        if not self.kernel_name and is_python(self.nb):
            name = str(self.resources.get("metadata", {}).get("name", "")) or "The notebook"
            chosen = default_kernel(self.nb, name)
            self.kernel_name = chosen.name
            self._is_livens = True
            if chosen.note:
                self.log.warning("%s: %s", name, chosen.note)
        manager = super().create_kernel_manager()
        if chosen is not None:
            manager.kernel_spec_manager = OneKernel(chosen.spec)
        put_in_runtime_directory(manager, self._notebook_path())
        if self._runs_livens and not self.extra_arguments:
            # nbclient does this for kernels that are called "python" only.
            self.extra_arguments = [f"--HistoryManager.hist_file={self.ipython_hist_file}"]
        return manager

    def _notebook_path(self) -> str:
        """Return where the notebook is, as far as whoever runs it has said so."""
        metadata = self.resources.get("metadata", {})
        name = str(metadata.get("name") or "")
        place = os.path.join(os.path.abspath(metadata.get("path") or ""), name)
        # nbconvert leaves the ending out.
        paths = [path for path in (place, f"{place}.ipynb") if name and os.path.isfile(path)]
        return paths[0] if paths else name

    async def async_start_new_kernel(self, **kwargs: Any) -> None:
        """Start the kernel; a livens kernel gets ready to be watched while it starts."""
        if self._runs_livens and (self.record_file or self._is_observing):
            looks = any("LivensKernel.poll_ms" in text for text in self.extra_arguments)
            ours = watched_kernel_arguments(looks_often=looks)
            self.extra_arguments = [*ours, *self.extra_arguments]
        await super().async_start_new_kernel(**kwargs)

    start_new_kernel = run_sync(async_start_new_kernel)

    async def _leave(self) -> None:
        if self._recorder is not None:
            await self._recorder.leave()
        if self._observer is not None:
            await self._observer.leave()

    async def _async_cleanup_kernel(self) -> None:
        await self._leave()
        await super()._async_cleanup_kernel()

    _cleanup_kernel = run_sync(_async_cleanup_kernel)


def _parameters(notebook: NotebookNode) -> dict[str, Any]:
    """Return the parameters that papermill has noted in the notebook."""
    noted = notebook.metadata.get("papermill", {})
    found = noted.get("parameters", {}) if isinstance(noted, dict) else {}
    return dict(found) if isinstance(found, dict) else {}


def summary(recorder: Recorder, *, max_names: int = 100) -> dict[str, Any]:
    """Return the summary for a notebook's metadata: the variables at the end, in short."""
    variables = recorder.observer.variables
    shown = list(variables.values())[:max_names]
    return {
        "record": recorder.writer.path.name,
        "format": record.VERSION,
        "length": len(variables),
        "variables": {
            variable.name: _brief(variable) for variable in shown if variable.kind != "module"
        },
    }


def _brief(variable: Variable) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.to_builtins(variable)
    kept = ("type", "preview", "length", "shape", "dtype", "changed_by")
    return {key: data[key] for key in kept if key in data}
