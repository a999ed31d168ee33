"""The benchmarks' guard: what counts as slower, and what as a machine that was busy."""

from __future__ import annotations

from benchmarks import guard
from benchmarks.figures import Figure
from benchmarks.variants import LIVENS, UNWATCHED


def check_of(*measured: dict[str, float]) -> guard.Check:
    """Make a check that measures these numbers of livens, by case, one after the other."""
    rounds = iter(measured)

    def measure() -> list[Figure]:
        return [
            Figure("speed", case, "x").add(LIVENS, [value]).add(UNWATCHED, [1.0])
            for case, value in next(rounds).items()
        ]

    return guard.Check(measure, {"speed": 1.25})


def test_what_is_within_its_limit_is_measured_once() -> None:
    """The usual case takes no longer than it has to."""
    assert guard.run([check_of({"a": 1.2, "b": 0.9})]) == 0


def test_what_is_beyond_its_limit_every_time_fails() -> None:
    """Watching that became slow is slow each time, and the sentence says how slow."""
    slow = {"a": 1.5, "b": 1.0}
    assert guard.failures_of(check_of(slow, slow, slow)) == [
        "speed, a: livens is at 1.500 x, the guard's limit is 1.250"
    ]
    assert guard.run([check_of(slow, slow, slow)]) == 1


def test_noise_that_strikes_here_and_there_does_not_fail() -> None:
    """A case that was within its limit once is not what became slow."""
    noisy = ({"a": 1.5, "b": 1.0}, {"a": 1.0, "b": 1.5}, {"a": 1.5, "b": 1.0})
    assert guard.run([check_of(*noisy)]) == 0
