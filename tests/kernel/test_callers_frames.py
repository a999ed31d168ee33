"""Code that looks at its caller's frame finds there what it finds on a stock kernel.

A library may take the names of a formula from it, put names into it, or clear it: numexpr clears
the caller's locals unless they are its globals. Each case runs while nobody watches, while somebody
does, and with a rule on every name that it stores.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from parity import Pair, saved, split

from livens.protocol import messages
from livens.testing import KernelClient

pytestmark = pytest.mark.every_python("frames, and the locals that are read from them")


def names_stored(cells: str) -> list[str]:
    """The names that the cells bind at the top level and below it."""
    names: dict[str, None] = {}
    for cell in split(cells):
        lines = [line for line in cell.splitlines() if not line.startswith("%")]
        for node in ast.walk(ast.parse("\n".join(lines))):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names[node.id] = None
    return list(names)


@pytest.fixture(params=["unwatched", "watched", "ruled"])
def pair(
    request: pytest.FixtureRequest, stock: KernelClient, kernel: KernelClient, tmp_path: Path
) -> Iterator[Pair]:
    """Both kernels, and in the third round a rule on every name that the cells store."""
    for client, name in ((stock, "stock"), (kernel, "livens")):
        (tmp_path / name).mkdir()
        assert client.execute(f"%cd -q {tmp_path / name}").error is None
    if request.param != "unwatched":
        kernel.open()
    if request.param == "ruled":
        cells = request.node.callspec.params["cells"]
        for name in names_stored(cells):
            kernel.request("rule.add", condition=f"changed({name})")
    yield Pair(stock, kernel, tmp_path)
    if request.param != "unwatched":
        kernel.wait_for(lambda: kernel.misses() == {})


@pytest.mark.parametrize("cells", saved("frames"))
def test_callers_frame_is_as_on_a_stock_kernel(pair: Pair, cells: str) -> None:
    """`locals() is globals()`, an exact dict, for whatever can look."""
    pair.run(cells)


def test_namespace_shows_as_a_dict(watched: KernelClient) -> None:
    """A variable that holds the namespace is a dict, with what is in it."""
    watched.execute("snap = locals(); x = 1")
    variable = watched.variables["snap"]
    assert (variable.type, variable.kind) == ("dict", "mapping")
    assert variable.length is not None
    assert variable.length > 1


UNDER_WAY = {
    "with": "with nullcontext():\n    x = 1\n    wait()",
    "try": "try:\n    x = 1\n    wait()\nfinally:\n    other = 1",
    "except": "try:\n    1 / 0\nexcept ZeroDivisionError:\n    x = 1\n    wait()",
    "if": "if True:\n    x = 1\n    wait()",
    "else": "if not True:\n    pass\nelif not True:\n    pass\nelse:\n    x = 1\n    wait()",
    "match": "match 1:\n    case x:\n        wait()",
    "nested": "if True:\n  with nullcontext(1):\n    try: x = 1; wait()\n    finally: pass",
    "name of a with": "with nullcontext(1) as x:\n    wait()",
    "import": "if True:\n    import math as x\n    wait()",
    "def": "if True:\n    def x(): pass\n    wait()",
    "condition": "if (x := 1):\n    wait()",
    "await": "async with asyncio.Lock():\n    x = await asyncio.sleep(0, 1)\n    wait()",
    "simple statements": "x = abs(-1)\nwait()",
    "before a loop": "if True:\n    x = 1\n    for other in range(1): wait()",
}


@pytest.fixture(scope="module")
def rarely_polled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KernelClient]:
    """A watched kernel whose poller looks once a minute: only the first store of a cell is told."""
    from kernels import NO_HISTORY_FILE, started

    # What waits below is the cell, for the test, which goes on as soon as it was told.
    seldom = ["--LivensKernel.poll_ms=60000", "--LivensKernel.idle_poll_ms=60000"]
    with started(extra_arguments=[*NO_HISTORY_FILE, *seldom]) as (_, client):
        client.execute(
            "import asyncio, os, time\nfrom contextlib import nullcontext\n"
            "def wait():\n    while not os.path.exists(path): time.sleep(0.01)"
        )
        client.open()
        yield client
        client.close()


@pytest.mark.parametrize("code", UNDER_WAY.values(), ids=UNDER_WAY)
def test_store_in_the_middle_of_a_statement_is_told_at_once(
    rarely_polled: KernelClient, tmp_path: Path, code: str
) -> None:
    """While the rest of the statement runs, which here waits until the store has been told."""
    go_on = tmp_path / "go on"
    rarely_polled.execute(f"x = None\npath = {str(go_on)!r}")
    msg_id = rarely_polled.start(code)
    rarely_polled.wait_for(lambda: rarely_polled.variables["x"].type != "NoneType")
    go_on.touch()
    assert rarely_polled.finish(msg_id).error is None


EVERY_STORE = {
    "loop that calls": "for x in range(1000): abs(x)",
    "while": "x = -1\nwhile x < 999:\n    x = x + abs(1)",
    "walrus": "i = iter(range(1000))\nwhile (x := next(i, None)) is not None: pass",
    "comprehension": "[x := i for i in range(1000)]",
    "nested loops": "for i in range(10):\n    for j in range(100):\n        x = i * 100 + j",
    "unpacking": "for i in range(1000):\n    x, y = i, abs(i)",
    "with in a loop": "for i in range(1000):\n    with open(os.devnull) as f:\n        x = i",
    "await in a loop": "for i in range(1000):\n    x = i\n    await asyncio.sleep(0)",
    "statements": "\n".join(f"x = abs({i})" for i in range(1000)),
}


@pytest.mark.parametrize("code", EVERY_STORE.values(), ids=EVERY_STORE)
def test_rule_sees_every_store(watched: KernelClient, code: str) -> None:
    """However it is made at the top level, each is counted once, and one in the middle is seen."""
    watched.execute("import asyncio, os\nx = None")
    watched.request("rule.add", condition="changed(x) and x >= 0")
    watched.request("rule.add", condition="x == 777")
    run = watched.execute(code)
    assert run.error is None
    told = [m.params for m in watched.notifications if isinstance(m, messages.Event)]
    counts = [
        int(event.message.rsplit("(", 1)[1].split()[0]) if "times since" in event.message else 1
        for event in told
        if event.rule is not None and event.rule.condition.startswith("changed")
    ]
    assert sum(counts) == 1000
    assert len(told) - len(counts) == 1


def test_rule_stops_in_the_middle_of_a_statement(watched: KernelClient) -> None:
    """At the store, with the line, also in a block that its rule was added in."""
    run = watched.execute(
        "import livens\nwith livens.add_rule('x > 1', action='stop'):\n"
        "    x = 1\n    x = 2\n    x = 3"
    )
    assert run.error == "KeyboardInterrupt"
    assert "line 4" in run.reply["evalue"]
    assert watched.execute("x").result == "2"


def test_rule_of_a_block_sees_its_loops(watched: KernelClient) -> None:
    """Though its code was compiled before the rule was there."""
    run = watched.execute(
        "import livens\nwith livens.add_rule('x > 5', action='stop'):\n"
        "    for x in range(100): pass"
    )
    assert run.error == "KeyboardInterrupt"
    assert watched.execute("x").result == "6"


def test_statement_that_is_too_deep_for_probes_runs(watched: KernelClient) -> None:
    """A chain of hundreds of `elif` is code like any other."""
    chain = "".join(f"elif n == {i}:\n    x = {i}\n" for i in range(1, 600))
    run = watched.execute(f"n = 599\nif n == 0:\n    x = 0\n{chain}x")
    assert (run.error, run.result) == (None, "599")
    assert "stream" not in {message["msg_type"] for message in run.messages}
