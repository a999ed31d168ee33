"""Running a person's code without IPython."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

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
    assert 'File "<input 1>", line 2, in f\n    return 1 / x' in outcome.traceback
    assert 'File "<input 2>", line 1, in <module>\n    f(0)' in outcome.traceback
