"""Expectations: conditions that have to hold when a run, or a cell, has ended.

They are in the language of `livens.rules.conditions` and are worked out here, from the descriptions
that the kernel has sent.
"""

from __future__ import annotations

import builtins
import io
import keyword
import tokenize
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from livens.protocol.types import Variable
from livens.rules.conditions import Condition
from livens.rules.facts import Facts


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
