"""Take the picture for the README: a real run in a real terminal, caught in the middle.

Needs tmux, and livens installed in the environment of the Python that runs this::

    python docs/picture.py examples/training.ipynb docs/run.svg
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

COLUMNS, ROWS = 80, 16
TMUX = ["tmux", "-L", "livens-picture"]
COMMAND = "jupyter livens run {}"
"""Shown as the window's title, and what is really run."""


def captured(notebook: str, moment: str, timeout_s: float = 60.0) -> str:
    """Run the notebook in a terminal; return the screen, with colours, once it shows *moment*."""
    program = Path(sys.executable).parent / "jupyter-livens"
    command = f"{shlex.quote(str(program))} run {shlex.quote(notebook)}"
    size = ["-x", str(COLUMNS), "-y", str(ROWS)]
    subprocess.run([*TMUX, "new-session", "-d", *size, "-s", "run", command], check=True)
    try:
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            shot = [*TMUX, "capture-pane", "-e", "-p", "-t", "run"]
            screen = subprocess.run(shot, check=True, capture_output=True, text=True).stdout
            if re.search(moment, Text.from_ansi(screen).plain):
                return screen.rstrip()
            time.sleep(0.02)
        raise TimeoutError(f"the screen never showed {moment!r}")
    finally:
        subprocess.run([*TMUX, "kill-server"], check=False)


def drawn(screen: str, title: str) -> str:
    """Draw a screen as SVG, without the font that rich would load from the web."""
    with tempfile.TemporaryFile("w") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        console.print(Text.from_ansi(screen), soft_wrap=True)
        form = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
        return console.export_svg(title=title, code_format=form)


def main() -> None:
    """Take the picture."""
    notebook, target = sys.argv[1:3]
    moment = sys.argv[3] if len(sys.argv) > 3 else r"progress +float +0\.[5-9]"
    text = drawn(captured(notebook, moment), COMMAND.format(notebook))
    Path(target).write_text(text, encoding="utf-8")
    print(target)


if __name__ == "__main__":
    main()
