"""``jupyter livens install`` and ``python -m livens install``: tell Jupyter of this environment."""

from __future__ import annotations

import argparse
import sys

from livens.cli.screen import Screen
from livens.client.kernel_specs import NAME, PYODIDE_NAME, install

_NEEDS = (
    "The kernel in Pyodide needs Node.js 20 or newer with npm. Its packages come by npm (Pyodide, "
    "ZeroMQ) and by pip (IPython, msgspec): this takes a minute."
)


def main(args: argparse.Namespace) -> int:
    """Install the kernelspec; returns the exit code."""
    screen = Screen()
    if args.pyodide:
        screen.line(_NEEDS)
    default_name = PYODIDE_NAME if args.pyodide else NAME
    done = install(
        user=args.user,
        prefix=sys.prefix if args.sys_prefix else args.prefix,
        name=default_name if args.name is None else args.name,
        display_name=args.display_name,
        env=dict(args.env),
        in_pyodide=args.pyodide,
    )
    again = ", in the place of the one that was there" if done.has_replaced else ""
    screen.line(f"Installed the kernel {done.name!r} in {done.directory}{again}.")
    starts = "Node, and Python in Pyodide: docs/pyodide.md says what is different there"
    screen.line(f"It starts {starts if args.pyodide else sys.executable}.")
    if not done.is_found:
        errors = Screen(to_stderr=True)
        errors.line(
            f"Jupyter in {sys.prefix} does not look there. One that is to find it needs "
            f"{done.directory.parent.parent} in JUPYTER_PATH, or to be in that environment.",
            "yellow",
        )
    return 0
