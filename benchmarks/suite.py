"""The user's code whose speed is compared: one cell each, about 0.1 s of work.

Each has a preparation, which is run once, and a body, which is timed inside of the cell by the
clock of the executing thread. The bodies are statements at the top level of a cell, as users
write them: what they store goes through whatever the kernel puts in the way of a store.
"""

from __future__ import annotations

from typing import NamedTuple

PREPARATION = "import asyncio, gc, itertools, json, math, random, re, time"


class Case(NamedTuple):
    """A cell to time.

    Attributes
    ----------
    name : str
        What tables call it.
    preparation : str
        Run once in each kernel.
    body : str
        Run in each round.
    """

    name: str
    preparation: str
    body: str

    @property
    def cell(self) -> str:
        """The body between two looks at the clocks, after a collection of garbage.

        What other cells left behind makes a collection of the oldest generation due at any time:
        it takes as long as a whole case, and came in other rounds of one kernel than of another.
        """
        return (
            "_ = gc.collect()\n"
            "_cpu, _wall = time.thread_time(), time.perf_counter()\n"
            f"{self.body.strip()}\n"
            "_took = time.thread_time() - _cpu, time.perf_counter() - _wall"
        )


NESTED_CALLS = Case(
    "nested calls with globals and builtins",
    """
OFFSET, TEXT = 3, "some text"

def leaf(value):
    return abs(value) + OFFSET + len(TEXT)

def middle(value):
    return leaf(value) + leaf(value + 1) - max(value, OFFSET)

def outer(count):
    total = 0
    for i in range(count):
        total += middle(i)
    return total
""",
    "result = outer(300_000)",
)

N_BODY = Case(
    "n-body",
    """
BODIES = [
    ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0], 39.47),
    ([4.84, -1.16, -0.10], [0.60, 2.81, -0.02], 0.037),
    ([8.34, 4.12, -0.4], [-1.01, 1.82, 0.008], 0.011),
    ([12.89, -15.11, -0.22], [1.08, 0.86, -0.01], 0.0017),
    ([15.37, -25.9, 0.17], [0.97, 0.59, -0.03], 0.002),
]
PAIRS = list(itertools.combinations(BODIES, 2))

def advance(steps, dt=0.01):
    for _ in range(steps):
        for (p1, v1, m1), (p2, v2, m2) in PAIRS:
            dx, dy, dz = p1[0] - p2[0], p1[1] - p2[1], p1[2] - p2[2]
            mag = dt / math.sqrt(dx * dx + dy * dy + dz * dz) ** 3
            for axis, d in ((0, dx), (1, dy), (2, dz)):
                v1[axis] -= d * m2 * mag
                v2[axis] += d * m1 * mag
        for p, v, _ in BODIES:
            p[0] += dt * v[0]
            p[1] += dt * v[1]
            p[2] += dt * v[2]
""",
    "advance(15_000)",
)

PERMUTATIONS = Case(
    "permutations",
    """
def permutations(items):
    if len(items) <= 1:
        yield items
        return
    for rest in permutations(items[1:]):
        for i in range(len(items)):
            yield rest[:i] + items[:1] + rest[i:]
""",
    "count = sum(1 for _ in permutations(tuple(range(9))))",
)

JSON_REGEX = Case(
    "json and regex",
    """
ROWS = [{"id": i, "name": f"user {i}", "tags": ["a", "b", str(i)]} for i in range(500)]
WORD = re.compile(r"user (\\d+)")
""",
    """
texts = [json.dumps(ROWS) for _ in range(70)]
rows = [json.loads(text) for text in texts]
found = [WORD.findall(text) for text in texts]
""",
)

CLASSES = Case(
    "classes and attributes",
    """
class Account:
    count = 0

    def __init__(self, owner):
        self.owner = owner
        self.balance = 0

    @property
    def is_empty(self):
        return self.balance == 0

    def deposit(self, amount):
        if not self.is_empty:
            Account.count += 1
        self.balance += amount

def bank(count):
    accounts = [Account(i) for i in range(100)]
    for i in range(count):
        accounts[i % 100].deposit(i)
    return sum(account.balance for account in accounts)
""",
    "total = bank(500_000)",
)

STORES = Case(
    "top-level loop of 3 million stores",
    "",
    """
for i in range(3_000_000):
    x = i
""",
)

ADDING = Case(
    "top-level n += i",
    "",
    """
n = 0
for i in range(2_000_000):
    n += i
""",
)

COMPREHENSIONS = Case(
    "comprehensions",
    "",
    """
squares = [i * i for i in range(700_000)]
texts = {i: str(i) for i in range(200_000)}
total = sum(x for x in squares)
""",
)

ASYNC = Case(
    "async cells",
    """
async def relay(count):
    for _ in range(count):
        await asyncio.sleep(0)
    return count
""",
    """
done = await relay(12_000)
more = await asyncio.gather(*(relay(800) for _ in range(10)))
for _ in range(8_000):
    await asyncio.sleep(0)
""",
)

NUMPY = Case(
    "numpy",
    """
import numpy as np
A = np.random.default_rng(0).random((300, 300))
V = np.random.default_rng(1).random(1_000_000)
""",
    """
product = A @ A @ A
order = np.sort(V)
total = np.sqrt(V * V + 1).sum()
small = [np.add(A[i], 1.0) for i in range(300)]
""",
)

PANDAS = Case(
    "pandas",
    """
import numpy as np
import pandas as pd
FRAME = pd.DataFrame({
    "group": np.arange(400_000) % 100,
    "value": np.random.default_rng(0).random(400_000),
    "label": [f"label {i % 50}" for i in range(400_000)],
})
""",
    """
means = FRAME.groupby("group")["value"].mean()
counts = FRAME["label"].value_counts()
wide = FRAME.assign(double=FRAME["value"] * 2).sort_values("value")
joined = wide.merge(means.rename("mean"), left_on="group", right_index=True)
""",
)

CASES = (
    NESTED_CALLS,
    N_BODY,
    PERMUTATIONS,
    JSON_REGEX,
    CLASSES,
    STORES,
    ADDING,
    COMPREHENSIONS,
    ASYNC,
    NUMPY,
    PANDAS,
)
"""Every case of the table."""
