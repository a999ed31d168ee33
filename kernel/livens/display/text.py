"""Short texts for people's eyes, of sizes, times, numbers, and what a user wrote.

What comes from the user's program (names, types, previews) is text and nothing else: control
characters are shown, not sent.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime

from rich.cells import cell_len, set_cell_size

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII_BLOCKS = "_.-=+*%#"


def can_encode(encoding: str | None) -> bool:
    """Return whether an output with this encoding can show the characters of `BLOCKS`.

    Examples
    --------
    >>> can_encode("utf-8"), can_encode("ascii")
    (True, False)
    """
    try:
        (BLOCKS + "…×─").encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def plain(text: str) -> str:
    r"""Return a text in which control characters are written out, so that no terminal obeys them.

    Examples
    --------
    >>> print(plain("a\x1b[31mb\n"))
    a\x1b[31mb\n
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def cut(text: str, width: int, *, ascii_only: bool = False) -> str:
    """Return a text cut to a width in terminal cells, with a mark where something is missing.

    Examples
    --------
    >>> cut("abcdef", 4)
    'abc…'
    """
    if cell_len(text) <= width:
        return text
    mark = "~" if ascii_only else "…"
    return set_cell_size(text, max(0, width - 1)).rstrip() + mark if width > 0 else ""


def human_bytes(count: int) -> str:
    """Return a number of bytes in three digits or so.

    Examples
    --------
    >>> human_bytes(96), human_bytes(1_234_567)
    ('96 B', '1.2 MB')
    """
    size = float(count)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            break
        size /= 1000
    digits = 0 if unit == "B" or size >= 100 else 1
    return f"{size:.{digits}f} {unit}"


def ago(seconds: float) -> str:
    """Return how long ago something was.

    Examples
    --------
    >>> ago(0.2), ago(4), ago(150)
    ('now', '4 s ago', '2 min ago')
    """
    for limit, unit, size in ((60, "s", 1), (3600, "min", 60), (86_400, "h", 3600)):
        if seconds < limit:
            return f"{int(seconds / size)} {unit} ago" if seconds >= 1 else "now"
    return f"{int(seconds / 86_400)} d ago"


def sparkline(values: Iterable[float], *, ascii_only: bool = False) -> str:
    """Return numbers drawn as small bars; what is no finite number is a gap.

    Examples
    --------
    >>> sparkline([1, 2, 3, 8])
    '▁▂▃█'
    >>> sparkline([1, 2, 3, 8], ascii_only=True)
    '_.-#'
    """
    blocks = ASCII_BLOCKS if ascii_only else BLOCKS
    numbers = list(values)
    finite = [number for number in numbers if math.isfinite(number)]
    if not finite:
        return " " * len(numbers)
    low, high = min(finite), max(finite)
    top = len(blocks) - 1

    def block(number: float) -> str:
        if not math.isfinite(number):
            return " "
        if high == low:
            return blocks[top // 2]
        # Halves, because the difference of two large numbers may be infinite.
        return blocks[round((number / 2 - low / 2) / (high / 2 - low / 2) * top)]

    return "".join(map(block, numbers))


def local_time(at: float, form: str) -> str:
    """Return when something happened.

    Examples
    --------
    >>> local_time(-1e300, "%Y")  # in a broken record
    'at an unknown time'
    """
    try:
        return datetime.fromtimestamp(at).strftime(form)
    except (OverflowError, ValueError, OSError):
        return "at an unknown time"
