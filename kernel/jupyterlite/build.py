"""Build a JupyterLite site with livens in it: ``build.py FOLDER``; ``make lite`` calls it.

``FOLDER/pyodide`` is there (`packages`); the site is ``FOLDER/site``. It needs no other host:
Pyodide, all packages and the panel are in it. Each kernel has livens loaded from its start.

All is built anew, the caches of JupyterLite's build too: a build that finds those of the one before
leaves the address of Pyodide out.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import packages

ROOT = packages.ROOT
PLUGIN = "@jupyterlite/pyodide-kernel-extension:kernel"
NOTEBOOKS = ("examples/quickstart.ipynb", "examples/jupyterlite/training.ipynb")
KERNEL = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
LOADED_FIRST = ["micropip", "packaging", "ipython", "jedi", "comm", "livens-lite"]


def main(folder: Path) -> None:
    """Build the site."""
    lite, site, wheels = folder / "lite", folder / "site", folder / "wheels"
    for made in (lite, site, wheels):
        shutil.rmtree(made, ignore_errors=True)
    livens = build_wheel(wheels)
    pyodide = lite / "static/pyodide"
    shutil.copytree(folder / "pyodide", pyodide)
    shutil.copy(livens, pyodide)
    packages.write_loader(pyodide, packages.metadata(livens)["Version"])
    packages.write_lock(pyodide)
    write_settings(lite)
    copy_notebooks(lite / "files")
    command = (sys.executable, "-m", "jupyter", "lite", "build")
    options = {
        "lite-dir": lite,
        "output-dir": site,
        "contents": lite / "files",
        "piplite-wheels": livens,
    }
    packages.run(*command, *(f"--{name}={value}" for name, value in options.items()), cwd=lite)
    check(site)


def build_wheel(folder: Path) -> Path:
    """Build the wheel of livens, with the panel as it was built last; returns it."""
    # Where no Node.js is found the panel is taken as it is: `make panel` has just built it.
    environment = {**os.environ, "PATH": str(Path(sys.executable).parent)}
    packages.run(
        sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder),
        str(ROOT), env=environment,
    )  # fmt: skip
    (wheel,) = folder.glob("livens-*.whl")
    return wheel


def write_settings(lite: Path) -> None:
    """Write what the site's pages are told: no other host, and livens in each kernel."""
    kernel = {
        "disablePyPIFallback": True,
        "loadPyodideOptions": {"packages": LOADED_FIRST},
    }
    settings = {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "exposeAppInBrowser": True,
            "litePluginSettings": {PLUGIN: kernel},
        },
    }
    (lite / "jupyter-lite.json").write_text(json.dumps(settings, indent=1), encoding="utf-8")


def copy_notebooks(folder: Path) -> None:
    """Copy the examples that need no package, for the kernel of the site."""
    folder.mkdir()
    for path in NOTEBOOKS:
        notebook = json.loads((ROOT / path).read_bytes())
        notebook["metadata"]["kernelspec"] = KERNEL
        target = folder / Path(path).name
        target.write_text(json.dumps(notebook, indent=1), encoding="utf-8")


def check(site: Path) -> None:
    """End with an error if the site lacks what it was built for."""
    settings = json.loads((site / "jupyter-lite.json").read_bytes())["jupyter-config-data"]
    kernel = settings["litePluginSettings"][PLUGIN]
    if kernel.get("pyodideUrl") != "./static/pyodide/pyodide.mjs":
        sys.exit(f"{site}: the site's Pyodide is not its own: {kernel.get('pyodideUrl')}")
    names = [extension["name"] for extension in settings["federated_extensions"]]
    if "livens" not in names:
        sys.exit(f"{site}: the panel is not in it, only {', '.join(names)}; run `make panel`")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
