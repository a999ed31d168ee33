"""Where a cluster of ipyparallel is reached: its client file, or a client that has read one."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

from IPython.paths import get_ipython_dir

from livens.exceptions import ConnectionFailed

URLS = ("control", "iopub", "notification", "registration")
"""The addresses of a controller that are used here."""


_ALL_ADDRESSES = ("*", "0.0.0.0", "::", "[::]")
"""What a controller listens on that takes clients from everywhere: `location` says where it is."""


class Controller(NamedTuple):
    """How to reach a controller.

    Attributes
    ----------
    where : str
        What to call it in error messages.
    urls : dict of str to str
        The address of each of `URLS`.
    session : dict
        What messages are signed and packed with.
    server_key : bytes
        Of CurveZMQ; empty where nothing is encrypted.
    file : Path, optional
        Its client file.
    """

    where: str
    urls: dict[str, str]
    session: dict[str, Any]
    server_key: bytes
    file: Path | None


def controller_of(cluster: Any) -> Controller:
    """Return how to reach the controller of a cluster.

    Parameters
    ----------
    cluster : ipyparallel.Client, path, dict or str
        A client; the file ``ipcontroller-<id>-client.json`` or what is in it; or the id of a
        cluster, with the newest for an empty text.

    Raises
    ------
    ConnectionFailed
        If there is no such file, or it is none, or the controller is behind SSH.
    """
    if _is_client(cluster):
        info = dict(cluster._config)
        if info.get("ssh"):
            raise ConnectionFailed(
                f"The controller of this client is reached by SSH ({info['ssh']}), which livens "
                "does not; watch from that machine, with `jupyter livens watch --cluster`"
            )
        return _controller(info, "the controller of this client", None)
    if isinstance(cluster, dict):
        return _controller(dict(cluster), "the controller", None)
    file = _file_of(os.fspath(cluster))
    try:
        info = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as err:
        raise ConnectionFailed(
            f"{file} is no client file of a controller: expected JSON, {err}"
        ) from None
    return _controller(info, str(file), file)


def _is_client(cluster: Any) -> bool:
    """Return whether this is a client of ipyparallel, which is not imported for the question."""
    module = sys.modules.get("ipyparallel")
    return module is not None and isinstance(cluster, module.Client)


def _file_of(name: str) -> Path:
    """Return the client file that is meant: by its path, by the id of its cluster, or the newest.

    Raises
    ------
    ConnectionFailed
        If there is none.
    """
    if name and os.path.isfile(name):
        return Path(name)
    folder = Path(get_ipython_dir())
    files = list(
        folder.glob(f"profile_*/security/ipcontroller-{name + '-' if name else '*'}client.json")
    )
    if not name:
        files += folder.glob("profile_*/security/ipcontroller-client.json")
    if not files:
        which = f"of the cluster {name!r}" if name else "of any cluster"
        raise ConnectionFailed(
            f"No client file {which} in {folder}/profile_*/security; start one with `ipcluster "
            "start`, or name the file ipcontroller-ID-client.json"
        )
    return max(files, key=lambda file: file.stat().st_mtime)


def _controller(info: Any, where: str, file: Path | None) -> Controller:
    try:
        interface = str(info["interface"])
        scheme, _, address = interface.partition("://")
        if address in _ALL_ADDRESSES:
            address = str(info.get("location") or "127.0.0.1")
        urls = {name: _url(info[name], f"{scheme}://{address}") for name in URLS}
        session = {
            "key": info["key"].encode(),
            "signature_scheme": info["signature_scheme"],
            "packer": info["pack"],
            "unpacker": info["unpack"],
        }
    except (KeyError, TypeError, AttributeError) as err:
        raise ConnectionFailed(
            f"{where} is no client file of a controller of ipyparallel: {err} is missing"
        ) from None
    key = info.get("curve_serverkey") or os.environ.get("IPP_CURVE_SERVERKEY") or ""
    return Controller(where, urls, session, key.encode(), file)


def _url(port: Any, base: str) -> str:
    return port if isinstance(port, str) and "://" in port else f"{base}:{port}"
