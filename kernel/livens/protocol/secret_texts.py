"""Finds secrets in texts: by what they look like, and by the names that they are given there.

The forms of keys are those of gitleaks (``config/gitleaks.toml``), which maintains the list of
them. A program that searches repositories may take its time, and may ask for more than a form, such
as entropy. A preview is made in microseconds, so these are the rules that go by a prefix of their
own, written shorter. A test for plain words says first that a text has none of them.

detect-secrets, the library for Python, was last released in 2024. Its import takes 170 ms, one text
0.8 ms, and it does not know the keys of Hugging Face, Google and others.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator

from livens.protocol.types import REDACTED

Span = tuple[int, int]
"""Where a secret begins and ends in a text."""

Hides = Callable[[str], bool]
"""Tells by a name whether its value is a secret."""

_KEYS_WITH: dict[str, tuple[tuple[str, str], ...]] = {
    "_": (
        ("hf_", r"hf_\w{20,}"),
        ("api_org_", r"api_org_\w{20,}"),
        ("gsk_", r"gsk_\w{20,}"),
        ("r8_", r"r8_\w{20,}"),
        ("gh", r"gh[pousr]_\w{20,}"),
        ("github_pat_", r"github_pat_\w{20,}"),
        ("npm_", r"npm_\w{20,}"),
        ("dckr_pat_", r"dckr_pat_[\w-]{20,}"),
        ("ntn_", r"ntn_\w{20,}"),
        ("lin_api_", r"lin_api_\w{20,}"),
        ("secret_", r"secret_\w{40,}"),
        ("glc_", r"glc_[\w+/=]{30,}"),
        ("glsa_", r"glsa_\w{30,}"),
        ("rubygems_", r"rubygems_\w{20,}"),
        ("_live_", r"[prsw][kh](?:sec)?_live_\w{10,}"),
        ("_test_", r"[prsw][kh](?:sec)?_test_\w{10,}"),
        ("whsec_", r"whsec_\w{16,}"),
        ("_v1_", r"do[opr]_v1_\w{20,}"),
        ("shp", r"shp(?:at|ca|pa|ss)_\w{20,}"),
        ("pscale_", r"pscale_(?:tkn|oauth|pw)_[\w=.-]{20,}"),
        ("sntry", r"sntry[su]_[\w+/=-]{20,}"),
        ("fo1_", r"fo1_[\w-]{40,}"),
        ("fm", r"fm(?:1[ar]|2)_[\w+/=-]{40,}"),
    ),
    "-": (
        ("sk-", r"sk-[\w-]{16,}"),
        ("xai-", r"xai-\w{20,}"),
        ("pplx-", r"pplx-\w{20,}"),
        ("gl", r"gl(?:pat|cbt|dt|ffct|ft|imt|agent|oas|ptt|rt|soat)-[\w.-]{16,}"),
        ("pypi-", r"pypi-[\w-]{20,}"),
        ("PMAK-", r"PMAK-[\w-]{20,}"),
        ("GOCSPX-", r"GOCSPX-[\w-]{20,}"),
        ("xox", r"xox[a-z]-[\w-]{8,}"),
        ("xapp-", r"xapp-\d-[\w-]{8,}"),
        ("xkeysib-", r"xkeysib-[\w-]{20,}"),
        ("sq0", r"sq0\w{3}-[\w-]{20,}"),
        ("AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1\w{20,}"),
    ),
    ".": (
        ("eyJ", r"eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)*"),
        ("SG.", r"SG\.[\w-]{16,}\.[\w-]{16,}"),
        ("ya29.", r"ya29\.[\w-]{20,}"),
        ("hv", r"hv[bs]\.[\w-]{24,}"),
        ("dt0c01.", r"dt0c01\.\w{20,}[\w.]*"),
        (".atlasv1.", r"\w{14}\.atlasv1\.[\w=-]{20,}"),
        ("hooks.slack.com", r"(?<=hooks\.slack\.com/)\w+/[\w/+-]{20,}"),
        ("api/webhooks/", r"(?<=/api/webhooks/)\d+/[\w-]{20,}"),
    ),
    "A": (
        ("AKIA", r"AKIA[A-Z0-9]{16}"),
        ("ASIA", r"ASIA[A-Z0-9]{16}"),
        ("A3T", r"A3T[A-Z0-9]{17}"),
        ("ABIA", r"ABIA[A-Z0-9]{16}"),
        ("ACCA", r"ACCA[A-Z0-9]{16}"),
        ("AIza", r"AIza[\w-]{30,}"),
        ("ABSK", r"ABSK[\w+/=]{40,}"),
        ("ATATT3", r"ATATT3[\w=-]{20,}"),
        (":AA", r"\d{8,10}:AA[\w-]{32,}"),
    ),
    "dapi": (("dapi", r"dapi[a-f0-9]{32}"),),
}

"""By a sign that a key has: a piece that it has besides, and its form."""

_PRIVATE_KEY = re.compile(
    r"-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:.*?-----END[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----|.*)",
    re.DOTALL,
)
_IN_URL = re.compile(r"://(?:[^\s/:@?#]*:([^\s/]+)|([\w.~%+-]{20,}))@")
_BEARER = re.compile(
    r"\bbearer\s+(?=[^\s'\"]*[\d._~+/=-]|[^\s'\"]{20}|[^\s'\"]+['\"]?\Z)([^\s'\",;]+)",
    re.IGNORECASE,
)
_BASIC = re.compile(r"\bbasic\s+([A-Za-z0-9+/]{4,}={0,2})", re.IGNORECASE)


_ASSIGNED = re.compile(
    r"(?<![\w.-])(?:--)?([A-Za-z_][\w.-]{0,100})['\"]?\]?"
    r"(?:\s{0,9}:\s{0,9}[A-Za-z][\w.\[\]|]*(?: \| \w+){0,9})?\s{0,9}=(?!=)\s{0,99}"
)
_KEYED = re.compile(r"(['\"])([A-Za-z_][\w .-]{0,100})\1\s{0,9}[:,]\s{0,99}")
_HEADER = re.compile(
    r"(?:(?<=['\"])|^[ \t>#-]*)([A-Za-z][\w-]*)(?<!Error)(?<!Exception)(?<!Warning):[ \t]+"
    r"(?!(?:str|bytes|int|float|bool|None|Any|Optional|SecretStr)\b|[\w.\[\]| ]{1,60}=)"
    r"([^\s'\"][^\n'\"]*)",
    re.MULTILINE,
)
_COMPARED = re.compile(
    r"(?<![\w.-])([A-Za-z_][\w.-]{0,100})['\"]?\]?\s{0,9}[=!]=\s{0,99}(?=[rbfuRBFU]{0,2}['\"])"
)
_OPTION = re.compile(r"(?<![\w-])--([A-Za-z][\w-]*) +(?=[^\s-])")

_MENTIONS = (
    "pass", "pw", "secret", "key", "token", "auth", "cookie", "cred", "sess", "sig",
    "bearer", "jwt", "otp", "pin", "srf", "phrase", "code", "netrc", "mnemonic",
)  # fmt: skip
"""One of these is in each name that is a secret's by default."""

_SIGNATURES = frozenset(("sig", "signature", "x-amz-signature", "x-goog-signature"))
"""Parameters of URLs that give access to what is behind them."""

_LOOKUP = re.compile(
    r"(?:[\w.]+\[|(?:os\.)?(?:environ\.get|getenv)\()\s*(?P<quote>['\"])\w+(?P=quote)\s*[\])]"
)
"""An expression that says where a secret is kept, and not what it is."""

_MAX_VALUE = 5_000
"""How far to look for the end of what is no single string."""

_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_ENDS = frozenset(" \t\r\n;&,'\")]}<>`")


def masked(text: str, hides: Hides | None = None, *, all_names: bool = False) -> str:
    """Return a text with ``redacted`` in the place of each secret.

    Parameters
    ----------
    text : str
        Any text.
    hides : callable, optional
        Tells by a name whether its value is a secret; without it only forms are looked for.
    all_names : bool
        Whether *hides* says so of other names than usual as well.

    Examples
    --------
    >>> masked("Bearer 0123456789abcdef"), masked("task-list")
    ('Bearer redacted', 'task-list')
    >>> masked("Server=db;Password=hunter2;Timeout=3", lambda name: name == "Password")
    'Server=db;Password=redacted;Timeout=3'
    """
    found = spans(text, hides, all_names=all_names)
    return replaced(text, found) if found else text


def replaced(text: str, found: Iterable[Span]) -> str:
    """Return a text with ``redacted`` in the place of some spans.

    Examples
    --------
    >>> replaced("abcdef", [(1, 3), (2, 4)])
    'aredactedef'
    """
    parts, at = [], 0
    for start, end in merged(found):
        parts += [text[at:start], REDACTED]
        at = end
    return "".join([*parts, text[at:]]) if parts else text


def merged(found: Iterable[Span]) -> list[Span]:
    """Return spans in their order; those that touch each other are one.

    Examples
    --------
    >>> merged([(4, 6), (1, 3), (2, 4)])
    [(1, 6)]
    """
    joined: list[Span] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        elif start < end:
            joined.append((start, end))
    return joined


def places(text: str, secrets: Iterable[str]) -> list[Span]:
    """Return where known secrets are in a text, however they are written there.

    Those of up to seven characters are found where they are words of their own, and those of less
    than three nowhere.

    Examples
    --------
    >>> text = "login('me', 'pa55') &lt;p&gt;"
    >>> replaced(text, places(text, ["pa55", "<p>"]))
    "login('me', 'redacted') redacted"
    """
    forms = {form for secret in secrets for form in _forms(secret)}
    if not forms:
        return []
    ordered = [re.escape(form) for form in sorted(forms, key=len, reverse=True)]
    within = "|".join(form for form in ordered if len(form) > 7) or "(?!)"
    either = rf"(?<!\w)(?:{'|'.join(ordered)})(?!\w)|{within}"
    return [match.span() for match in re.finditer(either, text)]


_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#x27;"))


def _forms(secret: str) -> Iterator[str]:
    # Not by `html`: watching imports no module, nor a file of the user's with its name.
    escaped = secret
    for char, entity in _ENTITIES:
        escaped = escaped.replace(char, entity)
    for form in (secret, repr(secret)[1:-1], escaped):
        if len(form) >= 3:
            yield form


def spans(text: str, hides: Hides | None = None, *, all_names: bool = False) -> list[Span]:
    """Return where there are secrets in a text, as `masked`."""
    found: list[Span] = []
    for sign, keys in _KEYS_WITH.items():
        if sign in text:
            found += _keys(text, keys)
    if "://" in text and "@" in text:
        found += (_group(match) for match in _IN_URL.finditer(text))
    if "earer" in text or "EARER" in text:
        found += (match.span(1) for match in _BEARER.finditer(text))
    if "asic" in text or "ASIC" in text:
        found += (m.span(1) for m in _BASIC.finditer(text) if _is_login(m[1]))
    if "PRIVATE KEY" in text:
        found += (match.span() for match in _PRIVATE_KEY.finditer(text))
    if hides is not None and ("=" in text or ":" in text or "--" in text):
        lower = text.lower()
        if all_names or any(word in lower for word in _MENTIONS):
            found += _named(text, hides)
    return found


# -- by what they look like ----------------------------------------------------------------


def _keys(text: str, keys: tuple[tuple[str, str], ...]) -> Iterator[Span]:
    for has, form in keys:
        if has in text:
            pattern = re.compile(rf"(?<![A-Za-z0-9]){form}")  # which `re` remembers
            yield from (match.span() for match in pattern.finditer(text))


def _group(match: re.Match[str]) -> Span:
    return match.span(1 if match[1] is not None else 2)


def _is_login(text: str) -> bool:
    """Return whether a text is a name and a password in base64, as HTTP's Basic has them."""
    try:
        return b":" in base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False


# -- by their names ------------------------------------------------------------------------


def _named(text: str, hides: Hides) -> Iterator[Span]:
    """Yield the values that a text gives to names: ``name=value``, ``"name": value`` and others."""
    for pattern in (_ASSIGNED, _KEYED, _OPTION, _COMPARED):
        end = 0
        for match in pattern.finditer(text):
            if match.start() < end:  # within the value before
                continue
            name = match[match.lastindex or 1]
            if hides(name) or name.lower() in _SIGNATURES:
                end = _connection_end(text, match) or value_end(text, match.end())
                if not _LOOKUP.fullmatch(text, match.end(), end):
                    yield match.end(), end
    for match in _HEADER.finditer(text):
        if hides(match[1]):
            yield match.span(2)


def _connection_end(text: str, match: re.Match[str]) -> int | None:
    """Return where a value of a connection string ends, such as ``Uid=me;Pwd=a b;``."""
    before = text[: match.start()].rstrip()
    is_quoted = text[match.end() : match.end() + 1] in ("'", '"')
    if is_quoted or match.re is not _ASSIGNED or not before.endswith(";"):
        return None
    ends = [end for sign in ";'\"\n" if (end := text.find(sign, match.end())) >= 0]
    return min(ends, default=len(text))


def value_end(text: str, start: int) -> int:
    """Return where a value ends that begins in a text: a literal, a call, or a word.

    Examples
    --------
    >>> text = "a='x' + f('y z'), b=c;d"
    >>> text[2:value_end(text, 2)], text[20:value_end(text, 20)]
    ("'x' + f('y z')", 'c')
    """
    at = _atom_end(text, start)
    while at > start:  # texts that follow each other, or are added
        more = _ADDED.match(text, at)
        if more is None and text[at - 1] in ("'", '"'):
            more = _ADJOINING.match(text, at)
        if more is None:
            break
        end = _atom_end(text, more.end())
        if end == more.end():
            break
        at = end
    return at


_ADDED = re.compile(r"\s*[+%]\s*(?=[\w'\"(])")
_ADJOINING = re.compile(r"(?:[ \t]*|\s*\\\n\s*)(?=[rbfuRBFU]{0,2}['\"])")
_STRING = re.compile(
    r"""[rbfuRBFU]{0,2}(?:\"{3}.*?(?:\"{3}|\Z)|'{3}.*?(?:'{3}|\Z)"""
    r"""|\"(?:\\.|[^\"\\\n])*(?:\"|(?=\n)|\Z)|'(?:\\.|[^'\\\n])*(?:'|(?=\n)|\Z))""",
    re.DOTALL,
)


def _atom_end(text: str, at: int) -> int:
    opened: list[str] = []
    start, last = at, at + _MAX_VALUE
    while at < min(last, len(text)):
        string = _STRING.match(text, at) if opened or at == start else None
        if string is not None:
            at = string.end()
            if not opened:
                return at
            continue
        char = text[at]
        if char in _BRACKETS:
            opened.append(_BRACKETS[char])
        elif opened and char == opened[-1]:
            opened.pop()
        elif not opened and char in _ENDS:
            return at
        at += 1
    return at
