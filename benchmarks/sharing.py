"""Whether all who share names agree in the end, and how soon: ``python -m benchmarks.sharing``.

By each store two kernels and a program write a hundred names at once, ten thousand times each. Then
it is measured, by the stores in turns, how long a write takes to where it is seen. At last two
hosts, which are network namespaces with a kernel each, do the same by a Redis in one of them; that
needs root and the program ``ip``.

Needs ``tests/support`` in PYTHONPATH; ``make prove-share`` does it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from convergence import SHARES, WRITES, Seen, agree, write_at_once
from kernels import started
from redis_servers import RedisServer
from room_servers import RoomServer

import livens.state
from livens.testing import KernelClient

POLLS = """
import threading, time
seen = []
def poll():
    last = None
    while not stop.is_set():
        now = globals().get("n_in")
        if now is not last and now is not None:
            seen.append((now, time.time()))
            last = now
        time.sleep(0.0003)
stop = threading.Event()
threading.Thread(target=poll, daemon=True).start()
"""


@contextmanager
def stores(folder: Path) -> Iterator[dict[str, str]]:
    """Return the URL of an empty store of each kind."""
    (folder / "redis").mkdir()
    (folder / "rooms").mkdir()
    redis, rooms = RedisServer(folder / "redis"), RoomServer(folder / "rooms")
    try:
        yield {
            "sqlite": f"sqlite:///{folder}/shared.db",
            "redis": f"redis://127.0.0.1:{redis.port}/0",
            "room": rooms.url("shared"),
        }
    finally:
        redis.stop()
        rooms.stop()


def converge(kernels: list[KernelClient], kind: str, url: str, writes: int) -> bool:
    """Write at once, and return whether all agree and saw each name in its order."""
    seen = Seen(url)
    began = time.perf_counter()
    write_at_once(kernels, url, writes)
    wrote_s = time.perf_counter() - began
    agree(kernels, url)
    agreed_s = time.perf_counter() - began - wrote_s
    seen.close()
    disorders = seen.disorders()
    print(
        f"{kind:8} 3 writers, {writes:,} writes each on 100 names in {wrote_s:.1f} s; all agree "
        f"{agreed_s:.1f} s later; {len(seen.changes):,} changes seen, "
        f"{len(disorders)} in a wrong order"
    )
    for kernel in kernels:
        kernel.execute("livens.unshare()\n%reset -f")
    return not disorders


class Receiver:
    """Watches a store, and notes how long each write took to get here."""

    def __init__(self, url: str) -> None:
        self._store = livens.state.open(url, source="receiver")
        self._coming = self._store.watch()
        self.took_ms: list[float] = []
        self._came = threading.Semaphore(0)
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        for change in self._coming:
            if change.name == "n_out":
                self.took_ms.append((time.time() - change.value) * 1000)
                self._came.release()

    def wait(self) -> None:
        """Wait for one more."""
        assert self._came.acquire(timeout=30)

    def close(self) -> None:
        """End."""
        self._store.close()


def latencies(kernel: KernelClient, urls: dict[str, str], rounds: int) -> None:
    """Measure each way of each store, in turns."""
    took: dict[tuple[str, str], list[float]] = {}
    for kind, url in urls.items():
        with livens.state.open(url, source="sender") as store:
            receiver = Receiver(url)
            for _ in range(rounds):
                time.sleep(0.01)
                store.set("n_out", time.time())
                receiver.wait()
            took[kind, "program to program"], receiver.took_ms = receiver.took_ms, []
            kernel.execute(f"import livens, time\nlivens.share('n_*', store={url!r})")
            for _ in range(rounds):
                kernel.execute("n_out = time.time()")
                receiver.wait()
            took[kind, "kernel to program"] = receiver.took_ms
            kernel.execute(POLLS)
            for _ in range(rounds):
                time.sleep(0.01)
                store.set("n_in", time.time())
            time.sleep(0.5)
            text = kernel.execute("print([(b - a) * 1000 for a, b in seen])").stdout
            took[kind, "program to kernel"] = json.loads(text.splitlines()[0])
            receiver.close()
            kernel.execute("stop.set()\nlivens.unshare()\n%reset -f")
    for (kind, way), values in took.items():
        values.sort()
        p95 = values[int(len(values) * 0.95)]
        print(
            f"{kind:8} {way:20} median {statistics.median(values):6.1f} ms, 95 % {p95:6.1f} ms "
            f"({len(values)} writes)"
        )


# -- two hosts -----------------------------------------------------------------------------------

HOSTS = {"livens-a": "10.213.7.1", "livens-b": "10.213.7.2"}


@contextmanager
def network() -> Iterator[None]:
    """Two network namespaces with a cable between them, and nothing else."""
    one, other = HOSTS
    setup = [
        f"ip netns add {one}",
        f"ip netns add {other}",
        f"ip link add lv0 netns {one} type veth peer name lv1 netns {other}",
        *(f"ip -n {name} link set lo up" for name in HOSTS),
        f"ip -n {one} addr add {HOSTS[one]}/24 dev lv0",
        f"ip -n {other} addr add {HOSTS[other]}/24 dev lv1",
        f"ip -n {one} link set lv0 up",
        f"ip -n {other} link set lv1 up",
    ]
    try:
        for command in setup:
            subprocess.run(command.split(), check=True, timeout=20)
        yield
    finally:
        for name in HOSTS:
            subprocess.run(["ip", "netns", "delete", name], check=False, timeout=20)


def two_hosts(folder: Path, writes: int) -> bool:
    """Have a kernel on each of two hosts write at once, by a Redis on the first."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        print("two hosts: NOT MEASURED, since that needs root and the program `ip`")
        return True
    one = next(iter(HOSTS))
    url = f"redis://{HOSTS[one]}:6379/0"
    with network(), ExitStack() as stack:
        server = subprocess.Popen(
            ["ip", "netns", "exec", one, "redis-server", "--bind", HOSTS[one], "--save", "",
             "--protected-mode", "no", "--dir", str(folder)],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        stack.callback(server.wait, 20)
        stack.callback(server.kill)
        began = time.perf_counter()
        me = [sys.executable, "-m", "benchmarks.sharing", "--writes", str(writes), "--url", url]
        running = [
            subprocess.Popen(
                ["ip", "netns", "exec", name, *me, "--host", name], stdout=subprocess.PIPE
            )
            for name in HOSTS
        ]
        told = [json.loads(each.communicate(timeout=300)[0]) for each in running]
        seconds = time.perf_counter() - began
    agrees = told[0]["values"] == told[1]["values"] and len(told[0]["values"]) == 100
    sources = {value[0] for value in told[0]["values"].values()}
    disorders = sum(each["disorders"] for each in told)
    print(
        f"redis    two hosts, a kernel on each, {writes:,} writes each: "
        f"{'all agree' if agrees else 'THEY DISAGREE'}, {disorders} in a wrong order, "
        f"{seconds:.1f} s with the start of the kernels; the last writes are of "
        f"{', '.join(sorted(sources))}"
    )
    return agrees and not disorders


def be_host(name: str, url: str, writes: int) -> None:
    """Write by a kernel of this host, until both have written and all agree; print the values."""
    with started() as (_, kernel), livens.state.open(url, source=name) as store:
        seen = Seen(url)
        kernel.execute(SHARES.format(url=url))
        store.set(f"ready_{name}", 1)
        while len([n for n in store.get_many() if n.startswith("ready_")]) < 2:
            time.sleep(0.01)
        kernel.execute(WRITES.format(writes=writes, names=100, me=name))
        while (last := kernel.execute("n99").result) and not store.get("n99"):
            assert last
        store.set(f"done_{name}", 1)
        while len([n for n in store.get_many() if n.startswith("done_")]) < 2:
            time.sleep(0.01)
        time.sleep(1.0)  # what the other one wrote last is on its way
        values = _agreed(kernel, url)
        seen.close()
        seen.changes = [change for change in seen.changes if change.name.startswith("n")]
        print(json.dumps({"values": values, "disorders": len(seen.disorders())}))


def _agreed(kernel: KernelClient, url: str) -> dict[str, object]:
    """Return the values that kernel and store agree on, without the signs of who is ready."""
    state = "print({n: v for n, v in globals().items() if n[0] == 'n' and n[1:].isdigit()})"
    with livens.state.open(url) as store:
        while True:
            text = kernel.execute(state).stdout.partition("\n")[0]
            there = {c.name: c.value for c in store.get_many().values() if c.name.startswith("n")}
            if text == str({name: there.get(name) for name in eval(text)}) and len(there) == 100:
                return dict(sorted(there.items()))


def one_host(folder: Path, only: str | None, writes: int, rounds: int) -> bool:
    """Do what needs one host; returns whether all agreed."""
    is_right = True
    with stores(folder) as urls, started() as (_, one), started() as (_, other):
        for kind, url in urls.items():
            if only in (None, kind):
                is_right &= converge([one, other], kind, url, writes)
        if only in (None, "latency"):
            latencies(one, urls, rounds)
    return is_right


def main() -> int:
    """Do all of it; returns 1 if somebody disagrees."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sharing", description=__doc__)
    parser.add_argument("--writes", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--only", choices=["sqlite", "redis", "room", "latency", "hosts"])
    parser.add_argument("--host", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.host:
        be_host(args.host, args.url, args.writes)
        return 0
    is_right = True
    with tempfile.TemporaryDirectory(prefix="livens-sharing-") as name:
        folder = Path(name)
        if args.only != "hosts":
            is_right &= one_host(folder, args.only, args.writes, args.rounds)
        if args.only in (None, "hosts"):
            is_right &= two_hosts(folder, args.writes)
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
