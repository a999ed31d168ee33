"""What must not be shown: the values of names such as ``password``, and keys and tokens in texts.

A name hides its value, whatever the value is in: a variable, a key, an attribute, a column, or a
line of source. In other texts only what is recognised as a secret is hidden
(`livens.protocol.secret_texts`). Both are a guard against a secret on a projector, in a recording
or on a shared server, not a security boundary: whoever can send a comm message can also run code.

The rule for names. A name is cut into words at underscores, other signs, and humps of camelCase. It
is a secret's if one of these is so:

- A word such as ``password``, ``secret``, ``credentials`` or ``api_key`` is anywhere in it.
- A word such as ``auth``, ``cookie``, ``jwt``, ``otp``, ``pw`` or ``token`` is the last one, or
  only words such as ``value``, ``header`` or ``old`` come after it.

A name that counts or measures is none: ``n_…``, ``num_…``, ``is_…``, ``has_…``, ``…_count``,
``…_length``. Nor are words of other trades: ``eos_token`` and ``tokens`` of language models,
``first_pass`` and ``low_pass``. Names of persons' data, such as ``email``, are not hidden.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

WriteText = Callable[[str], str]
"""From a text to what is shown of it."""


def unmasked(text: str) -> str:
    """Return a text as it is: secrets in it are shown."""
    return text


_SHOWN = (
    r"^(?!(?:is|has|n|num)_|.*_(?:counts?|len|lengths?|sizes?|rate|ratio|total|limit|max|min"
    r"|strength|policy|score|entropy|attempts|failures|seen|age|days|ttl|expiry|expire[sd])$"
    r"|(?:.*_)?(?:all|any|back|backward|band|by|can|did|each|final|first|forward|full|[bf]wd|high"
    r"|last|low|multi|next|no|one|per|prev|render|second|single|tests?|third|this|to|two)_pass\d*$"
    r"|(?:.*_)?(?:begin|best|bos|cls|current|cur|each|end|eo[st]|first|image|input|last|mask|max|min"
    r"|next|output|pad|per|prev|previous|sep|special|start|stop|text|top|unk|word)_token)"
)
"""What no name begins with that a default pattern matches."""

_BEGIN = rf"{_SHOWN}(?:.*_)?"
_END = r"\d*(?:_|$)"
_LAST = (
    r"\d*(?:_(?:value|text|string|str|bytes|header|code|number|jar|hash|hex|b64|raw|plain|json"
    r"|env|old|new|tmp|dev|test|staging|prod|live|primary|secondary|main|backup|\d+))*$"
)

DEFAULT_PATTERNS = (
    # Anywhere in a name: passwords and the like, keys and tokens for something.
    rf"{_BEGIN}(?:[a-z]*(?:password|passwd|passphrase|passcode|secret)|credentials?|creds?"
    rf"|[a-z]*pwd|pswd|passkey|csrf\w*|xsrf\w*|totp){_END}",
    rf"{_BEGIN}(?:access|account|admin|aes|api|app|consumer|crypto|decryption|deploy|encryption"
    r"|fernet|gpg|hmac|host|license|master|pgp|private|rsa|session|shared|signing|ssh|ssl"
    r"|subscription|symmetric|tls|webhook|wifi|anthropic|aws|azure|cohere|datadog|dd|gcp|gemini"
    rf"|github|google|groq|hf|mailgun|mistral|openai|sendgrid|slack|stripe|twilio|wandb)_?keys?{_END}",
    rf"{_BEGIN}(?:access|api|auth|bearer|bot|hf|id|jwt|o_?auth|personal|refresh|sas|session|user"
    rf"|github|gitlab|slack)_?tokens?{_END}",
    # At the end of a name.
    rf"{_BEGIN}(?:passwords|secrets|o?auth|authorization|bearer|cookies?|jwts?|otp|pws?|session_?id"
    r"|(?:php|j|asp_?net_?)sessid|jsessionid|connect_sid|netrc|htpasswd|mnemonic"
    rf"|(?:seed|recovery)_?phrase|(?:recovery|backup|mfa|2fa|security)_?codes?){_LAST}",
    rf"{_BEGIN}(?:(?:admin|db|ftp|http|login|mail|my|root|smtp|ssh|user)?pass"
    rf"|(?:my|bot|user)?token){_LAST}",
    rf"^(?:(?:user|my|card|atm|bank|sim|account|security|login)_?)?pin(?:_?code)?{_LAST}",
)
"""Regular expressions, searched in the lower-cased name with its words divided by underscores."""

_STEM = re.compile(
    "auth|bearer|c(?:o(?:de|okie)|red|srf)|jwt|key|mnemonic|netrc|otp|p(?:ass|hrase|in|swd|w)"
    "|se(?:cret|ss)|sid|token|xsrf"
)
"""One of these is in every name that a default pattern matches. To ask for them first takes a
tenth of the time, and it is asked for every new variable."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SIGNS = re.compile(r"[\W_]+")
_MAX_CHARS = 200
"""Longer names are cut: what they say of themselves stands at their end or their beginning."""


class Redactor:
    """Decide by name whether a value is shown, and hide secrets in texts.

    Parameters
    ----------
    patterns : iterable of str
        Regular expressions; a name in which one is found is redacted.
    extra : iterable of str
        More of them.
    in_texts : bool
        Whether texts are searched for secrets. Without any pattern they never are.

    Raises
    ------
    ValueError
        If a pattern is no regular expression; the message names it.

    Examples
    --------
    >>> hides = Redactor().hides
    >>> hides("API_KEY"), hides("githubToken"), hides("tokens"), hides("keyboard")
    (True, True, False, False)
    >>> Redactor(extra=["salary"]).hides("mySalary")
    True
    """

    def __init__(
        self,
        patterns: Iterable[str] = DEFAULT_PATTERNS,
        extra: Iterable[str] = (),
        *,
        in_texts: bool = True,
    ) -> None:
        given = [*patterns, *extra]
        self._defaults = [pattern for pattern in given if pattern in DEFAULT_PATTERNS]
        self._others = _searches(pattern for pattern in given if pattern not in DEFAULT_PATTERNS)
        self._is_searching = in_texts and bool(given)
        self._mask: Callable[..., str] | None = None
        self._known: dict[str, bool] = {}

    def hides(self, name: str) -> bool:
        """Return whether the value of *name* must not be shown."""
        known = self._known.get(name)
        if known is None:
            known = self._matches(name)
            if len(self._known) < 1_000:
                self._known[name] = known
        return known

    def may_hide(self, text: str) -> bool:
        """Return whether there may be a name in a text whose value must not be shown."""
        return bool(self._others) or _STEM.search(text.lower()) is not None

    def masked(self, text: str) -> str:
        """Return a text with ``redacted`` in the place of each secret that is recognised in it.

        Examples
        --------
        >>> Redactor().masked("postgres://me:hunter2@db/sales")
        'postgres://me:redacted@db/sales'
        """
        if len(text) < _SHORTEST or not self._is_searching:
            return text
        # Most texts have none of these, and no secret is without. One test after the other takes
        # a third of the time of a pattern.
        if not (
            "-" in text or "." in text or ":" in text or "=" in text or "_" in text or "A" in text
            or "earer" in text or "asic" in text or "dapi" in text
        ):  # fmt: skip
            return text
        if self._mask is None:  # the first text that is shown
            from livens.protocol.secret_texts import masked

            self._mask = masked
        return self._mask(text, self.hides, all_names=bool(self._others))

    def _matches(self, name: str) -> bool:
        if len(name) > _MAX_CHARS:
            name = f"{name[: _MAX_CHARS // 2]}_{name[-_MAX_CHARS // 2 :]}"
        words = name if name.islower() else _HUMP.sub("_", name).lower()
        is_likely = _STEM.search(words) is not None
        if not (is_likely or self._others):
            return False
        divided = words if words.isidentifier() else _SIGNS.sub("_", words).strip("_")
        # Compiled when needed first: most cells are over before a name comes so far.
        if is_likely and any(re.search(pattern, divided) for pattern in self._defaults):
            return True
        # Who wrote a pattern may have meant the name as it is.
        return any(search(words) or search(divided) for search in self._others)


_SHORTEST = 8
"""Texts with fewer characters hold no secret that would be recognised."""


def _searches(patterns: Iterable[str]) -> list[Callable[[str], object]]:
    found: list[Callable[[str], object]] = []
    for pattern in patterns:
        try:
            found.append(re.compile(pattern).search)
        except re.error as err:
            raise ValueError(
                f"redact pattern {pattern!r} is no regular expression: {err}"
            ) from None
    return found
