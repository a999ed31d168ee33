"""Changes in place, in a real kernel: every one is told, with what is different."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from kernels import NO_HISTORY_FILE, started

from livens.protocol import messages
from livens.testing import KernelClient

pytestmark = pytest.mark.every_python(
    "code that is rewritten, and how values are laid out in memory"
)

SETTLED = "print(get_ipython().kernel.watcher.is_settled)"
SAY_WHEN_SETTLED = """
exec('''
import threading, time
def wait():
    while not watcher.is_settled: time.sleep(0.005)
    print("settled", flush=True)
threading.Thread(target=wait).start()
''', {"watcher": get_ipython().kernel.watcher})
"""


def settle(client: KernelClient) -> None:
    """Wait until the kernel knows what every large value holds, and has told what differs.

    A thread waits for it: the kernel looks at large values between cells only, so one cell after
    the other that asks would keep it from looking.
    """
    while client.execute(SETTLED, silent=True).stdout != "True\n":
        told = client.execute(SAY_WHEN_SETTLED, silent=True).stdout
        while "settled" not in told:
            told += client.next_message()["content"].get("text", "")


class Row(NamedTuple):
    """A change in place: how the variable is made, how it is changed, what is told of that."""

    name: str
    make: str
    change: str
    told: str


FRAME = "import numpy as np, pandas as pd\ndf = pd.DataFrame(np.random.rand({rows}, {columns}))"
ROWS = {
    "lst.append, 3 items": Row("lst", "lst = [1, 2, 3]", "lst.append(4)", "len 3 → 4"),
    "lst.append, 100k items": Row(
        "lst", "lst = list(range(100_000))", "lst.append(4)", "len 100000 → 100001"
    ),
    "lst[mid] = v, 100k items": Row(
        "lst", "lst = list(range(100_000))", "lst[50_001] = -1", "within items 49664 to 50175"
    ),
    "d['k'] = 3, 1 key": Row("d", "d = {'a': 1}", "d['k'] = 3", "key 'k' added"),
    "d['k'] = 3, 100k keys": Row(
        "d", "d = {n: n for n in range(100_000)}", "d['k'] = 3", "key 'k' added"
    ),
    "d[mid] = v, 100k keys": Row(
        "d",
        "d = {n: n for n in range(100_000)}",
        "d[50_001] = -1",
        "within entries 49152 to 53247",
    ),
    "nested d['a']['b'] = 2": Row("d", "d = {'a': {'b': 1}}", "d['a']['b'] = 2", "key 'a' changed"),
    "df.iloc[0,0] = 5, 3x3": Row(
        "df", FRAME.format(rows=3, columns=3), "df.iloc[0, 0] = 5", "1 cell"
    ),
    "df.iloc[0,0] = 5, 100kx10": Row(
        "df", FRAME.format(rows=100_000, columns=10), "df.iloc[0, 0] = 5", "column 0 changed"
    ),
    "df.iloc[mid,5] = 5, 100kx10": Row(
        "df", FRAME.format(rows=100_000, columns=10), "df.iloc[50_001, 5] = 5", "column 5 changed"
    ),
    "df.iloc[mid,5] = 5, 1Mx10": Row(
        "df",
        FRAME.format(rows=1_000_000, columns=10),
        "df.iloc[500_001, 5] = 5",
        "column 5 changed",
    ),
    "arr[0] = 1, 5": Row("arr", "import numpy as np\narr = np.zeros(5)", "arr[0] = 1", "1 cell"),
    "arr[0] = 1, 1M": Row("arr", "import numpy as np\narr = np.zeros(10**6)", "arr[0] = 1", ""),
    "arr[mid] = 1, 1M": Row(
        "arr",
        "import numpy as np\narr = np.zeros(10**6)",
        "arr[500_001] = 1",
        "within elements 491520 to 524287",
    ),
    "arr[mid] = 1, 10M": Row(
        "arr",
        "import numpy as np\narr = np.zeros(10**7)",
        "arr[5_000_001] = 1",
        "within elements 4980736 to 5013503",
    ),
    "obj.attr = 2, default repr": Row(
        "obj",
        "class C: pass\nobj = C(); obj.attr = 1",
        "obj.attr = 2",
        "attribute 'attr' changed",
    ),
    "obj.attr = 2, dataclass": Row(
        "obj",
        "from dataclasses import dataclass\n@dataclass\nclass D:\n    attr: int\nobj = D(1)",
        "obj.attr = 2",
        "attribute 'attr' changed",
    ),
}
"""Table 4 of what was measured of other inspectors; none of them shows all of these."""

WAYS = {
    "at the top": "{change}",
    "in a function": "def work():\n    {change}\nwork()",
    "in a loop": "for _ in range(1):\n    {change}",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("row", ROWS)
def test_every_change_in_place_is_told(watched: KernelClient, row: str, way: str) -> None:
    """Each is told with its variable and what is different, as the doing of its cell."""
    name, make, change, told = ROWS[row]
    watched.execute(make)
    settle(watched)
    version = watched.variables[name].version
    run = watched.execute(WAYS[way].format(change=change))
    assert run.error is None, run.reply
    variable = watched.wait_for(
        lambda: watched.variables[name].version > version and watched.variables[name]
    )
    assert variable.change == told
    assert variable.changed_by is not None
    assert variable.changed_by.execution_count == run.reply["execution_count"]
    settle(watched)
    assert watched.variables[name].version == version + 1


@pytest.fixture(scope="module")
def patient() -> Iterator[KernelClient]:
    """A client of a kernel that takes all the time it needs before a cell changes a value."""
    arguments = [*NO_HISTORY_FILE, "--LivensKernel.baseline_ms=60000"]
    with started(extra_arguments=arguments) as (_, client):
        client.open()
        yield client


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("row", ROWS)
def test_change_right_after_the_value_was_made(patient: KernelClient, row: str, way: str) -> None:
    """The next of several cells that were started at once is told to have changed it."""
    name, make, change, _ = ROWS[row]
    patient.execute("%reset -f")
    first = patient.start(make)
    second = patient.start(WAYS[way].format(change=change))
    patient.finish(first)
    version = patient.variables[name].version
    run = patient.finish(second)
    variable = patient.wait_for(
        lambda: patient.variables[name].version > version and patient.variables[name]
    )
    assert variable.changed_by is not None
    assert variable.changed_by.execution_count == run.reply["execution_count"]
    settle(patient)
    assert patient.variables[name].version == version + 1
    updates = [m.params for m in patient.notifications if isinstance(m, messages.Update)]
    assert not any(update.unevaluated for update in updates)


MADE_AND_CHANGED = {
    "d = {}\nd['k'] = 1": "{'k': 1}",
    "d = {}\nd['k'] = 1\nd = {}\nd['l'] = 2": "{'l': 2}",
    "class C: pass\nd = C()\nd.x = 1": "<C x=1>",
    "d = [0] * 100_000\nd[17] = 5": (
        "[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, …]"
    ),
    # With a pause in which the poller gets to know what the cell made.
    "import time\nd = [0] * 100_000\ntime.sleep(0.2)\nd[17] = 5": (
        "[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, …]"
    ),
    "import numpy as np\nd = np.zeros(10**6)\nd[12] = 1": (
        "[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, …]"
    ),
    "def f():\n    global d\n    d = set()\n    d.add(1)\nf()\nd.add(2)": "{1, 2}",
}


@pytest.mark.parametrize("code", MADE_AND_CHANGED)
def test_value_made_and_changed_in_one_cell(watched: KernelClient, code: str) -> None:
    """When the cell is idle, what was told last is what the variable holds."""
    watched.execute(code)
    assert watched.previews["d"] == MADE_AND_CHANGED[code]


def test_changes_between_statements_of_one_cell_are_live(
    watched: KernelClient, tmp_path: Path
) -> None:
    """A value that a cell makes and goes on to change is told each time, with the difference."""
    watched.execute(
        f"import os, time\ndef wait_for(name):\n"
        f"    while not os.path.exists({str(tmp_path)!r} + '/' + name): time.sleep(0.01)"
    )
    cell = watched.start(
        "d = {}\nwait_for('made')\nd['k'] = 1\nwait_for('changed')\nd['l'] = 2\nwait_for('again')"
    )
    steps = {"made": "{}", "changed": "{'k': 1}", "again": "{'k': 1, 'l': 2}"}
    for name, preview in steps.items():
        watched.wait_for(lambda preview=preview: watched.previews.get("d") == preview)
        (tmp_path / name).touch()
    watched.finish(cell)
    assert watched.seen("d") == ["{}", "{'k': 1}", "{'k': 1, 'l': 2}"]
    assert watched.variables["d"].change == "key 'l' added"


MADE = """
import collections, io, pandas as pd, threading
df = pd.DataFrame({'t': pd.to_datetime(['2020-01-01']).as_unit('s')})
pivot = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([('a', 1), ('a', 2)]))
order = collections.OrderedDict(a=1, b=2)
gate = threading.Lock()
memory = io.BytesIO(b'abc')
numbers = (n for n in range(3))
"""
CHANGED = """
df['t'] = df['t'].dt.tz_localize('UTC')
pivot[('b', 1)] = 3
order.move_to_end('a')
gate.acquire()
memory.seek(2)
count = len(list(numbers))
"""
TOLD = {
    "df": ("column 't' datetime64[s] → datetime64[s, UTC]", "1 row × 1 column"),
    "pivot": ("column ('b', 1) added", "1 row × 3 columns"),
    "order": ("order changed", "OrderedDict({'b': 2, 'a': 1})"),
    "gate": ("free → locked", "lock, locked"),
    "memory": ("position 0 → 2", "BytesIO at 2"),
    "numbers": ("suspended → closed, line changed", "generator <genexpr>: closed"),
}


def test_state_that_no_attribute_holds_is_told(watched: KernelClient) -> None:
    """Zones, labels that are made anew, an order, locks, positions, generators: and what is new."""
    watched.execute(MADE)
    settle(watched)
    watched.execute("df, pivot, order, gate, memory, numbers")
    before = {name: watched.variables[name].version for name in TOLD}
    assert watched.execute(CHANGED).error is None
    found = {name: watched.variables[name] for name in TOLD}
    assert {name: v.change for name, v in found.items()} == {n: t for n, (t, _) in TOLD.items()}
    assert {name: v.version - before[name] for name, v in found.items()} == dict.fromkeys(TOLD, 1)
    for name, (_, preview) in TOLD.items():
        assert found[name].preview.startswith(preview)


def test_what_cannot_be_read_is_not_shown_as_unchanged(watched: KernelClient) -> None:
    """A random number generator that went on is told as not compared, with the reason."""
    watched.execute("import random\ndice = random.Random(1)")
    watched.execute("dice.random()")
    updates = [m.params for m in watched.notifications if isinstance(m, messages.Update)]
    reasons = {item.name: item.reason for update in updates for item in update.unevaluated}
    assert reasons == {"dice": "not compared: only the attributes of a Random are read"}
