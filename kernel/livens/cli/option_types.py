"""What the values of options mean, where that is more than a number."""

from __future__ import annotations

import argparse
import re

_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}

_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)")


def duration(text: str) -> float:
    """Return a length of time in seconds: a plain number, or numbers with units.

    The units are ``ms``, ``s``, ``m`` or ``min``, ``h`` and ``d``, as systemd has them.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is none, or no time at all.

    Examples
    --------
    >>> [duration(text) for text in ("90", "2m", "1h30m", "500ms", "1.5 h", "2min 30s")]
    [90.0, 120.0, 5400.0, 0.5, 5400.0, 150.0]
    """
    plain = re.fullmatch(r"\d+(\.\d+)?", text.strip())
    if plain:
        seconds = float(text)
    elif re.fullmatch(rf"(\s*{_PART.pattern}\s*)+", text):
        seconds = sum(float(number) * _UNITS_S[unit] for number, unit in _PART.findall(text))
    else:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no length of time of more than 0; expected seconds, or a number with a "
            "unit, such as 90, 2m, 1h30m or 500ms"
        )
    return seconds


def count(text: str) -> int:
    """Return a whole number of 0 or more.

    Examples
    --------
    >>> count("0")
    0
    """
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of 0 or more")
    return int(text)


def positive_float(text: str) -> float:
    """Return a number of more than 0.

    Examples
    --------
    >>> positive_float("0.5")
    0.5
    """
    try:
        number = tolerance(text)
    except argparse.ArgumentTypeError:
        number = 0.0
    if number == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of more than 0")
    return number


def tolerance(text: str) -> float:
    """Return how far numbers may be apart: a number of 0 or more.

    Examples
    --------
    >>> tolerance("1e-6")
    1e-06
    """
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of 0 or more")
    return number


def positive_int(text: str) -> int:
    """Return a whole number of 1 or more.

    Examples
    --------
    >>> positive_int("50")
    50
    """
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of 1 or more")
    return number


def file_mode(text: str) -> int:
    """Return the permission bits of a file.

    Examples
    --------
    >>> oct(file_mode("640"))
    '0o640'
    """
    from livens.recording.saving import parse_mode

    try:
        return parse_mode(text)
    except ValueError as err:
        raise argparse.ArgumentTypeError(str(err)) from None
