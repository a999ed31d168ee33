"""What records are called: after their notebook and when they began, so that none replaces another.

The time is in UTC, to the second, so that names sort by it.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

SUFFIX = ".livens.jsonl"


def record_name(notebook: Path, at: float) -> str:
    """Return the name of the record of a run that begins now.

    Parameters
    ----------
    notebook : Path
        What is run.
    at : float
        Seconds since the epoch.

    Examples
    --------
    >>> record_name(Path("sales.ipynb"), 0.0)
    'sales-19700101T000000Z.livens.jsonl'
    """
    return f"{notebook.stem}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(at))}{SUFFIX}"


def new_record_path(directory: Path, notebook: Path, at: float | None = None) -> Path:
    """Return a path in a directory where no file is yet, for the record of a run that begins now.

    Parameters
    ----------
    directory : Path
        Where the record goes.
    notebook : Path
        What is run.
    at : float, optional
        Seconds since the epoch; by default now.
    """
    name = record_name(notebook, time.time() if at is None else at)
    path, count = directory / name, 1
    while os.path.exists(path):
        count += 1
        path = directory / f"{name.removesuffix(SUFFIX)}-{count}{SUFFIX}"
    return path


def is_record_name(name: str) -> bool:
    """Return whether a file is called as records are.

    Examples
    --------
    >>> is_record_name("a.livens.jsonl.gz"), is_record_name("a.jsonl")
    (True, False)
    """
    return name.removesuffix(".gz").endswith(SUFFIX)
