"""``pytest --livens notebooks/``: every notebook is a test, and may say what it expects.

Each notebook is run on the livens kernel, each of its code cells is a test. A cell passes if it
runs and everything that it expects holds when it has ended:

- in a comment: ``# expect: loss < 0.1``
- in the cell's metadata: ``{"livens": {"expect": ["loss < 0.1"]}}``

The cells of a notebook share a kernel and run in order; after one that raised, the others are not
run. Nothing is imported here until a notebook is collected: this module is loaded by every pytest
that finds livens installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from livens.recorder import RecordingNotebookClient


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options."""
    group = parser.getgroup("livens", "notebooks on the livens kernel")
    group.addoption("--livens", action="store_true", help="collect notebooks and run them")
    group.addoption(
        "--livens-timeout",
        type=int,
        default=0,
        metavar="SECONDS",
        help="how long one cell may take (default: as long as it likes)",
    )
    group.addoption(
        "--livens-record",
        metavar="DIR",
        help="leave a record of each notebook in this directory, at the notebook's own path",
    )
    group.addoption(
        "--livens-record-mode",
        default="600",
        metavar="MODE",
        help="the permissions of the records (default: 600)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Check where records go, before any notebook is run."""
    directory = config.getoption("--livens-record")
    if not config.getoption("--livens") or not directory:
        return
    from livens.recording.saving import parse_mode

    try:
        Path(directory).mkdir(parents=True, exist_ok=True)
        parse_mode(config.getoption("--livens-record-mode"))
    except OSError as err:
        raise pytest.UsageError(
            f"--livens-record {directory} cannot be made: {err.strerror}; expected a directory"
        ) from None
    except ValueError as err:
        raise pytest.UsageError(f"--livens-record-mode: {err}") from None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect notebooks, if asked to; not the older versions that Jupyter keeps."""
    is_wanted = parent.config.getoption("--livens") and file_path.suffix == ".ipynb"
    if not is_wanted or ".ipynb_checkpoints" in file_path.parts:
        return None
    from livens.recording.notebook_saver import is_partial

    if is_partial(file_path):
        return None
    return NotebookFile.from_parent(parent, path=file_path)


def record_path(notebook: Path, root: Path) -> Path:
    """Return the path of a notebook's record within the directory of all records.

    It is the notebook's own path from the root directory. For a notebook elsewhere it is the path
    from the root of the file system, below ``_outside``.

    Examples
    --------
    >>> record_path(Path("/project/a/same.ipynb"), Path("/project")).as_posix()
    'a/same.livens.jsonl'
    >>> record_path(Path("/data/same.ipynb"), Path("/project")).as_posix()
    '_outside/data/same.livens.jsonl'
    """
    if notebook.is_relative_to(root):
        folder = notebook.relative_to(root).parent
    else:
        drive = notebook.drive.replace(":", "").strip("\\/")
        folder = Path("_outside", drive, *notebook.parts[1:-1])
    return folder / f"{notebook.stem}.livens.jsonl"


class NotebookFile(pytest.File):
    """A notebook, with the kernel that its cells share."""

    failure = ""
    """Why the rest of the cells cannot be run."""

    def collect(self) -> Iterator[pytest.Item]:
        """Make a test of each cell that would be executed."""
        from livens.exceptions import LivensError
        from livens.recording import notebooks
        from livens.recording.masking import Masking

        try:
            self.notebook = notebooks.read(self.path)
        except LivensError as err:
            raise self.CollectError(str(err)) from None
        self.masking = Masking.of(self.notebook)
        number = 0
        for index, cell in enumerate(self.notebook.cells):
            if notebooks.is_executed(cell):
                number += 1
                name = f"cell {number}"
                yield CellItem.from_parent(self, name=name, cell=cell, index=index)

    def setup(self) -> None:
        """Start the kernel."""
        from livens.recorder import RecordingNotebookClient

        directory = self.config.getoption("--livens-record")
        record = ""
        if directory:
            place = Path(directory) / record_path(self.path, self.config.rootpath)
            place.parent.mkdir(parents=True, exist_ok=True)
            record = str(place)
        self.client: RecordingNotebookClient = RecordingNotebookClient(
            self.notebook,
            timeout=self.config.getoption("--livens-timeout") or None,
            record_file=record,
            record_file_mode=self.config.getoption("--livens-record-mode"),
            resources={"metadata": {"path": str(self.path.parent), "name": self.path.name}},
        )
        self.client.watch_variables()
        self.client.reset_execution_trackers()
        self._kernel = self.client.setup_kernel()
        self._kernel.__enter__()

    def teardown(self) -> None:
        """End the kernel."""
        if hasattr(self, "_kernel"):
            self._kernel.__exit__(None, None, None)
            del self._kernel


class CellItem(pytest.Item):
    """A cell."""

    def __init__(self, *, cell: NotebookNode, index: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.cell = cell
        self.index = index

    def runtest(self) -> None:
        """Run the cell, and check what it expects."""
        from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

        from livens.exceptions import InvalidCondition
        from livens.recording.expectations import unmet
        from livens.rules.conditions import Condition

        notebook = self.parent
        assert isinstance(notebook, NotebookFile)
        if notebook.failure:
            pytest.skip(notebook.failure)
        try:
            conditions = [Condition(text) for text in self.expected()]
        except InvalidCondition as err:
            raise CellFailed(f"{err}") from None
        try:
            notebook.client.execute_cell(self.cell, self.index)
        except CellExecutionError:
            notebook.failure = f"{self.name} has failed"
            raise CellFailed(notebook.masking.text(traceback_of(self.cell))) from None
        except (CellTimeoutError, DeadKernelError) as err:
            notebook.failure = f"{self.name} has taken the kernel with it"
            raise CellFailed(str(err).splitlines()[0]) from None
        variables = notebook.client.variables
        found = [unmet(condition, variables) for condition in conditions]
        if any(found):
            raise CellFailed("\n".join(text for text in found if text))

    def expected(self) -> list[str]:
        """Return the conditions of the cell."""
        from livens.recording.expectations import in_comments

        metadata = self.cell.metadata.get("livens", {})
        texts = metadata.get("expect", []) if isinstance(metadata, dict) else []
        texts = [texts] if isinstance(texts, str) else list(map(str, texts))
        return [*texts, *in_comments(self.cell.source)]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the cell and what went wrong in it, without the lines of this plugin."""
        if not isinstance(excinfo.value, CellFailed):
            return str(super().repr_failure(excinfo, style))
        assert isinstance(self.parent, NotebookFile)
        source = self.parent.masking.source(self.cell.source).splitlines()
        lines = [f"{number:4} | {line}" for number, line in enumerate(source, 1)]
        told = str(excinfo.value)
        return Failure("\n".join([*lines, "", told]), summary_of(told))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return the notebook and the cell."""
        return self.path, None, f"{self.path.name}, {self.name}"


class Failure:
    """What pytest shows of a failure, and in its short summary; has what it calls.

    Parameters
    ----------
    text : str
        All of it.
    summary : str
        A line.
    """

    def __init__(self, text: str, summary: str) -> None:
        self.reprcrash = SimpleNamespace(message=summary)
        self._text = text

    def __str__(self) -> str:
        return self._text

    def toterminal(self, writer: Any) -> None:
        """Write it to a terminal."""
        writer.line(self._text)


def summary_of(told: str) -> str:
    """Return the line that names the error: a traceback's last, else the first.

    Examples
    --------
    >>> summary_of("----> 1 x / 0\\n\\nZeroDivisionError: division by zero")
    'ZeroDivisionError: division by zero'
    >>> summary_of("expected x < 2, but x = 2\\nexpected y == 1, but y = 3")
    'expected x < 2, but x = 2'
    """
    lines = [line for line in told.splitlines() if line.strip()] or [""]
    return lines[0] if told.startswith("expected ") else lines[-1]


class CellFailed(Exception):
    """A cell raised, or something that it expects does not hold."""


def traceback_of(cell: NotebookNode) -> str:
    """Return the traceback of a cell's outputs, without colours."""
    from livens.recording.notebooks import without_colours

    errors = [output for output in cell.outputs if output.output_type == "error"]
    text = "\n".join(errors[-1].traceback) if errors else "The cell has failed."
    return without_colours(text)
