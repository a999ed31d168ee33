"""``jupyter livens --version``: the version, and which parts this installation lacks.

The panel for JupyterLab and the widget are built with Node.js. Where there was none when livens was
installed they are missing, and pip shows nothing of it: it is said here, with what to do.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import livens

_PANEL = "the panel for JupyterLab and Notebook 7"
_WIDGET = "the widget"


class VersionAction(argparse.Action):
    """Print the version, and end."""

    def __init__(self, option_strings: Sequence[str], dest: str, **options: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **options)

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Print what `version_text` returns."""
        sys.stdout.write(f"{version_text()}\n")
        parser.exit()


def version_text() -> str:
    """Return the version, and in more lines what is missing and how to mend that."""
    missing = missing_parts()
    if not missing:
        return f"livens {livens.__version__}"
    return "\n".join(
        [
            f"livens {livens.__version__}",
            f"Not installed: {' and '.join(missing)}.",
            "They are built with Node.js, which was not there when livens was installed.",
            f"To have them, install Node.js 20 or newer, then: {remedy()}",
        ]
    )


def missing_parts() -> list[str]:
    """Return the parts for browsers that are not installed."""
    from jupyter_core.paths import jupyter_path

    folders = map(Path, jupyter_path("labextensions"))
    has_panel = any((folder / "livens/package.json").is_file() for folder in folders)
    has_widget = (Path(livens.__file__).parent / "static/widget.js").is_file()
    parts = (("" if has_panel else _PANEL), ("" if has_widget else _WIDGET))
    return [part for part in parts if part]


def remedy() -> str:
    """Return the command that installs what is missing, where Node.js is there."""
    source, is_editable = _source()
    folder = shlex.quote(source)
    if is_editable:
        return f"make -C {folder} panel"
    return f"pip install --force-reinstall --no-deps {folder}"


def _source() -> tuple[str, bool]:
    """Return from which folder livens was installed, and whether it is used where it lies."""
    # Loaded here: every command makes the parser, and hardly any asks for this.
    from importlib.metadata import PackageNotFoundError, distribution
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    try:
        text = distribution("livens").read_text("direct_url.json")
        direct: dict[str, Any] = json.loads(text or "{}")
        url = urlsplit(direct.get("url", ""))
        folder = url2pathname(url.path) if url.scheme == "file" else "."
        return folder or ".", bool(direct.get("dir_info", {}).get("editable"))
    except (PackageNotFoundError, ValueError, AttributeError):
        return ".", False  # a clone that is only on the path, or a file that nobody can read
