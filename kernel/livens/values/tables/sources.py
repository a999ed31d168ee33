"""Sources: what a table is read from. One module per library, none of which is imported.

The value brings its own methods, and its class is known by being the very class that the loaded
library has under its public name: a user's class that only calls itself ``pandas.DataFrame`` is
none. Subclasses are not meant, they may do anything. What is called reads by position; the
user's table is never changed, sorted or cached on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from livens.values.passive import is_real_instance, module_contents
from livens.values.tables.columns import ColumnKind, ColumnValues

RowPositions = Any
"""A `range`, a list of int, or a numpy array of integers."""


class Source(Protocol):
    """A table, by position."""

    shape: tuple[int, int]
    """Rows and columns."""

    def label(self, column: int) -> object:
        """Return the label of a column."""

    def dtype(self, column: int) -> str:
        """Return the type of a column as its library calls it."""

    def kind(self, column: int) -> ColumnKind:
        """Return the type of a column in a word."""

    def piece(self, column: int, rows: RowPositions) -> ColumnValues:
        """Return the values of a column in some rows."""

    def index(self, rows: RowPositions) -> ColumnValues:
        """Return the labels of some rows."""

    def index_names(self) -> list[object]:
        """Return what the labels of the rows are called, where they have a name."""


Maker = Callable[[Any], Source]


def loaded_class(module: str, name: str) -> type | None:
    """Return the class that a module has under a name, if the user has loaded the module.

    Examples
    --------
    >>> loaded_class("collections", "OrderedDict")
    <class 'collections.OrderedDict'>
    >>> loaded_class("no_such_module", "Thing")
    """
    cls = module_contents(module).get(name)
    return cls if is_real_instance(cls, type) else None


def as_slice(rows: range) -> slice:
    """Return the slice that takes the same rows, for a range that does not go backwards.

    Examples
    --------
    >>> as_slice(range(2, 10, 3)), as_slice(range(0))
    (slice(2, 10, 3), slice(0, 0, 1))
    """
    return slice(rows.start, rows.stop, rows.step)
