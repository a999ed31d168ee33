"""What a condition may know of a variable: its number or short text, and its summary.

A condition (`livens.rules.conditions`) never gets the value itself. The kernel makes `Facts` of
what a name holds, a client makes them of the `Variable` that it was sent, and both read the same.
Where something cannot be known, `Unknown` says why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from livens.protocol.previews import scalar_of
from livens.protocol.redaction import Redactor
from livens.protocol.table_requests import Scalar
from livens.protocol.types import REDACTED, Variable

MAX_BITS = 4_096
"""Larger ints are not calculated with: multiplying them takes time that a store does not have."""

MAX_CHARS = 10_000
"""Longer texts are not compared."""

_SCALARS = frozenset(map(id, (bool, int, float, str, type(None))))
_NOT_GIVEN: Any = object()
_masked = Redactor().masked


class Unknown(Exception):
    """A part of a condition cannot be worked out; the text says why."""


def written(value: Scalar) -> str:
    """Return a value as a sentence has it: cut, and without secrets.

    Examples
    --------
    >>> written(0.25), written("a" * 3)
    ('0.25', "'aaa'")
    """
    text = _masked(repr(value))
    return text if len(text) <= 80 else text[:79] + "…"


class Facts:
    """What is known of one variable, asked for when it is needed.

    Parameters
    ----------
    describe : callable
        Returns the description of the variable. It is called once, and only if the value does
        not say enough.
    value : object, optional
        What the variable holds. It is taken for what it is if its type is exactly a builtin one,
        otherwise it is not touched. Leave it out where there is only a description.

    Examples
    --------
    >>> Facts.of(Variable("loss", [], "number", "float", preview="0.25")).scalar()
    0.25
    """

    def __init__(self, describe: Callable[[], Variable], value: object = _NOT_GIVEN) -> None:
        self._describe = describe
        self._found: Variable | None = None
        self._is_given = value is not _NOT_GIVEN
        # No value is kept but for the builtin scalars.
        self._scalar: Any = value if id(type(value)) in _SCALARS else _NOT_GIVEN

    @classmethod
    def of(cls, variable: Variable) -> Facts:
        """Return the facts in a description that came from a kernel."""
        return cls(lambda: variable)

    def scalar(self) -> Scalar:
        """Return the number, the truth value, the text or None that the variable is."""
        value = self._scalar
        if value is _NOT_GIVEN:
            variable = self._variable()
            try:
                value = scalar_of(variable)
            except ValueError as err:
                raise Unknown(str(err)) from None
        if type(value) is int and value.bit_length() > MAX_BITS:
            raise Unknown(f"an int of {value.bit_length()} bits is too large to calculate with")
        if type(value) is str and len(value) > MAX_CHARS:
            raise Unknown(f"a text of {len(value)} characters is too long to compare")
        scalar: Scalar = value
        return scalar

    def is_none(self) -> bool:
        """Return whether the variable is None."""
        if self._is_given:
            return self._scalar is None
        return self._variable().kind == "none"

    def length(self) -> int:
        """Return how many items there are."""
        if type(self._scalar) is str:
            return len(self._scalar)
        variable = self._variable()
        if variable.length is not None:
            return variable.length
        if variable.shape:
            return variable.shape[0]
        if variable.kind == "sequence":
            raise Unknown(f"its length is not told: it is of type {variable.type}")
        raise Unknown(f"it has no length: it is of type {variable.type}")

    def rows(self) -> int:
        """Return how many rows a table or an array has, or items a sequence."""
        variable = self._variable()
        if variable.kind == "sequence":
            return self.length()
        if not variable.shape:
            raise Unknown(f"it has no rows: it is of type {variable.type}")
        return variable.shape[0]

    def field(self, name: str) -> Any:
        """Return a part of the description; a shape as a tuple."""
        variable = self._variable()
        found = getattr(variable, name)
        if found is None:
            raise Unknown(f"it has no {name}: it is of type {variable.type}")
        return tuple(found) if name == "shape" else found

    def text(self, name: str) -> str:
        """Write the variable as a sentence would: ``loss = 0.25``, ``df: DataFrame (3, 2)``."""
        try:
            return f"{name} = {written(self.scalar())}"
        except Unknown:
            pass
        try:
            variable = self._variable()
        except Unknown as err:
            return f"{name}: {err}"
        size: Any = "" if variable.length is None else f" of length {variable.length}"
        if variable.shape is not None:
            size = f" of shape {tuple(variable.shape)}"
        return f"{name}: {variable.type}{size}"

    def _variable(self) -> Variable:
        if self._found is None:
            self._found = self._describe()
        variable = self._found
        if variable.status == "skipped" or variable.reason == REDACTED:
            raise Unknown(f"it is {variable.reason or variable.status}")
        return variable
