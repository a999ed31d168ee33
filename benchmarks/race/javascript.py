"""Takes Python code, and the numbers around it, out of the built JavaScript of an extension.

Bundles are minified, and names in them change with each build. What stays is the text of the Python
code that goes to the kernel. So a literal is found by a line of Python in it: of all stretches
between two equal quotes around that line, the longest one that is Python once its escapes are
undone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\n|.))", re.S)
_CHARACTERS = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "0": "\0",
    "\n": "",
}


class NotFound(Exception):
    """An installed package has not the code or the number that was looked for.

    Its front end has changed: the class in `benchmarks.race` that plays it must follow.
    """


def sources(folder: Path) -> str:
    """Return all JavaScript below a folder, one file after the other.

    Raises
    ------
    NotFound
        If there is none.
    """
    texts = [path.read_text("utf-8") for path in sorted(folder.rglob("*.js"))]
    if not texts:
        raise NotFound(f"no JavaScript in {folder.name}")
    return "\n".join(texts)


def python_with(source: str, line: str) -> str:
    r"""Return the Python code of the literal that has a line.

    Examples
    --------
    >>> python_with("f({code:'\\ndef list_all():\\n  pass\\n',silent:!0})", "def list_all")
    '\ndef list_all():\n  pass\n'

    Raises
    ------
    NotFound
        If no literal with that line is Python.
    """
    found = [
        code
        for place in re.finditer(re.escape(line), source)
        for code in _literals_around(source, place.start())
        if _is_python(code)
    ]
    if not found:
        raise NotFound(f"no Python code with {line!r}")
    return max(found, key=len)


def one(source: str, pattern: str) -> str:
    """Return what the group of a pattern matches.

    Raises
    ------
    NotFound
        If it matches nothing, or different things.
    """
    found = set(re.findall(pattern, source, re.S))
    if len(found) != 1:
        raise NotFound(f"{len(found)} places for {pattern!r}, expected one")
    return str(found.pop())


def _literals_around(source: str, place: int) -> Iterable[str]:
    for quote in "`'\"":
        start, end = _unescaped(source, quote, place, -1), _unescaped(source, quote, place, 1)
        if start < 0 or end < 0:
            continue
        raw = source[start + 1 : end]
        is_whole = "${" not in raw if quote == "`" else "\n" not in raw
        if is_whole:
            yield _without_escapes(raw)


def _unescaped(source: str, quote: str, place: int, step: int) -> int:
    """Return where the next quote that is not escaped is, -1 if there is none."""
    while 0 <= place < len(source):
        if source[place] == quote:
            before = source[:place]
            if (len(before) - len(before.rstrip("\\"))) % 2 == 0:
                return place
        place += step
    return -1


def _without_escapes(raw: str) -> str:
    def character(match: re.Match[str]) -> str:
        code = match[1] or match[2] or match[3]
        return chr(int(code, 16)) if code else _CHARACTERS.get(match[4], match[4])

    return _ESCAPE.sub(character, raw)


def _is_python(code: str) -> bool:
    try:
        ast.parse(code)
    except (SyntaxError, ValueError):
        return False
    return True
