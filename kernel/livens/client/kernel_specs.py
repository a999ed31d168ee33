"""Installs the kernelspec by which Jupyter finds livens in this environment."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_client.kernelspec import KernelSpecManager

import livens
from livens.client import pyodide_files
from livens.exceptions import InstallFailed

NAME = "livens"

PYODIDE_NAME = "livens-pyodide"
"""The kernel whose Python runs in Pyodide, under Node."""

_LOGOS = "logo-*"


class Installed(NamedTuple):
    """A kernelspec that was installed.

    Attributes
    ----------
    name : str
        The kernel's name.
    directory : Path
        Where it is.
    has_replaced : bool
        Whether there was one of this name at this place before.
    is_found : bool
        Whether Jupyter in this environment looks there.
    """

    name: str
    directory: Path
    has_replaced: bool
    is_found: bool


def starts_livens(argv: Sequence[str]) -> bool:
    """Return whether a command line, such as a kernelspec's, starts a livens kernel.

    Examples
    --------
    >>> starts_livens(["python", "-m", "livens", "-f", "kernel-1.json"])
    True
    >>> starts_livens(["/home/me/livens/bin/python", "-m", "ipykernel_launcher", "-f", "k.json"])
    False
    >>> starts_livens(["node", "/share/kernels/livens-pyodide/livens-kernel.mjs", "kernel-1.json"])
    True
    """
    return ("-m", "livens") in pairwise(argv) or any(
        "livens.kernel" in word or Path(word).name == pyodide_files.SCRIPT for word in argv
    )


def kernel_json(display_name: str = "", env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the contents of ``kernel.json``, which starts livens with this very interpreter.

    Examples
    --------
    >>> kernel_json()["argv"][1:]
    ['-m', 'livens', '-f', '{connection_file}']
    """
    spec: dict[str, Any] = {
        "argv": [sys.executable, "-m", "livens", "-f", "{connection_file}"],
        "display_name": display_name or "Python 3 (livens)",
        "language": "python",
        "metadata": {"debugger": True, "supported_encryption": ["curve"]},
        "kernel_protocol_version": "5.5",
    }
    return {**spec, "env": dict(env)} if env else spec


def pyodide_kernel_json(
    node: str, display_name: str = "", env: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the contents of ``kernel.json`` of the kernel in Pyodide.

    Examples
    --------
    >>> pyodide_kernel_json("node")["argv"]
    ['node', '--disallow-code-generation-from-strings', '--no-warnings',
     '{resource_dir}/livens-kernel.mjs', '{connection_file}']
    """
    spec: dict[str, Any] = {
        # The option is a part of what shuts the user's code in: see confinement.mjs.
        "argv": [
            node,
            "--disallow-code-generation-from-strings",
            "--no-warnings",
            "{resource_dir}/" + pyodide_files.SCRIPT,
            "{connection_file}",
        ],
        "display_name": display_name or "Python (Pyodide, livens)",
        "language": "python",
        "interrupt_mode": "message",
        "metadata": {"debugger": False},
        "kernel_protocol_version": "5.4",
    }
    return {**spec, "env": dict(env)} if env else spec


def install(
    *,
    user: bool = False,
    prefix: str | None = None,
    name: str = NAME,
    display_name: str = "",
    env: Mapping[str, str] | None = None,
    in_pyodide: bool = False,
) -> Installed:
    """Install the kernelspec; one of the same name at the same place is replaced.

    Parameters
    ----------
    user : bool
        For this user; else for all users of the machine.
    prefix : str, optional
        For the environment in this directory, instead.
    name : str
        What Jupyter calls the kernel.
    display_name : str
        What people see; by default "Python 3 (livens)", or a *name* of one's own.
    env : mapping of str to str, optional
        Environment variables that the kernel starts with.
    in_pyodide : bool
        The kernel whose Python runs in Pyodide, with all that it needs.

    Raises
    ------
    InstallFailed
        If no kernel can have this name, the place cannot be written, or what the kernel needs is
        not to be had.
    """
    manager = KernelSpecManager()
    manager.log.disabled = True  # what it warns of is told by the answer
    if not name:
        raise InstallFailed("'' cannot be the name of a kernel: expected a name after --name")
    shown = display_name or ("" if name in (NAME, PYODIDE_NAME) else name)
    fill: Callable[[Path], object] = pyodide_files.put_together if in_pyodide else lambda _: None
    if in_pyodide:
        spec = pyodide_kernel_json(pyodide_files.find_node(), shown, env)
    else:
        spec = kernel_json(shown, env)
    with tempfile.TemporaryDirectory(prefix="livens-") as directory:
        source = Path(directory) / "spec"
        source.mkdir()
        fill(source)
        text = json.dumps(spec, indent=2)
        (source / "kernel.json").write_text(f"{text}\n", "utf-8")
        for logo in _resources():
            shutil.copy(logo, source)
        place = Path(manager._get_destination_dir(name.lower(), user=user, prefix=prefix))
        is_there = place.is_dir()
        try:
            done = Path(manager.install_kernel_spec(str(source), name, user=user, prefix=prefix))
        except ValueError:
            raise InstallFailed(
                f"{name!r} cannot be the name of a kernel: expected letters and digits of ASCII, "
                "'-', '.' and '_'; what people see is set by --display-name"
            ) from None
        except OSError as err:
            raise InstallFailed(
                f"{place} cannot be written ({err.strerror or err}); expected a place of your "
                "own: --user for this user, --sys-prefix for this environment, --prefix for another"
            ) from None
    return Installed(done.name, done, is_there, str(done.parent) in manager.kernel_dirs)


def _resources() -> list[Path]:
    """Return the logos: of the installed kernelspec, or of the repository."""
    here = Path(livens.__file__).resolve().parents[2] / "kernelspec"
    installed = Path(sys.prefix) / "share" / "jupyter" / "kernels" / NAME
    for directory in (installed, here):
        found = sorted(directory.glob(_LOGOS))
        if found:
            return found
    return []
