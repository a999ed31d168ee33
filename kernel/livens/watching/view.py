"""The view: the user's variables as they may be shown.

It knows which names are the user's and which are IPython's own, whose values are redacted, where
and when each was changed last, and which were set aside because describing or comparing them
raised, or describing them took too long. It keeps texts and numbers, no value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from livens.exceptions import BadSummary, reason_of
from livens.protocol.redaction import Redactor
from livens.protocol.types import REDACTED, Key, Origin, Variable
from livens.rules.facts import Facts, Unknown
from livens.values import passive, registry
from livens.values.descriptions import Noted, describe, describe_simple, is_simple
from livens.values.summaries import Limits
from livens.watching.budgets import Budgets

if TYPE_CHECKING:
    from livens.rules.conditions import Condition
    from livens.rules.inside import Inside

FIGURE_S = 0.05
"""How long one figure of data may take for a rule; it is of a sample where that is not enough."""

_MISSING: Any = object()
_UNCHANGED: Noted = (0, None, None, "")

OnSetAside = Callable[[str, str], None]
"""Told the name and the reason when a variable is set aside."""


class View:
    """Describe the variables of one namespace.

    Parameters
    ----------
    redactor : Redactor
        Whose values are not shown.
    budgets : Budgets
        How long describing a value may take, and how much a preview shows.
    cpu_clock : callable
        Seconds of this thread's work.
    on_set_aside : callable
        Told when a variable is set aside.

    Examples
    --------
    >>> view = View(Redactor(), Budgets(), lambda: 0.0, lambda name, reason: None)
    >>> view.show({"x": 1, "In": []}, hidden={})
    >>> view.variable_names(), view.describe("x").preview
    (['x', 'In'], '1')
    """

    def __init__(
        self,
        redactor: Redactor,
        budgets: Budgets,
        cpu_clock: Callable[[], float],
        on_set_aside: OnSetAside,
    ) -> None:
        self.redactor = redactor
        self._hides = redactor.hides
        self._masked = redactor.masked
        self._slow_s = budgets.slow_ms / 1000
        self._limits = limits = Limits(budgets.preview_chars, budgets.preview_items)
        self._local_limits = Limits(min(limits.chars, 100), min(limits.items, 10), 1)
        self._cpu_clock = cpu_clock
        self._on_set_aside = on_set_aside
        self._changes: dict[str, Noted] = {}
        self._last_change: Noted | None = None
        self._set_aside: dict[str, tuple[int, str]] = {}
        self.show({}, {})

    def show(self, namespace: dict[Any, Any], hidden: Mapping[str, Any]) -> None:
        """Show another namespace, without the names that hold what *hidden* holds for them."""
        self.namespace = namespace
        self.hidden = hidden
        self.forget()

    def forget(self) -> None:
        """Forget when what was changed, and what was set aside."""
        self._changes.clear()
        self._set_aside.clear()

    def is_hidden(self, name: str) -> bool:
        """Return whether a name is IPython's own, or not there."""
        value = self.namespace.get(name, _MISSING)
        return value is _MISSING or self.hidden.get(name, _MISSING) is value

    def variable_names(self) -> list[str]:
        """Return the names of the user's variables, in the order in which they were made."""
        names = map(passive.name_of, list(self.namespace))
        # Two keys may have the same text: a `str`, and one of a subclass that hashes otherwise.
        return [
            name for name in dict.fromkeys(names) if name is not None and not self.is_hidden(name)
        ]

    def note_changes(
        self,
        changed: Mapping[str, Origin | None],
        at: float | None,
        differences: Mapping[str, str],
    ) -> None:
        """Note that variables changed, when (seconds since the epoch), where and how."""
        changes, last = self._changes, self._last_change
        for name, origin in changed.items():
            before = changes.get(name)
            different = differences.get(name, "")
            if different:  # keys are told, which may be secrets
                different = self._masked(different)
            noted = (1 if before is None else before[0] + 1, at, origin, different)
            if noted == last:
                noted = last  # names that changed together share what is noted
            last = changes[name] = noted
        self._last_change = last

    def describe(self, name: str, limits: Limits | None = None) -> Variable | None:
        """Describe what a name holds now.

        Returns
        -------
        Variable or None
            None if there is no such variable, or it is IPython's own. A variable whose
            description raises or takes too long is set aside: it is returned with the status
            ``skipped`` and the reason, until the name is bound to another object.
        """
        value = self.namespace.get(name, _MISSING)
        if value is _MISSING or self.hidden.get(name, _MISSING) is value:
            self._set_aside.pop(name, None)
            return None
        noted = self._changes.get(name, _UNCHANGED)
        if is_simple(value) and not self._hides(name):
            return describe_simple(name, value, (limits or self._limits).chars, noted)
        variable = self._describe_or_skip(name, value, limits)
        variable.version, variable.changed_at, variable.changed_by, variable.change = noted
        return variable

    def describe_local(self, name: str, value: object) -> Variable:
        """Describe a local of a function that runs: shorter, and without what is inside of it."""
        return self.describe_child(name, [], value, self._local_limits)

    def set_aside(self, name: str, value: object, reason: str) -> None:
        """Show a variable as skipped, with the reason, until its name is another object's."""
        known = self._set_aside.get(name)
        if known is None or known[0] != id(value):
            self._set_aside[name] = (id(value), reason)
            self._on_set_aside(name, reason)

    def _describe_or_skip(self, name: str, value: object, limits: Limits | None) -> Variable:
        aside = self._set_aside.get(name)
        if aside is not None and aside[0] == id(value):
            return _skipped(name, value, aside[1], None)
        return self._describe(name, value, limits, None)

    def facts(self, name: str) -> Facts | None:
        """Return what conditions may know of a variable; None if there is no such variable."""
        value = self.namespace.get(name, _MISSING)
        if value is _MISSING or self.hidden.get(name, _MISSING) is value:
            return None

        def described() -> Variable:
            return self.describe_child(name, [["name", name]], value)

        return Facts(described) if self._hides(name) else Facts(described, value)

    def inside(self, name: str, seconds: float = FIGURE_S) -> Inside | None:
        """Return the inside of a variable, for conditions; None if there is no such variable.

        Raises
        ------
        Unknown
            If the variable is redacted.
        """
        value = self.namespace.get(name, _MISSING)
        if value is _MISSING or self.hidden.get(name, _MISSING) is value:
            return None
        # Not before a rule looks inside: it knows the tables.
        from livens.watching.inside import ValueInside

        if self._hides(name):
            raise Unknown("it is redacted")

        def describe(found: object) -> Variable:
            return self.describe_child(name, [["name", name]], found)

        return ValueInside(value, describe, self._hides, seconds)

    def notes(self, condition: Condition) -> list[str]:
        """Return what may not be meant by a new rule."""
        notes = condition.notes(self.variable_names())
        verdict = condition.evaluate(self.facts, (), self.inside)
        if verdict.is_true:
            notes.append("the condition holds already: it fires when it becomes true again")
        elif verdict.reason and not notes:
            notes.append(verdict.reason)
        return notes

    def describe_child(
        self, name: str, path: list[Key], value: object, limits: Limits | None = None
    ) -> Variable:
        """Describe a value below a variable; one that cannot be described is skipped."""
        return self._describe(name, value, limits, path)

    def _describe(
        self, name: str, value: object, limits: Limits | None, path: list[Key] | None
    ) -> Variable:
        loads = registry.loads()
        started = self._cpu_clock()
        try:
            variable = describe(
                name,
                value,
                path=path,
                limits=limits or self._limits,
                hides=self._hides,
                masked=self._masked,
            )
            if variable.kind in _SHOWN_KINDS and variable.reason != REDACTED:
                variable.forms = _forms_of(value, variable.kind)
            took_s = self._cpu_clock() - started
            if variable.kind in _BRANCHING and not variable.has_children:
                variable.has_children = _has_branches(value)
            if took_s <= self._slow_s or registry.loads() != loads:
                return variable  # in time, or it took the import of an adapter, once
            reason = f"describing it took {took_s * 1000:.0f} ms"
        except BadSummary as err:
            reason = str(err)
        except BaseException as err:  # noqa: BLE001 - a border
            reason = reason_of(err, "describing it")
        if path is None:
            self.set_aside(name, value, reason)
        return _skipped(name, value, reason, path)


_BRANCHING = frozenset(("array", "table", "mapping"))


def _has_branches(value: object) -> bool:
    # Not before there is such a value: it knows the tables.
    from livens.values.children import has_branches

    return has_branches(value)


_SHOWN_KINDS = frozenset(("array", "table", "sequence", "object", "mapping", "lazy"))


def _forms_of(value: object, kind: Any) -> Any:
    # Not before there is such a value: the first client is to wait for as little as possible.
    from livens.values.shown_forms import forms_of

    return forms_of(value, kind)


def _skipped(name: str, value: object, reason: str, path: list[Key] | None) -> Variable:
    cls = type(value)
    return Variable(
        passive.sendable_text(name),
        [["name", passive.sendable_text(name)]] if path is None else path,
        "other",
        passive.class_name(cls),
        passive.class_module(cls),
        status="skipped",
        reason=reason,
    )
