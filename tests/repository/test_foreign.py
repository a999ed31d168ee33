"""The comparison of other projects' tests on two kernels: what is lost, and what has a reason."""

from __future__ import annotations

import json
import re
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from foreign import __main__ as program
from foreign.suites import SUITES, Suite
from foreign.verdict import Outcomes, Reason, agreed, judge, outcomes_of, read_reasons

STOCK: Outcomes = {"a": "passed", "b": "passed", "c": "failed", "d": "skipped"}
SUITE = Suite("nbclient")


class TestVerdict:
    """What follows from the outcomes."""

    @pytest.mark.parametrize("outcome", ["failed", "skipped", None])
    def test_lost(self, outcome: str | None) -> None:
        """What passes on stock has to pass: to fail, to be skipped, to be gone is not enough."""
        ours = {**STOCK, "b": outcome} if outcome else {"a": "passed"}
        assert judge(STOCK, ours).lost == ["b"]  # type: ignore[arg-type]

    def test_not_lost(self) -> None:
        """What does not pass on stock says nothing about livens, what is new there neither."""
        ours = {"a": "passed", "b": "passed", "c": "failed", "e": "failed"}
        assert judge(STOCK, ours).lost == []

    def test_a_reason_excuses_its_test_alone(self) -> None:
        """Others are lost as before."""
        verdict = judge(STOCK, {}, [Reason("b", "because")])
        assert (verdict.lost, verdict.known, verdict.needless) == (["a"], ["b"], [])

    @pytest.mark.parametrize("test", ["a", "c", "d", "gone"])
    def test_a_reason_that_is_not_needed(self, test: str) -> None:
        """One is told whose test passes, does not pass on stock, or is no more."""
        assert judge(STOCK, STOCK, [Reason(test, "because")]).needless == [test]

    def test_a_flaky_test(self) -> None:
        """It may pass, it may fail, here and on stock; but it has to be there."""
        reasons = [Reason(test, "because", flaky=True) for test in ("a", "b", "c", "gone")]
        verdict = judge(STOCK, {"a": "passed", "b": "failed"}, reasons)
        assert (verdict.lost, verdict.needless) == ([], ["gone"])


def parts(test: str, **outcomes: str) -> list[dict[str, str]]:
    return [{"test": test, "when": when, "outcome": each} for when, each in outcomes.items()]


def test_the_worst_part_of_a_test_counts() -> None:
    """A test has passed if its set-up, itself and its clearing up have; one repeated, if then."""
    lines = [
        {"count": 4},
        *parts("passes", setup="passed", call="passed", teardown="passed"),
        *parts("leaves something", setup="passed", call="passed", teardown="failed"),
        *parts("is left out", setup="skipped", teardown="passed"),
        *parts("passes when repeated", setup="passed", call="failed", teardown="passed"),
        *parts("passes when repeated", setup="passed", call="passed", teardown="passed"),
    ]
    assert list(outcomes_of(lines).values()) == ["passed", "failed", "skipped", "passed"]


def test_several_runs_on_stock() -> None:
    """A test that passes now and then is told, and counts as one that does not."""
    merged, at_odds = agreed([STOCK, {**STOCK, "b": "failed"}, STOCK])
    assert (merged, at_odds) == ({**STOCK, "b": "failed"}, ["b"])


class ScriptedRun:
    """A run whose outcomes are written down; the next run of ours gets the next of them."""

    script: list[Outcomes]

    def __init__(self, suite: Suite, kernel: str, folder: Path, tests: Sequence[str] = ()) -> None:
        self.suite, self.kernel, self.tests = suite, kernel, tests
        self.failures = {"b": "AssertionError"}
        self.took_s = 0.0

    def execute(self) -> Outcomes:
        """Return what the script has."""
        return dict(STOCK) if self.kernel == "stock" else self.script.pop(0)

    def progress(self) -> str:
        """Say that it runs."""
        return "running"

    def end(self) -> None:
        """Nothing runs."""


@pytest.fixture
def compare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., int]:
    """Return a function that runs the program with these outcomes on livens."""

    def run(*script: Outcomes, reasons: str = "", ci: bool = False, store: bool = False) -> int:
        ScriptedRun.script = list(script)
        monkeypatch.setattr(program, "Run", ScriptedRun)
        monkeypatch.setattr(program, "STOCK", tmp_path / "stock.json")
        monkeypatch.setattr(program, "REASONS", tmp_path / "reasons.toml")
        monkeypatch.setattr(program, "what_is_here", lambda: {"Python": "3.11"})
        (tmp_path / "reasons.toml").write_text(reasons)
        return program.Program(tmp_path, Namespace(ci=ci, store=store, times=1)).run([SUITE])

    return run


LOST = {**STOCK, "b": "failed"}


class TestProgram:
    """What the program makes of the outcomes."""

    def test_the_same(self, compare: Callable[..., int]) -> None:
        """Nothing lost is success."""
        assert compare(STOCK) == 0

    def test_lost(self, compare: Callable[..., int], capsys: Any) -> None:
        """What fails again and again is told with its failure, in a table of 60 columns."""
        assert compare(LOST, *[{"b": "failed"}] * program.REPEATS) == 1
        told = capsys.readouterr().out
        assert re.search(r"LOST: nbclient b\n +AssertionError", told)
        table = told[told.index("\npassed") :].splitlines()
        assert max(map(len, table)) <= 60
        assert table[2].split() == ["nbclient", "2", "1", "1", "0", "0"]

    def test_repeated(self, compare: Callable[..., int], capsys: Any) -> None:
        """What passes when it is repeated is not lost, and counted."""
        assert compare(LOST, {"b": "failed"}, {"b": "passed"}) == 0
        assert capsys.readouterr().out.splitlines()[-2].split()[-1] == "1"

    def test_many(self, compare: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
        """More than a few are not repeated: the script has nothing for it."""
        monkeypatch.setattr(program, "MANY", 0)
        assert compare(LOST) == 1

    def test_reason(self, compare: Callable[..., int], capsys: Any) -> None:
        """What has a reason is told with it, and not repeated; where it passes, that is told."""
        reasons = '[[nbclient]]\ntest = "b"\nreason = "It cannot be."\n'
        assert compare(LOST, reasons=reasons) == 0
        assert "It cannot be." in capsys.readouterr().out
        assert compare(STOCK, reasons=reasons) == 1
        assert "NEEDLESS" in capsys.readouterr().out

    def test_stored(self, compare: Callable[..., int]) -> None:
        """What was stored of stock is what livens alone is compared with."""
        assert compare(STOCK, store=True) == 0
        assert compare(STOCK, ci=True) == 0
        assert compare(LOST, *[{"b": "failed"}] * program.REPEATS, ci=True) == 1

    def test_nothing_stored(self, compare: Callable[..., int]) -> None:
        """Livens alone, with nothing to compare it with, is no success."""
        with pytest.raises(SystemExit, match="nbclient"):
            compare(STOCK, ci=True)


class TestFiles:
    """What is beside the program."""

    def test_reasons(self) -> None:
        """Each reason is of a test that passes on stock, or of one that is flaky there."""
        stored = json.loads(program.STOCK.read_text("utf-8"))["outcomes"]
        for suite, reasons in read_reasons(program.REASONS).items():
            assert suite in {each.name for each in SUITES}
            for reason in reasons:
                assert len(reason.reason) > 20
                outcome = stored.get(suite, {}).get(reason.test, "passed")
                assert reason.flaky or outcome == "passed", reason.test

    def test_versions(self) -> None:
        """What is installed for the suites is what the stored outcomes are of."""
        pins = (program.HERE / "versions.txt").read_text("utf-8")
        stored = json.loads(program.STOCK.read_text("utf-8"))["of"]
        for name in program.WATCHED:
            assert f"\n{name}=={stored[name]}\n" in pins

    def test_usual_suites_are_stored(self) -> None:
        """CI compares with what is stored of each suite."""
        stored = json.loads(program.STOCK.read_text("utf-8"))["outcomes"]
        assert set(stored) == {suite.name for suite in SUITES if suite.is_usual}
