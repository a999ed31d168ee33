"""The folder with the peers: what is installed where, and how their kernels start.

Extensions of JupyterLab are installed without what they depend on: their kernel is that of livens'
own environment, and only their files are needed. What replaces the kernel gets a virtual
environment, because it may ask for other versions of ipykernel.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterable, Sequence
from importlib.metadata import distributions, version
from pathlib import Path

from benchmarks.race.peers import Peer
from benchmarks.variants import Variant

INSTALL_TIMEOUT_S = 300
_SAME = ("numpy", "pandas", "ipython", "pyzmq", "tornado", "jupyter_client", "traitlets")
"""What is to be of one version in all environments, so that only the inspectors differ."""


class NotInstalled(Exception):
    """A peer could not be installed; pip's last words say why."""


class Installation:
    """The folder with the peers.

    Parameters
    ----------
    root : Path
        Where it is, or will be made.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def install(self, peer: Peer) -> None:
        """Install a peer if it is not there yet.

        Raises
        ------
        NotInstalled
            If pip fails, or takes longer than `INSTALL_TIMEOUT_S`.
        """
        if not peer.package or self.version(peer):
            return
        print(f"Installing {peer.package} into {self.root}", flush=True)
        if not peer.has_kernel:
            self._pip(sys.executable, "--no-deps", "--target", str(self.files(peer)), peer.package)
            return
        venv.create(self.files(peer), with_pip=True)
        same = [f"{name}=={version(name)}" for name in _SAME]
        self._pip(str(self.python(peer)), peer.package, *same)

    def files(self, peer: Peer) -> Path:
        """Return the folder of a peer: its own files, or its virtual environment."""
        return self.root / peer.package

    def python(self, peer: Peer) -> Path:
        """Return the interpreter of a peer's virtual environment."""
        folder, program = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
        return self.files(peer) / folder / program

    def packages(self, peer: Peer) -> list[Path]:
        """Return where the packages of a peer can be imported from."""
        return [self.files(peer), *self.files(peer).glob("[Ll]ib*/**/site-packages")]

    def version(self, peer: Peer) -> str:
        """Return the installed version of a peer, empty if it is not installed.

        What comes with livens' environment has the version of ipykernel.
        """
        if not peer.package:
            return version("livens" if peer.name == "livens" else "ipykernel")
        wanted = peer.package.replace("_", "-")
        for found in distributions(path=[str(path) for path in self.packages(peer)]):
            if found.metadata["Name"].lower().replace("_", "-") == wanted:
                return found.version
        return ""

    def variant(self, peer: Peer) -> Variant:
        """Return the kernel that a peer runs in."""
        if peer.has_kernel:
            return Variant(peer.name, _spec_name(peer))
        kernel = "livens" if peer.name == "livens" else "python3"
        return Variant(peer.name, kernel, code=self.files(peer) if peer.package else None)

    def write_kernelspecs(self, peers: Iterable[Peer], folder: Path) -> None:
        """Write the kernelspecs of peers with a kernel, and let Jupyter find them.

        Parameters
        ----------
        peers : iterable of Peer
            Those whose kernel is to be started.
        folder : Path
            Where to write; put in front of ``JUPYTER_PATH``.
        """
        for peer in peers:
            if not peer.has_kernel:
                continue
            module = "ipykernel_launcher" if peer.name == peer.floor else "spyder_kernels.console"
            arguments = [str(self.python(peer)), "-m", module, "-f", "{connection_file}"]
            spec = {"argv": arguments, "display_name": peer.name, "language": "python"}
            place = folder / "kernels" / _spec_name(peer)
            place.mkdir(parents=True)
            (place / "kernel.json").write_text(json.dumps(spec), "utf-8")
        others = os.environ.get("JUPYTER_PATH", "")
        os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(folder), others]))

    def _pip(self, python: str, *arguments: str) -> None:
        command: Sequence[str] = (python, "-m", "pip", "install", "--quiet", *arguments)
        try:
            run = subprocess.run(
                command, check=False, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S
            )
        except subprocess.TimeoutExpired as error:
            raise NotInstalled(f"pip was not done after {INSTALL_TIMEOUT_S} s") from error
        if run.returncode:
            words = [line for line in run.stderr.splitlines() if line.startswith("ERROR")]
            raise NotInstalled((words or ["pip failed"])[-1].removeprefix("ERROR: "))


def _spec_name(peer: Peer) -> str:
    return "race-" + "".join(c if c.isalnum() else "-" for c in peer.name.lower())
