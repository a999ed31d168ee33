"""The command ``python -m benchmarks.race``; see the package for what it does."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks import report
from benchmarks.race import chart, page, peers, questions
from benchmarks.race.debugger import Inspect, LabDebugger, Rich
from benchmarks.race.extensions import Explorer, Lckr, Mljar
from benchmarks.race.front_ends import FrontEnd
from benchmarks.race.installation import Installation
from benchmarks.race.kernels import RacedKernel
from benchmarks.race.livens import Livens
from benchmarks.race.peers import Peer
from benchmarks.race.results import Results
from benchmarks.race.spyder import Spyder

ROOT = Path(__file__).parents[2]
LATEST = ROOT / "benchmarks/race/latest.json"
PUBLISHED = ROOT / "benchmarks/race/published.json"
PAGE, CHART = ROOT / "docs/race.md", ROOT / "docs/race.svg"


def main() -> int:
    """Run the race; returns the exit status."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no kernel is left
    began = time.perf_counter()
    results = Results(setting=report.setting() | {"quick": options.quick})
    _race(
        Installation(options.peers),
        results,
        options.only or list(questions.QUESTIONS),
        options.quick,
    )
    results.setting["load_after"] = [round(load, 2) for load in os.getloadavg()]
    results.setting["seconds"] = round(time.perf_counter() - began)
    results.write(LATEST)
    results = Results.read(LATEST)  # rounded, so that pages can be made again from the file
    print(f"\n{page.document(results)}\n")
    if not options.no_docs and not options.only:
        results.write(PUBLISHED)
        report.write_document(PAGE, page.document(results), page.BEGIN, page.END)
        CHART.write_text(chart.draw(results), "utf-8")
        print(f"{PAGE} and {CHART} were written anew")
    print(f"It took {results.setting['seconds']} s; every number is in {LATEST}")
    return 1 if peers.LIVENS.name in results.failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.race", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a first look, under two minutes")
    parser.add_argument(
        "--only", nargs="+", choices=list(questions.QUESTIONS), metavar="NAME",
        help=", ".join(questions.QUESTIONS) + "; the pages in docs/ stay as they are",
    )  # fmt: skip
    parser.add_argument(
        "--no-docs", action="store_true", help="leave the table and the chart in docs/ as they are"
    )
    parser.add_argument(
        "--peers",
        type=Path,
        metavar="FOLDER",
        default=ROOT / ".venv-race",
        help="where the peers are installed; by default .venv-race",
    )
    return parser


def _race(installation: Installation, results: Results, asked: list[str], is_quick: bool) -> None:
    """Start all kernels, and ask all questions."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        installed = _installed(installation, results)
        installation.write_kernelspecs(installed, folder)
        front_ends: dict[str, FrontEnd] = {}
        began = time.perf_counter()
        for peer in installed:
            try:
                front_ends[peer.name] = _started(stack, installation, peer)
            except Exception as error:  # noqa: BLE001 - others' code; the reason is in the page
                results.failed[peer.name] = f"{type(error).__name__}: {error}"[:200]
        field = questions.Field(front_ends, results)
        print(f"{len(front_ends)} kernels: {time.perf_counter() - began:.0f} s", flush=True)
        for name in asked:
            began = time.perf_counter()
            questions.QUESTIONS[name](field, is_quick)
            results.write(LATEST)
            print(f"{name}: {time.perf_counter() - began:.0f} s", flush=True)


def _installed(installation: Installation, results: Results) -> list[Peer]:
    """Install what is not installed yet; returns those that can be started."""
    installed = []
    for peer in (*peers.FLOORS, *peers.RACED):
        try:
            installation.install(peer)
        except Exception as error:  # noqa: BLE001 - whatever stops pip, the others still run
            results.failed[peer.name] = str(error)[:200]
            continue
        results.peers[peer.name] = installation.version(peer)
        installed.append(peer)
    return installed


def _started(stack: ExitStack, installation: Installation, peer: Peer) -> FrontEnd:
    """Start the kernel of a peer, and open its front end."""
    kernel = stack.enter_context(RacedKernel(installation.variant(peer)))
    front_end = FRONT_ENDS[peer](installation, kernel)
    front_end.attach()
    return front_end


FRONT_ENDS: dict[Peer, Callable[[Installation, RacedKernel], FrontEnd]] = {
    peers.STOCK: lambda _, kernel: FrontEnd(kernel),
    peers.STOCK_OF_SPYDER: lambda _, kernel: FrontEnd(kernel),
    peers.LIVENS: lambda _, kernel: Livens(kernel),
    peers.LCKR: lambda files, kernel: Lckr(kernel, files.files(peers.LCKR)),
    peers.MLJAR: lambda files, kernel: Mljar(kernel, files.files(peers.MLJAR)),
    peers.EXPLORER: lambda files, kernel: Explorer(kernel, files.files(peers.EXPLORER)),
    peers.SPYDER: lambda files, kernel: Spyder(kernel, files.packages(peers.SPYDER)),
    peers.INSPECT: lambda _, kernel: Inspect(kernel),
    peers.RICH: lambda _, kernel: Rich(kernel),
    peers.LAB_DEBUGGER: lambda _, kernel: LabDebugger(kernel),
}
"""Who plays a peer, with the kernel that runs for it."""


if __name__ == "__main__":
    sys.exit(main())
