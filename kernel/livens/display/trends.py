"""Trends: the last values of the numbers, read from their previews, for sparklines."""

from __future__ import annotations

from collections import deque

from livens.protocol.previews import number_of
from livens.protocol.types import ChangeSet


class Trends:
    """The last values of the numbers, for `livens.display.tables.sparkline`.

    Parameters
    ----------
    length : int
        How many values to keep of each.

    Examples
    --------
    >>> from livens.protocol.types import Variable
    >>> trends = Trends()
    >>> for text in ("1", "2.5"):
    ...     x = Variable("x", [["name", "x"]], "number", "float", preview=text)
    ...     trends.add(ChangeSet("e", 1, [x]))
    >>> trends["x"]
    [1.0, 2.5]
    """

    def __init__(self, length: int = 12) -> None:
        self._length = length
        self._values: dict[str, deque[float]] = {}

    def __getitem__(self, name: str) -> list[float]:
        return list(self._values.get(name, ()))

    def add(self, change_set: ChangeSet) -> None:
        """Add the numbers that have changed, and forget what is no number any more."""
        for name in change_set.removed:
            self._values.pop(name, None)
        for variable in change_set.changed:
            number = number_of(variable) if variable.kind == "number" else None
            if number is None:
                self._values.pop(variable.name, None)
            else:
                values = self._values.setdefault(variable.name, deque(maxlen=self._length))
                if not (change_set.complete and values and values[-1] == number):
                    values.append(number)

    def put(self, name: str, values: list[float]) -> None:
        """Replace what is known of a variable by its last values."""
        self._values[name] = deque(values, maxlen=self._length)

    def items(self) -> dict[str, list[float]]:
        """Return the values of each that has a trend: two values or more."""
        return {name: list(values) for name, values in self._values.items() if len(values) > 1}
