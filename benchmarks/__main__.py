"""The command ``python -m benchmarks``; see the package for what it does."""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from benchmarks import before, guard, panel, report, revisions
from benchmarks.figures import Figure
from benchmarks.questions import NOT_AGAINST, NOT_QUICK, QUESTIONS
from benchmarks.rounds import Plan

HERE = Path(__file__).parent
LATEST, PUBLISHED = HERE / "latest.json", HERE / "published.json"
PANEL = HERE / "panel.json"
DOCUMENT = HERE.parent / "docs" / "performance.md"


def main() -> int:
    """Measure what was asked for; returns the exit status."""
    parser = _parser()
    options = parser.parse_args()
    if options.guard:
        return guard.run()
    if options.panel:
        return _tell_of_panel(options.panel)
    against = options.against
    commit = revisions.commit_of(against) if against else None
    if against and not commit:
        parser.error(f"--against: there is no commit {against!r}")
    with revisions.beside(against, commit) if commit else nullcontext() as trees:
        return _measure(options, Plan("quick" if options.quick else "full", trees))


def _measure(options: argparse.Namespace, plan: Plan) -> int:
    left_out = (NOT_QUICK if options.quick else set()) | (NOT_AGAINST if plan.trees else set())
    names = options.only or [name for name in QUESTIONS if name not in left_out]
    where = report.setting()
    if plan.trees:
        before.check_kernels(plan)
    figures, changes = _measured(plan, names)
    if plan.trees:
        where["against"] = {
            "revision": plan.trees.revision,
            "commit": plan.trees.commit,
            "worse": [change.label for change in before.worse_of(changes)],
        }
    path = options.json or (PUBLISHED if options.write_docs else LATEST)
    report.write_json(path, where, figures)
    print(f"\nEvery number is in {path}")
    if options.write_docs:
        report.write_document(DOCUMENT, report.document(where, figures))
        print(f"The table in {DOCUMENT} was written anew")
    missed = _print_misses(figures)
    if not plan.trees:
        return 1 if options.strict and missed else 0
    print(f"\n{before.table(changes, plan.trees.revision)}\n\n{before.conclusion(changes)}")
    return 1 if before.worse_of(changes) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a first look, under two minutes")
    parser.add_argument("--guard", action="store_true", help="the small part with wide limits")
    parser.add_argument(
        "--against",
        metavar="REV",
        help="run the kernels of this commit in the same rounds; fails if anything became worse",
    )
    parser.add_argument(
        "--panel", type=Path, metavar="FILE", help="tell of what the tests in the browser measured"
    )
    parser.add_argument(
        "--only", nargs="+", choices=list(QUESTIONS), metavar="NAME", help=", ".join(QUESTIONS)
    )
    parser.add_argument("--strict", action="store_true", help="fail if a target is missed")
    parser.add_argument("--json", type=Path, metavar="FILE", help=f"by default {LATEST.name}")
    parser.add_argument(
        "--write-docs", action="store_true", help="replace the table in docs/performance.md"
    )
    return parser


def _tell_of_panel(path: Path) -> int:
    where, lines = report.setting(), panel.read(path)
    panel.write(PANEL, where, lines)
    report.write_document(DOCUMENT, panel.document(where, lines), panel.BEGIN, panel.END)
    print(f"{len(lines)} figures are in {PANEL} and {DOCUMENT}")
    return 0


def _measured(plan: Plan, names: list[str]) -> tuple[list[Figure], list[before.Change]]:
    """Return all figures, and what became of them since the commit to compare with, if any."""
    figures: list[Figure] = []
    changes: list[before.Change] = []
    for name in names:
        began = time.perf_counter()
        found = QUESTIONS[name](plan)
        print(f"\n{name} ({time.perf_counter() - began:.0f} s)")
        for figure in found:
            print(report.line(figure), flush=True)
        figures += found
        changes += before.confirmed(before.changes_of(found), partial(QUESTIONS[name], plan))
    return figures, changes


def _print_misses(figures: list[Figure]) -> int:
    """Print what did not show that it meets its target; returns how many certainly do not."""
    print()
    for figure in figures:
        if figure.verdict in ("missed", "unsure"):
            print(report.line(figure))
    return sum(figure.verdict == "missed" for figure in figures)


if __name__ == "__main__":
    sys.exit(main())
