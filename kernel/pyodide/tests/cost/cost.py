"""What watching costs in Pyodide: the same code watched and unwatched, in turns, in one process.

Run by ``cost.mjs``, which shows the table. The rounds are so many that a run takes about a fifth of
a second. Each figure is the median of what the pairs of neighbours say. Seconds are those of the
processor, so that other programs of the machine count less.
"""

import json
from statistics import median

from js import process as node

from livens.kernel.embedding import Process
from livens.kernel.loop_events import LoopEvents
from livens.kernel.ticks import Ticks

PAIRS = {"signals": 9, "jumps": 3}

CODES = {
    "for i in range(n): pass": "for i in range(4_000_000): pass",
    "for i in range(n): x = i": "for i in range(3_000_000): x = i",
    "for i in range(n): s += i": "s = 0\nfor i in range(1_500_000): s += i",
    "while i < n: i += 1": "i = 0\nwhile i < 1_500_000: i += 1",
    "rounds of 5 µs": "for i in range(20_000): x = sum(range(400))",
    "rounds of 8 ms": "for i in range(40): x = sum(range(200_000))",
    "a function with a loop": "f(2_000_000)",
    "calls of functions": "fib(27)",
}

FUNCTIONS = """
def f(n):
    s = 0
    for i in range(n):
        s += i
    return s

def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
"""


class NoTicks(Ticks):
    """As where CPython asks nobody for signals."""

    def start(self):
        """Say that there are none."""
        return False


def now():
    """Return the seconds that the processor has worked for this program."""
    usage = node.cpuUsage()
    return (usage.user + usage.system) / 1e6


async def seconds(process, code):
    """Return how long a run takes."""
    began = now()
    outcome = json.loads(await process.run(code))
    took = now() - began
    assert outcome["status"] == "ok", outcome
    return took


async def compare(process, code, told, pairs_wanted):
    """Return the seconds without a client, and how many times as long it takes with one."""
    await seconds(process, code)
    pairs = []
    for number in range(pairs_wanted):
        times = {}
        for is_watched in (False, True) if number % 2 else (True, False):
            connection = process.connect(told) if is_watched else None
            times[is_watched] = await seconds(process, code)
            if connection is not None:
                connection.close()
        pairs.append(times)
    return {
        "unwatched_s": median(times[False] for times in pairs),
        "ratio": median(times[True] / times[False] for times in pairs),
    }


async def assignments(process, told):
    """Return the milliseconds that ``x = k`` takes, watched and unwatched."""
    found = {}
    for is_watched in (False, True):
        connection = process.connect(told) if is_watched else None
        times = [await seconds(process, f"x = {k}") for k in range(200)]
        found["watched_ms" if is_watched else "unwatched_ms"] = 1000 * median(times)
        found["longest_watched_ms" if is_watched else "longest_ms"] = 1000 * max(times)
        if connection is not None:
            connection.close()
    return found


async def main():
    """Return all figures as JSON."""
    updates = []
    figures = {}
    for way in ("signals", "jumps"):
        process = Process()
        if way == "jumps":
            namespace = process.interpreter.namespace
            process._events = LoopEvents(process.driver.look, namespace, ticks=NoTicks(print))
        await process.run(FUNCTIONS)
        loops = {}
        for name, code in CODES.items():
            updates.clear()
            loops[name] = await compare(process, code, updates.append, PAIRS[way])
            loops[name]["updates"] = len(updates) / PAIRS[way]
        figures[way] = {"loops": loops, "x = k": await assignments(process, updates.append)}
    return json.dumps(figures)


await main()  # noqa: F704, PLE1142 - Pyodide runs this file by `runPythonAsync`
