"""The language of conditions: ``loss < 0.1``, ``df.shape[0] == 0``, ``changed(x)``.

A condition looks like Python and is a small part of it, which `livens.rules.grammar` reads: nothing
of the text is ever compiled or evaluated by Python, and nothing of the user's values is called. So
a condition may come from any client, and may be checked in the thread that stores.

=================== ========================================================================
allowed             such as
=================== ========================================================================
variables           ``loss``; must be a number, a bool, a text or None to be calculated with
what is inside      ``cfg["lr"]``, ``losses[-1]``, ``model.config.depth``; literal keys, plain
                    attributes
constants           ``0.1``, ``"done"``, ``True``, ``False``, ``None``
comparisons         ``0 < loss <= 1``, ``status != "done"``, ``n in (1, 2)``, ``x is not None``
logic               ``and``, ``or``, ``not``, parentheses
arithmetic          ``+ - * / // % **``, of numbers, within bounds
parts of variables  ``x.length``, ``x.shape``, ``x.shape[0]``, ``x.dtype``, ``x.nbytes``,
                    ``x.kind``, ``x.type``
figures of data     ``df["v"].nulls``, ``.min``, ``.max``, ``.mean``, ``.unique``; of a column,
                    an array, a series, a list of numbers
tests of items      ``any(isnan(arr))``, ``all(0 <= df["v"] <= 1)``
functions           ``changed(x)``, ``exists(x)``, ``len(x)``, ``rows(x)``, ``abs``, ``min``,
                    ``max``, ``round``, ``isnan``, ``isinf``
=================== ========================================================================

Numbers behave as in Python, NaN included. What cannot be worked out (a variable that is not
there, a frame that is compared with a number, a division by zero) makes the condition *not
evaluated*, which is not true, and has a reason; ``and`` and ``or`` look at their right side only
if they have to, so ``exists(x) and x > 3`` is always evaluated.

Figures and tests look at the data itself, which only the kernel has and which takes time. Where
time does not allow for all of it they are of a sample, and the verdict says so.

A `Trigger` turns a condition into moments: it fires when the condition becomes true, and again
after it was not. ``changed(x)`` is true at the moment of a change only, so it fires each time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from livens.exceptions import reason_of
from livens.protocol.types import Origin
from livens.rules.arithmetic import Lookup, Sight
from livens.rules.facts import Unknown, written
from livens.rules.grammar import ConditionParser
from livens.rules.inside import Figure, InsideLookup, no_inside
from livens.rules.references import Reference
from livens.rules.vocabulary import MAX_CONDITION_CHARS

__all__ = ["MAX_CONDITION_CHARS", "Condition", "Lookup", "Trigger", "Verdict"]


class Verdict(NamedTuple):
    """What became of a condition.

    Attributes
    ----------
    is_true : bool
        Whether it holds.
    reason : str
        Why it could not be evaluated; empty if it was.
    figures : mapping of str to Figure
        What was found out of data, by the text.
    """

    is_true: bool
    reason: str = ""
    figures: Mapping[str, Figure] = MappingProxyType({})

    @property
    def sampled(self) -> str:
        """Which of the figures are of a sample only, and of how much; empty if none is."""
        return "; ".join(
            f"{text} is of {figure.looked_at:,} of {figure.total:,} items"
            for text, figure in self.figures.items()
            if figure.is_sampled
        )


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
    has_figures : bool
        Whether it asks for figures of data, which take time.
    looks_inside : bool
        Whether it asks for what only the kernel knows.

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
    >>> condition.evaluate(known.get).is_true
    True
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
        self._shown = tuple(reader.shown.values())
        self.has_moments = reader.has_moments
        self.has_figures = reader.has_figures
        self.looks_inside = reader.looks_inside

    def evaluate(
        self, lookup: Lookup, changed: Iterable[str] = (), inside: InsideLookup = no_inside
    ) -> Verdict:
        """Work the condition out.

        Parameters
        ----------
        lookup : callable
            Knows the variables.
        changed : iterable of str
            The variables that changed at this moment.
        inside : callable, optional
            Looks into the variables.
        """
        figures: dict[str, Figure] = {}
        try:
            sight = Sight(lookup, frozenset(changed), inside, figures)
            return Verdict(bool(self._step(sight)), "", figures)
        except Unknown as err:
            return Verdict(False, str(err), figures)
        except BaseException as err:  # noqa: BLE001 - a border
            return Verdict(False, reason_of(err, "looking at the variables"), figures)

    def message(
        self,
        lookup: Lookup,
        origin: Origin | None = None,
        inside: InsideLookup = no_inside,
        verdict: Verdict | None = None,
    ) -> str:
        """Return a sentence: that the condition holds, for which values, and where that was.

        Parameters
        ----------
        lookup, inside : callable
            Know the variables, and what is inside of them.
        origin : Origin, optional
            Where it was.
        verdict : Verdict, optional
            Has the figures that were found.
        """
        sight = Sight(lookup, frozenset(), inside, {})
        figures = {} if verdict is None else verdict.figures
        texts = [f"{text} = {_figure_text(figure)}" for text, figure in figures.items()]
        texts += [_text_of(reference, sight) for reference in self._shown[:5]]
        where = _place(origin)
        return f"{self.text}: {', '.join(texts[:5])}" + (f" ({where})" if where else "")

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


def _text_of(reference: Reference, sight: Sight) -> str:
    """Write what a variable is; that it fired is told whatever becomes of this."""
    name = reference.text
    try:
        if not reference.steps and sight.lookup(name) is None:
            return f"no variable '{name}'"
        return reference.ask(sight, lambda facts: facts.text(name))
    except Unknown as err:
        return f"{err}" if reference.steps else f"{name}: {err}"
    except BaseException as err:  # noqa: BLE001 - a border
        return f"{name}: {reason_of(err, 'describing it')}"


def _figure_text(figure: Figure) -> str:
    text = written(figure.value)
    if figure.is_sampled:
        text += f" of {figure.looked_at:,} of {figure.total:,} items"
    return text


def _missing(name: str, known: list[str]) -> str:
    from difflib import get_close_matches  # seldom needed

    near = [other for other in known[:5_000] if abs(len(other) - len(name)) <= 3]
    close = get_close_matches(name, near, 1) if len(name) <= 100 else []
    hint = f"; did you mean '{close[0]}'?" if close else ""
    return f"there is no variable '{name[:100]}' yet{hint}"


def _place(origin: Origin | None) -> str:
    if origin is None:
        return ""
    if origin.client and origin.execution_count is None:
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

    def __init__(
        self,
        condition: Condition,
        lookup: Lookup | None = None,
        inside: InsideLookup = no_inside,
    ) -> None:
        self.condition = condition
        self._inside = inside
        self.was_true = lookup is not None and condition.evaluate(lookup, (), inside).is_true
        self.verdict: Verdict | None = None
        """Of the last change; None if nothing has changed yet."""
        self.was_decided = False
        """Whether the condition could be evaluated after any change."""
        self.sampled = ""
        """Which figures were of a sample only, the last time that this was so; empty if never."""

    def fires(self, lookup: Lookup, changed: Collection[str]) -> bool:
        """Return whether the condition became true by what changed.

        Parameters
        ----------
        lookup : callable
            Knows the variables.
        changed : collection of str
            The variables that changed; none if only the time has passed.
        """
        condition, before = self.condition, self.was_true
        verdict = condition.evaluate(lookup, changed, self._inside)
        self.was_true = verdict.is_true
        if changed or verdict.is_true:
            self.verdict = verdict
            self.was_decided = self.was_decided or not verdict.reason
        if verdict.figures and not verdict.is_true:
            self.sampled = verdict.sampled or self.sampled
        if verdict.is_true and condition.has_moments:
            self.was_true = condition.evaluate(lookup, (), self._inside).is_true
        return verdict.is_true and not before

    def now(self, lookup: Lookup) -> Verdict:
        """Return what becomes of the condition now; of one about data, what became of it last.

        Looking into data again would take as long as it took then.
        """
        if self.condition.has_figures and self.verdict is not None:
            return self.verdict
        return self.condition.evaluate(lookup, (), self._inside)

    def message(self, lookup: Lookup, origin: Origin | None) -> str:
        """Return the sentence that the condition holds, with the figures that were found."""
        return self.condition.message(lookup, origin, self._inside, self.verdict)

    def undecided(self, lookup: Lookup) -> str:
        """Return why the condition could never be evaluated; empty if it could.

        Before anything has changed it is evaluated now.
        """
        if self.was_decided:
            return ""
        if self.verdict is not None:
            return self.verdict.reason
        condition = self.condition
        if condition.has_moments and all(lookup(name) is None for name in condition.names):
            return f"there is no variable '{condition.names[0][:100]}'"
        return condition.evaluate(lookup, (), self._inside).reason
