"""Tables of a real kernel: a page beside a running cell, and what stays untouched."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from gates import IS_PROOF

from livens.client.blocking import watch
from livens.protocol.messages import ProgressParams
from livens.testing import KernelClient

FRAME = """
import numpy as np, pandas as pd
rng = np.random.default_rng(0)
df = pd.DataFrame({"n": rng.permutation(100_000), "g": rng.integers(0, 5, 100_000)})
df["t"] = df["g"].map(dict(enumerate("abcde")))
df.insert(0, "n", df["n"] * 2.0, allow_duplicates=True)
"""

BUSY = "import time\nwaiting = True\nwhile waiting: time.sleep(0.01)"
"""A cell that runs until it is interrupted."""

COMPUTING = "waiting = True\nsteps = 0\nwhile waiting: steps += 1"
"""The same with no pause in it: the GIL is given away by force only."""

PATH = [["name", "df"]]


@pytest.mark.parametrize("code", [BUSY, COMPUTING], ids=["waiting", "computing"])
@pytest.mark.parametrize("channel", ["control", "shell"])
def test_page_while_a_cell_runs(
    kernel: KernelClient, subshell: str, interrupt: Callable[[], None], channel: str, code: str
) -> None:
    """On control and on a subshell a sorted, filtered, summed up page comes beside a cell."""
    header = {"subshell_id": subshell} if channel == "shell" else None
    kernel.open(channel, header)
    kernel.execute(FRAME)
    cell = kernel.start(code)
    kernel.wait_for(lambda: "waiting" in kernel.variables)
    page = kernel.request(
        "table",
        channel,
        header,
        path=PATH,
        sort=[{"column": 3}, {"column": 1, "descending": True}],
        filters=[{"column": 1, "op": "<", "value": 50_000}],
        summary=True,
        timeout_ms=20_000,
    )
    assert [c["label"] for c in page["columns"]] == ["n", "n", "g", "t"]
    assert (page["shape"], page["total"]) == ([100_000, 4], 50_000)
    assert {row[3] for row in page["rows"]} == {"a"}
    numbers = [row[1] for row in page["rows"]]
    assert numbers == sorted(numbers, reverse=True)
    assert [row[0] for row in page["rows"]] == [2.0 * n for n in numbers]
    assert (page["columns"][1]["min"], page["columns"][1]["max"]) == (0, 49_999)
    assert sum(page["columns"][0]["histogram"]["counts"]) == 50_000
    assert "sampled" not in page
    interrupt()
    assert kernel.finish(cell).error == "KeyboardInterrupt"


def test_main_shell_is_free_while_a_page_is_made(watched: KernelClient) -> None:
    """A page asked for on the main shell is made in a thread: the next cell does not wait."""
    watched.execute("text = [{'t': str(n)} for n in range(400_000)]")
    request = {
        "method": "table",
        "params": {"path": [["name", "text"]], "sort": [{"column": 0}], "timeout_ms": 60_000},
        "id": "slow",
    }
    watched.send_data(request, "shell")
    run = watched.execute("done = 1")
    assert run.error is None
    assert "slow" not in watched._answers
    page = watched.wait_for(lambda: watched._answers.get("slow"), 60)
    assert page["rows"][:2] == [["0"], ["1"]]


MILLION = """
import numpy as np, pandas as pd
rng = np.random.default_rng(0)
rows = ROWS
df = pd.DataFrame({
    "f": rng.random(rows),
    "i": rng.integers(0, 1000, rows),
    "t": [f"name {n}" for n in rng.permutation(rows)],
    "d": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 10**6, rows), unit="s"),
    "b": rng.random(rows) < 0.5,
})
df.loc[::7, "f"] = np.nan
"""


def test_all_rows_are_sorted_with_progress_and_can_be_cancelled(
    watched: KernelClient, interrupt: Callable[[], None]
) -> None:
    """Beside a computing cell all rows are sorted; the work is told, and ends when cancelled."""
    watched.execute(MILLION.replace("ROWS", "1_000_000" if IS_PROOF else "200_000"))
    first = "print([*map(str, df.sort_values('{}', kind='stable').index[:3])], {})"
    expected = [
        watched.execute(first.format(name, "int(df.f.isna().sum())")).stdout for name in "fitdb"
    ]
    threads = "import threading; print([t.name for t in threading.enumerate()])"
    found = []
    for column in range(5):
        page = watched.request(
            "table", path=PATH, sort=[{"column": column}], limit=3, columns=[0], summary=True
        )
        assert "sampled" not in page
        assert "sampled" not in page["columns"][0]
        found.append(f"{page['index']} {page['columns'][0]['nulls']}\n")
    assert found == expected
    cell = watched.start(COMPUTING)
    watched.wait_for(lambda: "steps" in watched.variables)
    params = {"path": PATH, "sort": [{"column": 2}], "progress": True, "timeout_ms": 600_000}
    watched.send_data({"method": "table", "params": params, "id": "long"})
    told = watched.wait_for(lambda: watched.progress[1:], 60)
    assert {(told[0].id, told[0].doing), (told[-1].id, told[-1].doing)} == {("long", "sorting")}
    assert 0 < told[0].done < 1
    assert watched.request("cancel", id="long") == {"id": "long", "cancelled": True}
    assert watched._answers["long"].code == -32008
    assert watched.request("cancel", id="long") == {"id": "long", "cancelled": False}
    interrupt()
    assert watched.finish(cell).error == "KeyboardInterrupt"
    watched.wait_for(lambda: "livens-table" not in watched.execute(threads).stdout)


def test_watch_is_told_the_progress_and_cancels(
    watched: KernelClient, interrupt: Callable[[], None]
) -> None:
    """A wait that times out, or a task that is cancelled, ends the work in the kernel."""
    watched.execute(MILLION.replace("ROWS", "200_000"))
    working = "import threading; print('livens-table' in [t.name for t in threading.enumerate()])"
    cell = watched.start(COMPUTING)
    watched.wait_for(lambda: "steps" in watched.variables)
    told: list[float] = []

    async def main() -> None:
        async with watch(watched.client) as changes:
            is_told = asyncio.Event()

            def tell(progress: ProgressParams) -> None:
                told.append(progress.done)
                is_told.set()

            asking = changes.request(
                "table", path=PATH, sort=[{"column": 2}], timeout=None, on_progress=tell
            )
            task = asyncio.ensure_future(asking)
            await is_told.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert 0 <= told[0] < 1
    with watch(watched.client) as changes, pytest.raises(TimeoutError):
        changes.request("table", path=PATH, sort=[{"column": 2}], timeout=0.01)
    interrupt()
    watched.finish(cell)
    watched.wait_for(lambda: watched.execute(working).stdout == "False\n")


@pytest.mark.skipif(not IS_PROOF, reason="measures time: make prove-pace")
@pytest.mark.parametrize("column", range(5))
def test_cell_keeps_its_speed_beside_a_sort(watched: KernelClient, column: int) -> None:
    """A computing cell takes as long beside the sorting of a million rows as alone, or 1.05x."""
    watched.execute(MILLION.replace("ROWS", "1_000_000"))
    watched.execute(
        "import time\ndef work():\n    begun, total = time.perf_counter(), 0\n"
        "    for n in range(8_000_000): total += n * n % 7\n"
        "    return time.perf_counter() - begun"
    )
    params = {"path": PATH, "sort": [{"column": column}], "limit": 3, "timeout_ms": 600_000}
    ratios = []
    for turn in range(9):
        alone = float(watched.execute("print(work())").stdout)
        cell = watched.start("print(work())")
        watched.send_data({"method": "table", "params": params, "id": f"{column}-{turn}"})
        ratios.append(float(watched.finish(cell).stdout) / alone)
        watched.request("cancel", id=f"{column}-{turn}")
    assert statistics.median(ratios) <= 1.05


def test_sample_is_said(watched: KernelClient) -> None:
    """A client that allows a sample is told how many rows it has, and gets it in time."""
    # All of its rows are the same number in memory.
    watched.execute("import numpy as np; df = np.broadcast_to(np.float64(1), 1_000_000_000)")
    started = time.monotonic()
    page = watched.request(
        "table", path=PATH, sort=[{"column": 0}], summary=True, sample=True, timeout_ms=5000
    )
    seconds = time.monotonic() - started
    assert 1_000 <= page["sampled"] < 1_000_000_000
    assert page["columns"][0]["sampled"] <= page["sampled"]
    assert page["shape"] == [1_000_000_000, 1]
    if IS_PROOF:
        assert seconds < 10


def test_objects_in_a_column_are_not_run(watched: KernelClient) -> None:
    """No method of the user's objects runs for a page, and sorting by them is refused."""
    watched.execute(
        """
import pandas as pd
ran = []
class Hostile:
    def _run(self, *args): ran.append(1); raise SystemExit
    __eq__ = __lt__ = __hash__ = __repr__ = __str__ = __bool__ = __len__ = __getattr__ = _run
df = pd.DataFrame({"n": [2, 1], "o": [1, 1]})
df["o"] = pd.Series([None, None], dtype=object)
df._mgr.blocks[-1].values[0, 0] = Hostile()
"""
    )
    page: Any = watched.request("table", path=PATH, sort=[{"column": 0}], summary=True)
    assert [row[1] for row in page["rows"]] == [None, "<Hostile>"]
    refused = watched.request("table", path=PATH, sort=[{"column": 1}])
    assert (refused.code, "Hostile" in refused.message) == (-32003, True)
    assert watched.execute("print(ran)").stdout == "[]\n"


def test_looking_at_a_table_leaves_nothing_behind(watched: KernelClient) -> None:
    """The frame, its memory and the modules that are loaded are what they were."""
    watched.execute(FRAME + "import sys, gc, weakref, hashlib")
    digest = "print(hashlib.sha256(pd.util.hash_pandas_object(df).values).hexdigest(), vars(df))"
    # What is new, and not all: pyzmq loads a module of its own for outputs that are so long.
    watched.execute("loaded = set(sys.modules)")
    modules = "print([m for m in sys.modules if m not in loaded and not m.startswith('livens.')])"
    before = [watched.execute(code).stdout for code in (digest, modules)]
    options = {"sort": [{"column": 3}], "filters": [{"column": 0, "op": ">", "value": 7}]}
    watched.request("table", path=PATH, summary=True, **options)
    assert [watched.execute(code).stdout for code in (digest, modules)] == before
    watched.execute("ref = weakref.ref(df); del df")
    assert watched.execute("print(ref())").stdout == "None\n"
