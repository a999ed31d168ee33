"""The kernels that the commands are about: which runs, which is installed, how to talk to it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from jupyter_core.paths import jupyter_runtime_dir

from livens.client.connection import connection_info
from livens.client.running_kernels import RunningKernel, find_running, is_bound
from livens.exceptions import ConnectionFailed, RunFailed

SOCKET_PATH_BYTES = 107
"""What the path of a Unix socket may take (``sun_path`` in ``unix(7)``)."""


def find_kernel_spec(name: str) -> KernelSpec:
    """Return a kernel by its name.

    Raises
    ------
    RunFailed
        If it is not installed.
    """
    specs = KernelSpecManager()
    try:
        return specs.get_kernel_spec(name)
    except NoSuchKernel:
        installed = ", ".join(sorted(specs.find_kernel_specs())) or "none"
        remedy = "python -m pip install livens" if name == "livens" else "jupyter kernelspec list"
        raise RunFailed(
            f"No kernel {name!r}; expected one that is installed for {sys.prefix}: {installed}. "
            f"Choose one by --kernel, or see `{remedy}`."
        ) from None


@contextmanager
def private_transport(spec: KernelSpec) -> Iterator[dict[str, Any]]:
    """Give the settings of a kernel manager whose kernel opens no port that speaks plain text.

    CurveZMQ keys where ZeroMQ and the kernel know them, else Unix sockets in a private directory.
    """
    supported = spec.metadata.get("supported_encryption", [])
    if zmq.has("curve") and "curve" in supported:
        yield {"transport_encryption": "required"}
        return
    directory = _socket_directory() if hasattr(os, "fork") else None
    if directory is None:
        yield {}
        return
    try:
        yield {"transport": "ipc", "ip": os.path.join(directory, "k")}
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _socket_directory() -> str | None:
    """Make a directory whose name leaves room for the names of sockets."""
    for parent in (None, "/tmp"):
        with suppress(OSError):
            directory = tempfile.mkdtemp(prefix="livens-", dir=parent)
            if len(os.fsencode(directory)) + len("/k-65535") <= SOCKET_PATH_BYTES:
                return directory
            os.rmdir(directory)
    return None


Choose = Callable[[Sequence[RunningKernel]], RunningKernel]
"""Takes one of several kernels, the newest first."""


def find_kernel(
    name: str | None,
    existing: str | None,
    *,
    choose: Choose = lambda kernels: kernels[0],
    needs_livens: bool = True,
) -> Path:
    """Return the connection file that is meant.

    Parameters
    ----------
    name : str, optional
        A path, or the name of a file in Jupyter's runtime directory.
    existing : str, optional
        A part of the name of such a file or of the notebook's path, or a path.
    choose : callable
        Chooses where there are several; by default the newest.
    needs_livens : bool
        Whether it has to be a kernel that can be watched. If not, one without livens is taken
        where there is no other.

    Raises
    ------
    ConnectionFailed
        If there is none, or no kernel behind it.
    """
    if existing and os.path.isfile(existing):
        name = existing  # what `jupyter console --existing` takes as well
    if name:
        in_runtime = Path(jupyter_runtime_dir()) / name
        path = in_runtime if not os.path.exists(name) and os.path.exists(in_runtime) else Path(name)
        _need_listener(path)
        return path
    running = find_running(existing or "")
    watchable = [kernel for kernel in running if kernel.can_be_watched]
    answering = [kernel for kernel in watchable if kernel.answers]
    found = answering or watchable or ([] if needs_livens else running)
    if not found:
        raise ConnectionFailed(_none_runs(existing, len(running)))
    return Path((choose(found) if len(found) > 1 else found[0]).connection_file)


def _none_runs(existing: str | None, others: int) -> str:
    which = f" whose file or notebook contains {existing!r}" if existing else ""
    text = f"No livens kernel{which} runs here, by the connection files in {jupyter_runtime_dir()}"
    if others:
        number = "one kernel runs" if others == 1 else f"{others} kernels run"
        text += f"; {number} without livens: run `%load_ext livens` in one to watch it, or"
    else:
        text += ";"
    return (
        f"{text} start a kernel with `jupyter livens console`, or in JupyterLab with 'Python 3 "
        "(livens)'"
    )


def _need_listener(path: Path) -> None:
    """Return at once, without a timeout, whether a file is of a kernel that has died."""
    info, where, _ = connection_info(path)
    if not is_bound(info):
        raise ConnectionFailed(
            f"No kernel answers at {where}; expected a running livens kernel. The file was left "
            "behind by one that has ended: delete it, and name another one (`jupyter livens list` "
            "shows those that run)."
        )
