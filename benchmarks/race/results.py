"""The numbers of a race, and the file that keeps them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Literal, NamedTuple

from benchmarks.race.peers import named


class Cost(NamedTuple):
    """What one cell needed, stock's own part not yet subtracted.

    Attributes
    ----------
    done_ms : float
        Until the front end had settled, its own pauses left out.
    cell_ms : float
        Until the cell was idle.
    told_ms : float
        Until the front end had settled, its own pauses included.
    cpu_ms : float
        What the kernel computed.
    size : int
        The bytes on all channels, in both directions.
    """

    done_ms: float
    cell_ms: float
    told_ms: float
    cpu_ms: float
    size: int


class Verdict(NamedTuple):
    """What a front end was told of a change in place.

    Attributes
    ----------
    seen : str
        "yes" where what is shown has changed; "told" where the variable was sent because of the
        change, and its text is the same; "no" where it was not sent, or is sent each time and is
        the same; "not listed" where the front end leaves such variables out.
    delay_ms : float
        How long after the cell was idle it was told.
    """

    seen: Literal["yes", "told", "no", "not listed"]
    delay_ms: float


@dataclass
class Results:
    """All that a race found; each dict has what was measured by the name of the peer.

    Attributes
    ----------
    setting : dict
        When, where, with which versions and beside which load it was run.
    peers : dict
        The version of each peer that was started.
    failed : dict
        Why a peer was not run, or not to the end.
    costs : dict
        By the number of variables.
    live, asked : dict
        Live values: by itself, and while its button is pressed again and again.
    in_place : dict
        By the change.
    big : dict
        By the costly variable.
    peaks_mb : dict
        The same, by how much memory grew meanwhile at most.
    """

    setting: dict[str, Any] = field(default_factory=dict)
    peers: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    costs: dict[str, dict[str, list[Cost]]] = field(default_factory=dict)
    live: dict[str, list[int]] = field(default_factory=dict)
    asked: dict[str, list[int]] = field(default_factory=dict)
    in_place: dict[str, dict[str, Verdict]] = field(default_factory=dict)
    big: dict[str, dict[str, list[Cost]]] = field(default_factory=dict)
    peaks_mb: dict[str, dict[str, float]] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write everything as JSON."""
        text = json.dumps(_rounded(asdict(self)), ensure_ascii=False, indent=1)
        path.write_text(text + "\n", "utf-8")

    @classmethod
    def read(cls, path: Path) -> Results:
        """Read what `write` wrote."""
        stored = json.loads(path.read_text("utf-8"))
        for name in ("costs", "big"):
            stored[name] = {
                case: {peer: [Cost(*cost) for cost in costs] for peer, costs in peers.items()}
                for case, peers in stored[name].items()
            }
        stored["in_place"] = {
            change: {peer: Verdict(*verdict) for peer, verdict in peers.items()}
            for change, peers in stored["in_place"].items()
        }
        return cls(**stored)

    # -- what the tables and the chart show --------------------------------------------------

    def extra(self, costs: dict[str, list[Cost]], name: str, what: str) -> float | None:
        """Return the median of `extras`; None where there are none.

        Examples
        --------
        >>> costs = {"stock": [Cost(5, 5, 5, 1, 10)], "livens": [Cost(7, 6, 7, 2, 30)]}
        >>> Results().extra(costs, "livens", "done_ms")
        2
        """
        extras = self.extras(costs, name, what)
        return median(extras) if extras else None

    def extras(self, costs: dict[str, list[Cost]], name: str, what: str) -> list[float]:
        """Return what a peer needed beyond its floor, round by round.

        Nothing where one of them was not measured to the end.
        """
        mine, its = costs.get(name, []), costs.get(named(name).floor, [])
        if len(mine) != len(its):
            return []
        return [getattr(a, what) - getattr(b, what) for a, b in zip(mine, its, strict=True)]

    def big_case(self, word: str) -> dict[str, list[Cost]]:
        """Return the costs beside the big value whose description begins with a word."""
        return next((costs for case, costs in self.big.items() if case.startswith(word)), {})

    def changes_seen(self, name: str) -> int | None:
        """Return how many changes in place a peer was told; None where it was not run."""
        verdicts = [peers[name].seen for peers in self.in_place.values() if name in peers]
        if not verdicts or len(verdicts) != len(self.in_place):
            return None
        return sum(seen in ("yes", "told") for seen in verdicts)


def _rounded(data: Any) -> Any:
    """Round to four digits."""
    if isinstance(data, float):
        return float(f"{data:.4g}")
    if isinstance(data, dict):
        return {key: _rounded(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_rounded(value) for value in data]
    return data
