"""The parts of livens alone, without a kernel, timed by pyperf.

``python -m benchmarks.micro`` is a pyperf script with pyperf's own options (``--fast``,
``-o micro.json``); `timed` runs it and reads what it wrote.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from benchmarks.rounds import Plan
from benchmarks.suite import NESTED_CALLS
from benchmarks.variants import LIVENS

MEASURE = "parts alone"
SIZES = (10, 100, 1_000, 10_000, 100_000)


def timed(plan: Plan) -> list[Figure]:
    """Run this module by pyperf in processes of its own; no figures where pyperf is missing."""
    try:
        import pyperf
    except ImportError:
        print("  pyperf is not here, the parts alone are left out: pip install 'livens[bench]'")
        return []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "micro.json"
        options = plan.pick(guard=["-p1"], quick=["-p2", "-n2", "-w1"], full=["-p3", "-n3", "-w1"])
        command = [sys.executable, "-m", "benchmarks.micro", "-q", "-o", str(file), *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        suite = pyperf.BenchmarkSuite.load(str(file))
    figures = []
    for benchmark in suite.get_benchmarks():
        values = [value * 1e6 for value in benchmark.get_values()]
        figure = Figure(MEASURE, benchmark.get_name(), "µs").add(LIVENS, values)
        figures.append(figure)
    return figures


Part = Callable[[], object]
"""Does once what is timed."""

Maker = Callable[[], Part]
"""Makes what the part needs, in the process that times it and in no other."""


def parts() -> dict[str, Maker]:
    """Return what is timed, by name."""
    return {
        "calls in functions, globals: exact dict": lambda: _calls(is_exact=True),
        "calls in functions, globals: MonitoredDict": lambda: _calls(is_exact=False),
        "loop at the top level, locals: exact dict": lambda: _loop(is_exact=True),
        "loop at the top level, locals: MonitoredDict": lambda: _loop(is_exact=False),
        "MonitoredDict: 1,000 stores, nobody listens": lambda: _stores(None),
        "MonitoredDict: 1,000 stores, listening": lambda: _stores(lambda name: None),
        **{f"Snapshot.compare_all: {size:,} names": partial(_compare_all, size) for size in SIZES},
        "Snapshot.compare: 10 names": _compare,
        **{f"describe: {name}": partial(_describe, name) for name in KINDS},
        "Throttle: one round": _throttle,
        "messages.encode: 1 variable": lambda: _encode(1),
        "messages.encode: 1,000 variables": lambda: _encode(1_000),
        "Watcher: one store, one flush": _watcher,
    }


def _calls(*, is_exact: bool) -> Part:
    """Time functions whose globals are one or the other: why livens keeps an exact dict."""
    from livens.watching.namespace import MonitoredDict

    exact: dict[str, Any] = {"__builtins__": __builtins__}
    exec(NESTED_CALLS.preparation, exact if is_exact else MonitoredDict(exact))
    function = exact["outer"]
    return lambda: function(1_000)


def _loop(*, is_exact: bool) -> Part:
    """Time a loop that stores: why livens runs such statements on the exact dict."""
    from livens.watching.namespace import MonitoredDict

    code = compile("for i in range(10_000):\n    x = i", "cell", "exec")
    exact: dict[str, Any] = {"__builtins__": __builtins__}
    space = exact if is_exact else MonitoredDict(exact, lambda name: None)
    return lambda: exec(code, exact, space)


def _stores(on_change: Callable[[Any], None] | None) -> Part:
    from livens.watching.namespace import MonitoredDict

    namespace = MonitoredDict({}, on_change)

    def store() -> None:
        for i in range(1_000):
            namespace["x"] = i

    return store


def _values(count: int) -> dict[str, Any]:
    return {f"v{i}": (i, i / 3, f"text {i}", [i, 1], {"n": i})[i % 5] for i in range(count)}


def _compare_all(size: int) -> Part:
    from livens.watching.snapshot import Snapshot

    snapshot = Snapshot(_values(size))
    snapshot.remember_all()
    return snapshot.compare_all


def _compare() -> Part:
    from livens.watching.snapshot import Snapshot

    snapshot = Snapshot(_values(1_000))
    snapshot.remember_all()
    names = [f"v{i}" for i in range(10)]
    return lambda: snapshot.compare(names)


class _Point:
    def __init__(self) -> None:
        self.x, self.y = 1.0, 2.0


def _array() -> object:
    import numpy as np

    return np.zeros(1_000_000)


def _frame() -> object:
    import numpy as np
    import pandas as pd

    return pd.DataFrame(np.zeros((1_000_000, 10)))


def _series() -> object:
    import numpy as np
    import pandas as pd

    return pd.Series(np.zeros(1_000_000))


KINDS: dict[str, Callable[[], object]] = {
    "int": lambda: 1,
    "float": lambda: 0.5,
    "short str": lambda: "some text",
    "str of 1 million": lambda: "x" * 1_000_000,
    "short list": lambda: [1, 2, 3],
    "list of 1 million": lambda: list(range(1_000_000)),
    "list of lists": lambda: [[i] * 10 for i in range(1_000)],
    "dict of 1 million": lambda: dict.fromkeys(range(1_000_000)),
    "set of 1,000": lambda: set(range(1_000)),
    "object": _Point,
    "function": lambda: _values,
    "class": lambda: _Point,
    "module": lambda: subprocess,
    "array of 1 million": _array,
    "frame of 1 million rows": _frame,
    "series of 1 million": _series,
}
"""A value of each kind."""


def _describe(kind: str) -> Part:
    from livens.values import adapters
    from livens.values.descriptions import describe

    adapters.register_all()
    value = KINDS[kind]()
    return lambda: describe("name", value)


def _throttle() -> Part:
    from livens.watching.throttle import Throttle

    throttle = Throttle(0.05)

    def one_round() -> bool:
        throttle.sent(1.0)
        return throttle.is_due(2.0)

    return one_round


def _encode(count: int) -> Part:
    from livens.protocol import messages
    from livens.protocol.types import Cell
    from livens.values.descriptions import describe

    variables = [describe(name, value) for name, value in _values(count).items()]
    params = messages.UpdateParams(epoch="e", seq=1, changed=variables, cell=Cell("id", True, 12))
    return lambda: messages.encode(messages.Update(params))


def _watcher() -> Part:
    from livens.protocol import requests
    from livens.watching.watcher import Watcher

    watcher, values = Watcher(), count()
    watcher.subscribe(requests.Subscription(), lambda message, cell: None)

    def store_and_flush() -> None:
        watcher.namespace["x"] = next(values)
        watcher.flush()

    return store_and_flush


def _main() -> None:
    import pyperf

    runner = pyperf.Runner(program_args=("-m", "benchmarks.micro"))
    options = runner.parse_args()
    for number, (name, make) in enumerate(parts().items()):
        is_timed_here = options.worker and options.worker_task == number
        runner.bench_func(name, make() if is_timed_here else _nothing)


def _nothing() -> None:
    """Stand for a part that another process times."""


if __name__ == "__main__":
    _main()
