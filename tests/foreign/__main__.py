"""Run the suites: ``python -m foreign`` in the folder ``tests``, or ``make test-foreign``.

The exit code is 1 when a test that passes on stock does not on livens, without a written reason,
or when a reason is not needed.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from importlib.metadata import version
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from foreign.suites import SUITES, Run, Suite
from foreign.verdict import Outcomes, Reason, Verdict, agreed, judge, names, read_reasons

HERE = Path(__file__).resolve().parent
STOCK = HERE / "stock.json"
REASONS = HERE / "reasons.toml"

AT_ONCE = 2
"""How many suites run at once; more would make tests late that look at the clock."""

REPEATS = 3
"""How often a test has to fail, in runs of its own, before it has failed."""

MANY = 25
"""So many are not lost by chance, and repeating them would take long."""

SAY_S = 15.0
"""How often to say how far it is."""

WATCHED = ("ipykernel", "nbclient", "jupyter_kernel_test", "jupyter_client", "ipython")
"""The packages whose newer versions are told."""


def main() -> int:
    """Run what was asked for."""
    options = _options()
    chosen = [
        suite for suite in SUITES if suite.name in options.suites or _is_usual(suite, options)
    ]
    with TemporaryDirectory(prefix="livens-foreign-") as name:
        program = Program(Path(name), options)
        code = program.run(chosen)
    if not options.ci:
        say_newer()
    return code


def _is_usual(suite: Suite, options: argparse.Namespace) -> bool:
    return suite.is_usual and not options.suites


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m foreign", description=__doc__)
    known = [suite.name for suite in SUITES]
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"of {', '.join(known)}")
    parser.add_argument("--ci", action="store_true", help="livens alone, against stock.json")
    parser.add_argument("--store", action="store_true", help="write stock.json anew")
    parser.add_argument(
        "--times", type=int, default=1, help="how often on stock, to find what is flaky there"
    )
    options = parser.parse_args()
    if unknown := set(options.suites) - set(known):
        parser.error(f"no suite {', '.join(unknown)}; there are {', '.join(known)}")
    return options


class Result(NamedTuple):
    """What came of one suite: how many passed, how many of ours only when repeated."""

    stock: int
    ours: int
    repeated: int
    verdict: Verdict

    def row(self) -> str:
        """Return the numbers as a row of the table."""
        lost, known = len(self.verdict.lost), len(self.verdict.known)
        return f"{self.stock:>7}{self.ours:>8}{lost:>6}{known:>7}{self.repeated:>10}"


class Program:
    """One call of the program."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self._folder = folder
        self._options = options
        self._stored = json.loads(STOCK.read_text("utf-8")) if STOCK.exists() else {}
        self._reasons = read_reasons(REASONS)
        self._numbers = count()
        self._began = time.monotonic()

    def run(self, chosen: Sequence[Suite]) -> int:
        """Run these suites, and say how the two kernels differ."""
        times = 0 if self._options.ci else self._options.times
        if self._options.ci:
            say_where(self._stored)
        runs = [self._new(suite, ours) for suite in chosen for ours in suite.ours]
        runs += [self._new(suite, "stock") for suite in chosen for _ in range(times)]
        found = dict(zip(runs, self._execute(runs), strict=True))
        results = [
            self._compare(suite, {run: found[run] for run in runs if run.suite is suite})
            for suite in chosen
        ]
        if self._options.store:
            write_stock(self._stored["outcomes"])
        say("\npassed                stock  livens  lost  known  repeated")
        for suite, result in zip(chosen, results, strict=True):
            say(f"{suite.name:<20}{result.row()}")
        say(f"{time.monotonic() - self._began:.0f} s")
        return int(any(result.verdict.lost or result.verdict.needless for result in results))

    def _compare(self, suite: Suite, found: dict[Run, Outcomes]) -> Result:
        """Compare one suite's runs, and say what follows."""
        stock = self._stock(suite, [found[run] for run in found if run.kernel == "stock"])
        ours, _ = agreed(found[run] for run in found if run.kernel != "stock")
        reasons = self._reasons.get(suite.name, [])
        repeated = self._repeat(suite, ours, stock, reasons)
        verdict = judge(stock, ours, reasons)
        tell(suite, verdict, reasons, [run for run in found if run.kernel != "stock"])
        return Result(len(names(stock, "passed")), len(names(ours, "passed")), repeated, verdict)

    def _stock(self, suite: Suite, runs: Sequence[Outcomes]) -> Outcomes:
        """Return the outcomes on stock: of these runs, or as stored if there are none."""
        outcomes = self._stored.setdefault("outcomes", {})
        if not runs:
            if suite.name not in outcomes:
                raise SystemExit(f"No outcomes of {suite.name} are stored: ARGS=--store does it")
            stored: Outcomes = outcomes[suite.name]
            return stored
        stock, at_odds = agreed(runs)
        for test in at_odds:
            say(f"on stock now and then: {suite.name} {test}")
        if self._options.store and suite.is_usual:
            outcomes[suite.name] = dict(sorted(stock.items()))
        elif suite.is_usual and stock != outcomes.get(suite.name):
            say(f"{suite.name}: stock is not as stored; ARGS=--store writes it anew")
        return stock

    def _new(self, suite: Suite, kernel: str, tests: Sequence[str] = ()) -> Run:
        return Run(suite, kernel, self._folder / str(next(self._numbers)), tests)

    def _repeat(
        self, suite: Suite, ours: Outcomes, stock: Outcomes, reasons: Sequence[Reason]
    ) -> int:
        """Run again what was lost, into *ours*; returns how many of them passed then."""
        passed: set[str] = set()
        for _ in range(REPEATS):
            lost = judge(stock, ours, reasons).lost
            again = sorted({test.partition(" (")[0] for test in lost})  # without subtests
            if not again or len(lost) > MANY:
                break
            say(f"{suite.name}: {len(lost)} lost, once more")
            runs = [self._new(suite, each, again) for each in suite.ours]
            found, _ = agreed(self._execute(runs))
            for test in set(lost) & names(found, "passed"):
                ours[test] = "passed"
                passed.add(test)
                say(f"passed when repeated: {suite.name} {test}")
        return len(passed)

    def _execute(self, runs: Sequence[Run]) -> list[Outcomes]:
        """Execute some at a time, and say how far they are."""
        # The longest first, so that the others fit beside it.
        order = sorted(runs, key=lambda run: run.suite.name != "ipykernel")
        with ThreadPoolExecutor(AT_ONCE) as pool:
            futures = {run: pool.submit(run.execute) for run in order}
            try:
                self._follow(futures)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                for run in runs:
                    run.end()
                raise
            return [futures[run].result() for run in runs]

    def _follow(self, futures: dict[Run, Future[Outcomes]]) -> None:
        told: set[Run] = set()
        while len(told) < len(futures):
            wait([f for run, f in futures.items() if run not in told], SAY_S, "FIRST_COMPLETED")
            elapsed = f"{time.monotonic() - self._began:4.0f} s "
            running = [run for run, future in futures.items() if future.running()]
            if running:
                say(f"{elapsed} {', '.join(run.progress() for run in running)}")
            for run in futures.keys() - told:
                if futures[run].done():
                    futures[run].result()
                    told.add(run)
                    say(f"{elapsed} {run}: ended after {run.took_s:.0f} s")


def tell(suite: Suite, verdict: Verdict, reasons: Sequence[Reason], runs: Sequence[Run]) -> None:
    """Say what is in a verdict, and how what was lost has failed in these runs."""
    failures = {test: text for run in runs for test, text in run.failures.items()}
    why = {reason.test: reason.reason for reason in reasons}
    for test in verdict.known:
        say(f"known: {suite.name} {test}\n    {why[test]}")
    for test in verdict.needless:
        say(f"NEEDLESS: the reason for {suite.name} {test}: it passes, or is no more")
    for test in verdict.lost:
        say(f"LOST: {suite.name} {test}")
        lines = failures.get(test, "no outcome").splitlines()
        say("\n".join(f"    {line}" for line in lines[-25:]))


def say_where(stored: dict[str, Any]) -> None:
    """Say in what the stored outcomes are not of what is here."""
    for name, value in stored.get("of", {}).items():
        if (here := what_is_here()[name]) != value:
            say(f"The stored outcomes are of {name} {value}, here is {here}")


def what_is_here() -> dict[str, str]:
    """Return what outcomes depend on."""
    return {
        "Python": ".".join(platform.python_version_tuple()[:2]),
        "system": sys.platform,
        **{package: version(package) for package in WATCHED},
    }


def write_stock(outcomes: dict[str, Outcomes]) -> None:
    """Write the file of the outcomes on stock."""
    content = {"of": what_is_here(), "outcomes": outcomes}
    STOCK.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    say(f"Written: {STOCK.name}")


def say_newer() -> None:
    """Say of which packages there are newer versions; without a network nothing."""
    call = [sys.executable, "-m", "pip", "--disable-pip-version-check", "list", "--outdated"]
    wanted = [part for name in installed_others() for part in ("--exclude", name)]
    done = subprocess.run(
        [*call, "--format=json", *wanted], capture_output=True, text=True, check=False
    )
    for entry in json.loads(done.stdout or "[]"):
        say(f"newer: {entry['name']} {entry['latest_version']}, here {entry['version']}")


def installed_others() -> list[str]:
    """Return the packages that are here and not to be asked for."""
    from importlib.metadata import distributions

    all_of_them = {each.metadata["Name"] for each in distributions()}
    return sorted(name for name in all_of_them if name not in WATCHED)


def say(text: str) -> None:
    """Print at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
