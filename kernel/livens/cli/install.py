"""``jupyter livens install`` and ``python -m livens install``: tell Jupyter of this environment."""

from __future__ import annotations

import argparse
import sys

from livens.cli.screen import Screen
from livens.client.kernel_specs import install


def main(args: argparse.Namespace) -> int:
    """Install the kernelspec; returns the exit code."""
    done = install(
        user=args.user,
        prefix=sys.prefix if args.sys_prefix else args.prefix,
        name=args.name,
        display_name=args.display_name,
        env=dict(args.env),
    )
    screen = Screen()
    again = ", in the place of the one that was there" if done.has_replaced else ""
    screen.line(f"Installed the kernel {done.name!r} in {done.directory}{again}.")
    screen.line(f"It starts {sys.executable}.")
    if not done.is_found:
        errors = Screen(to_stderr=True)
        errors.line(
            f"Jupyter in {sys.prefix} does not look there. One that is to find it needs "
            f"{done.directory.parent.parent} in JUPYTER_PATH, or to be in that environment.",
            "yellow",
        )
    return 0
