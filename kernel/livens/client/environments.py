"""Other environments: which Python a notebook's kernel runs in, and whether livens is there.

A notebook names the kernel that it was written on. That kernel's interpreter has the packages that
the notebook needs, so it is not run in another one in silence: the interpreter is asked once, in a
process of its own and under a time limit.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel

from livens.client.kernel_specs import kernel_json, starts_livens
from livens.client.kernels import find_kernel_spec
from livens.exceptions import RunFailed

ASK_S = 30.0
"""How long an interpreter may take to say what it has."""

_QUESTION = """\
import json, sys
from importlib.util import find_spec
print(json.dumps([sys.prefix, bool(find_spec("livens") and find_spec("ipykernel"))]))
"""

_ANY_PYTHON = ("python", "python3", "python2")
"""What kernels are called in any environment."""

_LAUNCHERS = ("ipykernel", "ipykernel_launcher")


class Chosen(NamedTuple):
    """The kernel that a notebook is run on.

    Attributes
    ----------
    name : str
        What it is called.
    spec : KernelSpec
        How it is started.
    note : str
        What a person should know of the choice; empty if there is nothing.
    """

    name: str
    spec: KernelSpec
    note: str = ""


class OneKernel(KernelSpecManager):
    """Finds one kernel under any name: one that is not installed as it is to be started.

    Parameters
    ----------
    spec : KernelSpec
        How it is started.
    """

    def __init__(self, spec: KernelSpec) -> None:
        super().__init__()
        self._spec = spec

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the kernel."""
        return self._spec


def choose_kernel(kernel: str, notebook: str) -> Chosen:
    """Return the livens kernel for a notebook that names a kernel, or none.

    Parameters
    ----------
    kernel : str
        The kernel that the notebook names; may be empty.
    notebook : str
        What to call the notebook in messages.

    Raises
    ------
    RunFailed
        If the kernel's interpreter has no livens, or cannot be asked.
    """
    if kernel == "livens":
        return Chosen(kernel, find_kernel_spec(kernel))
    try:
        spec = KernelSpecManager().get_kernel_spec(kernel) if kernel else None
    except NoSuchKernel:
        if kernel in _ANY_PYTHON:
            return _ours()
        note = f"The kernel {kernel!r} that it names is not installed here: it runs on livens."
        return _ours(note)
    if spec is None:
        return _ours()
    if starts_livens(spec.argv):
        return Chosen(kernel, spec)
    if _is_here(spec.argv[0]):
        return _ours(env=spec.env)
    prefix, has_livens = _ask(spec, kernel, notebook)
    if prefix == sys.prefix:
        return _ours(env=spec.env)
    if not has_livens:
        python = spec.argv[0]
        raise RunFailed(
            f"{notebook} is for the kernel {kernel!r} in {prefix}, where livens is not installed; "
            f"install it there (`{python} -m pip install livens`), or choose a kernel: --kernel "
            f"livens runs it in {sys.prefix}, --kernel {kernel} without showing variables"
        )
    note = f"It runs on livens in {prefix}, where its kernel {kernel!r} is."
    return Chosen("livens", _in_its_place(spec), note)


def _ours(note: str = "", env: Mapping[str, str] | None = None) -> Chosen:
    """Return livens in the environment of this process, with the variables of another kernel."""
    spec = find_kernel_spec("livens")
    if not _is_here(spec.argv[0]):  # one that is installed for this user, from elsewhere
        spec = KernelSpec(**kernel_json())
    spec.env = {**spec.env, **(env or {})}
    return Chosen("livens", spec, note)


def _in_its_place(spec: KernelSpec) -> KernelSpec:
    """Return a kernelspec that starts livens in the interpreter of another kernel."""
    argv = [spec.argv[0], "-m", "livens", "-f", "{connection_file}"]
    return KernelSpec(
        argv=argv,
        env=spec.env,
        display_name=spec.display_name,
        language="python",
        metadata={"supported_encryption": ["curve"]},
    )


def _is_here(python: str) -> bool:
    """Return whether a command is Python in the environment of this process."""
    if python in {*_ANY_PYTHON, f"python3.{sys.version_info[1]}"}:
        return True  # jupyter_client puts its own interpreter in the place of these
    # Not the file itself: those of virtual environments are links to the same one.
    here, there = (Path(path).parent for path in (sys.executable, python))
    return os.path.isabs(python) and os.path.realpath(here) == os.path.realpath(there)


def _ask(spec: KernelSpec, kernel: str, notebook: str) -> tuple[str, bool]:
    """Return the environment of a kernel's interpreter, and whether it has livens."""
    remedy = f"choose one by --kernel: --kernel livens runs it in {sys.prefix}"
    argv: list[str] = spec.argv
    words = argv[1:]
    module = words[words.index("-m") + 1] if "-m" in words[:-1] else ""
    if module not in _LAUNCHERS:
        raise RunFailed(
            f"{notebook} is for the kernel {kernel!r}, which is started by {' '.join(argv)!r}: "
            f"expected one that an interpreter starts by `-m ipykernel_launcher`; {remedy}"
        )
    try:
        done = subprocess.run(
            [argv[0], "-c", _QUESTION],
            capture_output=True,
            text=True,
            timeout=ASK_S,
            check=True,
            env={**os.environ, **spec.env},
            cwd=Path(argv[0]).parent if os.path.isabs(argv[0]) else None,
        )
        found: Any = json.loads(done.stdout.splitlines()[-1])
        return str(found[0]), bool(found[1])
    except (OSError, subprocess.SubprocessError, ValueError, LookupError) as err:
        raise RunFailed(
            f"{notebook} is for the kernel {kernel!r}, whose interpreter {argv[0]} does not say "
            f"whether it has livens ({type(err).__name__}); {remedy}"
        ) from None
