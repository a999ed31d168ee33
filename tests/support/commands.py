"""Notebooks, and the commands that run them: in this process, or in one of their own.

A command in a process of its own spends three times as long on imports as on a short run, so
`command` and `run` call it here. A process is for what only a process shows: what the kernel itself
prints, signals, limits, and what is left at its end.
"""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import nbformat

from livens import cli

TIMEOUT_S = 90


def notebook(*sources: str, metadata: dict[int, Any] | None = None, kernel: str = "") -> Any:
    """Make a notebook of code cells, some of them with metadata, and name its kernel if given."""
    made = nbformat.v4.new_notebook()
    for index, source in enumerate(sources):
        cell = nbformat.v4.new_code_cell(source, id=f"cell-{index}")
        cell.metadata.update((metadata or {}).get(index, {}))
        made.cells.append(cell)
    if kernel:
        spec = {"name": kernel, "display_name": "Python 3", "language": "python"}
        made.metadata["kernelspec"] = spec
    return made


def notebook_file(
    path: Path,
    *sources: str,
    metadata: dict[int, Any] | None = None,
    tags: dict[int, list[str]] | None = None,
    kernel: str = "python3",
) -> Path:
    """Write a notebook; its own kernel is the one that Jupyter writes by default."""
    tagged = {index: {"tags": of_cell} for index, of_cell in (tags or {}).items()}
    made = notebook(*sources, metadata={**tagged, **(metadata or {})}, kernel=kernel)
    nbformat.write(made, path)
    return path


class Done(NamedTuple):
    """What came of a command that was called in this process."""

    returncode: int
    stdout: str
    stderr: str


def command(*args: object) -> Done:
    """Call ``jupyter livens`` in this process; its output is no terminal."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = cli.main([*map(str, args)])
        except SystemExit as end:
            code = int(end.code or 0)
    return Done(code, out.getvalue(), err.getvalue())


def run(*args: object) -> Done:
    """Call ``jupyter livens run`` in this process."""
    return command("run", *args)


def python(*args: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Call Python in a process of its own, with its output in pipes."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.run(
        [sys.executable, *map(str, args)],
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        **{**pipes, **options},
    )


def run_in_process(*args: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Call ``jupyter livens run`` in a process of its own."""
    return python("-m", "livens.cli", "run", *args, **options)


def outputs(path: Path) -> list[Any]:
    """Return the outputs of each cell of a notebook."""
    return [cell.get("outputs") for cell in nbformat.read(path, as_version=4).cells]
