"""From the numbers of the rounds to the figure in the table."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import median, quantiles, stdev
from typing import Any, Literal, NamedTuple

from benchmarks.variants import AGAIN, COMPARED, LIVENS, STOCK, UNWATCHED, Variant

Verdict = Literal["met", "missed", "unsure", ""]

ENOUGH = 5
"""From fewer pairs than that nothing is said of the difference between two commits."""


class Spread(NamedTuple):
    """A median, the quartiles around it, of how many numbers, and how far it may be off.

    Examples
    --------
    >>> Spread.of([1.0, 2.0, 3.0, 4.0, 5.0])[:4]
    (3.0, 2.0, 4.0, 5)
    """

    median: float
    low: float
    high: float
    numbers: int
    error: float

    @classmethod
    def of(cls, values: list[float], starts: int = 1) -> Spread:
        """Sum numbers up.

        Parameters
        ----------
        values : list of float
            In the order of the rounds.
        starts : int
            How many times the kernels were started for them. The numbers of one process have
            its luck with addresses in common, so the error is that among the starts.
        """
        if len(values) < 2:
            return cls(values[0], values[0], values[0], len(values), 0.0)
        low, middle, high = quantiles(values, n=4, method="inclusive")
        error = 0.93 * (high - low) / math.sqrt(len(values))
        if starts > 2:
            size = len(values) // starts
            medians = [median(values[i * size : (i + 1) * size]) for i in range(starts)]
            error = max(error, 1.25 * stdev(medians) / math.sqrt(starts))
        return cls(middle, low, high, len(values), error)


class Samples:
    """The numbers of one case: for each variant one per round, in the order of the rounds."""

    def __init__(self) -> None:
        self.values: dict[str, list[float]] = {}

    def add(self, variant: Variant, value: float) -> None:
        """Add the number of the next round."""
        self.values.setdefault(variant.name, []).append(value)

    def of(self, variant: Variant) -> list[float]:
        """Return the numbers of a variant."""
        return self.values.get(variant.name, [])

    def ratios(self, variant: Variant) -> list[float]:
        """Divide each round's number by what stock needed in the same round."""
        return [a / b for a, b in zip(self.of(variant), self.of(STOCK), strict=True)]

    def extras(self, variant: Variant) -> list[float]:
        """Subtract from each round's number what stock needed in the same round."""
        return [a - b for a, b in zip(self.of(variant), self.of(STOCK), strict=True)]


class Figure:
    """One row of the table: a case, what it must reach, and what was measured.

    Parameters
    ----------
    measure, case : str
        The row of the table of targets, and which case of it.
    unit : str
        "x" for ratios to stock, else what the numbers are in.
    must : float, optional
        What `livens` has to reach; None for what is only shown.
    at_least : bool
        Whether more is better.
    note : str
        What a reader has to know about the number.
    """

    def __init__(
        self,
        measure: str,
        case: str,
        unit: str,
        must: float | None = None,
        *,
        at_least: bool = False,
        note: str = "",
    ) -> None:
        self.measure, self.case, self.unit = measure, case, unit
        self.must, self.at_least, self.note = must, at_least, note
        self.spreads: dict[str, Spread] = {}
        self.raw: dict[str, list[float]] = {}
        self.rounds: dict[str, list[float]] = {}
        self.starts = 1

    def add(
        self,
        variant: Variant,
        values: list[float],
        starts: int = 1,
        rounds: list[float] | None = None,
    ) -> Figure:
        """Add the comparable numbers of a variant.

        Parameters
        ----------
        variant : Variant
            Whose they are.
        values : list of float
            One per round, or one that was made of all rounds.
        starts : int
            How many times the kernels were started for them.
        rounds : list of float, optional
            For one number made of all rounds: what to compare between commits, round by round.
        """
        if values:
            self.spreads[variant.name] = Spread.of(values, starts)
            self.raw.setdefault(f"{variant.name}, compared", values)
            self.rounds[variant.name] = values if rounds is None else rounds
            self.starts = starts
        return self

    @classmethod
    def ratio(
        cls, measure: str, case: str, samples: Samples, must: float | None = None, starts: int = 1
    ) -> Figure:
        """Make the figure of "how many times as much as stock"."""
        return cls(measure, case, "x", must)._compare(samples, samples.ratios, starts)

    @classmethod
    def extra(
        cls,
        measure: str,
        case: str,
        samples: Samples,
        unit: str,
        must: float | None = None,
        *,
        starts: int = 1,
    ) -> Figure:
        """Make the figure of "how much more than stock"."""
        return cls(measure, case, unit, must)._compare(samples, samples.extras, starts)

    def _compare(
        self, samples: Samples, compared: Callable[[Variant], list[float]], starts: int
    ) -> Figure:
        for variant in COMPARED:
            if samples.of(variant):
                self.add(variant, compared(variant), starts)
        self.raw.update(samples.values)
        return self

    @property
    def value(self) -> float:
        """What was measured of `livens`."""
        return self.spreads[LIVENS.name].median

    @property
    def verdict(self) -> Verdict:
        """Whether the target is met; `unsure` when the noise of the run does not tell."""
        spread = self.spreads.get(LIVENS.name)
        if self.must is None or spread is None:
            return ""
        missing = self.must - spread.median if self.at_least else spread.median - self.must
        if missing <= 0:
            return "met"
        return "unsure" if missing <= 2 * spread.error else "missed"

    @property
    def unwatched_is_stock(self) -> bool | None:
        """Whether `livens unwatched` is as near to stock as stock is to itself.

        None where only one of them was measured.
        """
        unwatched, again = self.spreads.get(UNWATCHED.name), self.spreads.get(AGAIN.name)
        if unwatched is None or again is None:
            return None
        noise = 2 * math.hypot(unwatched.error, again.error)
        equal = 1.0 if self.unit == "x" else 0.0
        return unwatched.median - max(equal, again.median) <= noise

    def as_json(self) -> dict[str, Any]:
        """Return everything that is known, for the JSON file."""
        return {
            "measure": self.measure,
            "case": self.case,
            "unit": self.unit,
            "must": self.must,
            "at_least": self.at_least,
            "verdict": self.verdict,
            "unwatched_is_stock": self.unwatched_is_stock,
            "note": self.note,
            "spreads": {name: spread._asdict() for name, spread in self.spreads.items()},
            "raw": self.raw,
        }


def geometric_mean(ratios: list[float]) -> float:
    """Return the geometric mean.

    Examples
    --------
    >>> geometric_mean([0.5, 2.0])
    1.0
    """
    return math.exp(sum(map(math.log, ratios)) / len(ratios))
