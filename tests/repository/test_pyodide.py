"""What is written down in several places for Pyodide: npm, pip and make each need their own."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "kernel/pyodide"


def found(path: str, pattern: str) -> str:
    """Return what a pattern captures in a file."""
    match = re.search(pattern, (ROOT / path).read_text("utf-8"))
    assert match is not None, (path, pattern)
    return match[1]


def test_pyodide_is_one_version_everywhere() -> None:
    """In the module, in the kernel under Node, and in the JupyterLite site."""
    module = json.loads((MODULE / "package.json").read_text("utf-8"))
    kernel = json.loads((MODULE / "kernel/package.json").read_text("utf-8"))
    lite = found("kernel/jupyterlite/packages.py", r'PYODIDE = "(.*)"')
    assert module["devDependencies"]["pyodide"] == kernel["dependencies"]["pyodide"] == lite
    assert module["peerDependencies"]["pyodide"] == f"^{lite.split('.')[0]}.0.0"


def test_wheels_are_of_one_version_and_platform() -> None:
    """What make fetches for the module is what pip fetches for the kernel."""
    platform = found("kernel/livens/client/pyodide_files.py", r'_PLATFORM = "(.*)"')
    msgspec = found("kernel/pyodide/kernel/requirements.txt", r"msgspec==(.*)")
    assert found("Makefile", r"MSGSPEC := --platform (\S+) ") == platform
    assert found("Makefile", r"MSGSPEC := .*msgspec==(\S+)") == msgspec


def test_module_has_the_rooms_of_the_kernel_under_node() -> None:
    """But the display of variables as text, which only magics need."""
    kernel = found("kernel/livens/client/pyodide_files.py", r"_ROOMS = \((.*)\)")
    module = found("kernel/pyodide/scripts/archive.py", r"ROOMS = \((.*)\)")
    assert module == kernel.replace(', "display"', "")
