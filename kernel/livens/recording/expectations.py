"""Expectations: conditions that have to hold when a run, or a cell, has ended.

They are in the language of `livens.rules.conditions`. The kernel works them out, because it has the
values; where it does not answer, those that need only the descriptions of variables are worked out
here.
"""

from __future__ import annotations

import builtins
import io
import keyword
import tokenize
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from livens.client.asynchronous import AsyncWatch
from livens.exceptions import LivensError, TookTooLong
from livens.protocol.types import Variable
from livens.recording.outcome import Expectation
from livens.rules.conditions import Condition
from livens.rules.facts import Facts

CHECK_MS = 60_000
"""How long one figure of data may take for an expectation, before it is of a sample."""

PATIENCE_S = 60.0
"""How much longer than one figure the kernel may take to answer."""


class Unmet(NamedTuple):
    """An expectation that does not hold, or of which nobody knows whether it does.

    Attributes
    ----------
    text : str
        What was expected, and what is.
    is_undecided : bool
        Whether it could not be worked out.
    """

    text: str
    is_undecided: bool = False

    @property
    def sentence(self) -> str:
        """The text as a sentence."""
        return f"{self.text[0].upper()}{self.text[1:]}."


async def check(
    condition: Condition, variables: Mapping[str, Variable], watch: AsyncWatch | None
) -> Unmet | None:
    """Return why a condition does not hold, or is not known to hold; None if it holds.

    Parameters
    ----------
    condition : Condition
        What is expected.
    variables : mapping of str to Variable
        The descriptions that have come, where the kernel does not answer.
    watch : AsyncWatch, optional
        Asks the kernel; None where it cannot be watched.
    """
    if watch is None:
        return undecided(condition.text, "the kernel cannot be watched; expected a livens kernel")
    try:
        checked = await watch.check_rule(
            condition.text, timeout_ms=CHECK_MS, timeout=CHECK_MS / 1000 + PATIENCE_S
        )
    except TookTooLong as err:
        return undecided(condition.text, str(err))
    except (LivensError, TimeoutError) as err:
        if condition.looks_inside:
            return undecided(condition.text, f"the kernel did not answer: {err}")
        return unmet(condition, variables)
    if checked.reason:
        return undecided(condition.text, checked.reason)
    if not checked.is_true:
        return failed(condition.text, checked.message)
    if checked.sampled:
        return undecided(condition.text, f"it holds, but {checked.sampled}")
    return None


def unmet(condition: Condition, variables: Mapping[str, Variable]) -> Unmet | None:
    """Return why a condition does not hold, or cannot be worked out; None if it holds.

    Examples
    --------
    >>> loss = Variable("loss", [], "number", "float", preview="0.5")
    >>> unmet(Condition("loss < 0.1"), {"loss": loss}).text
    'expected loss < 0.1, but loss = 0.5'
    >>> unmet(Condition("loss < 0.1"), {}).text
    "expected loss < 0.1, which could not be worked out: there is no variable 'loss'"
    >>> unmet(Condition("loss < 1"), {"loss": loss})
    """

    def lookup(name: str) -> Facts | None:
        return Facts.of(variables[name]) if name in variables else None

    verdict = condition.evaluate(lookup)
    if verdict.is_true:
        return None
    if verdict.reason:
        return undecided(condition.text, verdict.reason)
    origins = [variables[name].changed_by for name in condition.names if name in variables]
    return failed(condition.text, condition.message(lookup, origins[0] if origins else None))


def failed(condition: str, message: str) -> Unmet:
    """Return an expectation that does not hold, by its text and what is so instead."""
    return Unmet(f"expected {condition}, but {message.removeprefix(condition + ': ')}")


def undecided(condition: str, reason: str) -> Unmet:
    """Return an expectation that could not be worked out, and why."""
    return Unmet(f"expected {condition}, which could not be worked out: {reason}", True)


def expectation_of(condition: Condition, found: Unmet | None) -> Expectation:
    """Return a condition with whether it holds at the end of a run."""
    if found is None:
        return Expectation(condition.text, "met")
    return Expectation(condition.text, "undecided" if found.is_undecided else "unmet", found.text)


def unchecked(condition: Condition) -> Expectation:
    """Return a condition of a run that did not come to its end."""
    return Expectation(condition.text, "unchecked")


def names_in(sources: Iterable[str]) -> set[str]:
    """Return the names that occur in the code of cells, for a first guess at what it uses.

    Examples
    --------
    >>> sorted(names_in(["import numpy as np; x = np.zeros(3)  # why"]))
    ['np', 'numpy', 'x', 'zeros']
    """
    found: set[str] = set()
    for source in sources:
        try:
            for token in tokenize.generate_tokens(io.StringIO(source).readline):
                if token.type == tokenize.NAME:
                    found.add(token.string)
        except (tokenize.TokenError, SyntaxError):
            continue  # a magic or a system command: what came before it counts
    return found - set(keyword.kwlist) - set(dir(builtins))
