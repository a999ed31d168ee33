"""Where the kernels of our runs have their connection files, and what becomes of these.

They are in Jupyter's runtime directory, where others look for them. A run removes its own. What
the run left behind that was killed, the next one removes: each file says which process has made it.
"""

from __future__ import annotations

import json
import os
import socket
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from jupyter_core.paths import jupyter_runtime_dir

OWNER = "livens_run"
"""The field of a connection file that says which process has made it."""


def put_in_runtime_directory(manager: Any, notebook: str = "") -> None:
    """Have the connection file of a kernel that is about to start be where others look for it.

    jupyter_client would put it into the temporary folder. Its name is not to be guessed, it is
    readable by this user alone, and the manager removes it with its other resources. Where there
    can be no such directory, nothing is changed.

    Parameters
    ----------
    manager : KernelManager
        Blocking or not; one that has a connection file already, or knows none, stays as it is.
    notebook : str
        The path of the notebook that the kernel runs, for whoever looks for its kernel. It is not
        passed in ``JPY_SESSION_NAME``: the user's code would see another environment, and the
        variable ``__session__``.
    """
    if getattr(manager, "connection_file", "none") or not hasattr(manager, "write_connection_file"):
        return
    runtime = Path(jupyter_runtime_dir())
    try:
        runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return
    if not os.access(runtime, os.W_OK):
        return
    remove_orphans(runtime)
    manager.connection_file = str(runtime / f"kernel-{uuid.uuid4()}.json")
    write = manager.write_connection_file

    def write_with_notebook(**others: Any) -> None:
        others["jupyter_session"] = others.get("jupyter_session") or notebook
        write(**others, **{OWNER: this_process()})

    manager.write_connection_file = write_with_notebook


def remove_orphans(runtime: Path) -> None:
    """Remove the connection files of runs that were killed, and can remove nothing any more."""
    for file in runtime.glob("kernel-*.json"):
        with suppress(OSError, ValueError):
            info = json.loads(file.read_text("utf-8"))
            owner = info.get(OWNER) if isinstance(info, dict) else None
            if owner is not None and _has_ended(owner):
                file.unlink()


def this_process() -> dict[str, Any]:
    """Return who writes a connection file: a process, and where its id means that."""
    return {"pid": os.getpid(), "machine": _machine()}


def _machine() -> str:
    """Return where process ids mean the same: a home directory may be shared by machines."""
    namespace = ""
    with suppress(OSError):  # of a container; only Linux has them
        namespace = os.readlink("/proc/self/ns/pid")
    return f"{socket.gethostname()} {namespace}".strip()


def _has_ended(owner: Any) -> bool:
    """Return whether a process of this machine has ended, and its id is not in use again."""
    if not isinstance(owner, dict) or owner.get("machine") != _machine():
        return False
    pid = owner.get("pid")
    return isinstance(pid, int) and not psutil.pid_exists(pid)
