"""The git commit of a folder, and whether what git keeps there was changed since.

git may be missing, the folder may be none of git's, and it may lie on a drive that does not
answer. So git gets a second, and where it says nothing in that time nothing is known. It writes
nothing, and runs no hook or monitor that is set up for the repository.
"""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import msgspec

TIMEOUT_S = 1.0
"""How long git may take."""

_COMMAND = (
    "git", "--no-optional-locks", "-c", "core.fsmonitor=false", "status", "--porcelain=v2",
    "--branch", "--untracked-files=no", "--ignore-submodules=all",
)  # fmt: skip


class GitState(msgspec.Struct, omit_defaults=True):
    """Of which commit the files were.

    Attributes
    ----------
    commit : str
        Its full hash.
    is_dirty : bool
        Whether a file that git keeps differs from it.
    branch : str
        The branch; empty if none is checked out.
    """

    commit: str
    is_dirty: bool
    branch: str = ""


def git_state(folder: Path, timeout_s: float = TIMEOUT_S) -> GitState | None:
    """Return the state of the repository that a folder is in; None where that is not known.

    Parameters
    ----------
    folder : Path
        Of the notebook.
    timeout_s : float
        How long to wait for git.
    """
    found: list[bytes] = []
    # In a thread that nobody has to wait for: a process that waits for a drive cannot be killed.
    asking = threading.Thread(
        target=_ask, args=(folder, timeout_s, found), name="livens-git", daemon=True
    )
    asking.start()
    asking.join(timeout_s)
    return parse_status(found[0]) if found else None


def _ask(folder: Path, timeout_s: float, found: list[bytes]) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    try:
        done = subprocess.run(
            _COMMAND,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=timeout_s,
            check=True,
        )
    except (OSError, subprocess.SubprocessError, ValueError):
        return
    found.append(done.stdout)


def parse_status(output: bytes) -> GitState | None:
    """Return what the output of ``git status --porcelain=v2 --branch`` says.

    Examples
    --------
    >>> parse_status(b"# branch.oid 1f3a\\n# branch.head main\\n1 .M N... 100644 a.py\\n")
    GitState(commit='1f3a', is_dirty=True, branch='main')
    """
    lines = output.decode("utf-8", "replace").splitlines()
    told = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# "))
    commit, branch = told.get("branch.oid", ""), told.get("branch.head", "")
    if not commit or commit == "(initial)":
        return None
    is_dirty = any(not line.startswith("# ") for line in lines)
    return GitState(commit, is_dirty, "" if branch == "(detached)" else branch)
