"""Which variables must not show their value: tokens, keys and passwords.

Redaction goes by the name of the variable and of each attribute or key below it, because a
value alone does not tell. It is a guard against a secret on a projector, in a recording or on
a shared server, not a security boundary: whoever can send a comm message can also run code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

DEFAULT_PATTERNS = (
    r"(^|_)(api_?key|secret|passw(or)?d|passphrase|private_?key|credentials?)(_|$)",
    r"(^|_)(access|auth|refresh|bearer|api|session|id)_?token(_|$)|^token$|_token$",
    r"(^|_)pwd(_|$)",
)
"""Regular expressions, searched in the lower-cased name with camelCase split by underscores."""

_STEMS = ("key", "secret", "passw", "passphrase", "credential", "token", "pwd")
"""One of these is in every name that a default pattern matches. To ask for them first takes a
quarter of the time, and it is asked for every new variable."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Redactor:
    """Decide by name whether a value is shown.

    Parameters
    ----------
    patterns : iterable of str
        Regular expressions; a name in which one is found is redacted.

    Raises
    ------
    ValueError
        If a pattern is no regular expression; the message names it.

    Examples
    --------
    >>> hides = Redactor().hides
    >>> hides("API_KEY"), hides("githubToken"), hides("tokens"), hides("keyboard")
    (True, True, False, False)
    """

    def __init__(self, patterns: Iterable[str] = DEFAULT_PATTERNS) -> None:
        patterns = list(patterns)
        self._stems = _STEMS if set(patterns) <= set(DEFAULT_PATTERNS) else ("",)
        self._searches = []
        for pattern in patterns:
            try:
                self._searches.append(re.compile(pattern).search)
            except re.error as err:
                raise ValueError(
                    f"redact pattern {pattern!r} is no regular expression: {err}"
                ) from None
        self._known: dict[str, bool] = {}

    def hides(self, name: str) -> bool:
        """Return whether the value of *name* must not be shown."""
        known = self._known.get(name)
        if known is None:
            known = self._matches(name)
            if len(self._known) < 1_000:
                self._known[name] = known
        return known

    def _matches(self, name: str) -> bool:
        words = name if name.islower() else _HUMP.sub("_", name).lower()
        for stem in self._stems:
            if stem in words:
                return any(search(words) for search in self._searches)
        return False
