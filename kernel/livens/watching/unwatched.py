"""Which cell changed what while nobody watches.

After the first client a kernel remembers what its variables were, also when the last client has
gone. At the end of each cell it compares the names that the cell's code mentions, as it does for
clients, and all names where that takes no longer than `Budgets.settle_ms`. So whoever comes again
is told where and when each variable was changed. No thread runs, no message is sent, and no store
is listened to. Nothing of the user's is held.

What is found, but was not mentioned by any cell, has no origin: another thread may have made it. A
large value is not read here. If a cell may have changed one in place, and a glance shows nothing,
that is a doubt, which the next client is told of until the value has been compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from livens.watching.budgets import Budgets
from livens.watching.reasons import unwatched
from livens.watching.running import Running
from livens.watching.snapshot import Snapshot

if TYPE_CHECKING:
    from livens.protocol.types import Origin

Changed = dict[str, "Origin | None"]

Doubts = dict[str, "list[Origin]"]
"""Which cells may have changed a value, by its name."""

_MOST_CELLS = 3
"""So many cells are named for one value; of more only the first and the last are."""


class UnwatchedChanges:
    """Find what cells changed that nobody watched.

    Parameters
    ----------
    namespace : dict
        The exact dict with the user's variables; only read.
    snapshot : Snapshot
        What is remembered of it.
    budgets : Budgets
        What it may cost.
    cpu_clock : callable
        Seconds of this thread's work.

    Examples
    --------
    >>> values = {"x": 1, "y": 1}
    >>> snapshot = Snapshot(values)
    >>> snapshot.remember_all()
    >>> changes = UnwatchedChanges(values, snapshot, Budgets(), lambda: 0.0)
    >>> cell = Running("the id of a request", 7)
    >>> code = compile("x = 2", "<cell>", "exec")
    >>> cell.starts(code); exec(code, values); cell.ran(code)
    >>> values["y"] = 2
    >>> changed = changes.of_cell(cell)
    >>> changed["x"].execution_count, changed["x"].line, changed["y"]
    (7, 1, None)
    """

    def __init__(
        self,
        namespace: dict[Any, Any],
        snapshot: Snapshot,
        budgets: Budgets,
        cpu_clock: Callable[[], float],
    ) -> None:
        self._namespace = namespace
        self._snapshot = snapshot
        self._settle_s = budgets.settle_ms / 1000
        self._cpu_clock = cpu_clock
        self._compare_cost_s = 0.0
        self._doubts: Doubts = {}

    def begin(self, doubts: Doubts) -> None:
        """Begin with what was doubtful when the last client went."""
        self._doubts = doubts

    def of_cell(self, cell: Running) -> Changed:
        """Return what differs after a cell, with its origin where the cell's code mentions it."""
        namespace, snapshot = self._namespace, self._snapshot
        mentioned = cell.mentioned(namespace, anew=True)
        found = dict.fromkeys(snapshot.compare(mentioned))
        stores_any = cell.may_store_any(namespace)
        if stores_any or self._compare_cost_s <= self._settle_s:
            started = self._cpu_clock()
            found |= dict.fromkeys(snapshot.compare_all(mentioned))
            self._compare_cost_s = self._cpu_clock() - started
        found |= dict.fromkeys(snapshot.take_others())
        lines = cell.stored_lines() if found else {}
        changed: Changed = {}
        for name in found:
            is_its = stores_any or name in mentioned or name in lines
            changed[name] = cell.origin(lines.get(name)) if is_its else None
            self._doubts.pop(name, None)
        self._doubt(cell, mentioned.difference(changed))
        return changed

    def _doubt(self, cell: Running, mentioned: Iterable[str]) -> None:
        """Note which values the cell may have changed where no glance reaches."""
        snapshot = self._snapshot
        unseen = [name for name in mentioned if snapshot.sums(name) or snapshot.gap(name)]
        touched = cell.touched(self._namespace) if unseen else ()
        for name in unseen:
            if name in touched:
                self._doubts.setdefault(name, []).append(cell.origin(None))
                del self._doubts[name][_MOST_CELLS - 1 : -1]

    def catch_up(self, running: Running | None) -> Changed:
        """Return what differs since the last cell, before somebody watches again.

        Parameters
        ----------
        running : Running, optional
            The cell that runs, if one does.
        """
        changed = self.of_cell(running) if running is not None else {}
        snapshot = self._snapshot
        rest = [*snapshot.compare_all(), *snapshot.compare(snapshot.names())]
        rest += snapshot.take_others()
        for name in rest:
            changed.setdefault(name, None)
            self._doubts.pop(name, None)
        return changed

    def take_doubts(self) -> tuple[Changed, dict[str, str]]:
        """Return, once, what may have changed unseen.

        Returns
        -------
        dict of str to Origin
            The cell that may have changed each; None where it may be one of several.
        dict of str to str
            The same in words.
        """
        doubts, self._doubts = self._doubts, {}
        snapshot = self._snapshot
        makers = {name: cells[0] if len(cells) == 1 else None for name, cells in doubts.items()}
        why = {name: unwatched(cells, snapshot.gap(name)) for name, cells in doubts.items()}
        return makers, why
