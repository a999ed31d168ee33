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

from livens.protocol.types import Variable
from livens.rules.conditions import Condition
from livens.rules.facts import Facts

MARK = "# expect:"
"""A comment that begins so says what has to hold when its cell has ended."""


def unmet(condition: Condition, variables: Mapping[str, Variable]) -> str:
    """Return why a condition does not hold; nothing if it does.

    Examples
    --------
    >>> loss = Variable("loss", [], "number", "float", preview="0.5")
    >>> unmet(Condition("loss < 0.1"), {"loss": loss})
    'expected loss < 0.1, but loss = 0.5'
    >>> unmet(Condition("loss < 0.1"), {})
    "expected loss < 0.1, but there is no variable 'loss'"
    >>> unmet(Condition("loss < 1"), {"loss": loss})
    ''
    """

    def lookup(name: str) -> Facts | None:
        return Facts.of(variables[name]) if name in variables else None

    verdict = condition.evaluate(lookup)
    if verdict.is_true:
        return ""
    if verdict.reason:
        return f"expected {condition.text}, but {verdict.reason}"
    origins = [variables[name].changed_by for name in condition.names if name in variables]
    found = condition.message(lookup, origins[0] if origins else None)
    return f"expected {condition.text}, but {found.removeprefix(condition.text + ': ')}"


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


def in_comments(source: str) -> list[str]:
    """Return the conditions that a cell states in comments of its own line.

    Examples
    --------
    >>> in_comments("loss = fit()\\n# expect: loss < 0.1\\n#expect: loss > 0")
    ['loss < 0.1', 'loss > 0']
    """
    found = []
    for line in source.splitlines():
        comment = line.strip()
        if comment.replace("#", "# ", 1).replace("  ", " ", 1).startswith(MARK):
            found.append(comment.partition(":")[2].strip())
    return found
