"""The environment variables that a sandboxed kernel gets: a few by name, and no others.

A server's environment has tokens and keys under names that nobody can list. So this is a list of
what is let in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase

KEPT = (
    "COLORTERM",
    "CONDA_*",
    "JPY_SESSION_NAME",
    "LANG",
    "LANGUAGE",
    "LC_*",
    "MPLBACKEND",
    "NO_COLOR",
    "*_NUM_THREADS",
    "PATH",
    "PYDEVD_*",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONHASHSEED",
    "PYTHONIOENCODING",
    "PYTHONPATH",
    "PYTHONUNBUFFERED",
    "PYTHONUTF8",
    "PYTHONWARNINGS",
    "TERM",
    "TZ",
    "VIRTUAL_ENV",
)
"""What is let in from the environment of the server."""


def kept_of(
    environment: Mapping[str, str], of_kernel: Collection[str], also: Collection[str], home: str
) -> dict[str, str]:
    """Return the environment of a sandboxed kernel.

    Parameters
    ----------
    environment : mapping of str to str
        What it would get without a sandbox.
    of_kernel : collection of str
        The names that its kernelspec sets.
    also : collection of str
        More names that are let in; ``*`` stands for any characters.
    home : str
        Its home directory.

    Examples
    --------
    >>> given = {"LANG": "C", "API_TOKEN": "secret", "MODE": "test"}
    >>> sorted(kept_of(given, ["MODE"], [], "/home/sandbox"))
    ['HOME', 'JPY_PARENT_PID', 'LANG', 'LOGNAME', 'MODE', 'TMPDIR', 'USER']
    """
    patterns = (*KEPT, *also)
    kept = {
        name: value
        for name, value in environment.items()
        if name in of_kernel or any(fnmatchcase(name, pattern) for pattern in patterns)
    }
    user = {"HOME": home, "TMPDIR": "/tmp", "USER": "sandbox", "LOGNAME": "sandbox"}
    # A kernel ends when its parent is not this one; 1 is the parent that is never another.
    user["JPY_PARENT_PID"] = "1"
    return {**kept, **user}
