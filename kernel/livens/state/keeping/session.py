"""What a session is found by again, from what Jupyter and front ends say of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from livens.state.archive.records import Identity

_NOTEBOOK_NAMES = ("__session__", "__vsc_ipynb_file__")
"""Variables in which ipykernel and VS Code say which notebook a kernel was started for."""


def identity(
    name: str,
    environment: Mapping[str, str],
    namespace: Mapping[str, Any],
    connection_file: str,
) -> Identity:
    """Return what a session is found by again.

    Parameters
    ----------
    name : str
        A name of the user's own; empty if there is none.
    environment : mapping
        Of the process: Jupyter servers set ``JPY_SESSION_NAME``.
    namespace : mapping
        The user's variables.
    connection_file : str
        The kernel's; it stays the same when a kernel is restarted. Empty if there is none.

    Examples
    --------
    >>> identity("", {"JPY_SESSION_NAME": "a.ipynb"}, {}, "/run/kernel-5.json")
    Identity(name='', notebook='a.ipynb', kernel='kernel-5')
    """
    notebook = environment.get("JPY_SESSION_NAME", "")
    for variable in _NOTEBOOK_NAMES:
        value = namespace.get(variable)
        if not notebook and type(value) is str:
            notebook = value
    kernel = PurePath(connection_file).stem if connection_file else ""
    return Identity(name, notebook, kernel)


def default_path(data_folder: str) -> Path:
    """Return where the archive is, unless a setting says otherwise.

    It is in Jupyter's folder for data: that for what runs may be emptied when the user logs out.
    """
    return Path(data_folder) / "livens" / "archive.sqlite"
