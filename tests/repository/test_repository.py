"""The clone works on a bare machine, and says what is missing where it cannot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]


def fake_python(folder: Path, name: str, version: str) -> None:
    """Put a Python into a folder that starts and says it is of that version."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "Python {version}"\nexit 0\n')
    program.chmod(0o755)


def make_demo(path: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Type `make demo` in a copy of the Makefile's world, with these programs."""
    (tmp_path / ".ci").mkdir()
    for name in ("Makefile", ".ci/find-python", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
        (tmp_path / name).chmod(0o755)
    environment = {"PATH": path, "HOME": str(tmp_path)}
    return subprocess.run(
        ["make", "demo"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def tools(folder: Path) -> str:
    """Return a PATH with what make needs, and no Python but the given ones."""
    tools = folder / "tools"
    tools.mkdir()
    for name in ("make", "sh", "cat", "awk", "echo", "env", "touch"):
        found = next(p for d in os.get_exec_path() if (p := Path(d) / name).exists())
        (tools / name).symlink_to(found)
    return f"{folder / 'bin'}{os.pathsep}{tools}"


@pytest.mark.skipif(sys.platform == "win32", reason="make and sh are not part of Windows")
def test_make_demo_with_an_old_python_says_what_is_needed(tmp_path: Path) -> None:
    """With nothing newer than 3.9, `make demo` names what was found and what to do."""
    fake_python(tmp_path / "bin", "python3", "3.9.18")
    done = make_demo(tools(tmp_path), tmp_path)
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stderr
    assert "3.9.18" in done.stderr
    assert "Install one" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="make and sh are not part of Windows")
def test_make_demo_without_any_python_says_so(tmp_path: Path) -> None:
    """Without any Python the message is the same in kind."""
    done = make_demo(tools(tmp_path), tmp_path)
    assert done.returncode != 0
    assert "no Python at all" in done.stderr


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.ipynb")), ids=lambda p: p.stem)
def test_examples_are_clean(path: Path) -> None:
    """Examples are valid, name the livens kernel, and carry no outputs."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "livens"
    assert not any(cell.get("outputs") for cell in notebook.cells)


def test_kernelspec() -> None:
    """The kernelspec says what front ends and servers look for."""
    spec = json.loads((ROOT / "kernelspec/kernel.json").read_text())
    assert spec["display_name"] == "Python 3 (livens)"
    assert spec["argv"] == ["python", "-m", "livens", "-f", "{connection_file}"]
    assert spec["metadata"] == {"debugger": True, "supported_encryption": ["curve"]}
    names = {path.name for path in (ROOT / "kernelspec").iterdir()}
    assert names == {"kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"}
