"""What ``%watch`` shows: a table, and a line per cell, in every front end.

It subscribes like any other client, only from inside, and writes by ``print`` and
``display_data`` with ``text/plain``, which every front end shows and keeps.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from livens.exceptions import InvalidCondition, bordered
from livens.kernel.rule_notes import UndecidedRules
from livens.protocol import messages, requests
from livens.protocol.selection import Selection
from livens.protocol.types import Cell, ChangeSet, Rule, Variable
from livens.rules.rulebook import Action
from livens.watching.subscriber import Subscriber
from livens.watching.watcher import Watcher

if TYPE_CHECKING:  # who adds no rule need not load their language
    from livens.rules.conditions import Condition


class WatchOutput:
    """What one shell's user has chosen to watch.

    Parameters
    ----------
    shell : InteractiveShell
        Has the ``watcher`` of its namespace.
    """

    def __init__(self, shell: Any) -> None:
        self._events = shell.events
        self._watcher = shell.watcher
        self._names: list[str] = []
        self._subscriber: Subscriber | None = None
        self._is_on = False
        self._rules = CellRules(self._watcher, shell.events)
        self._changed: dict[str, Variable] = {}
        self._removed: dict[str, None] = {}

    def choose(self, names: list[str]) -> None:
        """Choose names and patterns."""
        self._names = names

    def give_up(self, names: list[str]) -> None:
        """Watch these names and patterns no more; nothing at all if there are none."""
        unknown = [name for name in names if name not in self._names]
        if unknown:
            chosen = ", ".join(self._names) or "nothing"
            raise UsageError(f"%unwatch: not watched: {', '.join(unknown)} (watched: {chosen})")
        self._names = [name for name in self._names if name not in names] if names else []
        self._rules.remove(names)
        if self._names:
            self.subscribe()
            return
        self.switch(False)
        if self._subscriber is not None:
            self._watcher.unsubscribe(self._subscriber)
            self._subscriber = None

    def add_rules(self, until: str | None, notify: str | None) -> None:
        """Stop the cell, or say so after it, when a condition becomes true."""
        try:
            lines = self._rules.add(until, "stop") if until else []
            lines += self._rules.add(notify, "notify") if notify else []
        except InvalidCondition as err:
            raise UsageError(f"%watch: {err.message}. Allowed: {err.expected}") from None
        print("\n".join(lines))  # noqa: T201 - its output

    def _subscription(self) -> requests.Subscription:
        return requests.Subscription(names=self._names or ["*"], interval_ms=1000)

    def subscribe(self) -> None:
        """Watch what is chosen from now on."""
        if self._subscriber is None:
            self._subscriber = self._watcher.subscribe(self._subscription(), self._take)
        else:
            self._watcher.resubscribe(self._subscriber, self._subscription())

    def _take(self, message: messages.Notification, cell: Cell | None) -> None:
        self._rules.take(message)
        if isinstance(message, messages.Update):
            for variable in message.params.changed:
                self._changed[variable.name] = variable
                self._removed.pop(variable.name, None)
            for name in message.params.removed:
                self._changed.pop(name, None)
                self._removed[name] = None

    # -- the table -------------------------------------------------------------------------

    def show(self) -> None:
        """Print a table of what is chosen."""
        from livens.display.tables import as_text, variables_table  # rich: loaded when needed first

        described = [self._watcher.view.describe(name) for name in self._chosen()]
        found = [variable for variable in described if variable is not None]
        print(as_text(variables_table(found, now=time.time())))  # noqa: T201 - its output

    def _chosen(self) -> list[str]:
        self._watcher.flush()
        selection = Selection(self._subscription())
        return sorted(filter(selection.has_name, self._watcher.view.variable_names()))

    def show_history(self) -> None:
        """Print what the chosen variables were."""
        from livens.display.tables import history_text

        histories = {name: self._watcher.history.points(name) for name in self._chosen()}
        for name, points in histories.items():
            if points:
                print(history_text(name, points))  # noqa: T201 - its output
        if not any(histories.values()):
            print("No history yet: it is kept from now on.")  # noqa: T201 - its output

    # -- the line after each cell ----------------------------------------------------------

    def switch(self, on: bool) -> None:
        """Begin or end to show what each cell changed."""
        if on and not self._is_on:
            self._events.register("pre_run_cell", self._begin)
            self._events.register("post_run_cell", self._tell)
        if self._is_on and not on:
            self._events.unregister("pre_run_cell", self._begin)
            self._events.unregister("post_run_cell", self._tell)
        self._is_on = on

    @bordered
    def _begin(self, info: Any) -> None:
        self._changed.clear()
        self._removed.clear()

    @bordered
    def _tell(self, result: Any) -> None:
        """Show what the cell changed; what changed between the cells is not its doing."""
        from IPython.display import publish_display_data

        from livens.display.tables import summary_line

        self._watcher.flush()
        if self._changed or self._removed:
            change_set = ChangeSet(
                self._watcher.epoch, 0, list(self._changed.values()), list(self._removed)
            )
            publish_display_data({"text/plain": summary_line(change_set)})
        self._begin(None)


class CellRules:
    """The rules that ``%watch`` adds, and the lines after a cell that say which fired.

    Parameters
    ----------
    watcher : Watcher
        Has the rules.
    events : EventManager
        IPython's, for what is to be done after a cell.
    """

    def __init__(self, watcher: Watcher, events: Any) -> None:
        self._watcher = watcher
        self._events = events
        self._rules: dict[str, tuple[Rule, Condition]] = {}
        self._messages: list[str] = []
        self._undecided = UndecidedRules(watcher)

    def add(self, text: str, action: Action) -> list[str]:
        """Add a rule, in the place of the same one if there is one; returns what to note."""
        if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
            text = text[1:-1]  # IPython leaves the quotes of an option's value where they are
        from livens.rules.conditions import Condition

        condition = Condition(text)
        if not self._rules:
            self._events.register("post_run_cell", self._tell)
        old = self._rules.pop(condition.text, None)
        if old is not None:
            self._undecided.forget(old[0])
            self._watcher.rules.remove(old[0].id)
        rule = self._watcher.rules.add(condition, action, client="%watch", owner=self)
        self._rules[condition.text] = rule, condition
        self._undecided.add(rule)
        verb = "stops the running cell" if action == "stop" else "is told after the cell"
        return [f"{condition.text}: {verb} when it becomes true"] + [
            f"  {note}" for note in self._watcher.view.notes(condition)
        ]

    def remove(self, names: list[str]) -> None:
        """Remove the rules on these names; all, if there are none."""
        was_any = bool(self._rules)
        for text, (rule, condition) in list(self._rules.items()):
            if not names or not set(names).isdisjoint(condition.names):
                del self._rules[text]
                self._undecided.forget(rule)
                if any(rule.id == there.id for there in self._watcher.rules.rules()):
                    self._watcher.rules.remove(rule.id)
        if was_any and not self._rules:
            self._events.unregister("post_run_cell", self._tell)

    def take(self, message: messages.Notification) -> None:
        """Keep the message of a rule that fired."""
        if isinstance(message, messages.Event) and message.params.rule is not None:
            rule = message.params.rule
            if rule.action == "notify" and any(rule is mine for mine, _ in self._rules.values()):
                self._messages.append(message.params.message)

    @bordered
    def _tell(self, result: Any) -> None:
        self._watcher.flush()
        told, self._messages = self._messages, []
        for line in [*(f"Rule {message}" for message in told), *self._undecided.lines()]:
            print(line)  # noqa: T201 - its output
