"""The parser of the command line, whose errors say what may have been meant.

argparse prints the whole usage before an error, and since Python 3.14 suggests some words. Here
the error comes alone, with the nearest word on every Python.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """A parser whose errors are a sentence, a suggestion, and where the help is."""

    def error(self, message: str) -> NoReturn:
        """Print an error, and exit with 2."""
        message = message.replace("argument COMMAND: invalid choice", "no such command")
        wrong = re.search(
            r"(?:invalid choice|no such command): '(.*)' \(choose from (.*)\)", message
        )
        if wrong is not None:
            choices = [word.strip(" '\"") for word in wrong[2].split(",")]
            message = re.sub(r", maybe you meant '.*?'\?", "", message)
            message += did_you_mean(wrong[1], choices)
        self.exit(2, f"{self.prog}: {message}\nSee `{self.prog} --help`.\n")


def refuse(parser: argparse.ArgumentParser, others: Sequence[str]) -> NoReturn:
    """Say that a command takes no such arguments, and exit with 2."""
    options = [text for action in parser._actions for text in action.option_strings]
    word = others[0].partition("=")[0]
    hint = did_you_mean(word, options) if word.startswith("-") else ""
    parser.error(f"unrecognized arguments: {' '.join(others)}{hint}")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question that names the nearest word; nothing if there is none.

    Examples
    --------
    >>> did_you_mean("--jbos", ["--jobs", "--junit"])
    "; did you mean '--jobs'?"
    >>> did_you_mean("--dry-run", ["--jobs", "--junit"])
    ''
    """
    words = list(known)
    begins = [other for other in words if len(word) > 3 and other.startswith(word)]
    near = begins or get_close_matches(word, words, n=1, cutoff=0.65)
    return f"; did you mean {near[0]!r}?" if near else ""
