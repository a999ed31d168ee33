"""What a condition may know of the inside of a value: its items, and figures of its data.

Only who has the value can look: the kernel (`livens.watching.inside`). A client that evaluates a
condition from descriptions has nothing of this, and asks the kernel instead (``rule.check``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, Protocol

from livens.rules.facts import Facts, Unknown

FIGURES = ("nulls", "min", "max", "mean", "unique")
"""What can be asked of a column, an array, a series or a list as a whole."""


class NotThere(Unknown):
    """There is no such item or attribute."""


class Step(NamedTuple):
    """One step into a value.

    Attributes
    ----------
    kind : {"item", "attribute"}
        Which: ``x[key]`` or ``x.key``.
    key : str, int, float, bool or None
        The key, the position or the name.
    """

    kind: Literal["item", "attribute"]
    key: Any


class Figure(NamedTuple):
    """What was found out of the data of a value.

    Attributes
    ----------
    value : bool, int, float or str
        The figure.
    looked_at, total : int
        How many items were looked at, of how many; fewer where time did not allow for all.
    """

    value: Any
    looked_at: int
    total: int

    @property
    def is_sampled(self) -> bool:
        """Whether it is of a sample only."""
        return self.looked_at < self.total


class Elements(Protocol):
    """Some items of a value, all at once. What the methods return is a mask, for the others."""

    def compare(self, op: str, wanted: Any) -> Any:
        """Return for which items the comparison holds; it holds for none that is missing."""

    def missing(self) -> Any:
        """Return which items are missing, or NaN."""

    def infinite(self) -> Any:
        """Return which items are infinite."""

    def true(self) -> Any:
        """Return which items are true, or other numbers than 0."""

    def both(self, left: Any, right: Any) -> Any:
        """Return for which items both masks hold."""

    def either(self, left: Any, right: Any) -> Any:
        """Return for which items one of two masks holds."""

    def inverse(self, mask: Any) -> Any:
        """Return for which items a mask does not hold."""


Test = Callable[[Elements], Any]
"""Returns for which of some items something holds."""


class Inside(Protocol):
    """The inside of one value. All methods raise `Unknown` where something cannot be known."""

    def at(self, step: Step) -> Inside:
        """Return what is one step below; raises `NotThere` if nothing is."""

    def facts(self) -> Facts:
        """Return what is known of the value itself."""

    def has_figures(self) -> bool:
        """Return whether the value has items or rows, of which there are figures."""

    def figure(self, name: str) -> Figure:
        """Return one of `FIGURES`."""

    def holds(self, test: Test, *, for_all: bool) -> Figure:
        """Return whether a test holds for any item, or for all of them."""


InsideLookup = Callable[[str], Inside | None]
"""Returns the inside of a variable; None if there is no such variable."""


def no_inside(name: str) -> Inside | None:
    """Raise `Unknown`: there are only descriptions here."""
    raise Unknown("only the kernel can look inside of it")
