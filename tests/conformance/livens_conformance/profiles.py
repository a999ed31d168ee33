"""How a kernel is started and spoken to: TOML files, one for each kernel.

A profile says what the kernel is, how to reach it, and how it says in its language what the checks
want: `steps`, each with code, the previews that clients are shown then, and how it ends. What it
does not say is taken from the profile that it `extends`.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from livens_conformance.verdicts import Missing


class Step(msgspec.Struct, forbid_unknown_fields=True):
    """Something that the kernel is told to do.

    Attributes
    ----------
    code : str
        The code.
    previews : dict of str to str
        What clients are shown afterwards, by name.
    ename : list of str
        The names of the exceptions one of which ends it; empty if it ends well.
    """

    code: str
    previews: dict[str, str] = {}
    ename: list[str] = []


class Kernel(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How the kernel is reached.

    Attributes
    ----------
    transport : {"zmq", "websocket", "stdio"}
        By ZeroMQ to a kernel that is started for it, by a Jupyter server's websocket, or by a
        process that carries the messages as lines of JSON.
    spec : str
        The name of the kernelspec.
    command : list of str
        The process, for ``stdio``; also of the kernel for ``zmq``, if there is no kernelspec.
    first : str
        Code that makes it ready to be watched.
    """

    transport: str = "zmq"
    spec: str = ""
    command: list[str] = []
    first: str = ""


class Profile(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One kernel.

    Attributes
    ----------
    name : str
        What it is called in reports.
    kernel : Kernel
        How it is reached.
    steps : dict of str to Step
        What the checks want it to do.
    stores : list of Step
        Ways to store something, in its language.
    requests : dict of str to dict
        The params of one request of each method, about what the step ``prepare`` makes.
    expected : dict of str to str
        Checks that are known to end otherwise than with Pass, each with the verdict.
    """

    name: str
    kernel: Kernel = msgspec.field(default_factory=Kernel)
    steps: dict[str, Step] = {}
    stores: list[Step] = []
    requests: dict[str, dict[str, Any]] = {}
    expected: dict[str, str] = {}

    def step(self, name: str) -> Step:
        """Return a step.

        Raises
        ------
        Missing
            If the profile does not say how to do it.
        """
        if name not in self.steps:
            raise Missing(f"the profile has no step {name!r}")
        return self.steps[name]


def names() -> list[str]:
    """Return the names of the profiles that come with this package."""
    found = files("livens_conformance").joinpath("profiles").iterdir()
    return sorted(file.name.removesuffix(".toml") for file in found if file.name.endswith(".toml"))


def load(name: str) -> Profile:
    """Return a profile by its name, or by the path of its file.

    Raises
    ------
    FileNotFoundError
        If there is none.
    msgspec.ValidationError
        If it is not one.

    Examples
    --------
    >>> load("stock").kernel.first
    '%load_ext livens'
    """
    return msgspec.convert(_merged(name), Profile)


def _merged(name: str) -> dict[str, Any]:
    if Path(name).suffix == ".toml":
        text = Path(name).read_text("utf-8")
    else:
        file = files("livens_conformance").joinpath("profiles", f"{name}.toml")
        if not file.is_file():
            known = ", ".join(names())
            raise FileNotFoundError(f"no profile {name!r}; expected a file, or {known}")
        text = file.read_text("utf-8")
    said = tomllib.loads(text)
    base = said.pop("extends", "")
    return _over(_merged(base), said) if base else said


def _over(base: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """Return a table over another: what is said in both is said by the upper one."""
    merged = dict(base)
    for key, value in said.items():
        below = base.get(key)
        is_table = isinstance(value, dict) and isinstance(below, dict) and key != "step"
        merged[key] = _over(below, value) if is_table else value
    return merged
