"""Rules from inside the kernel: `add_rule` for the user's code, `CellRules` for the magics."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from livens.exceptions import NotMonitored, bordered
from livens.protocol import messages, requests
from livens.protocol.types import Cell, Rule
from livens.rules.rulebook import Action, FiredRule
from livens.watching.watcher import Watcher

if TYPE_CHECKING:  # who adds no rule need not load their language
    from livens.rules.conditions import Condition

logger = logging.getLogger(__name__)

OnFired = Callable[[FiredRule], object]


class RuleHandle:
    """What `add_rule` returns: close it and the rule is gone. It works as a context manager.

    Attributes
    ----------
    rule : Rule
        The rule, with its id.
    notes : list of str
        What may not be meant, such as a name that there is no variable of yet.
    """

    def __init__(
        self, watcher: Watcher, condition: Condition, action: Action, function: OnFired | None
    ) -> None:
        self._watcher = watcher
        self._condition = condition
        # As long as there is a subscriber, the namespace is watched.
        self._subscriber = watcher.subscribe(
            requests.Subscription(names=list(condition.names), interval_ms=1000), _take_nothing
        )
        self.notes = watcher.view.notes(condition)
        self.rule = self._add(action, function)

    def _add(self, action: Action, function: OnFired | None) -> Rule:
        def call(fired: FiredRule) -> None:
            if function is not None:
                function(fired)

        on_fired = None if function is None else call
        return self._watcher.rules.add(self._condition, action, owner=self, on_fired=on_fired)

    def __call__(self, function: OnFired) -> OnFired:
        """Have *function* called when the rule fires: as a decorator."""
        self._watcher.rules.remove_of(self)
        self.rule = self._add("call", function)
        return function

    def close(self) -> None:
        """Remove the rule; does nothing the second time."""
        self._watcher.rules.remove_of(self)
        self._watcher.unsubscribe(self._subscriber)

    def __enter__(self) -> RuleHandle:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()


def _take_nothing(message: messages.Notification, cell: Cell | None) -> None:
    """Be told, and do nothing: only the watching is wanted."""


_handles: dict[str, RuleHandle] = {}


def add_rule(
    condition: str,
    function: OnFired | None = None,
    *,
    action: Literal["notify", "stop"] = "notify",
) -> RuleHandle:
    """Have something done when a condition on variables becomes true.

    Parameters
    ----------
    condition : str
        Such as ``"loss < 0.1"``, see `livens.rules.conditions`.
    function : callable, optional
        Called when it fires, with what fired (`livens.rules.rulebook.FiredRule`: the ``message``,
        the ``rule``, the ``origin``, and how many ``times`` since the last call). It is called by
        the thread of livens, not more often than every 50 ms, and while a cell may be running: keep
        it short. What it raises is logged.
    action : {"notify", "stop"}
        What else is done: clients are told, or also the running cell is stopped by a
        `KeyboardInterrupt` that says why.

    Returns
    -------
    RuleHandle
        Close it, or hand it to `remove_rule`, to remove the rule. It also works as a decorator
        of the function to call.

    Raises
    ------
    InvalidCondition
        If the condition is none.
    NotMonitored
        If there is no livens kernel around.

    Examples
    --------
    In a notebook on a livens kernel::

        import livens
        livens.add_rule("loss < 0.1", action="stop")

        @livens.add_rule("isnan(loss)")
        def report(fired):
            print(fired.message)
    """
    from livens.rules.conditions import Condition

    read = Condition(condition)
    handle = RuleHandle(
        _watcher("add_rule"), read, "call" if function is not None else action, function
    )
    _handles[handle.rule.condition] = handle
    return handle


def remove_rule(rule: RuleHandle | str) -> None:
    """Remove a rule: by what `add_rule` returned, or by its condition or id.

    Raises
    ------
    VariableNotFound
        If there is none.
    NotMonitored
        If there is no livens kernel around.
    """
    watcher = _watcher("remove_rule")
    if isinstance(rule, str):
        handle = _handles.pop(rule.strip(), None)
        if handle is None:
            watcher.rules.remove(rule)
            return
        rule = handle
    rule.close()


def _watcher(caller: str) -> Watcher:
    from IPython import get_ipython

    watcher: Watcher | None = getattr(get_ipython(), "watcher", None)
    if watcher is None:
        raise NotMonitored(
            f"{caller} needs a livens kernel around it, and this Python has none. "
            "Start the notebook with the kernel 'Python 3 (livens)'."
        )
    return watcher


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
            self._watcher.rules.remove(old[0].id)
        rule = self._watcher.rules.add(condition, action, client="%watch", owner=self)
        self._rules[condition.text] = rule, condition
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
                if rule in self._watcher.rules.rules():
                    self._watcher.rules.remove(rule.id)
        if was_any and not self._rules:
            self._events.unregister("post_run_cell", self._tell)

    def take(self, message: messages.Notification) -> None:
        """Take in that a rule fired."""
        if isinstance(message, messages.Event) and message.params.rule is not None:
            rule = message.params.rule
            if rule.action == "notify" and any(rule is mine for mine, _ in self._rules.values()):
                self._messages.append(message.params.message)

    @bordered
    def _tell(self, result: Any) -> None:
        self._watcher.flush()
        messages, self._messages = self._messages, []
        for message in messages:
            print(f"Rule {message}")  # noqa: T201 - its output
