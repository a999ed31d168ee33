"""Puts the kernel in Pyodide together: the scripts for Node, their packages, and Python's.

Everything comes from the registries by their own clients: npm has Pyodide and ZeroMQ, pip gets the
wheels that run in Pyodide. They are put into one folder, which is the kernelspec's.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import livens
from livens.exceptions import InstallFailed

SCRIPT = "livens-kernel.mjs"
"""What Node runs."""

OLDEST_NODE = 20

_PLATFORM = "pyemscripten_2026_0_wasm32"
"""The platform of the wheels for this Pyodide, of CPython 3.14."""

_ROOMS = ("protocol", "values", "rules", "watching", "display", "kernel")
_TIMEOUT_S = 900

_INSTALL_NODE = (
    "install Node.js, for example by `apt install nodejs npm`, `brew install node` or "
    "`conda install -c conda-forge nodejs`"
)


def find_node() -> str:
    """Return the path of Node.

    Raises
    ------
    InstallFailed
        If there is none, it is too old, or it has no npm.
    """
    node = shutil.which("node")
    if node is None:
        raise InstallFailed(f"'node' was not found: the kernel needs it; {_INSTALL_NODE}")
    said = _run([node, "--version"], "node").strip()
    major = said.removeprefix("v").partition(".")[0]
    if not major.isdigit() or int(major) < OLDEST_NODE:
        raise InstallFailed(
            f"{node} is Node {said}; the kernel needs {OLDEST_NODE} or newer; {_INSTALL_NODE}"
        )
    if shutil.which("npm") is None:
        raise InstallFailed(
            f"'npm' was not found beside {node}: Pyodide comes by it; {_INSTALL_NODE}"
        )
    return node


def put_together(target: Path) -> None:
    """Put everything but the kernelspec itself into a folder.

    Parameters
    ----------
    target : Path
        An empty folder.

    Raises
    ------
    InstallFailed
        If a registry has not what is needed, or cannot be reached.
    """
    node = find_node()
    source = _scripts()
    for file in source.iterdir():
        if file.is_file():
            shutil.copy(file, target)
    npm = shutil.which("npm") or "npm"
    options = ["--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    _run([npm, "ci", *options], "npm", target)
    wheels = target / "wheels"
    options = ["--no-deps", "--only-binary=:all:", "--platform", _PLATFORM, "--quiet"]
    options += ["--python-version", "3.14", "--implementation", "cp", "--abi", "cp314"]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download"]
    requirements = str(source / "requirements.txt")
    _run([*pip, *options, "--dest", str(wheels), "--requirement", requirements], "pip")
    (target / "python").mkdir()
    _pack(target / "python" / "packages.zip", sorted(wheels.glob("*.whl")))
    shutil.rmtree(wheels)
    # Compiled once, and not by each kernel at its start.
    _run([node, str(target / "compile.mjs")], "node", target)


def _scripts() -> Path:
    """Return where the scripts for Node are: in the repository, or as they were installed."""
    installed = Path(sys.prefix) / "share" / "livens" / "pyodide-kernel"
    places = [_package().parent / "pyodide" / "kernel", installed]
    for place in places:
        if (place / SCRIPT).is_file():
            return place
    raise InstallFailed(
        f"{SCRIPT} is not in {places[-1]}: this livens was installed without the kernel in "
        "Pyodide; install it from a wheel, or from the repository"
    )


def _run(argv: Sequence[str], name: str, folder: Path | None = None) -> str:
    """Run a program; returns what it prints."""
    try:
        done = subprocess.run(
            argv,
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        raise InstallFailed(f"'{name}' has not ended in {_TIMEOUT_S} s; try again") from None
    except OSError as err:
        raise InstallFailed(f"'{name}' cannot be started: {err.strerror or err}") from None
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()
        said = "\n".join(line[:300] for line in words[-8:])
        raise InstallFailed(f"'{name}' failed (status {done.returncode}):\n{said}")
    return done.stdout


def _pack(target: Path, wheels: Sequence[Path]) -> None:
    """Write the packages of wheels, and livens itself, into one archive."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _sources():
            archive.write(path, path.relative_to(_package().parent).as_posix())
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as packed:
                _copy(packed, archive)


def _copy(packed: zipfile.ZipFile, archive: zipfile.ZipFile) -> None:
    """Copy what a wheel installs; of JupyterLite's, the wheel of its kernel that is in it."""
    for name in packed.namelist():
        parts = Path(name).parts
        if "pypi" in parts and parts[-1].startswith("pyodide_kernel-"):
            with packed.open(name) as inner, zipfile.ZipFile(inner) as kernel:
                _copy(kernel, archive)
        elif not parts[0].startswith("jupyterlite") and not _is_left_out(parts):
            archive.writestr(name, packed.read(name))


def _is_left_out(parts: Sequence[str]) -> bool:
    return parts[0].endswith(".data") or "tests" in parts[:-1] or parts[-1].endswith(".pyi")


def _package() -> Path:
    return Path(livens.__file__).resolve().parent


def _sources() -> Iterator[Path]:
    """Yield the modules of livens that run in Pyodide."""
    package = _package()
    yield from (package / f"{name}.py" for name in ("__init__", "exceptions", "passive"))
    yield package / "summaries.py"
    for room in _ROOMS:
        yield from sorted((package / room).rglob("*.py"))
