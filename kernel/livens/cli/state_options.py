"""The options of ``jupyter livens state``."""

from __future__ import annotations

import argparse

from livens.cli.option_types import count

SUMMARY = "list, show, restore and forget what kernels have kept"

EXAMPLES = """\
examples:
  jupyter livens state list
  jupyter livens state show --session 3
  jupyter livens state restore df model --existing analysis
  jupyter livens state forget --session 3
"""


def add_state(state: argparse.ArgumentParser) -> None:
    """Add the options."""
    state.add_argument(
        "action",
        choices=("list", "show", "restore", "forget"),
        help="list the sessions of an archive, show one, set what was kept in a running kernel, or "
        "remove it from the archive",
    )
    state.add_argument("names", nargs="*", metavar="NAME", help="names or patterns (default: all)")
    state.add_argument(
        "--archive",
        metavar="PATH",
        help="the archive (default: the one in Jupyter's folder for data)",
    )
    state.add_argument(
        "--session", type=count, metavar="N", help="the number of a session, as `list` shows it"
    )
    state.add_argument(
        "--cell", type=count, metavar="N", help="show and restore: as it was after this cell"
    )
    state.add_argument(
        "--existing",
        metavar="NAME",
        help="restore: a part of the name of the connection file or notebook (default: any kernel)",
    )
    state.add_argument(
        "--overwrite", action="store_true", help="restore: also names that exist there"
    )
    state.add_argument("--all", action="store_true", help="forget: remove the whole archive")
    state.add_argument("--json", action="store_true", help="print JSON, for programs")
