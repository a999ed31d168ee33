"""Being watched changes nothing of what the user's code does, sees or leaves behind.

Each test runs the same cells on a kernel that is watched and on one that is not.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterator
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from traitlets.config import Config

from livens.testing import KernelClient

pytestmark = pytest.mark.every_python("what a user's code can see of the rewritten code")

NAMES = "print(sorted(n for n in globals() if not n.startswith('_i')))"


@pytest.fixture
def unwatched(kernel: KernelClient) -> KernelClient:
    """The shared kernel, reset, with nobody watching."""
    return kernel


def both(kernel: KernelClient, *cells: str) -> tuple[list[str], list[str]]:
    """Run cells unwatched, reset, and run them watched; return what each run printed."""

    def run() -> list[str]:
        kernel.execute("%reset -f")
        return [kernel.execute(cell).stdout for cell in cells]

    unwatched = run()
    kernel.open()
    return unwatched, run()


def test_no_names_are_added(kernel: KernelClient) -> None:
    """The namespace holds the same names, watched or not."""
    unwatched, watched = both(kernel, "x = 1", "for i in range(3): pass", NAMES)
    assert watched == unwatched


def test_history_and_results_stay(kernel: KernelClient) -> None:
    """`_`, `Out`, `In` and the execution count are what they are without watching."""
    unwatched, watched = both(
        kernel,
        "41 + 1",
        "'b'",
        "x = 5",
        "print(_, __, sorted(Out)[-2:] == [len(In) - 4, len(In) - 3], In[-2:], len(In))",
    )
    assert [part.split("[")[0] for part in watched] == [part.split("[")[0] for part in unwatched]
    count = kernel.execute("1").reply["execution_count"]
    assert kernel.execute("print(len(In))").stdout == f"{count + 2}\n"
    assert kernel.execute("print(len(Out) >= 1, _)").stdout == "True 1\n"


def test_execution_count_goes_on_by_one(watched: KernelClient) -> None:
    """Requests of a watching client do not count as executions."""
    before = watched.execute("x = 1").reply["execution_count"]
    watched.request("list")
    watched.request("inspect", path=[["name", "x"]])
    watched.request("value", path=[["name", "x"]])
    watched.request("set", name="x", expression="2")
    assert watched.execute("x").reply["execution_count"] == before + 1


def test_no_method_of_the_user_s_classes_runs(watched: KernelClient) -> None:
    """No __repr__, __len__, __getattr__, property or the like is called by watching."""
    watched.execute(
        "calls = []\n"
        "def log(name):\n"
        "    def method(self, *args):\n"
        "        calls.append(name)\n"
        "        raise AttributeError(name)\n"
        "    return method\n"
        "names = ['__repr__', '__str__', '__len__', '__iter__', '__getattr__', '__bool__', "
        "'__eq__', '__hash__', '__dir__', '__sizeof__', '__getitem__', '__contains__']\n"
        "body = {n: log(n) for n in names}\n"
        "Probe = type('Probe', (), {**body, 'prop': property(log('prop'))})\n"
        "Listy = type('Listy', (list,), body)\n"
    )
    watched.execute("p = Probe(); q = Listy(); inside = [Probe(), {'k': Probe()}]")
    watched.execute("p.attribute = 1; list.append(q, 1); inside.append(Probe())")
    watched.execute("for i in range(20): p = Probe(); q = Listy()")
    watched.execute("del p\np = Probe()")
    watched.request("list")
    watched.request("inspect", path=[["name", "p"]])
    watched.request("inspect", path=[["name", "inside"]])
    assert {"p", "q", "inside"} <= set(watched.variables)
    assert watched.execute("print(calls)").stdout == "[]\n"


def test_no_library_is_imported(start: Callable[..., Any]) -> None:
    """Subscribing, updates and requests load parts of livens and of Python, and nothing else."""
    modules = "import sys; print(sorted(sys.modules))"
    with start() as (_, client):
        client.execute("import sys")
        before = set(eval(client.execute(modules).stdout))
        client.open()
        client.execute("x = [1]\nfor i in range(3): x.append(i)")
        client.request("inspect", path=[["name", "x"]])
        client.request("set", name="x", expression="[2]")
        after = set(eval(client.execute(modules).stdout))
    packages = {name.partition(".")[0] for name in after - before}
    assert packages - sys.stdlib_module_names == {"livens"}
    assert not {"numpy", "pandas", "rich"} & after


def test_random_state_and_print_options_stay(kernel: KernelClient) -> None:
    """Neither the random generators nor anybody's options are touched."""
    unwatched, watched = both(
        kernel,
        "import random, numpy as np; random.seed(1); np.random.seed(1)",
        "x = np.zeros(10)\nfor i in range(100): x = x + i",
        "print(random.random(), np.random.rand(), np.get_printoptions(), x)",
    )
    assert watched == unwatched


def test_values_are_freed_at_once(watched: KernelClient) -> None:
    """`del` runs __del__ in that very statement, in a loop as well, in the same thread."""
    run = watched.execute(
        "import gc, threading; gc.disable()\n"
        "class Value:\n"
        "    def __del__(self): freed.append(threading.current_thread().name)\n"
        "freed = []\n"
        "v = Value()\n"
        "del v\n"
        "print(freed)\n"
        "v = Value()\n"
        "v = 5\n"
        "print(freed)\n"
        "gc.enable()"
    )
    assert run.stdout.splitlines() == ["['MainThread']", "['MainThread', 'MainThread']"]


def test_hooks_of_the_user_run_once_per_cell(watched: KernelClient) -> None:
    """Requests of a client fire no pre_execute or post_execute, unlike those of a plain comm."""
    watched.execute(
        "fired = []\n"
        "for name in ('pre_execute', 'post_execute', 'pre_run_cell', 'post_run_cell'):\n"
        "    get_ipython().events.register(name, lambda *a, name=name: fired.append(name))"
    )
    watched.execute("fired.clear()")
    for channel in ("control", "shell"):
        watched.request("list", channel=channel)
    run = watched.execute("print(fired)")
    assert run.stdout == "['post_execute', 'post_run_cell', 'pre_execute', 'pre_run_cell']\n"
    watched.execute(
        "events = get_ipython().events\n"
        "for name in ('pre_execute', 'post_execute', 'pre_run_cell', 'post_run_cell'):\n"
        "    for callback in list(events.callbacks[name]):\n"
        "        if callback.__name__ == '<lambda>': events.unregister(name, callback)"
    )


def test_nobody_watching_costs_no_thread_and_no_message(kernel: KernelClient) -> None:
    """Without a subscriber there is no livens thread and nothing is published."""
    run = kernel.execute(
        "import threading, time\nfor i in range(10): time.sleep(0.01)\n"
        "print([t.name for t in threading.enumerate() if 'livens' in t.name])"
    )
    assert run.stdout == "[]\n"
    assert {m["msg_type"] for m in run.messages} == {"status", "execute_input", "stream"}


@pytest.fixture
def notebook() -> Any:
    """A notebook with all sorts of outputs."""
    cells = [
        "import time\nx = 1\nprint('one')",
        "for i in range(5):\n    time.sleep(0.02)\n    print(i)\nx",
        "import sys; print('warned', file=sys.stderr)",
        "from IPython.display import display, HTML\ndisplay(HTML('<b>b</b>'))",
        "h = display('first', display_id='d'); h.update('second')",
        "{'a': [1, 2], 'b': (x, i)}",
        "1/0",
    ]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    for number, cell in enumerate(made.cells):
        cell.id = f"cell-{number}"
    return made


def executed(notebook: Any, kernel_name: str, on_start: Any = None) -> str:
    """Execute a copy with nbclient, and return the text of the notebook."""
    made = copy.deepcopy(notebook)
    config = Config({"KernelManager": {"transport_encryption": "auto"}})
    # Into how many messages a text is divided is a matter of time.
    config.NotebookClient.coalesce_streams = True
    client = NotebookClient(
        made,
        kernel_name=kernel_name,
        allow_errors=True,
        record_timing=False,
        extra_arguments=["--HistoryManager.hist_file=:memory:"],
        config=config,
    )
    if on_start is not None:
        client.on_notebook_start = lambda notebook: on_start(client)
    client.execute()
    return nbformat.writes(made)


def test_notebook_is_byte_for_byte_the_same(notebook: Any) -> None:
    """nbclient writes the same notebook with stock ipykernel, unwatched and watched livens."""
    watching: list[str] = []

    async def watch(client: NotebookClient) -> None:
        message = client.kc.session.msg(
            "comm_open", {"comm_id": "c", "target_name": "livens.variables", "data": {}}
        )
        client.kc.control_channel.send(message)
        told = ""
        while told != "comm_msg":  # from now on the kernel is watched, however slow the machine is
            told = (await client.kc.get_iopub_msg(timeout=60))["msg_type"]

        handle = client.handle_comm_msg

        def spy(outs: Any, msg: Any, cell_index: int) -> Any:
            watching.append(msg["msg_type"])
            return handle(outs, msg, cell_index)

        client.handle_comm_msg = spy

    stock = executed(notebook, "python3")
    assert executed(notebook, "livens") == stock
    assert executed(notebook, "livens", watch) == stock
    assert watching.count("comm_msg") >= 5


@pytest.fixture(autouse=True)
def _no_warnings_left(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Neither nbclient nor the client complains of anything."""
    yield
    assert [r.getMessage() for r in caplog.records if "comm" in r.getMessage()] == []
