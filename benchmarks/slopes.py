"""How a cost grows.

A slope is the median of the slopes between all pairs of points (Theil and Sen): no single noisy
point decides about it. The exponent is that of the power law between the two largest sizes: 1 is
"twice as many cost twice as much", 0 is "does not grow".
"""

from __future__ import annotations

import math
from itertools import combinations
from statistics import median
from typing import NamedTuple

from benchmarks.figures import Figure
from benchmarks.variants import LIVENS


class Slope(NamedTuple):
    """How a cost grows with a size.

    Attributes
    ----------
    per_one : float
        What one more costs, in the unit of the cost.
    exponent : float or None
        Of the power law between the two largest sizes; None where there is no cost.
    """

    per_one: float
    exponent: float | None

    @classmethod
    def of(cls, points: dict[int, float]) -> Slope:
        """Fit the costs of at least two sizes.

        Examples
        --------
        >>> Slope.of({1: 2.0, 2: 4.0, 4: 8.0})
        Slope(per_one=2.0, exponent=1.0)
        """
        slopes = [
            (cost_b - cost_a) / (b - a)
            for (a, cost_a), (b, cost_b) in combinations(sorted(points.items()), 2)
        ]
        (a, cost_a), (b, cost_b) = sorted(points.items())[-2:]
        has_power = cost_a > 0 and cost_b > 0
        exponent = math.log(cost_b / cost_a) / math.log(b / a) if has_power else None
        return cls(median(slopes), exponent)


def slope_figure(measure: str, unit: str, what: str, per: int, points: dict[int, float]) -> Figure:
    """Make the figure of a slope: what *per* more of something cost."""
    slope = Slope.of(points)
    case = f"slope, per {per:,} {what}s" if per > 1 else f"slope, per {what}"
    end = "no cost" if slope.exponent is None else f"exponent {slope.exponent:.2f}"
    figure = Figure(measure, case, unit, note=f"between the two largest sizes: {end}")
    return figure.add(LIVENS, [slope.per_one * per])
