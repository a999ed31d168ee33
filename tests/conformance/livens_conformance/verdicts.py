"""What a check can come to, and how it says so."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """How a check ended.

    Pass: as the protocol says. Not strict: clients cope with it, and it is not what the protocol
    says. Fail: clients break. Missing: the kernel does not offer it, or the profile does not say
    how. Info: something worth knowing, neither right nor wrong.
    """

    PASS = "Pass"
    NOT_STRICT = "Not strict"
    FAIL = "Fail"
    MISSING = "Missing"
    INFO = "Info"


class Outcome(msgspec.Struct, frozen=True):
    """How one check ended.

    Attributes
    ----------
    tier, check : str
        Which.
    verdict : Verdict
        How.
    detail : str
        Why, where it did not pass.
    seconds : float
        How long it took.
    """

    tier: str
    check: str
    verdict: Verdict
    detail: str = ""
    seconds: float = 0.0


class Failed(Exception):
    """The protocol is broken in a way that clients notice."""


class NotStrict(Exception):
    """It is not what the protocol says, and clients cope with it."""


class Missing(Exception):
    """The kernel does not offer it, or the profile does not say how."""


class Info(Exception):
    """Something worth knowing."""


def need(condition: object, text: str) -> None:
    """Raise `Failed` unless a condition holds.

    Examples
    --------
    >>> need(False, "seq 3 came twice")
    Traceback (most recent call last):
    livens_conformance.verdicts.Failed: seq 3 came twice
    """
    if not condition:
        raise Failed(text)


def same(found: object, expected: object, what: str) -> None:
    """Raise `Failed` unless something is what was expected."""
    if found != expected:
        raise Failed(f"{what}: expected {expected!r:.300}, found {found!r:.300}")


def should(condition: object, text: str) -> None:
    """Raise `NotStrict` unless a condition holds."""
    if not condition:
        raise NotStrict(text)
