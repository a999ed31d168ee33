"""``pytest --livens notebooks/``: every notebook is a test, and may say what it expects.

Each notebook is run on the livens kernel, each of its code cells is a test. A cell passes if it
runs and everything that it expects holds when it has ended:

- in a comment: ``# expect: loss < 0.1``, in a line of its own or behind code
- in the cell's metadata: ``{"livens": {"expect": ["loss < 0.1"]}}``

What cannot be worked out is a failure as well. What looks like an expectation and is none, such as
``# Expect: loss < 0.1``, is a warning (`ExpectationWarning`).

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
        self._warn_of(self.path.name, metadata_near_misses(self.notebook.metadata, is_cell=False))
        number = 0
        for index, cell in enumerate(self.notebook.cells):
            if notebooks.is_executed(cell):
                number += 1
                name = f"cell {number}"
                self._warn_of(f"{self.path.name}, {name}", executed_near_misses(cell))
                yield CellItem.from_parent(self, name=name, cell=cell, index=index)
            else:
                place = f"{self.path.name}, cell at position {index + 1}, which is not run"
                self._warn_of(place, left_out_expectations(cell))

    def _warn_of(self, place: str, texts: list[str]) -> None:
        for text in texts:
            self.warn(ExpectationWarning(self.masking.text(f"{place}, {text}")))

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
        unmet = notebook.client.check_expectations(conditions)
        if unmet:
            raise CellFailed("\n".join(notebook.masking.text(each.text) for each in unmet))

    def expected(self) -> list[str]:
        """Return the conditions of the cell."""
        from livens.recording.expectation_comments import in_comments

        return [*expected_in_metadata(self.cell), *in_comments(self.cell.source)]

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


class ExpectationWarning(pytest.PytestWarning):
    """Something looks like an expectation, and is none."""


def expected_in_metadata(cell: NotebookNode) -> list[str]:
    """Return the conditions in a cell's metadata.

    Raises
    ------
    CellFailed
        If they are no text and no list of texts.
    """
    ours = cell.metadata.get("livens", {})
    texts = ours.get("expect", []) if isinstance(ours, dict) else []
    texts = [texts] if isinstance(texts, str) else texts
    if not (isinstance(texts, list) and all(isinstance(text, str) for text in texts)):
        raise CellFailed(
            f"The metadata have livens.expect = {texts!r:.200}; expected a text, or a list of "
            "texts, each a condition"
        )
    return texts


def executed_near_misses(cell: NotebookNode) -> list[str]:
    """Return what looks like an expectation in a cell that is run, and is none."""
    from livens.recording.expectation_comments import MARK, near_misses

    comments = [
        f"line {comment.line}: {comment.text[:200]!r} is not checked; an expectation begins with "
        f"'{MARK}'"
        for comment in near_misses(cell.source)
    ]
    return [*comments, *metadata_near_misses(cell.metadata)]


def left_out_expectations(cell: NotebookNode) -> list[str]:
    """Return the expectations of a cell that is not run: none of them is checked."""
    from livens.recording.expectation_comments import stray_expectations

    return [
        f"line {comment.line}: {comment.text[:200]!r} is not checked; expected it in a code cell"
        for comment in stray_expectations(cell.source)
    ] + metadata_near_misses(cell.metadata, is_cell=False)


def metadata_near_misses(metadata: dict[str, Any], *, is_cell: bool = True) -> list[str]:
    """Return what looks like an expectation in metadata, and is none.

    Examples
    --------
    >>> metadata_near_misses({"livens": {"expects": ["x == 1"]}})
    ["metadata: 'livens.expects' is not read; expectations are in 'livens.expect' of a code cell"]
    """
    right = "expectations are in 'livens.expect' of a code cell"
    found = []
    for key, ours in metadata.items():
        if key.lower() != "livens" or not isinstance(ours, dict | list | str):
            continue
        for name in ours if isinstance(ours, dict) else ():
            is_right = is_cell and key == "livens" and name == "expect"
            if name.lower().startswith("expect") and not is_right:
                found.append(f"metadata: '{key}.{name}' is not read; {right}")
        if not isinstance(ours, dict):
            found.append(f"metadata: '{key}' is not read; {right}")
    return found


def traceback_of(cell: NotebookNode) -> str:
    """Return the traceback of a cell's outputs, without colours."""
    from livens.recording.notebooks import without_colours

    errors = [output for output in cell.outputs if output.output_type == "error"]
    text = "\n".join(errors[-1].traceback) if errors else "The cell has failed."
    return without_colours(text)
