"""Reading previews: what can be known of a value from the text that describes it.

A preview is made for people, but those of numbers and of short plain values say all there is.
"""

from __future__ import annotations

import ast
import math
import re
from typing import Any

from livens.protocol.table_requests import Scalar
from livens.protocol.types import PARTLY, Variable

_CALL = re.compile(r"^[\w.]+\((.*)\)$")


def number_of(variable: Variable) -> float | None:
    """Read the number out of a preview, such as ``0.5`` or ``np.float64(0.5)``.

    Examples
    --------
    >>> number_of(Variable("x", [], "number", "float64", preview="np.float64(0.5)"))
    0.5
    """
    if variable.kind not in ("number", "bool"):
        return None
    text = _CALL.sub(r"\1", variable.preview)
    if text in ("True", "False"):
        return float(text == "True")
    try:
        return float(text)
    except ValueError:
        return None


def scalar_of(variable: Variable) -> Scalar:
    """Return the number, truth value, text or None that a variable is, if its preview is all of it.

    Raises
    ------
    ValueError
        If it cannot be read; says why, as a sentence about the variable goes on.

    Examples
    --------
    >>> scalar_of(Variable("x", [], "text", "str", preview="'a'"))
    'a'
    >>> scalar_of(Variable("x", [], "number", "complex", preview="1j"))
    Traceback (most recent call last):
    ValueError: 1j is no real number
    """
    preview = variable.preview
    if variable.kind == "none":
        return None
    if variable.kind == "text" and variable.reason == PARTLY:
        raise ValueError(f"it is {PARTLY}")
    if not variable.truncated:
        if variable.kind == "bool" and preview in ("True", "False"):
            return preview == "True"
        if variable.kind == "number":
            return _real_number(preview)
        if variable.kind == "text" and preview[:1] in ("'", '"'):
            return _whole_text(preview)
    elif variable.kind in ("number", "text"):
        raise ValueError(f"only the beginning of this {variable.kind} is known")
    raise ValueError(
        f"it is of type {variable.type}, which is neither a number nor a text; a condition can "
        'look at a part of it, such as x.shape, x["v"].min or any(isnan(x))'
    )


def _real_number(preview: str) -> int | float:
    try:
        digits = preview[1:] if preview[:1] == "-" else preview
        return int(preview) if digits.isdecimal() else float(preview)
    except ValueError:
        raise ValueError(f"{preview} is no real number") from None


def _whole_text(preview: str) -> str:
    try:
        found = ast.literal_eval(preview)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        found = None
    if type(found) is not str:
        raise ValueError("the text cannot be read from its preview")
    return found


def value_of(text: str) -> Any:
    """Read a value that JSON can hold out of its Python text.

    Raises
    ------
    ValueError
        If it is no such value.

    Examples
    --------
    >>> value_of("{'a': (1, 2.5), 'b': None}")
    {'a': [1, 2.5], 'b': None}
    """
    number = _CALL.sub(r"\1", text) if text.startswith(("np.", "numpy.")) else text
    try:
        value = ast.literal_eval(number)
    except (SyntaxError, ValueError, MemoryError, RecursionError, TypeError):
        # Not with the error's own text: it may be the address of a node of the tree.
        raise ValueError(f"{text[:60]!r} is no plain value") from None
    return _jsonable(value)


def _jsonable(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _jsonable(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is nothing that JSON can hold")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ValueError(f"{type(value).__name__} is nothing that JSON can hold")
