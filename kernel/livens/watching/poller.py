"""What changed that no store told, and when it is time to look for it.

Three looks, each within the share of the time that the budgets give it: at the names that the
running code mentions, often; at the identity of every value in the namespace, seldom, and at the
end of a cell where that takes no longer than `settle_ms`; at large values chunk by chunk
(`livens.watching.large_values`). What cannot be afforded at the end of a cell is owed, and comes
right after it.

Pure: time comes in as an argument, and nothing of the user's is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from livens.watching.budgets import Budgets
from livens.watching.large_values import Changed, LargeValues
from livens.watching.running import Running
from livens.watching.snapshot import OnFailure, Snapshot
from livens.watching.unwatched import UnwatchedChanges

_IDLE_PATIENCE = 4
"""Between cells the comparing of the whole namespace gets this much less of the time."""


class Poller:
    """Look for changes in one namespace.

    Parameters
    ----------
    namespace : dict
        The exact dict with the user's variables; only read.
    budgets : Budgets
        What it may cost.
    cpu_clock : callable
        Seconds of this thread's work.
    hidden : mapping, optional
        Names with values that are not the user's.
    on_failure : callable
        Told of each value that cannot be compared.

    Examples
    --------
    >>> values = {"x": 1}
    >>> poller = Poller(values, Budgets(), cpu_clock=lambda: 0.0)
    >>> poller.remember_all()
    >>> values["x"] = 2
    >>> poller.look(now=1.0, running=None, known={}, ruled=frozenset())
    {'x': None}
    """

    def __init__(
        self,
        namespace: dict[Any, Any],
        budgets: Budgets,
        cpu_clock: Callable[[], float],
        hidden: Mapping[str, Any] | None = None,
        on_failure: OnFailure = lambda name, value, reason: None,
    ) -> None:
        self._snapshot = snapshot = Snapshot(namespace, hidden=hidden, on_failure=on_failure)
        # Asked for each store, where a call more would show: the snapshot's own methods.
        self.known_id = snapshot.known_id
        self.remember = snapshot.note
        self._large_values = LargeValues(snapshot, budgets, cpu_clock)
        self._unwatched = UnwatchedChanges(namespace, snapshot, budgets, cpu_clock)
        self._namespace = namespace
        self._budgets = budgets
        self._cpu_clock = cpu_clock
        self._owing: Running | None = None  # the cell that nobody has compared everything after
        self._compare_all_at = 0.0
        self._compared_all_at = 0.0
        self._compare_cost_s = 0.0
        self._glance_at = 0.0
        self._mentioned_at = 0.0

    def forget(self) -> None:
        """Keep nothing of what was."""
        self._owing = None
        self._snapshot.forget_all()

    def remember_all(self) -> None:
        """Remember the whole namespace as it is now."""
        self._snapshot.remember_all()

    # -- while nobody watches ------------------------------------------------------------------

    def stop_watching(self) -> None:
        """Note that nobody watches from now on: what was owed is doubtful from now on."""
        self._owing = None
        self._unwatched.begin(self._large_values.take_owed())

    def look_unwatched(self, cell: Running) -> Changed:
        """Return what differs after a cell that nobody watched."""
        return self._unwatched.of_cell(cell)

    def watch_again(self, running: Running | None) -> tuple[Changed, dict[str, str]]:
        """Return what differs since the last cell, and what may have changed unseen, and why."""
        changed = self._unwatched.catch_up(running)
        makers, reasons = self._unwatched.take_doubts()
        self._large_values.owe(makers)
        return changed, reasons

    # -- when ----------------------------------------------------------------------------------

    def due_at(self, now: float, *, is_running: bool) -> float:
        """Return when to look again."""
        if is_running:
            return now + self._budgets.poll_ms / 1000
        soonest = now if self._owing else now + self._budgets.idle_poll_ms / 1000
        return min(max(soonest, self._compare_all_at), self._large_values.due_at)

    def compare_all_soon(self) -> None:
        """Have the whole namespace compared by the next look: any name may have been stored."""
        self._compare_all_at = 0.0

    @property
    def is_owing(self) -> bool:
        """Whether the whole namespace is still to be compared after a cell that has ended."""
        return self._owing is not None

    @property
    def is_settled(self) -> bool:
        """Whether of every large value it is known what it holds."""
        return self._large_values.is_settled

    # -- looking -------------------------------------------------------------------------------

    def look(
        self,
        now: float,
        running: Running | None,
        known: Changed,
        ruled: frozenset[str],
        beside: Sequence[Running] = (),
        *,
        is_end: bool = False,
    ) -> Changed:
        """Compare what it is time for.

        Parameters
        ----------
        now : float
            The time.
        running : Running, optional
            The cell that runs.
        known : dict of str to Origin
            What stores have told, with where.
        ruled : frozenset of str
            Names that rules look at: compared every time.
        beside : sequence of Running
            The cells that run beside it, on other shells: what only their code mentions is theirs.
        is_end : bool
            Whether the cell is about to end, or somebody wants all that is new.

        Returns
        -------
        dict of str to Origin
            What was found, with where it was made.
        """
        owing = self._owing
        found: Changed = {}
        for name in self._differing(now, running, is_end, known, ruled):
            if name in known:
                found[name] = known[name]
            else:
                maker = self._maker(name, running, beside) or owing
                found[name] = maker.origin(maker.line_of(name)) if maker else None
        if running is not None:
            self.told(known)
            self.told(found)
        return found

    def _maker(
        self, name: str, running: Running | None, beside: Sequence[Running]
    ) -> Running | None:
        """Return the cell that has changed a name."""
        if running is not None and beside and name not in running.mentioned(self._namespace):
            for cell in beside:
                if name in cell.mentioned(self._namespace):
                    return cell
        return running

    def compare(self, names: Iterable[str]) -> list[str]:
        """Compare some names closely, as `Snapshot.compare`."""
        return self._snapshot.compare(names)

    def take_differences(self, names: Iterable[str]) -> dict[str, str]:
        """Return what was seen of how names changed, as `Snapshot.take_differences`."""
        return self._snapshot.take_differences(names)

    def told(self, names: Iterable[str]) -> None:
        """Note that names were told as changed in the running cell."""
        self._large_values.told(names)

    def begin_cell(self) -> None:
        """Begin a cell: find out whether `take_baselines` has anything to do."""
        self._large_values.begin_cell()

    @property
    def must_take_baselines(self) -> bool:
        """Whether `take_baselines` has anything to do in the running cell."""
        return self._large_values.must_take_baselines

    def take_baselines(self, cell: Running) -> None:
        """Take what is cheap of what the newest code of a cell is about to change."""
        if self.must_take_baselines:
            self._large_values.take_baselines(*cell.targets(self._namespace))

    def look_idle(self, now: float, is_wanted_elsewhere: Callable[[], bool]) -> Changed:
        """Look at large values between cells, as `LargeValues.look_idle`."""
        return self._large_values.look_idle(now, is_wanted_elsewhere)

    def settle(
        self, now: float, cell: Running, changed: Mapping[str, Any]
    ) -> tuple[Changed, dict[str, str]]:
        """Look at what is large and mentioned by a cell that ends, as `LargeValues.end_cell`."""
        return self._large_values.end_cell(
            now,
            cell.mentioned(self._namespace),
            changed,
            lambda: cell.touched(self._namespace),
            cell.origin(None),
        )

    def take_doubtful(self) -> list[str]:
        """Return what a cell may have changed unseen, as `LargeValues.take_doubtful`."""
        return self._large_values.take_doubtful()

    def take_again(self) -> list[str]:
        """Return the names to tell once more as they are, as `LargeValues.take_again`.

        And those whose values can no longer be compared: they show that.
        """
        return [*self._large_values.take_again(), *self._snapshot.take_failed()]

    def _differing(
        self,
        now: float,
        running: Running | None,
        is_end: bool,
        known: Changed,
        ruled: frozenset[str],
    ) -> Iterable[str]:
        """Compare what the running code mentions, and the whole namespace when it is time."""
        found = self._snapshot.take_others()
        seen: set[str] = set(known)  # they were just stored, and remembered as they are
        if running is not None:
            found += self._differing_in(running, now, is_end, known, seen)
        if ruled:
            found += self._snapshot.compare(ruled.difference(known, found))
        if now >= self._compare_all_at or (is_end and self._must_settle(running)):
            found += self._compare_all(now, seen, is_running=running is not None)
        elif is_end:
            # It would hold up the cell's end: it comes right after, as soon as the budget allows.
            self._owing = running
            soonest = self._compared_all_at + self._compare_cost_s / self._budgets.time_share
            self._compare_all_at = min(self._compare_all_at, soonest)
        return found

    def _must_settle(self, running: Running | None) -> bool:
        """Return whether the whole namespace is compared before a cell's end, not after it."""
        return self._compare_cost_s <= self._budgets.settle_ms / 1000 or (
            running is not None and running.may_store_any(self._namespace)
        )

    def _differing_in(
        self, running: Running, now: float, is_end: bool, known: Changed, seen: set[str]
    ) -> list[str]:
        """Compare what the running code mentions: closely at its end and now and then.

        What was looked at closely is added to *seen*.
        """
        closely = is_end or now >= self._glance_at
        mentioned = running.mentioned(self._namespace, anew=is_end)
        found: list[str] = []
        if closely or now >= self._mentioned_at:
            started = self._cpu_clock()
            found = self._snapshot.compare(mentioned.difference(known), closely=closely)
            took_s = self._cpu_clock() - started
            if closely:
                seen |= mentioned
                self._glance_at = now + took_s / (2 * self._budgets.time_share)
            else:  # a cell may mention thousands of names
                self._mentioned_at = now + took_s / self._budgets.time_share
        if not is_end:
            found += self._large_values.look_live(now, mentioned)
        return found

    def _compare_all(self, now: float, seen: set[str], *, is_running: bool) -> list[str]:
        """Compare the whole namespace, and say when it may be done again."""
        started = self._cpu_clock()
        found = self._snapshot.compare_all(seen)
        self._compare_cost_s = self._cpu_clock() - started
        share = self._budgets.time_share / (1 if is_running else _IDLE_PATIENCE)
        self._compared_all_at, self._owing = now, None
        self._compare_all_at = now + self._compare_cost_s / share
        return found
