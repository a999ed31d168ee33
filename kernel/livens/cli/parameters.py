"""Parameters on the command line: ``-p NAME VALUE`` and ``--parameters NAME=VALUE``.

Both add to one list, in the order of the command line, so that the last one of a name wins. As in
papermill, the two words after ``-p`` are a name and a value whatever they look like: ``-1e-3``,
``-inf`` and ``--foo`` are values.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

_MARK = "\0"
"""Stands before a word that is a value although it begins with ``-``: no argument has a NUL."""


def add_parameter_options(run: argparse.ArgumentParser) -> None:
    """Add the options to the parser of ``run``; both fill ``parameters``."""
    run.add_argument(
        "--parameter",
        "-p",
        nargs=2,
        action=_AddPair,
        dest="parameters",
        default=[],
        metavar=("NAME", "VALUE"),
        help="set a parameter, as papermill does: in a cell after the one tagged 'parameters'; "
        "the last one of a name wins",
    )
    run.add_argument(
        "--parameters",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=VALUE",
        help="set several parameters",
    )


class _AddPair(argparse.Action):
    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        name, value = (word.removeprefix(_MARK) for word in values)
        # A new list: the default is that of all calls.
        setattr(namespace, self.dest, [*getattr(namespace, self.dest), (name, value)])


def marked(argv: Sequence[str]) -> list[str]:
    r"""Return the words of a command line, with those marked that `argparse` would misread.

    Examples
    --------
    >>> marked(["run", "-p", "rate", "-1e-3", "--", "-p"])
    ['run', '-p', 'rate', '\x00-1e-3', '--', '-p']
    >>> marked(["run", "-prate", "5"])
    ['run', '-p', 'rate', '5']
    """
    found: list[str] = []
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return [*found, word, *rest]
        if word.startswith("-p") and word != "-p":
            rest.insert(0, word[2:])  # the name right behind the option
            word = "-p"
        found.append(word)
        if word in ("-p", "--parameter"):
            taken, rest = rest[:2], rest[2:]
            found += [_MARK + each if each.startswith("-") else each for each in taken]
    return found
