"""Which variables a subscription chooses: the one place where names, patterns and kinds are read.

A name that starts with an underscore needs a pattern that does, as hidden files do.
"""

from __future__ import annotations

import re
from fnmatch import translate

from livens.protocol.requests import Subscription
from livens.protocol.types import Variable

_MAX_REMEMBERED = 100_000
"""So many answers are kept; a namespace may have more names."""


class Selection:
    """The names and the kinds of one subscription.

    Parameters
    ----------
    subscription : Subscription
        Has names or patterns, and kinds.

    Attributes
    ----------
    has_all : bool
        Whether it chooses every name without an underscore.

    Examples
    --------
    >>> chosen = Selection(Subscription(names=["df*", "_x"]))
    >>> [name for name in ("df", "df_1", "x", "_x", "_df") if chosen.has_name(name)]
    ['df', 'df_1', '_x']
    """

    def __init__(self, subscription: Subscription) -> None:
        self._kinds = subscription.kinds
        self.has_all = "*" in subscription.names
        self._patterns = [
            (re.compile(translate(pattern)), pattern.startswith("_"))
            for pattern in subscription.names
        ]
        self._answers: dict[str, bool] = {}

    def has_name(self, name: str) -> bool:
        """Return whether a name is chosen."""
        is_private = name.startswith("_")
        if self.has_all and not is_private:
            return True
        answer = self._answers.get(name)
        if answer is None:
            answer = any(
                pattern.match(name) is not None
                for pattern, shows_private in self._patterns
                if shows_private or not is_private
            )
            if len(self._answers) < _MAX_REMEMBERED:
                self._answers[name] = answer
        return answer

    def has_kind(self, variable: Variable) -> bool:
        """Return whether a variable is of a kind that is chosen."""
        return self._kinds is None or variable.kind in self._kinds

    def has(self, variable: Variable) -> bool:
        """Return whether a variable is chosen, by its name and by its kind."""
        return self.has_name(variable.name) and self.has_kind(variable)
