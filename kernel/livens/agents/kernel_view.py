"""What is known of one kernel's variables, in the order in which it was told: for cursors.

Each change of a name has a number of its own. A cursor names the last one that somebody has read,
so that the next answer has only what came later, once, in the order of the changes. No sockets and
no clock in here; the time comes in as an argument.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator

from livens.protocol.types import Cell, ChangeSet, Variable

MAX_REMOVED = 10_000
"""Of so many names it is remembered that they are gone."""

_CURSOR = re.compile(r"([0-9a-f]{6})\.(\d{1,15})")


class KernelView:
    """The variables of one kernel, over its restarts.

    Attributes
    ----------
    variables : dict of str to Variable
        The variables, as they were told last.
    epoch : str
        The kernel process; empty before the first change set.
    heard_at : float
        When something was told last, in seconds since the epoch.
    cell : Cell, optional
        The cell of the last update.
    news : list of str
        What somebody who asks has to be told first: that the kernel was restarted.

    Examples
    --------
    >>> view = KernelView()
    >>> x = Variable("x", [["name", "x"]], "number", "int", preview="1")
    >>> view.apply(ChangeSet("e1", 1, [x], complete=True), now=5.0)
    ['x']
    >>> cursor = view.cursor()
    >>> view.apply(ChangeSet("e1", 2, removed=["x"]), now=6.0)
    ['x']
    >>> list(view.since(view.number_of(cursor)))
    [(2, 'x', None)]
    """

    def __init__(self) -> None:
        self.variables: dict[str, Variable] = {}
        self.epoch = ""
        self.heard_at = 0.0
        self.cell: Cell | None = None
        self.news: list[str] = []
        self._token = secrets.token_hex(3)
        self._number = 0
        self._numbers: dict[str, int] = {}
        self._removed: dict[str, int] = {}
        self._forgotten = 0

    def apply(self, change_set: ChangeSet, now: float) -> list[str]:
        """Read what a kernel has told.

        Returns
        -------
        list of str
            The names that are not what they were.
        """
        self.heard_at = now
        if change_set.epoch != self.epoch:
            self._begin(change_set.epoch)
        self.cell = change_set.cell
        touched = []
        for variable in change_set.changed:
            if self.variables.get(variable.name) != variable:
                self._note(variable)
                touched.append(variable.name)
        gone = list(change_set.removed)
        if change_set.complete:
            told = {variable.name for variable in change_set.changed}
            gone += [name for name in self.variables if name not in told]
        for name in gone:
            if self.variables.pop(name, None) is not None:
                self._remove(name)
                touched.append(name)
        return touched

    def _begin(self, epoch: str) -> None:
        """Begin another process: nothing of the one before is known to be there."""
        if self.epoch:
            count = len(self.variables)
            what = "1 variable is gone" if count == 1 else f"{count} variables are gone"
            self.news = [f"the kernel was restarted: {what}"]
            self._token = secrets.token_hex(3)
        self.epoch = epoch
        self.variables, self._numbers, self._removed = {}, {}, {}

    def _note(self, variable: Variable) -> None:
        self.variables[variable.name] = variable
        self._removed.pop(variable.name, None)
        # The newest are last, so that what came after a cursor is found from the end.
        self._numbers.pop(variable.name, None)
        self._number += 1
        self._numbers[variable.name] = self._number

    def _remove(self, name: str) -> None:
        self._numbers.pop(name, None)
        self._number += 1
        self._removed[name] = self._number
        while len(self._removed) > MAX_REMOVED:
            self._forgotten = self._removed.pop(next(iter(self._removed)))

    def cursor(self, number: int | None = None) -> str:
        """Return what names everything up to a change; by default up to now."""
        return f"{self._token}.{self._number if number is None else number}"

    def number_of(self, cursor: str) -> int | None:
        """Return up to which change a cursor has read; None if that is not known any more."""
        found = _CURSOR.fullmatch(cursor)
        if found is None or found[1] != self._token:
            return None
        number = int(found[2])
        return number if self._forgotten <= number <= self._number else None

    def since(self, number: int) -> Iterator[tuple[int, str, Variable | None]]:
        """Yield what changed after a number, the oldest first; None for what is gone."""
        later = [(n, name) for name, n in self._removed.items() if n > number]
        for name in reversed(self._numbers):
            if self._numbers[name] <= number:
                break
            later.append((self._numbers[name], name))
        for n, name in sorted(later):
            yield n, name, self.variables.get(name)

    def newest_first(self) -> Iterator[Variable]:
        """Yield the variables, the one that changed last first."""
        for name in reversed(self._numbers):
            yield self.variables[name]

    def take_news(self) -> list[str]:
        """Return what somebody who asks has to be told first, once."""
        news, self.news = self.news, []
        return news
