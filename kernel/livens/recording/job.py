"""A job: a notebook that was read, checked and given its parameters, so that it can be run.

Nothing runs here: `livens.recording.runner` executes a job.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from nbformat import NotebookNode

from livens.client.environments import Chosen, choose_kernel
from livens.client.kernels import find_kernel_spec
from livens.exceptions import RunFailed
from livens.recording import notebooks
from livens.recording.expectations import names_in
from livens.recording.masking import Masking
from livens.rules.conditions import Condition
from livens.sandbox.kernel_specs import in_sandbox


class RunConditions(NamedTuple):
    """The conditions of a run.

    Attributes
    ----------
    until, fail_if : sequence of Condition
        Stop the run when one becomes true: all is well, or it has failed.
    expect : sequence of Condition
        Have to hold at the end.
    """

    until: Sequence[Condition] = ()
    fail_if: Sequence[Condition] = ()
    expect: Sequence[Condition] = ()


class RunOptions(NamedTuple):
    """How notebooks are to be run.

    Attributes
    ----------
    kernel : str, optional
        The kernel's name; by default livens.
    parameters : mapping of str to value
        Are set in a cell of their own, as papermill does.
    timeout_s : float, optional
        How long one cell may take; by default as long as it likes.
    start_timeout_s : float
        How long a kernel may take to start.
    from_cell : int
        The number of the first cell that is executed; 1 is the first that can be.
    cwd : Path, optional
        The folder that cells run in; by default that of the notebook.
    allow_errors : bool
        Whether to go on after a cell that failed.
    glue : sequence of str
        The variables that go into the executed notebook, for scrapbook.
    redact_extra : sequence of str
        Regular expressions of more names of secrets, for the kernel and for what is shown here.
    conditions : RunConditions
        What stops the run, or has to hold at its end.
    sandbox : mapping of str to value, optional
        The settings of the sandbox that the kernel starts in; None for no sandbox.
    file_mode : int, optional
        The permission bits of what is written; by default records are for their owner only, and
        notebooks get what the umask leaves.
    """

    kernel: str | None = None
    parameters: Mapping[str, Any] = MappingProxyType({})
    timeout_s: float | None = None
    start_timeout_s: float = 60.0
    from_cell: int = 1
    cwd: Path | None = None
    allow_errors: bool = False
    glue: Sequence[str] = ()
    redact_extra: Sequence[str] = ()
    conditions: RunConditions = RunConditions()
    sandbox: Mapping[str, Any] | None = None
    file_mode: int | None = None


class Job:
    """A notebook that was read and can be run.

    Parameters
    ----------
    path : Path
        The notebook.
    options : RunOptions, optional
        How it is to be run.
    output, record : Path, optional
        Where the executed notebook and the record go; without them nothing is written.

    Attributes
    ----------
    total : int
        How many cells there are to execute.
    masking : Masking
        Hides the secrets of the notebook in what is shown of it.
    numbers : dict of int to int
        The number of each of them, by its position in the notebook.
    skipped : frozenset of int
        The positions of those that are left out: they come before `RunOptions.from_cell`.
    notes : list of str
        What a person should know before it begins.
    retried : list of str
        How each run of it failed that was made before.

    Raises
    ------
    RunFailed
        If it cannot be run.
    """

    def __init__(
        self,
        path: Path,
        options: RunOptions | None = None,
        *,
        output: Path | None = None,
        record: Path | None = None,
    ) -> None:
        self.path = path
        self.options = options or RunOptions()
        self.output = output
        self.record = record
        self.notebook = notebooks.read(path)
        if self.options.kernel:
            chosen = Chosen(self.options.kernel, find_kernel_spec(self.options.kernel))
        else:
            chosen = default_kernel(self.notebook, path)
        self.kernel_name, self.spec = chosen.name, chosen.spec
        if self.options.sandbox is not None:
            self.spec = in_sandbox(self.spec, self.options.sandbox)
        self.notes: list[str] = [chosen.note] if chosen.note else []
        self.retried: list[str] = []
        parameters = self.options.parameters
        if parameters and not notebooks.inject_parameters(self.notebook, parameters):
            self.notes.append("The notebook has no cell tagged 'parameters': they go to the top.")
        self.masking = _masking(self.notebook, self.options.redact_extra)
        cells = self.notebook.cells
        executed = [i for i, cell in enumerate(cells) if notebooks.is_executed(cell)]
        self.total = len(executed)
        self.numbers = {index: number for number, index in enumerate(executed, 1)}
        self.skipped = self._skipped()
        self._note_unknown_names()

    def _skipped(self) -> frozenset[int]:
        first = self.options.from_cell
        if first > max(1, self.total):
            raise RunFailed(f"No cell {first} in {self.path}: it has {self.total} that can be run")
        return frozenset(
            index
            for index, number in self.numbers.items()
            if number < first
            and notebooks.INJECTED_TAG not in self.notebook.cells[index].metadata.get("tags", [])
        )

    def sources(self) -> list[str]:
        """Return the sources of the cells that can be executed, in order."""
        return [self.notebook.cells[index].source for index in self.numbers]

    def _note_unknown_names(self) -> None:
        """Add a note for each variable of a condition that no cell mentions: most often a slip."""
        cells = [cell.source for cell in self.notebook.cells if cell.cell_type == "code"]
        known = names_in(cells)
        given = self.options.conditions
        for condition in [*given.until, *given.fail_if, *given.expect]:
            for note in condition.notes(known):
                end = "" if note.endswith("?") else "."
                text = self.masking.text(condition.text)
                self.notes.append(f"{text}: no cell mentions it, {note}{end}")


def _masking(notebook: NotebookNode, extra: Sequence[str]) -> Masking:
    try:
        return Masking.of(notebook, extra)
    except ValueError as err:
        raise RunFailed(f"--redact-extra: {err}") from None


def default_kernel(notebook: NotebookNode, path: Path | str) -> Chosen:
    """Return the livens kernel for a notebook that is in Python, or names no language.

    Raises
    ------
    RunFailed
        If it is in another language, or for an environment without livens.
    """
    language, kernel = notebooks.language_and_kernel(notebook)
    if not notebooks.is_python(notebook):
        raise RunFailed(
            f"{path} is written for {language}, expected Python; "
            f"run it on its own kernel by --kernel {kernel or 'NAME'}"
        )
    return choose_kernel(kernel, str(path))
