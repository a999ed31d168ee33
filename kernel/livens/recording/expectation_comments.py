"""Expectations in the comments of cells, and comments that are nearly one.

``# expect: loss < 0.1`` says what has to hold when its cell has ended, in a line of its own or
behind code. Python's own tokenizer finds the comments, so a ``#`` in a text is none. A cell may
hold magics, shell commands and languages that are no Python: what cannot be read is passed over,
and what follows is read again.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from livens.exceptions import InvalidCondition
from livens.rules.conditions import Condition

MARK = "# expect:"
"""A comment that begins so is an expectation; spaces after the ``#`` make no difference."""

_EXPECTATION = re.compile(r"#[^\S\n]*expect:(.*)")
_NEARLY = re.compile(r"#[#!:\s]*([a-z]+)(\s*[:=-]\s|\s*:)?(.*)", re.IGNORECASE)
_COMPARISON = re.compile(r"==|!=|<|(?<![-=])>|\s=\s")
_ALIKE = 0.8
"""How like ``expect`` a word is that may be meant for it, by `difflib`; ``exepct`` is 0.83."""


class Comment(NamedTuple):
    """A comment of a cell.

    Attributes
    ----------
    line : int
        Where it is in the cell; 1 is the first.
    text : str
        The comment, from its ``#`` on.
    """

    line: int
    text: str


def in_comments(source: str) -> list[str]:
    """Return the conditions that a cell states in its comments.

    Examples
    --------
    >>> in_comments("loss = fit()  # expect: loss < 0.1\\n#expect: loss > 0\\nx = '# expect: no'")
    ['loss < 0.1', 'loss > 0']
    """
    matches = (_EXPECTATION.match(comment.text) for comment in comments_of(source))
    return [match[1].strip() for match in matches if match]


def near_misses(source: str) -> list[Comment]:
    """Return the comments of a cell that look like expectations, and are none.

    Examples
    --------
    >>> near_misses("x = 1  # Expect: x == 1\\n# what we expect of x")
    [Comment(line=1, text='# Expect: x == 1')]
    """
    return [comment for comment in comments_of(source) if _is_near_miss(comment.text)]


def stray_expectations(source: str) -> list[Comment]:
    """Return the lines of a text that is not run which would be expectations in a code cell.

    Examples
    --------
    >>> stray_expectations("# expect: x == 1\\n# expect: the unexpected")
    [Comment(line=1, text='# expect: x == 1')]
    """
    lines = enumerate(source.split("\n"), 1)
    found = [Comment(number, line.strip()) for number, line in lines]
    matches = [(comment, _EXPECTATION.match(comment.text)) for comment in found]
    return [comment for comment, match in matches if match and _is_condition(match[1])]


def _is_near_miss(comment: str) -> bool:
    match = _NEARLY.match(comment)
    if match is None or _EXPECTATION.match(comment):
        return False
    word, separator, rest = match[1].lower(), match[2], match[3]
    alike = SequenceMatcher(None, word, "expect").ratio()
    if not (word.startswith("expect") or alike >= _ALIKE):
        return False
    is_condition = _is_condition(rest) and not rest.strip().isidentifier()
    return bool(separator or _COMPARISON.search(rest) or is_condition)


def _is_condition(text: str) -> bool:
    try:
        Condition(text)
    except InvalidCondition:
        return False
    return True


def comments_of(source: str) -> Iterator[Comment]:
    """Return the comments of a cell; those of shell commands (``!…``) are none of Python's."""
    lines = source.split("\n")
    start = 0
    while start < len(lines):
        text = "\n".join(lines[start:]) + "\n"
        try:
            for token in tokenize.generate_tokens(io.StringIO(text).readline):
                number = start + token.start[0]
                if token.type == tokenize.COMMENT and lines[number - 1].lstrip()[:1] != "!":
                    yield Comment(number, token.string)
            return
        except tokenize.TokenError as err:  # in a text or a bracket that begins here, or ends never
            start += max(1, err.args[1][0])
        except IndentationError as err:  # this line fits no line before
            start += max(1, (err.lineno or 1) - 1)
