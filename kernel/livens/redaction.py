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
        self._patterns = []
        for pattern in patterns:
            try:
                self._patterns.append(re.compile(pattern))
            except re.error as err:
                raise ValueError(
                    f"redact pattern {pattern!r} is no regular expression: {err}"
                ) from None
        self._known: dict[str, bool] = {}

    def hides(self, name: str) -> bool:
        """Tell whether the value of *name* must not be shown."""
        known = self._known.get(name)
        if known is None:
            words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
            known = any(pattern.search(words) for pattern in self._patterns)
            if len(self._known) < 10_000:
                self._known[name] = known
        return known
