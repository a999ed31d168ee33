"""Pyodide and the Python packages of a JupyterLite site, in one folder, from npm and PyPI.

``packages.py FOLDER`` fetches all but livens itself. A page finds them all there: the lock file
``pyodide-lock.json`` names what is beside it and nothing else. What Pyodide's own distribution has
besides, such as numpy, is in neither registry, and left out.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]

PYODIDE = "314.0.7"
"""The version on npm. `jupyterlite-pyodide-kernel` says which Python it wants: 3.14."""

KERNEL_NEEDS = ("comm", "ipython", "jedi", "micropip", "packaging")
"""What JupyterLite's Python kernel asks for, besides its own wheels."""

LOADER = "livens_lite"
"""The package that has IPython load the extension in each kernel."""

LOADER_CONFIG = 'c.InteractiveShellApp.extensions = ["livens"]\n'


def main(folder: Path) -> None:
    """Fetch Pyodide and the packages into a folder; what that held is removed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    info = fetch_pyodide(folder)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ours = applying(map(Requirement, project["dependencies"]), environment_of(info))
    fetch_wheels([*KERNEL_NEEDS, *map(str, ours)], folder, info)
    write_lock(folder)


def fetch_pyodide(folder: Path) -> dict[str, Any]:
    """Put Pyodide into a folder; returns what its lock file says of it."""
    npm = shutil.which("npm") or "npm"
    run(npm, "pack", "--silent", f"pyodide@{PYODIDE}", "--pack-destination", str(folder))
    (packed,) = folder.glob("*.tgz")
    with tarfile.open(packed) as archive:
        for member in archive.getmembers():
            name = Path(member.name).name
            if member.isfile() and not name.endswith((".map", ".html", ".d.ts", ".md")):
                member.name = name
                archive.extract(member, folder, filter="data")
    packed.unlink()
    info: dict[str, Any] = json.loads((folder / "pyodide-lock.json").read_bytes())["info"]
    return info


def environment_of(info: dict[str, Any]) -> dict[str, str]:
    """Return what the markers of requirements are read with in Pyodide."""
    return {
        "sys_platform": "emscripten",
        "platform_system": "Emscripten",
        "os_name": "posix",
        "python_version": ".".join(info["python"].split(".")[:2]),
        "python_full_version": info["python"],
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }


def applying(found: Iterable[Requirement], environment: dict[str, str]) -> list[Requirement]:
    """Return those requirements whose markers hold, without markers and extras."""
    asked = [each for each in found if each.marker is None or each.marker.evaluate(environment)]
    for each in asked:
        each.marker, each.extras = None, set()
    return asked


def requirements(wheel: Path, environment: dict[str, str]) -> list[Requirement]:
    """Return what a wheel asks for in an environment."""
    return applying(map(Requirement, metadata(wheel).get_all("Requires-Dist", [])), environment)


def fetch_wheels(wanted: list[str], folder: Path, info: dict[str, Any]) -> None:
    """Download the wheels of requirements, and of what they ask for in Pyodide.

    pip reads the markers of what it downloads for this Python, and not for that one. So it is asked
    for one layer after the other, without dependencies.
    """
    has: set[str] = set()
    layer = wanted
    while layer:
        has |= {canonicalize_name(Requirement(each).name) for each in layer}
        new = _download(layer, folder, info)
        asked = [each for wheel in new for each in requirements(wheel, environment_of(info))]
        layer = [str(each) for each in asked if canonicalize_name(each.name) not in has]


def _download(layer: list[str], folder: Path, info: dict[str, Any]) -> list[Path]:
    major, minor, *_ = info["python"].split(".")
    before = set(folder.glob("*.whl"))
    run(
        sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
        "--platform", f"pyemscripten_{info['abi_version']}_{info['arch']}",
        "--python-version", major + minor, "--implementation", "cp", "--abi", f"cp{major}{minor}",
        "--dest", str(folder), *layer,
    )  # fmt: skip
    return sorted(set(folder.glob("*.whl")) - before)


def metadata(wheel: Path) -> Any:
    """Return the metadata of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return BytesParser().parsebytes(archive.read(name))


def write_lock(folder: Path) -> None:
    """Write the lock file of a folder with Pyodide: the wheels that are there, nothing else."""
    lock = folder / "pyodide-lock.json"
    info = json.loads(lock.read_bytes())["info"]
    found = {canonicalize_name(metadata(each)["Name"]): each for each in folder.glob("*.whl")}
    packages = {}
    for name, wheel in sorted(found.items()):
        asked = requirements(wheel, environment_of(info))
        packages[name] = {
            "name": name,
            "version": metadata(wheel)["Version"],
            "file_name": wheel.name,
            "install_dir": "site",
            "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
            "package_type": "package",
            "imports": imports(wheel),
            "depends": sorted({canonicalize_name(each.name) for each in asked} & set(found)),
            "unvendored_tests": False,
        }
    written = json.dumps({"info": info, "packages": packages}, indent=1)
    lock.write_text(written, encoding="utf-8")


def imports(wheel: Path) -> list[str]:
    """Return the names under which a wheel is imported: JupyterLite loads what a cell imports."""
    with zipfile.ZipFile(wheel) as archive:
        parts = [Path(name).parts for name in archive.namelist()]
    tops = {part[0].removesuffix(".py") for part in parts if _is_code(part)}
    return sorted(top for top in tops if top.isidentifier())


def _is_code(parts: tuple[str, ...]) -> bool:
    return (len(parts) > 1 or parts[0].endswith(".py")) and "." not in parts[0].removesuffix(".py")


def write_loader(folder: Path, version: str) -> Path:
    """Write the wheel by which each kernel of a site loads the extension; returns it.

    IPython reads the settings of its environment, ``etc/ipython``, before its first cell.
    """
    wheel = folder / f"{LOADER}-{version}-py3-none-any.whl"
    about = f"{LOADER}-{version}.dist-info"
    files = {
        f"{LOADER}-{version}.data/data/etc/ipython/ipython_config.py": LOADER_CONFIG,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: livens-lite\nVersion: {version}\n"
        "Requires-Dist: livens\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: livens\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    record = [f"{name},," for name in [*files, f"{about}/RECORD"]]
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**files, f"{about}/RECORD": "\n".join(record) + "\n"}.items():
            archive.writestr(name, text)
    return wheel


def run(*command: str, **options: Any) -> None:
    """Run a program; what it prints is shown only if it fails, and ends this one."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
