"""Kinds of values that a namespace holds: cells that make them, and what must hold of them.

They are in ``kept/*.txt``: each begins with ``===`` and its name, and consists of parts that begin
with ``---``:

- ``cell``: run one after the other.
- ``check``: assertions about the names, where the cells were run and where they are restored.
- ``refused``: names that are not kept, each with a part of the reason.
- ``not restored``: names that are kept and cannot be restored, each with a part of the reason.
- ``needs``: the module without which the case is left out.
- ``of this Python only``: in another Python something of it is refused.
- ``of one version``: the package without whose same version something of it is refused.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

FOLDER = Path(__file__).parent / "kept"


@dataclass
class Case:
    """One kind of value."""

    name: str
    cells: list[str] = field(default_factory=list)
    check: str = ""
    refused: dict[str, str] = field(default_factory=dict)
    not_restored: dict[str, str] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)
    is_of_one_python: bool = False
    of_one_version: str = ""


def read(text: str) -> list[Case]:
    """Return the cases of a text."""
    cases = []
    for part in text.split("=== ")[1:]:
        name, _, rest = part.partition("\n")
        cases.append(case := Case(name))
        for section in rest.split("--- ")[1:]:
            kind, _, content = section.partition("\n")
            content = content.rstrip("\n") + "\n"
            if kind == "cell":
                case.cells.append(content)
            elif kind == "check":
                case.check = content
            elif kind == "refused":
                case.refused = reasons(content)
            elif kind == "not restored":
                case.not_restored = reasons(content)
            elif kind == "needs":
                case.needs = content.split()
            elif kind == "of one version":
                case.of_one_version = content.strip()
            elif kind == "of this Python only":
                case.is_of_one_python = True
            else:
                raise ValueError(f"{name}: {kind}")
    return cases


def reasons(content: str) -> dict[str, str]:
    """Return names and reasons, of which there is one in a line."""
    return {
        name: reason for name, _, reason in (line.partition(": ") for line in content.splitlines())
    }


ALL = [case for path in sorted(FOLDER.glob("*.txt")) for case in read(path.read_text("utf-8"))]


def is_possible(case: Case) -> bool:
    """Return whether what a case needs is installed: modules, or ``python>=3.12``."""
    for need in case.needs:
        if need.startswith("python>=3."):
            if sys.version_info < (3, int(need.removeprefix("python>=3."))):
                return False
        elif find_spec(need) is None:
            return False
    return True


CASES = [case for case in ALL if is_possible(case)]
