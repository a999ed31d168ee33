"""Changes in place, in a real kernel: every one is told, with what is different."""

from __future__ import annotations

import time
from typing import NamedTuple

import pytest

from livens.testing import KernelClient

SETTLED = "print(get_ipython().kernel.watcher.is_settled)"


def settle(client: KernelClient) -> None:
    """Wait until the kernel knows what every large value holds."""
    until = time.monotonic() + 90
    while client.execute(SETTLED, silent=True).stdout != "True\n":
        assert time.monotonic() < until


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
