"""The kernels that the commands are about: which runs, which is installed, how to talk to it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from jupyter_core.paths import jupyter_runtime_dir

from livens.client.connection import connection_info
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


def find_kernel(name: str | None, existing: str | None) -> Path:
    """Return the connection file that is meant.

    Parameters
    ----------
    name : str, optional
        A path, or the name of a file in Jupyter's runtime directory.
    existing : str, optional
        A part of the name of such a file, or a path.

    Raises
    ------
    ConnectionFailed
        If there is none, or no kernel behind it.
    """
    if existing and Path(existing).is_file():
        name = existing  # what `jupyter console --existing` takes as well
    if name:
        in_runtime = Path(jupyter_runtime_dir()) / name
        path = in_runtime if not Path(name).exists() and in_runtime.exists() else Path(name)
        _need_listener(path)
        return path
    running = [path for path in _connection_files(existing or "") if _listens(path)]
    ours = [path for path in running if _kernel_name(path) == "livens"]
    if not running:
        which = f" whose name contains {existing!r}" if existing else ""
        raise ConnectionFailed(
            f"No connection file of a running kernel{which} in {jupyter_runtime_dir()}; start a "
            "kernel with `jupyter livens console`, or in JupyterLab with 'Python 3 (livens)'"
        )
    return (ours or running)[0]


def _connection_files(part: str) -> list[Path]:
    """List the connection files of this user, the newest first."""
    found = Path(jupyter_runtime_dir()).glob("kernel-*.json")
    matching = [path for path in found if part in path.name]
    return sorted(matching, key=lambda path: path.stat().st_mtime, reverse=True)


def _kernel_name(path: Path) -> str:
    """Read which kernel it is; who starts a kernel may leave that out."""
    return str(json.loads(path.read_text("utf-8")).get("kernel_name", ""))


def _listens(path: Path) -> bool:
    try:
        _need_listener(path)
    except ConnectionFailed:
        return False
    return True


def _need_listener(path: Path) -> None:
    """Return at once, without a timeout, whether a file is of a kernel that has died."""
    info, where, _ = connection_info(path)
    if not _is_bound(info):
        raise ConnectionFailed(
            f"No kernel answers at {where}; expected a running livens kernel. The file was left "
            "behind by one that has ended: delete it, and name another one (`jupyter livens "
            "watch` finds the newest that runs)."
        )


def _is_bound(info: dict[str, Any]) -> bool:
    host, port = info.get("ip") or "127.0.0.1", info["control_port"]
    if info.get("transport") == "ipc":
        return os.path.exists(f"{host}-{port}")
    try:
        socket.create_connection((host, port), timeout=2.0).close()
    except OSError:
        return False
    return True
