"""The rules of a watcher: when they fire, what is told, and whom they stop."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from typing import Any

import pytest
from watched_rules import Watched

from livens.exceptions import NotAllowed, VariableNotFound
from livens.protocol import messages
from livens.protocol.types import Origin, RuleState
from livens.rules.rulebook import MAX_RULES, FiredRule
from livens.watching.interrupts import Interrupts
from livens.watching.running import Running


def test_events_of_a_rule_are_bundled() -> None:
    """The latest is told, with how many there were, not more often than every 50 ms."""
    watched = Watched()
    watched.add("changed(x)")
    for x in range(3):
        watched.namespace["x"] = x
    watched.watcher.tick()
    assert watched.messages == ["changed(x): x = 2 (3 times since the last message)"]
    watched.namespace["x"] = 7
    assert watched.watcher.tick() <= 0.05
    assert len(watched.messages) == 1
    watched.clock.push(0.05)
    watched.watcher.tick()
    assert watched.messages[1] == "changed(x): x = 7"


def test_changes_that_no_store_told_are_checked_as_well() -> None:
    """A global of a function is found by the poller; a rule's names are compared at each look."""
    watched = Watched(x=0)
    watched.add("x > 1")
    watched.namespace.target["x"] = 2
    watched.watcher.tick()
    assert watched.messages == ["x > 1: x = 2"]


def test_a_rule_on_a_redacted_name_sees_no_value() -> None:
    """It cannot be used to guess a secret."""
    watched = Watched(api_key="secret")
    watched.add("api_key == 'secret2'")
    watched.add("changed(api_key)")
    watched.namespace["api_key"] = "secret2"
    watched.watcher.tick()
    assert watched.messages == ["changed(api_key): api_key: it is redacted"]


def test_a_stop_is_raised_at_the_store_itself() -> None:
    """In the cell's own statement; the store has happened, and everybody is told."""
    watched = Watched()
    watched.add("x > 1", "stop")
    cell = Running("m", 3)
    source = "x = 1\nx = 2\nx = 3"
    code = compile(source, "<cell>", "exec")
    with watched.watcher.cells.running(cell):
        watched.watcher.cells.statement(code)
        with pytest.raises(KeyboardInterrupt, match=r"x > 1: x = 2 \(cell In \[3\], line 2\)"):
            exec(code, watched.namespace.target, watched.namespace)
    assert watched.namespace["x"] == 2
    assert watched.messages == ["x > 1: x = 2 (cell In [3], line 2)"]
    assert watched.told.previews["x"] == "2"


def test_a_store_by_other_code_is_not_cut_in_two() -> None:
    """`update` in the cell's name goes on to its end; the stop comes with the next statement."""
    watched = Watched()
    watched.add("x > 1", "stop")
    cell = Running("m", 3)
    with watched.watcher.cells.running(cell):
        watched.watcher.cells.statement(compile("pass", "<cell>", "exec"))
        watched.namespace.update(x=2, y=3)
        assert watched.namespace["y"] == 3
        window = watched.watcher.cells.interrupts.statement(cell)
        with pytest.raises(KeyboardInterrupt, match="Stopped by the rule"):
            window.__enter__()


def test_nobody_is_stopped_in_the_place_of_a_cell_that_has_ended() -> None:
    """What fires at the end of a cell, or after it, is told only."""
    watched = Watched(x=0)
    watched.add("x > 1", "stop")
    with watched.watcher.cells.running(Running("m", 1)):
        watched.namespace.target["x"] = 2
    assert len(watched.messages) == 1
    cell = Running("n", 2)
    with watched.watcher.cells.running(cell), watched.watcher.cells.interrupts.statement(cell):
        pass
    watched.namespace["x"] = 0
    watched.namespace.target["x"] = 3
    cell = Running("o", 3)
    with watched.watcher.cells.running(cell), watched.watcher.cells.interrupts.statement(cell):
        watched.watcher.tick()
    assert len(watched.messages) == 2


def test_functions_are_called_by_the_driver_without_a_lock(caplog: Any) -> None:
    """What one raises is logged; the next one is called."""
    watched = Watched()
    got: list[FiredRule] = []
    free: list[bool] = []

    def look(fired: FiredRule) -> None:
        got.append(fired)
        thread = threading.Thread(target=lambda: free.append(watched.watcher._lock.acquire(False)))
        thread.start()
        thread.join()
        raise RuntimeError

    watched.add("x > 1", "call", on_fired=look)
    watched.add("changed(x)", "call", on_fired=got.append)
    watched.namespace["x"] = 2
    watched.watcher.tick()
    assert got == []
    watched.watcher.run_calls()
    assert [fired.name for fired in got] == ["x", "x"]
    assert free == [True]
    assert "raised" in caplog.text


def test_rules_end_with_their_owner() -> None:
    """And one by one; names without a rule are not checked any more."""
    watched = Watched()
    rules = watched.watcher.rules
    owner = object()
    mine = watched.add("x > 1")
    watched.add("y > 1", owner=owner)
    assert rules.names == {"x", "y"}
    rules.remove_of(owner)
    assert rules.names == {"x"}
    rules.remove(mine)
    assert not rules.names
    with pytest.raises(VariableNotFound):
        rules.remove(mine)


def test_there_are_not_too_many_rules() -> None:
    """Each costs time at a store."""
    watched = Watched()
    for number in range(MAX_RULES):
        watched.add(f"x > {number}")
    with pytest.raises(NotAllowed):
        watched.add("x > 1")


def test_a_failure_in_a_rule_does_not_reach_the_statement(caplog: Any) -> None:
    """It is logged with the name."""
    watched = Watched()
    watched.add("x > 1")
    watched.watcher.rules.check = lambda *args: 1 / 0  # type: ignore[assignment, method-assign]
    watched.namespace["x"] = 2
    assert "'x'" in caplog.text


def test_a_set_by_a_client_says_so() -> None:
    """The origin of the event is the client."""
    watched = Watched()
    watched.add("x > 1", "stop")
    with watched.watcher.changed_from("JupyterLab"):
        watched.namespace["x"] = 2
    assert watched.messages == ["x > 1: x = 2 (set from JupyterLab)"]
    (event,) = [m.params for m in watched.told.messages if isinstance(m, messages.Event)]
    assert event.origin == Origin(client="JupyterLab")


def test_a_signal_that_comes_late_ends_the_statement_that_it_was_for() -> None:
    """Sent in the last moment, it strikes inside the window, with its reason, and never after."""
    interrupts = Interrupts()
    cell = Running("m")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        for _ in range(200):
            with pytest.raises(KeyboardInterrupt):
                _stopped_at_the_end(interrupts, cell)
            interrupts.reason(cell)
        with interrupts.statement(cell):
            pass
    finally:
        signal.signal(signal.SIGINT, before)


def _stopped_at_the_end(interrupts: Interrupts, cell: Running) -> None:
    with interrupts.statement(cell):
        thread = threading.Thread(target=interrupts.stop, args=(cell, "why"))
        thread.start()
        thread.join()


def test_a_sleeping_main_thread_is_woken() -> None:
    """The interrupt ends a system call, not only the next line of Python."""
    code = (
        "import threading, time\n"
        "from livens.watching.running import Running\n"
        "from livens.watching.interrupts import Interrupts\n"
        "interrupts, cell = Interrupts(), Running('m')\n"
        "threading.Timer(0.2, interrupts.stop, (cell, 'why')).start()\n"
        "try:\n    with interrupts.statement(cell): time.sleep(600)\n"
        "except KeyboardInterrupt: print('woken', interrupts.reason(cell))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stdout == "woken why\n"


def test_state_of_a_rule_says_what_it_did_and_what_its_condition_is() -> None:
    """How often it fired, when and where last; whether it is true now, or why nobody knows."""
    watched = Watched()
    rules = watched.watcher.rules
    rule = watched.add("x > 1")
    assert rules.states() == {rule: RuleState(reason="there is no variable 'x'")}
    watched.namespace["x"] = 1
    assert rules.state(rule) == RuleState()
    watched.clock.push(5)
    with watched.watcher.changed_from("a client"):
        watched.namespace["x"] = 2
    fired = RuleState(times=1, fired_at=5.0, fired_by=Origin(client="a client"), holds=True)
    assert rules.state(rule) == fired
    watched.namespace["x"] = 0
    watched.namespace["x"] = 3
    watched.namespace["x"] = "text"
    state = rules.state(rule)
    assert (state.times, state.fired_by, state.holds) == (2, None, False)
    assert "text" in state.reason
    watched.clock.push(1)
    watched.watcher.tick()
    told = [m.params for m in watched.told.messages if isinstance(m, messages.Event)]
    assert [event.times for event in told] == [1, 1]
    rules.remove(rule)
    assert rules.state(rule) == RuleState()


def test_state_of_a_rule_about_data_is_that_of_its_last_look() -> None:
    """Whoever asks does not look into the data again."""
    watched = Watched(xs=[1, 2])
    rule = watched.add("xs.max > 3")
    rules = watched.watcher.rules
    assert rules.state(rule) == RuleState()
    watched.namespace["xs"] = [1, 5]
    watched.watcher.run_calls()  # the driver looks
    state = rules.state(rule)
    assert (state.times, state.holds, state.reason) == (1, True, "")
    watched.namespace["xs"] = "text"
    watched.watcher.run_calls()  # the driver looks
    assert rules.state(rule).reason
