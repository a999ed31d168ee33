"""Put the built panel, the built widget and the built page of the server into the wheel.

A wheel that was built where there is Node.js holds them all, and whoever installs it needs no
Node.js. Without it the wheel has the kernel only, and the build says so: the kernel works the same.
An editable install never builds: `make panel` does, and links what it built into the environment.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MISSING = (
    "This wheel has the kernel, but not the panel for JupyterLab, the widget, and the page of "
    "`jupyter livens serve`: to build those, Node.js 20 or newer (https://nodejs.org) has to be on "
    "PATH."
)


class PanelHook(BuildHookInterface):  # type: ignore[type-arg]
    """Build the panel if need be, and add it to what is installed below `share`."""

    def dependencies(self) -> list[str]:
        """Ask for the builder only where it can run."""
        return ["hatch-jupyter-builder>=0.9", "jupyter-builder>=1.3,<2"] if has_node() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Hatch calls this before it collects the files of a wheel."""
        if version == "editable":
            return
        folder = Path(self.root) / "kernel/labextension"
        if has_node():
            build(folder)
        if (folder / "build/package.json").exists():
            build_data["shared_data"][str(folder / "build")] = "share/jupyter/labextensions/livens"
            # Built files are ignored by git, and by hatch with it.
            for file in sorted((Path(self.root) / "kernel/livens/static").glob("*.*")):
                build_data["force_include"][str(file)] = f"livens/static/{file.name}"
        else:
            self.app.display_warning(MISSING)


def has_node() -> bool:
    """Return whether the panel can be built here."""
    return shutil.which("node") is not None


def build(folder: Path) -> None:
    """Install what the panel is built with, and build it."""
    from hatch_jupyter_builder import npm_builder

    npm_builder("wheel", "standard", path=str(folder), npm=["jlpm"], build_cmd="build")
