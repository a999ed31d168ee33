"""What the user's code calls in a livens kernel: `on_change`, `history`, `add_rule`, `remove_rule`.

`livens` hands these on. Whoever calls one subscribes from inside, as a client does from outside.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from livens.exceptions import InvalidParams, NotMonitored
from livens.protocol import messages, requests
from livens.protocol.types import Cell, Point, Rule, Variable
from livens.rules.rulebook import Action, FiredRule
from livens.watching.watcher import Watcher

if TYPE_CHECKING:  # who adds no rule need not load their language
    from livens.kernel.rule_notes import UndecidedLines
    from livens.rules.conditions import Condition

logger = logging.getLogger(__name__)

Callback = Callable[[Variable | None], None]
OnFired = Callable[[FiredRule], object]


def _need_watcher(call: str) -> Watcher:
    """Return who watches the namespace; *call* is what the error says that needs it."""
    from IPython import get_ipython

    watcher = getattr(get_ipython(), "watcher", None)
    if not isinstance(watcher, Watcher):
        raise NotMonitored(
            f"{call} needs a livens kernel around it, and this Python has none. "
            "Start the notebook with the kernel 'Python 3 (livens)'."
        )
    return watcher


# -- being called when a variable changes --------------------------------------------------


class ChangeHandle:
    """What `on_change` returns: close it and the calls end. It works as a context manager."""

    def __init__(self, watcher: Watcher, name: str, callback: Callback) -> None:
        self._watcher = watcher
        self._name = name
        self._callback = callback
        self._has_failed = False
        subscription = requests.Subscription(names=[name])
        self._subscriber = watcher.subscribe(subscription, self._take)

    def close(self) -> None:
        """End the calls; does nothing the second time."""
        self._watcher.unsubscribe(self._subscriber)

    def __enter__(self) -> ChangeHandle:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def _take(self, message: messages.Notification, cell: Cell | None) -> None:
        if not isinstance(message, messages.Update):
            return
        for variable in message.params.changed:
            self._call(variable)
        for _ in message.params.removed:
            self._call(None)

    def _call(self, variable: Variable | None) -> None:
        try:
            self._callback(variable)
        except Exception:
            # A border: the callback is the user's.
            if not self._has_failed:
                self._has_failed = True
                logger.exception(
                    "The callback for %r raised; it is called again, and not logged again",
                    self._name,
                )


def on_change(name: str, callback: Callback) -> ChangeHandle:
    """Call a function when a variable changes.

    Parameters
    ----------
    name : str
        The variable, or a pattern such as ``"df*"``.
    callback : callable
        Gets the description of the variable (`livens.protocol.types.Variable`), or None when it is
        gone. It is called at most every 50 ms, with the latest state, and at the end of each
        cell: from the thread that made the change, or from livens' own. Keep it short.

    Returns
    -------
    ChangeHandle
        Close it to end the calls.

    Raises
    ------
    NotMonitored
        If there is no livens kernel around.

    Examples
    --------
    In a notebook on a livens kernel::

        import livens
        losses = []
        handle = livens.on_change("loss", lambda variable: losses.append(variable))
    """
    return ChangeHandle(_need_watcher(f"on_change({name!r})"), name, callback)


# -- what a variable was -------------------------------------------------------------------


def history(name: str, *, since: float = 0.0, as_frame: bool = False) -> Any:
    """Return what a variable was, as far as somebody watched: a panel, `%watch`, a client.

    Parameters
    ----------
    name : str
        The variable.
    since : float
        Only points after this time, in seconds since the epoch.
    as_frame : bool
        Return a `pandas.DataFrame` with a row for each point, by its time.

    Returns
    -------
    list of livens.protocol.types.Point, or pandas.DataFrame
        The oldest first. Every store of a top-level statement is there; of what changed in a loop,
        by ``global`` in a function or in place, what the poller saw. Empty if nothing changed, or
        if nobody watched.

    Raises
    ------
    NotMonitored
        If there is no livens kernel around.

    Examples
    --------
    In a notebook on a livens kernel, after ``%watch loss``::

        import livens
        [point.value for point in livens.history("loss")]
        livens.history("loss", as_frame=True)["value"].plot()
    """
    watcher = _need_watcher(f"history({name!r})")
    watcher.flush()
    points = watcher.history.points(name, since)
    return _frame(points) if as_frame else points


def _frame(points: list[Point]) -> Any:
    from importlib import import_module

    pandas: Any = import_module("pandas")  # by name, because its types are in another package
    columns = ("value", "execution_count", "size", "nbytes")
    at = pandas.to_datetime([point.at for point in points], unit="s", utc=True)
    rows = {column: [getattr(point, column) for point in points] for column in columns}
    frame = pandas.DataFrame(rows, index=pandas.Index(at, name="at"))
    numbers = [float(v) if isinstance(v, str) else v for v in rows["value"]]
    frame["value"] = pandas.Series(numbers, index=frame.index).infer_objects()
    return frame


# -- rules ---------------------------------------------------------------------------------


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
        self._is_closed = False
        self._watcher = watcher
        self._condition = condition
        self._action = action
        # As long as there is a subscriber, the namespace is watched.
        self._subscriber = watcher.subscribe(
            requests.Subscription(names=list(condition.names), interval_ms=1000), _take_nothing
        )
        self.notes = watcher.view.notes(condition)
        self.rule = self._add(action, function)
        _undecided_lines(watcher).add(self.rule)

    def _add(self, action: Action, function: OnFired | None) -> Rule:
        def call(fired: FiredRule) -> None:
            if function is not None:
                function(fired)

        on_fired = None if function is None else call
        if function is not None and action == "notify":
            action = "call"
        return self._watcher.rules.add(self._condition, action, owner=self, on_fired=on_fired)

    def __call__(self, function: OnFired) -> OnFired:
        """Have *function* called when the rule fires: as a decorator.

        Raises
        ------
        InvalidParams
            If it cannot be called.
        """
        _need_callable(function)
        lines = _undecided_lines(self._watcher)
        lines.forget(self.rule)
        self._watcher.rules.remove_of(self)
        self.rule = self._add(self._action, function)
        lines.add(self.rule)
        return function

    @property
    def reason(self) -> str:
        """Why the condition could never be worked out so far; empty if it could."""
        rules = self._watcher.rules.rules()
        return next((rule.reason for rule in rules if rule.id == self.rule.id), "")

    def close(self) -> None:
        """Remove the rule; does nothing the second time.

        If the rule could never be worked out, a line says so.
        """
        if self._is_closed:
            return
        self._is_closed = True
        _undecided_lines(self._watcher).remove(self.rule)
        self._watcher.rules.remove_of(self)
        self._watcher.unsubscribe(self._subscriber)

    def __enter__(self) -> RuleHandle:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()


def _take_nothing(message: messages.Notification, cell: Cell | None) -> None:
    """Do nothing with a message: only the watching is wanted."""


_handles: dict[str, RuleHandle] = {}
_ACTIONS = ("notify", "stop")
_lines: list[UndecidedLines] = []


def _undecided_lines(watcher: Watcher) -> UndecidedLines:
    """Return what prints the lines below cells; one for each watcher."""
    from IPython import get_ipython

    from livens.kernel.rule_notes import UndecidedLines

    found = [lines for lines in _lines if lines.watcher is watcher]
    if not found:
        shell: Any = get_ipython()
        found = [UndecidedLines(watcher, shell.events)]
        _lines[:] = found
    return found[0]


def _need_callable(function: object) -> None:
    if not callable(function):
        raise InvalidParams(
            f"{function!r:.100} cannot be called; expected a function that takes what fired, such "
            "as livens.add_rule('loss < 0.1', print)"
        )


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
        `KeyboardInterrupt` that says why. Also with a function.

    A rule that cannot be worked out is told below the cell, once for each reason.

    Returns
    -------
    RuleHandle
        Close it, or hand it to `remove_rule`, to remove the rule. It also works as a decorator
        of the function to call.

    Raises
    ------
    InvalidCondition
        If the condition is none.
    InvalidParams
        If there is no such action, or the function cannot be called.
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

    if action not in _ACTIONS:
        raise InvalidParams(
            f"There is no action {action!r:.100}; expected {' or '.join(map(repr, _ACTIONS))}. To "
            "have a function called, hand it over: livens.add_rule('x < 0', print)"
        )
    if type(condition) is not str:
        raise InvalidParams(
            f"The condition is of type {type(condition).__name__}; expected a text, such as "
            "'loss < 0.1': livens reads it, not Python"
        )
    if function is not None:
        _need_callable(function)
    handle = RuleHandle(_need_watcher("add_rule"), Condition(condition), action, function)
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
    watcher = _need_watcher("remove_rule")
    if isinstance(rule, str):
        handle = _handles.pop(rule.strip(), None)
        if handle is None:
            watcher.rules.remove(rule)
            return
        rule = handle
    rule.close()
