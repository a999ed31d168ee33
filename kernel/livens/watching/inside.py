"""The inside of a variable, for conditions: its items, its attributes, and figures of its data.

`livens.values` reads the value, and runs none of its code. Here it is seen to that nothing is told
that may not be shown, and that a look ends in time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from livens.exceptions import NotAllowed, reason_of
from livens.protocol.types import Variable
from livens.rules.facts import MAX_CHARS, Facts, Unknown
from livens.rules.inside import Figure, NotThere, Step, Test
from livens.values.items import (
    Absent,
    TableColumn,
    Unreadable,
    attribute_of,
    is_frame,
    item_of,
)
from livens.values.masks import Untestable
from livens.values.measures import Measure, Measured, Unmeasured, data_of, is_measurable
from livens.values.passive import name_of, sendable_text
from livens.values.tables.opening import source_of

T = TypeVar("T")

Describe = Callable[[object], Variable]
"""Describes a value below a variable."""


class ValueInside:
    """The inside of one value; see `livens.rules.inside.Inside`.

    Parameters
    ----------
    value : object
        The value.
    describe : callable
        Describes a value below a variable.
    hides : callable
        Told a name; where it says yes, nothing of what is below is told.
    seconds : float
        How long a figure may take; what does not fit into it is left out.
    """

    def __init__(
        self, value: object, describe: Describe, hides: Callable[[str], bool], seconds: float
    ) -> None:
        self._value = value
        self._describe = describe
        self._hides = hides
        self._seconds = seconds

    def at(self, step: Step) -> ValueInside:
        """Return what is one step below."""
        key = step.key
        if type(key) is str and self._hides(key):
            raise Unknown(f"'{key[:100]}' is redacted")
        find = item_of if step.kind == "item" else attribute_of
        value = _looked(lambda: find(self._value, key))
        if type(value) is TableColumn:
            self._need_shown(value)
        return ValueInside(value, self._describe, self._hides, self._seconds)

    def facts(self) -> Facts:
        """Return what is known of the value itself."""
        value = self._value
        if type(value) is TableColumn:
            return Facts.of(_described_column(value))
        return Facts(lambda: self._describe(value), value)

    def has_figures(self) -> bool:
        """Return whether the value has items or rows, of which there are figures."""
        return _looked(lambda: is_measurable(self._value))

    def figure(self, name: str) -> Figure:
        """Return how many items are missing, the smallest, the largest, the mean, …"""
        if name == "nulls" and is_frame(self._value):
            return _looked(self._nulls_of_all)
        measured = _looked(lambda: _MEASURES[name](self._measure(self._value)))
        if type(measured.value) is str and len(measured.value) > MAX_CHARS:
            raise Unknown(f"a text of {len(measured.value)} characters is too long to compare")
        return Figure(*measured)

    def holds(self, test: Test, *, for_all: bool) -> Figure:
        """Return whether a test holds for any item, or for all of them."""
        measure = _looked(lambda: self._measure(self._value))
        return Figure(*_looked(lambda: measure.holds(test, for_all=for_all)))

    def _nulls_of_all(self) -> Figure:
        source = source_of(self._value)
        counts = []
        for position in range(source.shape[1]):
            column = TableColumn(source, position)
            self._need_shown(column)
            counts.append(self._measure(column, source.shape[1]).nulls())
        value, looked_at, total = (sum(each) for each in zip(*counts, strict=True))
        return Figure(value, looked_at, total)

    def _measure(self, value: Any, share: int = 1) -> Measure:
        clock = time.monotonic
        return Measure(data_of(value), clock, clock() + self._seconds / share)

    def _need_shown(self, column: TableColumn) -> None:
        label = name_of(column.source.label(column.position))
        if label is not None and self._hides(label):
            raise Unknown(f"column '{label[:100]}' is redacted")


_MEASURES: dict[str, Callable[[Measure], Measured]] = {
    "nulls": Measure.nulls,
    "min": Measure.smallest,
    "max": Measure.largest,
    "mean": Measure.mean,
    "unique": Measure.unique,
}


def _described_column(column: TableColumn) -> Variable:
    source, position = column
    rows = source.shape[0]
    dtype = _looked(lambda: source.dtype(position))
    return Variable(
        "", [], "array", "column", length=rows, shape=[rows], dtype=sendable_text(dtype)
    )


def _looked(look: Callable[[], T]) -> T:
    """Look at a value of the user's; whatever goes wrong is `Unknown`."""
    try:
        return look()
    except Unknown:
        raise
    except Absent as err:
        raise NotThere(str(err)) from None
    except (Unreadable, Unmeasured, Untestable) as err:
        raise Unknown(str(err)) from None
    except NotAllowed as err:
        raise Unknown(err.message) from None
    except (IndexError, KeyError, ValueError):
        raise Unknown("it changed while it was looked at") from None
    except BaseException as err:  # noqa: BLE001 - a border
        raise Unknown(reason_of(err, "looking at its data")) from None
