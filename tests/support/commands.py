"""Notebooks, and the commands that run them in a process of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat

TIMEOUT_S = 100


def notebook_file(path: Path, *sources: str, tags: dict[int, list[str]] | None = None) -> Path:
    notebook = nbformat.v4.new_notebook()
    for index, source in enumerate(sources):
        cell = nbformat.v4.new_code_cell(source, id=f"cell-{index}")
        cell.metadata["tags"] = (tags or {}).get(index, [])
        notebook.cells.append(cell)
    nbformat.write(notebook, path)
    return path


def run(*args: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Call the command; its output is no terminal."""
    return subprocess.run(
        [sys.executable, "-m", "livens.cli", "run", *map(str, args)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        **options,
    )
