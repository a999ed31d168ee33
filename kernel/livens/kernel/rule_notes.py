"""What people are told of rules that cannot be worked out: a line below a cell, once per reason.

A rule that cannot be worked out is not true, so it would stay silent for ever. A variable that is
not there yet is the ordinary reason before the first cell that makes it: what is known when a rule
is added is told then, and not again.
"""

from __future__ import annotations

from typing import Any

from livens.exceptions import bordered
from livens.protocol.types import Rule
from livens.watching.watcher import Watcher


class UndecidedRules:
    """Finds what is new to say of rules that could never be worked out.

    Parameters
    ----------
    watcher : Watcher
        Has the rules.
    """

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher
        self._told: dict[str, str] = {}

    def add(self, rule: Rule) -> None:
        """Look after a rule; what can be said of it now is told by who adds it."""
        self._told[rule.id] = self._reasons().get(rule.id, "")

    def remove(self, rule: Rule) -> str:
        """Look after a rule no more; return why it could never be worked out, if nobody was told.

        It is asked for before the rule is removed from the kernel.
        """
        told = self._told.pop(rule.id, None)
        reason = self._reasons().get(rule.id, "")
        return "" if told is None or reason == told else _line(rule.condition, reason)

    def forget(self, rule: Rule) -> None:
        """Look after a rule no more, without a word."""
        self._told.pop(rule.id, None)

    def lines(self) -> list[str]:
        """Return a line for each rule of which there is something new to say."""
        found = []
        for rule in self.watcher.rules.rules():
            if rule.id in self._told and rule.reason and rule.reason != self._told[rule.id]:
                self._told[rule.id] = rule.reason
                found.append(_line(rule.condition, rule.reason))
        return found

    def _reasons(self) -> dict[str, str]:
        return {rule.id: rule.reason for rule in self.watcher.rules.rules()}


class UndecidedLines(UndecidedRules):
    """Prints these lines below the cell, as long as there is any rule to look after.

    Parameters
    ----------
    watcher : Watcher
        Has the rules.
    events : EventManager
        IPython's.
    """

    def __init__(self, watcher: Watcher, events: Any) -> None:
        super().__init__(watcher)
        self._events = events

    def add(self, rule: Rule) -> None:
        """Look after a rule."""
        if not self._told:
            self._events.register("post_run_cell", self._tell)
        super().add(rule)

    def remove(self, rule: Rule) -> str:
        """Look after a rule no more."""
        line = super().remove(rule)
        if line:
            print(line)  # noqa: T201 - below the cell whose rule it was
        self.forget(rule)
        return line

    def forget(self, rule: Rule) -> None:
        """Look after a rule no more, without a word."""
        super().forget(rule)
        if not self._told and self._tell in self._events.callbacks["post_run_cell"]:
            self._events.unregister("post_run_cell", self._tell)

    @bordered
    def _tell(self, result: Any) -> None:
        self.watcher.flush()
        for line in self.lines():
            print(line)  # noqa: T201 - its output


def _line(condition: str, reason: str) -> str:
    return f"Rule {condition} could not be worked out so far: {reason}"
