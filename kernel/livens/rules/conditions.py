"""The language of conditions: ``loss < 0.1``, ``df.shape[0] == 0``, ``changed(x)``.

A condition looks like Python and is a small part of it, which `livens.rules.grammar` reads: nothing
of the text is ever compiled or evaluated by Python, and nothing of the user's values is called. So
a condition may come from any client, and may be checked in the thread that stores.

=================== ========================================================================
allowed             such as
=================== ========================================================================
variables           ``loss``; must be a number, a bool, a text or None to be calculated with
constants           ``0.1``, ``"done"``, ``True``, ``False``, ``None``
comparisons         ``0 < loss <= 1``, ``status != "done"``, ``n in (1, 2)``, ``x is not None``
logic               ``and``, ``or``, ``not``, parentheses
arithmetic          ``+ - * / // % **``, of numbers, within bounds
parts of variables  ``x.length``, ``x.shape``, ``x.shape[0]``, ``x.dtype``, ``x.nbytes``,
                    ``x.kind``, ``x.type``
functions           ``changed(x)``, ``exists(x)``, ``len(x)``, ``abs``, ``min``, ``max``,
                    ``round``, ``isnan``, ``isinf``
=================== ========================================================================

Numbers behave as in Python, NaN included. What cannot be worked out (a variable that is not
there, a frame that is compared with a number, a division by zero) makes the condition *not
evaluated*, which is not true, and has a reason; ``and`` and ``or`` look at their right side only
if they have to, so ``exists(x) and x > 3`` is always evaluated.

A `Trigger` turns a condition into moments: it fires when the condition becomes true, and again
after it was not. ``changed(x)`` is true at the moment of a change only, so it fires each time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from livens.exceptions import reason_of
from livens.protocol.types import Origin
from livens.rules.arithmetic import Lookup, Sight
from livens.rules.facts import Unknown
from livens.rules.grammar import MAX_CONDITION_CHARS, ConditionParser

__all__ = ["MAX_CONDITION_CHARS", "Condition", "Lookup", "Trigger", "Verdict"]


class Verdict(NamedTuple):
    """What became of a condition.

    Attributes
    ----------
    is_true : bool
        Whether it holds.
    reason : str
        Why it could not be evaluated; empty if it was.
    """

    is_true: bool
    reason: str = ""


class Condition:
    """A condition that was read, and can be evaluated any number of times.

    Parameters
    ----------
    text : str
        One line in the language of this module.

    Attributes
    ----------
    text : str
        The same without spaces around it.
    names : tuple of str
        The variables in it, in the order of the text.
    has_moments : bool
        Whether it uses ``changed``.

    Raises
    ------
    InvalidCondition
        If the text is none; the message has the column, and `expected` what is allowed.

    Examples
    --------
    >>> from livens.protocol.types import Variable
    >>> from livens.rules.facts import Facts
    >>> known = {"loss": Facts.of(Variable("loss", [], "number", "float", preview="0.05"))}
    >>> condition = Condition("loss < 0.1")
    >>> condition.evaluate(known.get)
    Verdict(is_true=True, reason='')
    >>> condition.message(known.get, Origin(3, line=12))
    'loss < 0.1: loss = 0.05 (cell In [3], line 12)'
    >>> Condition("loss < 0.1 and nan > 1").evaluate(known.get).reason
    "there is no variable 'nan'"
    """

    def __init__(self, text: str) -> None:
        reader = ConditionParser(text)
        self.text = reader.text
        self._step = reader.read()
        self.names = tuple(reader.names)
        self.has_moments = reader.has_moments

    def evaluate(self, lookup: Lookup, changed: Iterable[str] = ()) -> Verdict:
        """Work the condition out.

        Parameters
        ----------
        lookup : callable
            Knows the variables.
        changed : iterable of str
            The variables that changed at this moment.
        """
        try:
            return Verdict(bool(self._step(Sight(lookup, frozenset(changed)))))
        except Unknown as err:
            return Verdict(False, str(err))
        except BaseException as err:  # noqa: BLE001 - a border
            return Verdict(False, reason_of(err, "looking at the variables"))

    def message(self, lookup: Lookup, origin: Origin | None = None) -> str:
        """Return a sentence: that the condition holds, for which values, and where that was."""
        texts = []
        for name in self.names[:5]:
            texts.append(_text_of(name, lookup))
        where = _place(origin)
        return f"{self.text}: {', '.join(texts)}" + (f" ({where})" if where else "")

    def notes(self, known: Iterable[str]) -> list[str]:
        """Return which of the variables are not there, and what may have been meant.

        Parameters
        ----------
        known : iterable of str
            The names that there are.
        """
        there = list(known)
        found = set(there)
        return [_missing(name, there) for name in self.names if name not in found]


def _text_of(name: str, lookup: Lookup) -> str:
    """Write what a variable is; that it fired is told whatever becomes of this."""
    try:
        facts = lookup(name)
        return facts.text(name) if facts is not None else f"no variable '{name}'"
    except BaseException as err:  # noqa: BLE001 - a border
        return f"{name}: {reason_of(err, 'describing it')}"


def _missing(name: str, known: list[str]) -> str:
    from difflib import get_close_matches  # seldom needed

    near = [other for other in known[:5_000] if abs(len(other) - len(name)) <= 3]
    close = get_close_matches(name, near, 1) if len(name) <= 100 else []
    hint = f"; did you mean '{close[0]}'?" if close else ""
    return f"there is no variable '{name[:100]}' yet{hint}"


def _place(origin: Origin | None) -> str:
    if origin is None:
        return ""
    if origin.client:
        return f"set from {origin.client}"
    cell = "" if origin.execution_count is None else f"cell In [{origin.execution_count}]"
    line = "" if origin.line is None else f"line {origin.line}"
    return ", ".join(filter(None, (cell, line)))


class Trigger:
    """Finds the moments at which a condition becomes true.

    Parameters
    ----------
    condition : Condition
        What has to hold.
    lookup : callable, optional
        Knows the variables as they are now: a condition that holds already fires only after it
        did not.

    Examples
    --------
    >>> from livens.protocol.types import Variable
    >>> from livens.rules.facts import Facts
    >>> known = {}
    >>> trigger = Trigger(Condition("x > 1"))
    >>> for text in "0", "2", "3", "1", "2":
    ...     known["x"] = Facts.of(Variable("x", [], "number", "int", preview=text))
    ...     print(text, trigger.fires(known.get, ["x"]))
    0 False
    2 True
    3 False
    1 False
    2 True
    """

    def __init__(self, condition: Condition, lookup: Lookup | None = None) -> None:
        self.condition = condition
        self.was_true = lookup is not None and condition.evaluate(lookup).is_true
        self.reason = ""
        """Why the condition could not be evaluated the last time; empty if it was."""

    def fires(self, lookup: Lookup, changed: Iterable[str]) -> bool:
        """Return whether the condition became true by what changed.

        Parameters
        ----------
        lookup : callable
            Knows the variables.
        changed : iterable of str
            The variables that changed.
        """
        before = self.was_true
        is_true, self.reason = self.condition.evaluate(lookup, changed)
        self.was_true = is_true
        if is_true and self.condition.has_moments:
            self.was_true = self.condition.evaluate(lookup).is_true
        return is_true and not before
