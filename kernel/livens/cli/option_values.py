"""What values of options are, by type: numbers, and permission bits."""

from __future__ import annotations

import argparse


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
