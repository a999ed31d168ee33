"""Masks: for which items of some data something holds, as an array or as a list of bools."""

from __future__ import annotations

import math
from typing import Any

from livens.values.tables.columns import loaded_numpy
from livens.values.tables.comparing import Coded, Comparable, Numbers


class Untestable(Exception):
    """The items cannot be tested so; the text says why."""


class Items:
    """Some items of a value, in a form in which they can be compared.

    Parameters
    ----------
    data : Comparable
        The items.

    Examples
    --------
    >>> from livens.values.tables.columns import ColumnValues
    >>> from livens.values.tables.comparing import comparable
    >>> from livens.values.tables.pace import Pace
    >>> items = Items(comparable(ColumnValues([1, None, 3]), Pace()))
    >>> items.compare(">", 1), items.missing()
    ([False, False, True], [False, True, False])
    """

    def __init__(self, data: Comparable) -> None:
        self._data = data

    def compare(self, op: str, wanted: Any) -> Any:
        """Return for which items a comparison holds; for a missing one none does.

        Raises
        ------
        Untestable
            If they cannot be compared with what is wanted.
        """
        if op == "in":
            masks = [self.compare("==", each) for each in wanted]
            found = self._none()
            for mask in masks:
                found = self.either(found, mask)
            return found
        if op == "not in":
            return self.both(self.inverse(self.compare("in", wanted)), self._present())
        data = self._data
        if data.kind == "other":  # nothing but missing values
            return self._none()
        self._need_fitting(wanted)
        try:
            return data.mask(op, wanted)
        except (ValueError, TypeError, OverflowError) as err:
            raise Untestable(f"it cannot be compared with {wanted!r:.100}: {err}") from None

    def _need_fitting(self, wanted: Any) -> None:
        kind, given = self._data.kind, type(wanted)
        is_number = given in (bool, int, float)
        fits = is_number if kind in ("number", "bool") else given is str
        if not fits:
            hint = "; write isnan(x) for missing values" if wanted is None else ""
            raise Untestable(f"it holds {kind} values, not comparable with {wanted!r:.100}{hint}")

    def missing(self) -> Any:
        """Return which items are missing, or NaN."""
        return self._data.null_mask()

    def infinite(self) -> Any:
        """Return which items are infinite."""
        data = self._data
        if data.kind not in ("number", "bool", "other"):
            raise Untestable(f"it holds {data.kind} values, which are not infinite")
        if isinstance(data, Numbers):
            found = loaded_numpy().isinf(data.values)
            return self.both(found, self._present())
        if isinstance(data, Coded):
            return self._none()
        return [type(value) is float and math.isinf(value) for value in data.values]

    def true(self) -> Any:
        """Return which items are true, or other numbers than 0."""
        if self._data.kind not in ("bool", "number", "other"):
            raise Untestable(f"it holds {self._data.kind} values, which are neither true nor false")
        return self.compare("!=", 0)

    def both(self, left: Any, right: Any) -> Any:
        """Return for which items both masks hold."""
        if type(left) is list:
            return [a and b for a, b in zip(left, right, strict=True)]
        return left & right

    def either(self, left: Any, right: Any) -> Any:
        """Return for which items one of two masks holds."""
        if type(left) is list:
            return [a or b for a, b in zip(left, right, strict=True)]
        return left | right

    def inverse(self, mask: Any) -> Any:
        """Return for which items a mask does not hold."""
        return [not each for each in mask] if type(mask) is list else ~mask

    def _present(self) -> Any:
        return self.inverse(self._data.null_mask())

    def _none(self) -> Any:
        nulls = self._data.null_mask()
        return self.both(nulls, self.inverse(nulls))
