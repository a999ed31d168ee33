"""The rules of a kernel: who added them, when they fire, and what is still to be told of that.

`check` is called with every change of a name that a rule has in its condition: by the thread that
stores, or by the poller's. What fired waits here until it is told: at most once per rule and
`TELL_S`, the latest with the number of times, because a loop can make a condition true a hundred
thousand times a second.

Rules about data take time, so `check` only notes that they are due. `work_out` evaluates them:
beside the cell, and when it ends.

A lock of its own keeps it whole; nothing that could wait is done under it. Another one is for
`work_out`, of which only one runs at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from livens.exceptions import NotAllowed, VariableNotFound
from livens.protocol.types import Origin, Rule, RuleState

if TYPE_CHECKING:  # who adds no rule need not load their language
    from livens.rules.conditions import Condition, Lookup, Trigger
    from livens.rules.inside import InsideLookup

TELL_S = 0.05
"""The shortest time between two events of the same rule."""

MAX_RULES = 200
"""Every store of a name that rules have costs some microseconds for each of them."""

Action = Literal["notify", "stop", "call"]


class FiredRule(NamedTuple):
    """A rule whose condition became true.

    Attributes
    ----------
    rule : Rule
        Which.
    name : str
        The first variable of its condition.
    message : str
        What holds, for which values, and where that came to be.
    origin : Origin, optional
        Where the change was made.
    times : int
        How often it fired since it was told the last time.
    """

    rule: Rule
    name: str
    message: str
    origin: Origin | None = None
    times: int = 1


OnFired = Callable[[FiredRule], None]


class _Entry:
    def __init__(
        self, rule: Rule, trigger: Trigger, owner: object, on_fired: OnFired | None
    ) -> None:
        self.rule = rule
        self.trigger = trigger
        self.owner = owner
        self.on_fired = on_fired
        self.pending: FiredRule | None = None
        self.told_at = float("-inf")
        self.times = 0
        self.fired_at: float | None = None
        self.fired_by: Origin | None = None


class RuleBook:
    """The rules of one kernel.

    Parameters
    ----------
    lookup : callable
        Knows the variables.
    inside : callable, optional
        Looks into them, within its own limits of time.
    wall_clock : callable
        Seconds since the epoch.

    Attributes
    ----------
    names : frozenset of str
        The variables in any rule; empty, and so false, where there is none.

    Examples
    --------
    >>> from livens.rules.conditions import Condition
    >>> from livens.protocol.types import Variable
    >>> from livens.rules.facts import Facts
    >>> book = RuleBook(lambda name: Facts.of(Variable(name, [], "number", "int", preview="3")))
    >>> rule = book.add(Condition("changed(x) and x > 2"), client="JupyterLab")
    >>> [fired.message for fired in book.check("x", Origin(1, line=2))]
    ['changed(x) and x > 2: x = 3 (cell In [1], line 2)']
    """

    def __init__(
        self,
        lookup: Lookup,
        inside: InsideLookup | None = None,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self.names: frozenset[str] = frozenset()
        self._lookup = lookup
        self._inside = inside
        self._wall_clock = wall_clock
        self._lock = threading.RLock()
        self._working = threading.Lock()
        self._entries: dict[str, _Entry] = {}
        self._due: dict[str, dict[str, Origin | None]] = {}
        self._last_id = 0

    @property
    def is_due(self) -> bool:
        """Whether there are rules about data to work out."""
        return bool(self._due)

    def add(
        self,
        condition: Condition,
        action: Action = "notify",
        *,
        client: str = "",
        owner: object = None,
        on_fired: OnFired | None = None,
    ) -> Rule:
        """Add a rule.

        Parameters
        ----------
        condition : Condition
            When it fires; one that holds already fires when it becomes true again.
        action : {"notify", "stop", "call"}
            What is done besides telling the clients.
        client : str
            Who adds it, to show.
        owner : object, optional
            Whose it is, for `remove_of`.
        on_fired : callable, optional
            Called when it is told that the rule fired, see
            `livens.watching.watcher.Watcher.run_calls`.
        """
        from livens.rules.conditions import Trigger
        from livens.rules.inside import no_inside

        inside = self._inside or no_inside
        # Figures take time: they are not waited for by who stores.
        trigger = Trigger(condition, self._lookup, inside) if condition.has_figures else None
        with self._lock:
            if len(self._entries) >= MAX_RULES:
                raise NotAllowed(
                    f"There are {MAX_RULES} rules already", remedy="Remove some with rule.remove."
                )
            self._last_id += 1
            rule = Rule(f"r{self._last_id}", condition.text, action, client)
            if trigger is not None:
                self._due[rule.id] = {}  # what changed since is seen by the next look
            trigger = trigger or Trigger(condition, self._lookup, inside)
            self._entries[rule.id] = _Entry(rule, trigger, owner, on_fired)
            self._gather_names()
        return rule

    def remove(self, rule_id: str) -> None:
        """Remove a rule, whoever added it.

        Raises
        ------
        VariableNotFound
            If there is none of that id.
        """
        with self._lock:
            if self._entries.pop(rule_id, None) is None:
                raise VariableNotFound(
                    f"No rule '{rule_id[:100]}'", remedy="Ask 'rule.list' for the rules there are."
                )
            self._gather_names()

    def remove_of(self, owner: object) -> None:
        """Remove the rules of an owner who is gone."""
        with self._lock:
            gone = [key for key, entry in self._entries.items() if entry.owner is owner]
            for key in gone:
                del self._entries[key]
            if gone:
                self._gather_names()

    def clear(self) -> None:
        """Remove all: for the child process after a fork, whose lock may be taken for good."""
        self._lock = threading.RLock()
        self._working = threading.Lock()
        self._entries, self._due = {}, {}
        self._gather_names()

    def _gather_names(self) -> None:
        triggers = [entry.trigger for entry in self._entries.values()]
        self.names = frozenset(name for trigger in triggers for name in trigger.condition.names)

    def rules(self) -> list[Rule]:
        """Return all rules, the oldest first, with why one could never be worked out so far."""
        with self._lock:
            entries = list(self._entries.values())
        return [self._told(entry) for entry in entries]

    def _told(self, entry: _Entry) -> Rule:
        reason = entry.trigger.undecided(self._lookup)
        sampled = entry.trigger.sampled
        if not (reason or sampled):
            return entry.rule
        return msgspec.structs.replace(entry.rule, reason=reason, sampled=sampled)

    def states(self) -> dict[str, RuleState]:
        """Return what each rule has done, and what its condition is now, by the rule's id."""
        with self._lock:
            entries = list(self._entries.items())
        # Without the lock: whoever stores would wait for values to be described.
        return {key: self._state(entry) for key, entry in entries}

    def state(self, rule_id: str) -> RuleState:
        """Return what one rule has done, and what its condition is now.

        A rule that is no longer there has done nothing.
        """
        entry = self._entries.get(rule_id)
        return self._state(entry) if entry is not None else RuleState()

    def _state(self, entry: _Entry) -> RuleState:
        verdict = entry.trigger.now(self._lookup)
        return RuleState(
            times=entry.times,
            fired_at=entry.fired_at,
            fired_by=entry.fired_by,
            holds=verdict.is_true,
            reason=verdict.reason,
        )

    def check(self, name: str, origin: Origin | None) -> list[FiredRule]:
        """Return the rules that fire because a variable changed; note those that are due."""
        found = []
        with self._lock:
            for entry in self._entries.values():
                condition = entry.trigger.condition
                if name not in condition.names:
                    continue
                if condition.has_figures:
                    self._due.setdefault(entry.rule.id, {})[name] = origin
                elif entry.trigger.fires(self._lookup, (name,)):
                    found.append(self._fire(entry, origin))
        return found

    def look_again(self, names: Iterable[str]) -> None:
        """Note that rules about data are due: of these variables it is not known what changed."""
        with self._lock:
            for entry in self._entries.values():
                condition = entry.trigger.condition
                if condition.has_figures:
                    for name in set(names).intersection(condition.names):
                        self._due.setdefault(entry.rule.id, {}).setdefault(name, None)

    def work_out(self, clock: Callable[[], float], until: float) -> list[FiredRule]:
        """Evaluate the rules about data that are due, and return those that fire.

        What is not done by the time *until* stays due; at least one rule is evaluated.
        """
        found = []
        with self._working:
            while self._due:
                with self._lock:
                    rule_id = next(iter(self._due))
                    changed = self._due.pop(rule_id)
                    entry = self._entries.get(rule_id)
                if entry is not None and entry.trigger.fires(self._lookup, changed):
                    origins = [origin for origin in changed.values() if origin is not None]
                    with self._lock:
                        found.append(self._fire(entry, origins[-1] if origins else None))
                if clock() > until:
                    break
        return found

    def _fire(self, entry: _Entry, origin: Origin | None) -> FiredRule:
        condition, trigger = entry.trigger.condition, entry.trigger
        message = trigger.message(self._lookup, origin)
        times = entry.pending.times + 1 if entry.pending is not None else 1
        fired = FiredRule(entry.rule, condition.names[0], message, origin, times)
        entry.pending = fired
        entry.times += 1
        entry.fired_at, entry.fired_by = round(self._wall_clock(), 3), origin
        return fired

    def take(self, now: float, *, is_end: bool = False) -> list[tuple[FiredRule, OnFired | None]]:
        """Return what fired and is to be told now, once; all of it at the end of a cell."""
        found = []
        with self._lock:
            for entry in self._entries.values():
                if entry.pending is not None and (is_end or now >= entry.told_at + TELL_S):
                    found.append((entry.pending, entry.on_fired))
                    entry.pending, entry.told_at = None, now
        return found

    def due_at(self) -> float:
        """Return when there is something to tell; infinity if nothing fired."""
        with self._lock:
            waiting = (e.told_at + TELL_S for e in self._entries.values() if e.pending is not None)
            return min(waiting, default=float("inf"))


def stop_text(fired: Iterable[FiredRule]) -> str:
    """Write what the cell's KeyboardInterrupt says; empty if none of the rules stops cells.

    Examples
    --------
    >>> stop_text([FiredRule(Rule("r1", "x > 1", "stop"), "x", "x > 1: x = 2")])
    'Stopped by the rule x > 1: x = 2'
    """
    messages = [each.message for each in fired if each.rule.action == "stop"]
    return f"Stopped by the rule {'; '.join(messages)}" if messages else ""
