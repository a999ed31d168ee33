"""What the outcomes of a suite on two kernels say; nothing here runs anything."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Outcomes = dict[str, str]
"""By test: passed, failed or skipped."""

WORST = ("failed", "skipped", "passed")


@dataclass(frozen=True)
class Reason:
    """Why a test does not have to come out as on stock.

    Attributes
    ----------
    test : str
        Its name.
    reason : str
        In a sentence.
    flaky : bool
        Whether it fails on stock now and then, so that nothing follows from one time.
    """

    test: str
    reason: str
    flaky: bool = False


@dataclass(frozen=True)
class Verdict:
    """What follows for one suite; each a list of names of tests.

    Attributes
    ----------
    lost
        Pass on stock and not on livens, and there is no reason for it.
    known
        The same, with a reason.
    needless
        Have a reason that is not needed: they pass, or do not pass on stock, or are gone.
    """

    lost: list[str]
    known: list[str]
    needless: list[str]


def read_reasons(path: Path) -> dict[str, list[Reason]]:
    """Read the file of reasons; they are returned by suite."""
    tables = tomllib.loads(path.read_text("utf-8"))
    return {suite: [Reason(**entry) for entry in entries] for suite, entries in tables.items()}


def outcomes_of(lines: Iterable[Mapping[str, Any]]) -> Outcomes:
    """Put together what a report says of the parts of each test; the worst of them counts.

    A test that was repeated (by the plugin ``flaky``) comes more than once: the last time counts.
    """
    parts: dict[str, dict[str, str]] = {}
    for line in lines:
        if "test" in line:
            parts.setdefault(line["test"], {})[line["when"]] = line["outcome"]
    return {test: min(phases.values(), key=WORST.index) for test, phases in parts.items()}


def names(outcomes: Outcomes, outcome: str) -> set[str]:
    """Return the tests with this outcome."""
    return {test for test, each in outcomes.items() if each == outcome}


def judge(stock: Outcomes, livens: Outcomes, reasons: Iterable[Reason] = ()) -> Verdict:
    """Compare a suite on two kernels.

    Examples
    --------
    >>> stock = {"a": "passed", "b": "passed", "c": "failed"}
    >>> judge(stock, {"a": "passed", "b": "failed", "c": "failed"}).lost
    ['b']
    """
    excused = {reason.test for reason in reasons}
    strict = {reason.test for reason in reasons if not reason.flaky}
    missing = names(stock, "passed") - names(livens, "passed")
    return Verdict(
        lost=sorted(missing - excused),
        known=sorted(missing & excused),
        needless=sorted((strict - missing) | (excused - stock.keys())),
    )


def agreed(runs: Iterable[Outcomes]) -> tuple[Outcomes, list[str]]:
    """Put several runs together: the worst outcome of each test, and which tests were at odds."""
    merged: Outcomes = {}
    at_odds = set()
    for outcomes in runs:
        for test, outcome in outcomes.items():
            before = merged.setdefault(test, outcome)
            if before != outcome:
                at_odds.add(test)
                merged[test] = min(before, outcome, key=WORST.index)
    return merged, sorted(at_odds)
