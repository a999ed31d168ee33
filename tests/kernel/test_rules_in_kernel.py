"""Rules in a real kernel: when they fire, what they stop, and that nothing is left over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from gates import IS_PROOF

from livens.client.blocking import watch
from livens.exceptions import InvalidCondition, VariableNotFound
from livens.protocol import messages
from livens.protocol.types import Origin
from livens.testing import KernelClient, Run

pytestmark = pytest.mark.every_python("code that is rewritten so that rules stop it")


def events(kernel: KernelClient) -> list[messages.EventParams]:
    """The rules that fired, as far as the kernel has told."""
    found = [m.params for m in kernel.notifications if isinstance(m, messages.Event)]
    return [event for event in found if event.kind == "rule"]


def add(kernel: KernelClient, condition: str, action: str = "notify") -> Any:
    """Add a rule."""
    return kernel.request("rule.add", condition=condition, action=action)


def traceback(run: Run) -> str:
    """What the notebook shows of an error, without colours."""
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(run.reply["traceback"]))


def test_a_rule_fires_at_the_very_store(watched: KernelClient) -> None:
    """Also at a value that is gone before anybody could look, with the line in the cell."""
    rule = add(watched, "loss < 0.1")["rule"]
    run = watched.execute("loss = 1.0\nloss = 0.05\nloss = 1.0\ncount = get_ipython()")
    (event,) = events(watched)
    assert event.rule is not None
    assert event.rule.id == rule["id"]
    assert event.origin is not None
    assert event.origin.line == 2
    count = event.origin.execution_count
    assert event.message == f"loss < 0.1: loss = 0.05 (cell In [{count}], line 2)"
    assert run.error is None
    assert watched.request("rule.list")["rules"] == [{"id": rule["id"], "condition": "loss < 0.1"}]
    assert watched.request("rule.remove", id=rule["id"]) == {"id": rule["id"]}
    assert watched.request("rule.list")["rules"] == []
    watched.execute("loss = 0.01")
    assert len(events(watched)) == 1


def test_every_store_of_a_loop_at_the_top_level_is_seen(watched: KernelClient) -> None:
    """A statement that stores a name that a rule has runs where every store is told."""
    add(watched, "x == 777")
    watched.execute("for x in range(2000): pass")
    (event,) = events(watched)
    assert "x = 777" in event.message


def test_changed_fires_at_each_change_and_is_told_in_bundles(watched: KernelClient) -> None:
    """A loop makes no flood of events, and none is lost from the count."""
    add(watched, "changed(x)")
    watched.execute("for x in range(5000): pass")
    told = events(watched)
    assert len(told) < 200
    counted = sum(
        int(e.message.rsplit("(", 1)[1].split()[0]) if "times since" in e.message else 1
        for e in told
    )
    assert counted == 5000


STOPPED = {
    "an endless loop at the top level": "x = 0\nwhile True:\n    x = x + 1",
    "an endless loop in a function": (
        "def count():\n    global x\n    x = 0\n    while True: x += 1\ncount()"
    ),
    "a long sleep, by another thread": (
        "import threading, time\nx = 0\n"
        "def change():\n    global x\n    x = 100000\n"
        "threading.Timer(0.1, change).start()\ntime.sleep(600)"
    ),
    "an endless await": (
        "import asyncio\nx = 0\nasync def change():\n    global x\n    await asyncio.sleep(0.1)\n"
        "    x = 100000\ntask = asyncio.ensure_future(change())\nawait asyncio.sleep(600)"
    ),
    "a magic": "%%time\nx = 0\nwhile True: x += 1",
    "a wait for a lock": (
        "import threading\nx = 0\ndef change():\n    global x\n    x = 100000\n"
        "threading.Timer(0.1, change).start()\nthreading.Event().wait(600)"
    ),
}


@pytest.mark.parametrize("code", STOPPED.values(), ids=STOPPED)
def test_a_rule_stops_the_cell_and_says_why(watched: KernelClient, code: str) -> None:
    """Wherever the cell is, by a KeyboardInterrupt with the rule and the value; all goes on."""
    rule = add(watched, "x >= 100_000", "stop")["rule"]
    run = watched.execute(code)
    assert run.error == "KeyboardInterrupt"
    assert run.reply["evalue"].startswith("Stopped by the rule x >= 100_000: x = ")
    shown = traceback(run)
    assert shown.count("Stopped by the rule") == 1
    assert "livens" not in shown.replace("livens-", "")
    (event,) = events(watched)
    assert event.rule is not None
    assert event.rule.id == rule["id"]
    assert watched.execute("y = 'next'; y").result == "'next'"
    watched.wait_for(lambda: watched.previews.get("y") == "'next'")


def test_the_traceback_shows_the_line_of_the_store(watched: KernelClient) -> None:
    """And the store has happened; the rest of the cell has not."""
    add(watched, "loss < 0.1", "stop")
    run = watched.execute("loss = 1\nloss = 0.05\nloss = 2")
    lines = traceback(run).splitlines()
    assert "----> 2 loss = 0.05" in lines
    assert lines[-1].startswith("KeyboardInterrupt: Stopped by the rule loss < 0.1: loss = 0.05")
    assert lines[-1].endswith("line 2)")
    assert watched.execute("loss").result == "0.05"


def test_many_stops_leave_no_interrupt_behind(watched: KernelClient) -> None:
    """The cell that comes after each of them runs to its end; a hundred with ``LIVENS_PROVE``."""
    rounds = 100 if IS_PROOF else 20
    add(watched, "x > 0", "stop")
    watched.execute(
        "import time\n"
        "def run(seconds):\n    global x\n    x = 1\n    end = time.monotonic() + seconds\n"
        "    while time.monotonic() < end: pass"
    )
    stops = 0
    for number in range(rounds):
        watched.execute("x = 0")
        # Every second one is over at about the time at which somebody looks.
        run = watched.execute("run(60)" if number % 2 else f"run({number % 7 * 0.004})")
        stops += run.error == "KeyboardInterrupt"
        assert run.error == "KeyboardInterrupt" or not number % 2
        run = watched.execute(f"for i in range(20000): pass\n{number}")
        assert (run.error, run.result) == (None, str(number))
    assert stops >= rounds / 2


def test_what_became_true_between_cells_stops_none(watched: KernelClient) -> None:
    """A thread made it true before the cell began."""
    add(watched, "x > 0", "stop")
    watched.execute(
        "import threading\nx = 0\ngo = threading.Event()\n"
        "def change():\n    global x\n    go.wait()\n    x = 1\n"
        "thread = threading.Thread(target=change)\nthread.start()"
    )
    watched.execute("go.set(); thread.join()", silent=True)
    assert watched.execute("for i in range(1000000): pass\ni").result == "999999"


def test_a_cell_may_catch_the_stop(watched: KernelClient) -> None:
    """It is an interrupt like any other."""
    add(watched, "x > 1", "stop")
    code = "try:\n    x = 1\n    x = 2\nexcept KeyboardInterrupt as err:\n    text = str(err)\ntext"
    run = watched.execute(code)
    assert run.error is None
    assert "Stopped by the rule x > 1: x = 2" in str(run.result)


def test_each_client_has_its_rules_and_all_are_told(
    watched: KernelClient, second: KernelClient
) -> None:
    """The rules of a client that leaves are gone."""
    second.open(client="other")
    add(watched, "x > 1")
    add(second, "y > 1")
    watched.execute("x = 2; y = 2")
    second.wait_for(lambda: len(events(second)) == 2)
    assert [(e.rule.condition, e.rule.client) for e in events(watched) if e.rule] == [
        ("x > 1", ""),
        ("y > 1", "other"),
    ]
    second.close()
    assert [r["condition"] for r in watched.request("rule.list")["rules"]] == ["x > 1"]
    watched.execute("x = y = 0\nx = y = 2")
    assert [e.rule.condition for e in events(watched)[2:] if e.rule] == ["x > 1"]


def test_a_client_that_sets_is_named(kernel: KernelClient) -> None:
    """A rule that fires by a change of a client's says whose it was."""
    kernel.open(client="JupyterLab")
    kernel.execute("x = 0")
    add(kernel, "x > 1", "stop")
    kernel.request("set", name="x", expression="2")
    kernel.wait_for(lambda: events(kernel))
    assert events(kernel)[0].message == "x > 1: x = 2 (set from JupyterLab)"
    assert events(kernel)[0].origin == Origin(client="JupyterLab")


def test_notes_say_what_may_not_be_meant(watched: KernelClient) -> None:
    """A name that there is none of, a condition that holds, a value without a number."""
    watched.execute("loss = 0.05; items = [1]")
    assert add(watched, "los < 1")["notes"] == [
        "there is no variable 'los' yet; did you mean 'loss'?"
    ]
    assert "holds already" in add(watched, "loss < 1")["notes"][0]
    assert "neither a number nor a text" in add(watched, "items < 1")["notes"][0]
    error = add(watched, "loss <")
    assert error.code == -32007
    assert "column" in error.message


def test_no_code_of_the_users_runs(watched: KernelClient) -> None:
    """Objects with operators of their own are not asked."""
    add(watched, "h < 1")
    add(watched, "len(h) == 0 or h == 1 or h is None")
    run = watched.execute(
        "class H:\n    def shout(self, *args): print('touched'); return True\n"
        "    __lt__ = __eq__ = __len__ = __bool__ = __float__ = __getattr__ = shout\n"
        "h = H()\nfor i in range(3): h = H()"
    )
    assert run.stdout == ""
    assert events(watched) == []


def test_a_rule_of_the_kernels_own_code_calls_a_function(kernel: KernelClient) -> None:
    """Without any client, on livens' thread; what it raises harms nobody."""
    run = kernel.execute(
        "import livens, threading\ncalled = threading.Event(); got = []\n"
        "@livens.add_rule('loss < 0.1')\n"
        "def report(fired):\n    got.append(fired); called.set(); raise RuntimeError\n"
        "loss = 1.0\nloss = 0.05\n"
        "called.wait(60)\n"
        "livens.remove_rule('loss < 0.1')\n"
        "(got[0].message, got[0].rule.action, got[0].origin.line)"
    )
    assert "loss < 0.1: loss = 0.05" in str(run.result)
    assert "'call', 7" in str(run.result)
    run = kernel.execute(
        "with livens.add_rule('n > 2', action='stop'):\n    n = 1\n    n = 3\n    n = 4"
    )
    assert run.error == "KeyboardInterrupt"
    assert kernel.execute("n").result == "3"
    assert kernel.execute("livens.add_rule('n <')").error == "InvalidCondition"


def test_the_magic_stops_and_tells(kernel: KernelClient) -> None:
    """`%watch … --until` and `--notify`; `%unwatch` removes them."""
    run = kernel.execute('%watch los --until "los < 0.1"')
    assert "stops the running cell" in run.stdout
    assert "there is no variable 'los' yet" in run.stdout
    kernel.execute('%watch --notify "n > 1"')
    run = kernel.execute("n = 1\nn = 2")
    assert "Rule n > 1: n = 2 (cell In [" in run.stdout
    run = kernel.execute("los = 1\nwhile True:\n    los = los / 2")
    assert run.reply["evalue"].startswith("Stopped by the rule los < 0.1: los = 0.0625")
    assert kernel.execute("n = 1").stdout == ""
    assert kernel.execute('%watch --until "los <"').error == "UsageError"
    kernel.execute("%unwatch")
    assert kernel.execute("los = 1\nlos = 0\nlos").result == "0"


def test_a_program_adds_rules_and_hears_of_them(kernel: KernelClient) -> None:
    """`livens.watch` has a method for each, and calls a function for each event."""
    heard: list[messages.EventParams] = []
    with watch(kernel.client, on_event=heard.append) as changes:
        added = changes.add_rule("x > 1", "stop")
        assert added.rule.action == "stop"
        assert "no variable 'x'" in added.notes[0]
        run = kernel.execute("x = 1\nwhile True: x = x + 1")
        assert run.error == "KeyboardInterrupt"
        changes.settle()
        assert [event.rule for event in heard] == [added.rule]
        changes.remove_rule(added.rule)
        with pytest.raises(VariableNotFound):
            changes.remove_rule(added.rule.id)
        with pytest.raises(InvalidCondition, match="column 1"):
            changes.add_rule("x.y()")


def test_a_program_adds_rules_in_asyncio(kernel: KernelClient) -> None:
    """The same, awaited."""

    async def use(code: Callable[[], Any]) -> list[str]:
        async with watch(kernel.client) as changes:
            added = await changes.add_rule("x > 1")
            code()
            await changes.settle()
            await changes.remove_rule(added.rule)
            return [event.message.split(" (")[0] for event in changes.events]

    assert asyncio.run(use(lambda: kernel.execute("x = 2"))) == ["x > 1: x = 2"]
