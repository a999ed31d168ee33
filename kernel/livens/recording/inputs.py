"""The notebooks that are to be run: files, directories with all that is below, and patterns.

Shells expand patterns, but not on Windows, and not in the lists of jobs of a scheduler.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from livens.exceptions import RunFailed


class Input(NamedTuple):
    """A notebook to run.

    Attributes
    ----------
    path : Path
        Where it is.
    place : Path
        Where it lies below the directory that was given, or its name: what it leaves lies there
        in the directories for outputs and records.
    """

    path: Path
    place: Path


def find_inputs(texts: Sequence[str], leave_out: Sequence[str | None] = ()) -> list[Input]:
    """Return the notebooks that are meant, each once, in the order in which they were given.

    Those of a directory come in the order of their paths. What is hidden is left out: the copies
    in ``.ipynb_checkpoints``, and notebooks that another run has not finished.

    Parameters
    ----------
    texts : sequence of str
        Files, directories and patterns; ``**`` stands for any number of folders.
    leave_out : sequence of str
        Directories whose notebooks were written by runs.

    Raises
    ------
    RunFailed
        If there is no notebook in a directory, or none that fits a pattern.
    """
    left_out = [Path(text).resolve() for text in leave_out if text and os.path.isdir(text)]
    found: dict[Path, Input] = {}
    for text in texts:
        for one in _inputs_of(text, left_out):
            found.setdefault(one.path.resolve(), one)
    return list(found.values())


def is_one_file(texts: Sequence[str]) -> bool:
    """Return whether a single notebook was named, and nothing that may stand for several."""
    return len(texts) == 1 and not os.path.isdir(texts[0]) and not _is_pattern(texts[0])


def _inputs_of(text: str, left_out: Sequence[Path]) -> list[Input]:
    if os.path.isdir(text):
        found = sorted(_below(Path(text), left_out))
        if not found:
            raise RunFailed(f"No notebook in {text} or below; expected .ipynb files there")
        return [Input(path, path.relative_to(text)) for path in found]
    if _is_pattern(text):
        found = [Path(name) for name in sorted(glob.glob(text, recursive=True))]
        found = [path for path in found if path.suffix == ".ipynb" and path.is_file()]
        if not found:
            raise RunFailed(f"No notebook fits {text}; expected .ipynb files")
        return [Input(path, Path(path.name)) for path in found]
    return [Input(Path(text), Path(Path(text).name))]


def _is_pattern(text: str) -> bool:
    return glob.has_magic(text) and not os.path.exists(text)


def _below(directory: Path, left_out: Sequence[Path]) -> Iterator[Path]:
    for parent, folders, names in os.walk(directory):
        folders[:] = [
            folder
            for folder in folders
            if not folder.startswith(".") and Path(parent, folder).resolve() not in left_out
        ]
        for name in names:
            if name.endswith(".ipynb") and not name.startswith("."):
                yield Path(parent, name)
