"""Running a person's code without IPython."""

from __future__ import annotations

import asyncio
import gc
import linecache
import re
import signal
import sys
from typing import Any

import msgspec
import pytest

from livens.kernel import sources
from livens.kernel.interpreter import Interpreter, Outcome
from livens.watching.cells import Cells


@pytest.fixture
def namespace() -> dict[str, Any]:
    """Return the globals of a program."""
    return {"__name__": "__main__"}


def run(namespace: dict[str, Any], *codes: str) -> list[Outcome]:
    """Run pieces of code one after the other."""
    interpreter = Interpreter(namespace, Cells())

    async def all_of_them() -> list[Outcome]:
        return [await interpreter.run(code) for code in codes]

    return asyncio.run(all_of_them())


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("1 + 1", "2"),
        ("x = 3", None),
        ("x = 3; x", "3"),
        ("None", None),
        ("'a'\n'b'", "'b'"),
        ("for n in range(3): n", None),
        ("import asyncio\nawait asyncio.sleep(0, 'slept')", "'slept'"),
        ("", None),
        ("# nothing", None),
        ("(y := 4)", "4"),
    ],
)
def test_value_of_the_last_expression_is_shown(
    namespace: dict[str, Any], code: str, result: str | None
) -> None:
    """As in a console; None is not, nor what stands before the end."""
    (outcome,) = run(namespace, code)
    assert (outcome.status, outcome.result) == ("ok", result)


def test_globals_are_the_exact_dict_and_stay(namespace: dict[str, Any]) -> None:
    """One run after the other, functions and awaits included."""
    codes = ["def f():\n    global g\n    g = locals() is globals()", "f(); locals() is globals()"]
    assert [outcome.result for outcome in run(namespace, *codes)] == [None, "True"]
    assert namespace["g"] is False
    assert type(namespace) is dict


@pytest.mark.parametrize(
    ("code", "name", "message"),
    [
        ("1 / 0", "ZeroDivisionError", "division by zero"),
        ("def", "SyntaxError", "invalid syntax"),
        ("raise SystemExit(3)", "SystemExit", "3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
        ("import no_such_module", "ModuleNotFoundError", "No module named 'no_such_module'"),
        ("class E(Exception):\n    def __str__(self): 1 / 0\nraise E", "E", "cannot be read"),
    ],
)
def test_what_code_raises_is_told(
    namespace: dict[str, Any], code: str, name: str, message: str
) -> None:
    """With its own frames only, and the next run goes on."""
    outcome, after = run(namespace, code, "'alive'")
    assert (outcome.status, outcome.ename) == ("error", name)
    assert message in outcome.evalue
    assert "livens" not in outcome.traceback
    assert name in outcome.traceback
    assert after.result == "'alive'"
    assert after.execution_count == 2


def test_traceback_shows_the_lines_of_each_run(namespace: dict[str, Any]) -> None:
    """A function of an earlier run has its own lines."""
    outcome = run(namespace, "def f(x):\n    return 1 / x", "f(0)")[1]
    shown = re.sub(" of [0-9]+>", ">", outcome.traceback)  # where other interpreters are left
    assert 'File "<input 1>", line 2, in f\n    return 1 / x' in shown
    assert 'File "<input 2>", line 1, in <module>\n    f(0)' in shown


def test_run_that_is_cancelled_ends_as_the_task_does(namespace: dict[str, Any]) -> None:
    """Who cancels the task gets the cancellation; what the code itself raises is in the outcome."""
    cells = Cells()
    interpreter = Interpreter(namespace, cells)

    async def main() -> Outcome:
        running = asyncio.create_task(interpreter.run("import asyncio\nawait asyncio.sleep(60)"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not cells.is_busy
        assert cells.here() is None
        return await interpreter.run("raise asyncio.CancelledError")

    assert asyncio.run(main()).ename == "CancelledError"


def test_runs_wait_for_each_other(namespace: dict[str, Any]) -> None:
    """Those of one interpreter; code that waits for its own next run is told so."""
    interpreter = Interpreter(namespace, Cells())
    namespace["run"] = interpreter.run

    async def main() -> list[Outcome]:
        first = interpreter.run("import asyncio\nawait asyncio.sleep(0.01)\nx = 1\n'first'")
        return await asyncio.gather(first, interpreter.run("x"), interpreter.run("await run('x')"))

    outcomes = asyncio.run(main())
    assert [outcome.result for outcome in outcomes] == ["'first'", "1", None]
    assert "cannot wait for a run after it" in outcomes[2].evalue


def test_results_of_two_interpreters_are_each_their_own() -> None:
    """Their runs await at the same time; afterwards Python shows values as before."""
    before = sys.displayhook
    code = "import asyncio\nfor n in range(5): await asyncio.sleep(0.001)\n{!r}"

    async def main() -> list[Outcome]:
        runs = (Interpreter({}, Cells()).run(code.format(name)) for name in ("a", "b"))
        return await asyncio.gather(*runs)

    assert [outcome.result for outcome in asyncio.run(main())] == ["'a'", "'b'"]
    assert sys.displayhook is before


def test_lines_of_two_interpreters_are_each_their_own() -> None:
    """Their runs have the same numbers."""
    one, other = {}, {}
    first, second = Interpreter(one, Cells()), Interpreter(other, Cells())
    asyncio.run(first.run("def f(): return 1 / 0"))
    asyncio.run(second.run("def f(): pass  # of the other"))
    outcome = asyncio.run(first.run("f()"))
    assert "def f(): return 1 / 0" in outcome.traceback
    assert "of the other" not in outcome.traceback


def test_lines_of_the_last_runs_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """`linecache` would keep all of them for ever; none is left when the interpreter has gone."""
    monkeypatch.setattr(sources, "MAX_RUNS", 3)
    before = set(linecache.cache)
    interpreter = Interpreter({}, Cells())
    for _ in range(10):
        asyncio.run(interpreter.run("1 / 0"))
    assert len(set(linecache.cache) - before - {__file__}) >= 3
    kept = [name for name in set(linecache.cache) - before if name.startswith("<input")]
    assert len(kept) == 3
    del interpreter
    gc.collect()
    assert [name for name in linecache.cache if name in kept] == []


class Loud(str):
    """A text with methods of its own."""

    __slots__ = ()

    def __len__(self) -> int:
        raise ValueError("len")

    def __getitem__(self, key: Any) -> str:
        raise ValueError("getitem")


@pytest.mark.parametrize(
    ("code", "status", "text"),
    [
        ("class R:\n    def __repr__(self): 1 / 0\nR()", "error", "ZeroDivisionError"),
        ("class R:\n    def __repr__(self): return Loud('loud')\nR()", "ok", "loud"),
        ("class R:\n    def __repr__(self): raise SystemExit\nR()", "error", "SystemExit"),
        ("'x' * 1_000_000", "ok", "…"),
        ("'\\udcff'", "ok", "udcff"),
        ("raise ValueError('x' * 1_000_000)", "error", "…"),
        ("class E(Exception):\n    def __str__(self): raise SystemExit\nraise E", "error", "read"),
        ("raise ValueError('\\udcff')", "error", "udcff"),
    ],
)
def test_texts_of_values_and_errors_are_bounded_and_harmless(
    namespace: dict[str, Any], code: str, status: str, text: str
) -> None:
    """Whatever the person's own code does in them; and without our frames."""
    namespace["Loud"] = Loud
    outcome, after = run(namespace, code, "'alive'")
    assert outcome.status == status
    assert text in (outcome.result or "") + outcome.evalue + outcome.ename
    assert "livens" not in outcome.traceback
    assert len(outcome.traceback) + len(outcome.evalue) + len(outcome.result or "") < 300_000
    msgspec.json.encode(outcome)
    assert after.result == "'alive'"


@pytest.mark.parametrize(
    "code",
    [
        "asyncio.current_task().cancel()\nawait asyncio.sleep(0)",
        "asyncio.current_task().cancel()\nx = 1\nawait asyncio.sleep(9)",
        "raise asyncio.CancelledError",
        "await asyncio.wait_for(asyncio.Event().wait(), 0)",
    ],
)
def test_code_that_cancels_itself_has_an_outcome(namespace: dict[str, Any], code: str) -> None:
    """As any error; the next run goes on."""
    namespace["asyncio"] = asyncio
    outcome, after = run(namespace, code, "'alive'")
    assert outcome.ename in ("CancelledError", "TimeoutError")
    assert after.result == "'alive'"


def test_run_that_others_cancel_is_cancelled(namespace: dict[str, Any]) -> None:
    """Its caller learns of it as of any task, and the next run goes on."""
    interpreter = Interpreter(namespace, Cells())
    namespace["asyncio"] = asyncio

    async def main() -> Outcome:
        running = asyncio.ensure_future(interpreter.run("begun = 1\nawait asyncio.sleep(60)"))
        while "begun" not in namespace:
            await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return await interpreter.run("'alive'")

    assert asyncio.run(main()).result == "'alive'"


def test_interrupt_reaches_what_computes_in_another_task(namespace: dict[str, Any]) -> None:
    """It is raised there, and the run that waits for it ends as well."""
    interpreter = Interpreter(namespace, Cells())

    def interrupt() -> None:
        interpreter.interrupt(sys._getframe(1))

    namespace |= {"asyncio": asyncio, "interrupt": interrupt}
    code = (
        "async def busy():\n    try:\n        while True: interrupt()\n"
        "    except KeyboardInterrupt:\n        raised.append(1)\nraised = []\n"
        "await asyncio.gather(busy(), asyncio.sleep(60))"
    )
    outcome = asyncio.run(interpreter.run(code))
    assert (outcome.ename, namespace["raised"]) == ("KeyboardInterrupt", [1])


def test_future_imports_are_kept(namespace: dict[str, Any]) -> None:
    """For the statements and runs that follow, as in a console."""
    code = "from __future__ import annotations\ndef f(x: unknown): pass"
    assert [o.status for o in run(namespace, code, "def g(y: unknown): pass")] == ["ok", "ok"]
    assert namespace["g"].__annotations__ == {"y": "unknown"}


def test_reason_of_a_signal_is_told(namespace: dict[str, Any]) -> None:
    """A rule interrupts by a signal what runs in a function; the outcome says which."""
    cells = Cells()

    def stop() -> None:
        cell = cells.here()
        assert cell is not None
        cells.interrupts.stop(cell, "loss > 1")

    async def main() -> Outcome:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # asyncio's only cancels
        return await Interpreter(namespace, cells).run("stop()\nwhile True: pass")

    namespace["stop"] = stop
    outcome = asyncio.run(main())
    assert (outcome.ename, outcome.evalue) == ("KeyboardInterrupt", "loss > 1")


@pytest.mark.parametrize("code", ["for k in range(100): pass", "await asyncio.sleep(0)"])
def test_interrupt_is_not_lost_on_the_way_to_a_statement(
    namespace: dict[str, Any], code: str
) -> None:
    """At whatever call of ours a signal comes, what is still to run does not run."""
    namespace["asyncio"] = asyncio
    interpreter = Interpreter(namespace, Cells())
    calls = {"n": 0}

    async def run_interrupted_at(number: int) -> tuple[bool, Outcome]:
        was_over = True

        def hear(frame: Any, event: str, argument: object) -> None:
            nonlocal was_over
            is_ours = frame.f_globals.get("__name__", "").startswith("livens")
            if event == "call" and is_ours and interpreter._task is not None:
                calls["n"] += 1
                if calls["n"] == number:
                    was_over = "over" in namespace
                    interpreter.interrupt(frame)

        calls["n"] = 0
        sys.setprofile(hear)
        try:
            outcome = await interpreter.run(f"begun = 1\n{code}\nover = 1")
            return was_over, outcome
        finally:
            sys.setprofile(None)

    asyncio.run(run_interrupted_at(0))
    assert calls["n"] > 20
    for number in range(1, calls["n"] + 1):
        namespace.pop("over", None)
        was_over, outcome = asyncio.run(run_interrupted_at(number))
        assert was_over or (outcome.ename, "over" in namespace) == ("KeyboardInterrupt", False)
    assert asyncio.run(interpreter.run("'alive'")).result == "'alive'"
