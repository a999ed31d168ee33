"""Rows: which rows of a table are left, and in which order, as an array or as a list."""

from __future__ import annotations

from typing import Any

from livens.values.tables.columns import loaded_numpy
from livens.values.tables.pace import Pace
from livens.values.tables.sorting import stable_order


class Rows:
    """The rows of a table, or an evenly spaced sample of them, by position.

    Parameters
    ----------
    taken : range
        The rows of the table that take part.

    Examples
    --------
    >>> rows = Rows(range(0, 10, 2))
    >>> rows.sort([3, 1, 2, 1, -1], [False, False, False, False, True], descending=False)
    >>> rows.page(0, 10)
    [2, 6, 4, 0, 8]
    """

    def __init__(self, taken: range) -> None:
        self._taken = taken
        self._numpy = loaded_numpy()
        self._places: Any = None  # in `taken`; None means all of them in their order

    def __len__(self) -> int:
        return len(self._taken) if self._places is None else len(self._places)

    def keep(self, mask: Any) -> None:
        """Keep the rows for which *mask*, which has an item for each row that takes part, holds."""
        if self._numpy is not None:
            mask = self._numpy.asarray(mask, dtype=bool)
            if self._places is None:
                self._places = mask.nonzero()[0]
            else:
                self._places = self._places[mask[self._places]]
        else:
            places = range(len(self._taken)) if self._places is None else self._places
            self._places = [place for place in places if mask[place]]

    def sort(self, keys: Any, nulls: Any, *, descending: bool, pace: Pace | None = None) -> None:
        """Sort by one column; equal ones stay in their order, and missing ones go last."""
        if self._numpy is not None:
            self._sort_array(keys, nulls, descending, pace or Pace())
            return
        places = range(len(self._taken)) if self._places is None else self._places
        present = [place for place in places if not nulls[place]]
        missing = [place for place in places if nulls[place]]
        present.sort(key=keys.__getitem__, reverse=descending)
        self._places = present + missing

    def _sort_array(self, keys: Any, nulls: Any, descending: bool, pace: Pace) -> None:
        numpy = self._numpy
        keys, nulls = numpy.asarray(keys), numpy.asarray(nulls, dtype=bool)
        places = numpy.arange(len(self._taken)) if self._places is None else self._places
        is_missing = nulls[places]
        missing = places[is_missing]
        present = places[~is_missing] if len(missing) else places
        order = stable_order(keys[present], pace, descending=descending)
        self._places = numpy.concatenate([present[order], missing])

    def page(self, start: int, stop: int) -> range | list[int]:
        """Return the positions, in the whole table, of some of the rows."""
        if self._places is None:
            return self._taken[start:stop]
        places = self._places[start:stop]
        return [self._taken[place] for place in map(int, places)]

    def sample(self, every: int) -> Any:
        """Return the positions of each so many-th row that is left: a range, array or list."""
        if self._places is None:
            return self._taken[::every]
        places = self._places[::every]
        if self._numpy is None:
            return [self._taken[place] for place in places]
        return self._taken.start + places * self._taken.step
