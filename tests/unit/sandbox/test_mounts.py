"""The mounts of a sandbox are what the kernel needs, and in the order that keeps it closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from livens.exceptions import SandboxRefused
from livens.sandbox.mounts import interpreter_paths, mount_arguments, need_folder, python_path


def pairs(arguments: list[str], option: str) -> list[str]:
    """Return what each use of an option mounts, in order."""
    return [arguments[i + 1] for i, word in enumerate(arguments) if word == option]


def test_environment_in_the_folder_is_mounted_after_it() -> None:
    """So it stays read-only in a folder that can be written."""
    folder, environment = Path("/srv/project"), Path("/srv/project/.venv")
    arguments = mount_arguments(readable=[environment], folder=folder, hidden=[], tmp_bytes=1)
    bind = arguments.index(str(folder))
    assert arguments[bind - 1] == "--bind"
    assert arguments[arguments.index(str(environment)) - 1] == "--ro-bind"
    assert arguments.index(str(environment)) > bind


def test_hidden_folder_is_mounted_after_what_contains_it() -> None:
    """Jupyter's connection files may be below a folder that can be read."""
    hidden, readable = Path("/data/share/jupyter/runtime"), Path("/data")
    arguments = mount_arguments(
        readable=[readable], folder=Path("/work"), hidden=[hidden], tmp_bytes=1
    )
    assert str(hidden) in pairs(arguments, "--tmpfs")
    assert arguments.index(str(hidden)) > arguments.index(str(readable))


def test_links_of_an_interpreter_are_followed(tmp_path: Path) -> None:
    """A virtual environment needs the one that it was made from, and each one between."""
    base, between, venv = (tmp_path / name for name in ("base", "between", "venv"))
    for environment in (base, between, venv):
        (environment / "bin").mkdir(parents=True)
    (base / "bin" / "python3").touch(mode=0o755)
    (between / "bin" / "python").symlink_to("../../base/bin/python3")
    (venv / "bin" / "python").symlink_to(between / "bin" / "python")
    (venv / "pyvenv.cfg").write_text(f"home = {tmp_path}/told/bin\n")
    found = interpreter_paths(str(venv / "bin" / "python"))
    assert found == [venv, between, base, tmp_path / "told"]


def test_interpreter_in_the_home_directory_does_not_show_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of ~/.local/bin/python only the folder of programs is needed."""
    monkeypatch.setenv("HOME", str(tmp_path))
    program = tmp_path / ".local" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    assert interpreter_paths(str(program)) == [program.parent]


def test_missing_program_is_named() -> None:
    """As for a kernelspec whose environment was deleted."""
    with pytest.raises(SandboxRefused, match="'no-such-program' is not found"):
        interpreter_paths("no-such-program")


def test_relative_parts_of_the_python_path_are_left_out(tmp_path: Path) -> None:
    """What they mean depends on the folder, which is there anyway."""
    assert python_path(f":relative:{tmp_path}:/no/such/folder") == [tmp_path]


@pytest.mark.parametrize("place", ["/", "/usr", "/usr/lib/.."])
def test_folder_of_the_system_is_refused(place: str) -> None:
    """Also by another name."""
    with pytest.raises(SandboxRefused, match="must not write"):
        need_folder(Path(place).resolve())
