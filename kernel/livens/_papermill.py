"""The engine ``livens`` itself; papermill finds it by `livens.papermill_engine`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine
from papermill.log import logger
from papermill.utils import merge_kwargs, remove_args

from livens.recorder import RecordingNotebookClient
from livens.recording.notebooks import is_python


class _Default(str):
    """The name of the kernel, where nobody has named one; papermill hands it on."""


class _Client(RecordingNotebookClient, PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client, with a record."""

    input_path = ""
    _cell_error: BaseException | None = None

    def _notebook_path(self) -> str:
        is_here = os.path.isfile(self.input_path)
        return os.path.abspath(self.input_path) if is_here else self.input_path

    def execute_cell(self, *args: Any, **kwargs: Any) -> NotebookNode:
        """Execute a cell, and keep its error for the record; papermill raises it later."""
        try:
            return super().execute_cell(*args, **kwargs)
        except BaseException as err:
            self._cell_error = err
            raise

    async def _end_record(self, error: BaseException | None) -> None:
        await super()._end_record(error or self._cell_error)


class RecordingEngine(NBClientEngine):  # type: ignore[misc]
    """Runs notebooks on the livens kernel, with a record."""

    @classmethod
    def execute_managed_notebook(  # noqa: PLR0917 (papermill's own signature)
        cls,
        nb_man: Any,
        kernel_name: str,
        log_output: bool = False,
        stdout_file: Any = None,
        stderr_file: Any = None,
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        record_file: str | None = None,
        **kwargs: Any,
    ) -> NotebookNode:
        """Execute the notebook, as papermill's own engine does."""
        others = remove_args(["input_path", "timeout", "startup_timeout"], **kwargs)
        options = merge_kwargs(
            others,
            timeout=execution_timeout or kwargs.get("timeout"),
            startup_timeout=start_timeout,
            kernel_name=kernel_name,
            log=logger,
            log_output=log_output,
            stdout_file=stdout_file,
            stderr_file=stderr_file,
            record_file=_beside(nb_man.output_path) if record_file is None else record_file,
        )
        if isinstance(kernel_name, _Default):
            options["kernel_name"] = ""  # as the notebook says: in its own environment
        client = _Client(nb_man, **options)
        client.input_path = str(kwargs.get("input_path") or "")
        name = Path(kwargs.get("input_path") or nb_man.output_path or "").name
        client.resources.setdefault("metadata", {}).setdefault("name", name)
        return client.execute()

    @classmethod
    def nb_kernel_name(cls, nb: NotebookNode, name: str | None = None) -> str:
        """Return livens for a notebook in Python, unless a kernel is named."""
        if name is None and is_python(nb):
            return _Default("livens")
        return str(super().nb_kernel_name(nb, name))


def _beside(output: str | None) -> str:
    """Return the place beside the output, if that is a file of this machine; else nothing."""
    if not output or output == "-" or "://" in output:
        logger.warning("No record: it goes beside the output, which is no file here")
        return ""
    return str(Path(output).with_suffix(".livens.jsonl"))
