"""Four engines, and short tasks of dask: ``python -m benchmarks.clusters``.

Of engines: how many updates a second come from each, by every way in which they run code. Of dask:
what a thousand short tasks take while a terminal watches the workers, by what they take without, in
turns. Needs ipyparallel and distributed; ``make prove-cluster`` does it, on an idle machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from livens.cluster import watch
from livens.cluster.fleet import Fleet

LEAST_UPDATES = 15.0
"""Updates a second from each engine."""

MOST_COST = 1.05
"""The time of tasks that are watched, by that of tasks that are not."""

LOOP = """
import time
for i in range({number}):
    x = i
    time.sleep(0.01)
"""


def _store(number: int) -> int:
    """Store a global again and again; runs in the engines."""
    import time

    for i in range(number):
        globals()["x"] = i
        time.sleep(0.01)
    return number


WAYS: dict[str, Callable[[Any, int], Any]] = {
    "execute": lambda client, number: client[:].execute(LOOP.format(number=number)),
    "%px": lambda client, number: client[:].execute(LOOP.format(number=number), silent=False),
    "apply": lambda client, number: client[:].apply_async(_store, number),
    "load-balanced": lambda client, number: client.load_balanced_view().map_async(
        _store, [number // 4] * 4 * len(client.ids)
    ),
}


def engines(count: int, seconds: float, *, curve: bool) -> bool:
    """Print the updates a second of each engine; returns whether all are enough."""
    import ipyparallel
    from traitlets.config import Config

    config = Config(
        {"EngineLauncher": {"engine_args": ["--InteractiveShellApp.extensions=livens"]}}
    )
    arguments = ["--IPController.enable_curve=True"] if curve else []
    cluster = ipyparallel.Cluster(n=count, config=config, controller_args=arguments)
    client = cluster.start_and_connect_sync(activate=False)
    try:
        with watch(client) as fleet:
            while {m.state for m in fleet.members.values()} != {"watched"}:
                fleet.wait(0.5)
            enough = [_measure(client, fleet, way, seconds) for way in WAYS]
            return all(enough)
    finally:
        client.close()
        cluster.stop_cluster_sync()


def _measure(client: Any, fleet: Fleet, way: str, seconds: float) -> bool:
    counts: Counter[Any] = Counter()
    began = time.monotonic()
    running = WAYS[way](client, int(seconds * 100))
    while not running.ready():
        counts.update(key for key, _ in fleet.wait(0.05))
    took = time.monotonic() - began
    rates = [counts[key] / took for key in client.ids]
    shown = " ".join(f"{rate:.1f}" for rate in rates)
    print(f"{way:14} updates a second of each engine: {shown}")
    return min(rates) >= LEAST_UPDATES


def _tiny(number: int) -> int:
    return number + 1


def tasks(count: int, rounds: int) -> bool:
    """Print what watching costs short tasks; returns whether it is little enough."""
    from distributed import Client, LocalCluster

    times: dict[bool, list[float]] = {True: [], False: []}
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        _timed(client, count)
        for number in range(rounds * 2):
            is_watched = bool(number % 2)
            viewer = _viewer(client, cluster.scheduler_address) if is_watched else None
            times[is_watched].append(_timed(client, count))
            if viewer is not None:
                viewer.terminate()
                viewer.wait(30)
    plain, watched = (statistics.median(times[key]) for key in (False, True))
    ratio = watched / plain
    print(f"{count} tasks: {plain:.3f} s unwatched, {watched:.3f} s watched, {ratio:.3f} times")
    return ratio <= MOST_COST


def _viewer(client: Any, address: str) -> subprocess.Popen[bytes]:
    """Watch in a process of its own, and wait until the workers are watched."""
    command = [sys.executable, "-m", "livens.cli", "watch", "--dask", address, "--json"]
    viewer = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while not all(client.run(_is_watched).values()):
        time.sleep(0.1)
    return viewer


def _is_watched(dask_worker: Any) -> bool:
    return any(str(name).startswith("livens-") for name in dask_worker.plugins)


def _timed(client: Any, count: int) -> float:
    began = time.perf_counter()
    client.gather(client.map(_tiny, range(count), pure=False))
    return time.perf_counter() - began


def main() -> int:
    """Measure; returns 0 if all is as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engines", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--tasks", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--no-curve", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IPYTHONDIR"] = folder
        Path(folder, "profile_default").mkdir()
        are_quick = engines(args.engines, args.seconds, curve=not args.no_curve)
        is_cheap = tasks(args.tasks, args.rounds)
    print("as it must be" if are_quick and is_cheap else "FAILED: see above")
    return 0 if are_quick and is_cheap else 1


if __name__ == "__main__":
    sys.exit(main())
