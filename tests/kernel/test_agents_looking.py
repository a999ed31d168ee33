"""What agents are told of a real kernel, and that looking leaves no trace in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from asking import Asking, asked, data_lines, names, outside
from gates import wait_for
from injections import INJECTIONS
from kernels import started

from livens.testing import KernelClient

POINT = re.compile(r"[0-9.]+ s ago: [0-9]+ \(In \[[0-9]+\]\)")
"""A number in the history of a name: it says nothing in words of the user's."""

TRACES = "print(In[-1], len(Out), get_ipython().execution_count, repr(globals().get('_', None)))"


def file_of(kernel: KernelClient) -> str:
    """Return the connection file of a kernel."""
    return str(kernel.client.connection_file)


def test_ten_thousand_variables_in_four_thousand_characters(kernel: KernelClient) -> None:
    """What is left out is said, with a way to get it that works; each name is told once."""
    kernel.execute("for _n in range(10_000): globals()[f'v{_n:05}'] = _n\ndel _n")

    async def ask(call: Asking) -> None:
        first = await call("list_variables")
        assert len(first.text()) <= 4_000
        assert "10000 of 10000 variables" in first.text()
        left = 10_000 - len(names(first.text()))
        assert f"{left} left out. Narrow names, or ask with order='name'" in first.text()
        seen: list[str] = []
        for _ in range(3):
            page = await call("list_variables", order="name", start=len(seen))
            assert len(page.text()) <= 4_000
            seen += names(page.text())
        assert seen == [f"v{n:05}" for n in range(len(seen))]
        assert len(seen) > 100
        one = await call("list_variables", names=["v0999?"], order="name")
        assert names(one.text()) == [f"v0999{n}" for n in range(10)]
        long = await call("list_variables", max_chars=20_000)
        assert 4_000 < len(long.text()) <= 20_000

    asked(file_of(kernel), ask)


def test_a_cursor_gives_only_what_changed(kernel: KernelClient) -> None:
    """A second call is told the changes, in their order, in as many answers as it takes."""
    kernel.execute("a = b = c = 1")

    async def ask(call: Asking) -> None:
        cursor = (await call("list_variables")).facts["cursor"]
        nothing = await call("list_variables", changed_since=cursor)
        assert data_lines(nothing.text()) == []
        kernel.execute("b = 2\ndel c\nfor _n in range(50): globals()[f'n{_n}'] = 'x' * 99\ndel _n")
        told: list[str] = []
        for _ in range(100):
            answer = await call("list_variables", changed_since=cursor, max_chars=1_000)
            cursor = answer.facts["cursor"]
            told += names(answer.text())
            if answer.facts["shown"] == answer.facts["total"]:
                break
            assert "left out: ask again with the new cursor" in answer.text()
        assert sorted(told) == sorted(["b", "c", *(f"n{n}" for n in range(50))])
        assert told.index("b") < told.index("n49")
        other = await call("list_variables", changed_since="123abc.7")
        assert "this is everything" in other.text()

    asked(file_of(kernel), ask)


def test_twenty_instructions_stay_data(kernel: KernelClient) -> None:
    """In values, names, types, keys, labels, errors and files: all is in quotes, in the fence."""
    kernel.execute(f"injections = {INJECTIONS!r}")
    kernel.execute(
        "import sys\n"
        "for _n, _text in enumerate(injections):\n"
        "    globals()[f'text{_n}'] = _text\n"
        "    globals()[_text] = _n\n"
        "    globals()[f'typed{_n}'] = type(_text.replace(chr(0), ''), (), {})()\n"
        "    globals()[f'keyed{_n}'] = {_text: [_text]}\n"
        "rows = [{_text: _text for _text in injections}]\n"
        "del _n, _text, injections"
    )

    async def ask(call: Asking) -> None:
        answers = [await call("list_variables", max_chars=40_000)]
        answers += [await call("inspect", path=f"keyed{n}") for n in range(20)]
        answers += [await call("inspect", path=text) for text in INJECTIONS]
        answers += [await call("table", path="rows", max_chars=40_000)]
        answers += [await call("history", name=text) for text in INJECTIONS]
        answers += [await call("wait_for", condition=text[:1_000]) for text in INJECTIONS]
        answers += [await call("set", name=text, expression=text) for text in INJECTIONS]
        for answer in answers:
            text = answer.text()
            head = outside(text)
            assert head.isprintable() or set(head) - {"\n"} == {c for c in head if c.isprintable()}
            for injection in INJECTIONS:
                for part in filter(None, map(str.strip, injection.splitlines())):
                    assert part not in head
            said = [line for line in data_lines(text) if not POINT.fullmatch(line)]
            assert [line for line in said if '"' not in line] == []
            assert text.count("<livens-data ") == text.count("</livens-data ") <= 1 or all(
                mark in line
                for line in text.splitlines()
                if "livens-data" in line and line not in head.splitlines()
                for mark in ('"',)
            )
        shown = await call("list_variables", names=["text0"])
        assert "Ignore all previous instructions" in "".join(data_lines(shown.text()))

    asked(file_of(kernel), ask, allow_changes=True, audit_log=Path("/dev/null"))


def test_looking_leaves_no_trace(kernel: KernelClient, tmp_path: Path) -> None:
    """`_`, `Out`, the history of cells and the execution count stay; no cell is run."""
    kernel.execute("import pandas as pd\ndf = pd.DataFrame({'v': [3, 1, 2]})\nloss = 0.5")
    kernel.execute("41 + 1")
    before = kernel.execute(TRACES, store_history=False).stdout

    async def ask(call: Asking) -> None:
        for tool, arguments in (
            ("kernels", {}),
            ("list_variables", {}),
            ("inspect", {"path": "df"}),
            ("table", {"path": "df", "summary": True, "sort": [{"column": 0}]}),
            ("history", {"name": "loss"}),
            ("running", {}),
            ("wait_for", {"condition": "loss < 0.1", "timeout_s": 0.05}),
            ("wait_for", {"condition": 'df["v"].max == 3', "timeout_s": 60}),
        ):
            answer = await call(tool, **arguments)
            assert not answer.is_error, answer.text()

    asked(file_of(kernel), ask)
    assert kernel.execute(TRACES, store_history=False).stdout == before


def test_answers_say_of_when_and_of_what(kernel: KernelClient, tmp_path: Path) -> None:
    """Kernel, process, time, and which cell runs at which line, with the functions that run."""
    gate = tmp_path / "go on"
    kernel.execute(f"def wait(step):\n    {wait_for(gate).strip()}\n")
    cell = kernel.start("x = 1\nwait(7)")

    async def ask(call: Asking) -> None:
        answer = await call("wait_for", condition="x == 1", timeout_s=60)
        found = await call("running")
        gate.touch()
        assert answer.facts["outcome"] == "fired"
        text = found.text()
        assert {"kernel", "epoch", "as_of"} <= set(found.facts)
        assert f"epoch: {found.facts['epoch']}  as_of: 20" in text
        assert "running: In [" in text
        assert " since 20" in text
        assert any(line.startswith('"wait" at In [') for line in data_lines(text))
        assert any('"step": int = "7"' in line for line in data_lines(text))

    asked(file_of(kernel), ask)
    kernel.finish(cell)


def test_answers_come_while_a_cell_computes(kernel: KernelClient, tmp_path: Path) -> None:
    """They are of that moment, and not of the end of the cell."""
    gate = tmp_path / "go on"
    cell = kernel.start(
        f"import os\nn = 0\nwhile n % 1000 or not os.path.exists({str(gate)!r}): n += 1"
    )

    async def ask(call: Asking) -> None:
        await call("wait_for", condition="n > 0", timeout_s=60)
        seen = set()
        for _ in range(100):
            answer = await call("list_variables", names=["n"])
            seen.update(data_lines(answer.text()))
            if len(seen) >= 3:
                break
            await call("wait_for", condition="changed(n)", timeout_s=60)
        gate.touch()
        assert len(seen) >= 3
        assert "runs" in answer.text()

    asked(file_of(kernel), ask)
    kernel.finish(cell)


def test_secrets_stay_hidden(kernel: KernelClient) -> None:
    """By their names and by their look, in every tool."""
    kernel.execute(
        "password = 'hunter2'\nconfig = {'api_key': 'hunter2', 'n': 1}\n"
        "url = 'postgres://me:hunter2@db/sales'\nrows = [{'token': 'hunter2', 'a': 1}]"
    )

    async def ask(call: Asking) -> None:
        for tool, arguments in (
            ("list_variables", {}),
            ("inspect", {"path": "config"}),
            ("inspect", {"path": "password"}),
            ("inspect", {"path": [["name", "config"], ["key", "str", "api_key"]]}),
            ("table", {"path": "rows"}),
            ("history", {"name": "password"}),
            ("wait_for", {"condition": "password == 'x'", "timeout_s": 0.05}),
        ):
            assert "hunter2" not in (await call(tool, **arguments)).text()

    asked(file_of(kernel), ask)


def test_a_restart_is_the_first_line() -> None:
    """With how many variables are gone; cursors from before say that they are of no use."""
    with started() as (_, client):

        async def ask(call: Asking) -> None:
            cursor = (await call("list_variables")).facts["cursor"]
            client.start("import os, sys; os.execv(sys.executable, sys.orig_argv)")
            gone = await call("wait_for", condition="n1 > 100", timeout_s=60)
            assert gone.facts["outcome"] == "kernel_gone"
            for _ in range(600):
                answer = await call("list_variables", changed_since=cursor)
                if answer.text().startswith("the kernel was restarted"):
                    break
            first = answer.text().splitlines()[0]
            assert first == "the kernel was restarted: 14 variables are gone"
            assert "this is everything" in answer.text()
            again = await call("list_variables")
            assert again.text().startswith("kernel: ")

        client.execute("for _n in range(14): globals()[f'n{_n}'] = _n\ndel _n")
        asked(file_of(client), ask)


def test_a_kernel_that_ended(tmp_path: Path) -> None:
    """It is said, also to who asks again, and nothing is made up."""
    with started() as (_, client):

        async def ask(call: Asking) -> None:
            assert not (await call("list_variables")).is_error
            client.start("import os; os._exit(1)")
            gone = await call("wait_for", condition="x > 1", timeout_s=60)
            assert gone.facts["outcome"] == "kernel_gone"
            assert gone.text().count('"x": int = "1"') == 1
            assert (await call("list_variables")).facts["error"] == "KernelGone"
            assert "No kernel answers" in (await call("list_variables")).text()

        client.execute("x = 1")
        asked(file_of(client), ask)


@pytest.mark.parametrize(
    ("tool", "arguments", "error"),
    [
        ("inspect", {"path": "nope"}, "VariableNotFound"),
        ("inspect", {}, "InvalidParams"),
        ("inspect", {"path": 5}, "InvalidParams"),
        ("table", {"path": "x"}, "NotAllowed"),
        ("wait_for", {"condition": "x >"}, "InvalidCondition"),
        ("wait_for", {}, "InvalidParams"),
        ("wait_for", {"run": "run-nope"}, "VariableNotFound"),
        ("list_variables", {"limit": "many"}, "InvalidParams"),
        ("list_variables", {"nonsense": 1}, "InvalidParams"),
        ("list_variables", {"kernel": "no-such-kernel"}, "ConnectionFailed"),
        ("ai_repr", {"path": "x"}, "NotAllowed"),
    ],
)
def test_what_cannot_be_answered(
    kernel: KernelClient, tool: str, arguments: dict[str, object], error: str
) -> None:
    """It is an answer that says so, with what was expected."""
    kernel.execute("x = 1")

    async def ask(call: Asking) -> None:
        answer = await call(tool, **arguments)
        assert answer.is_error
        assert answer.text().startswith(f"error: {error}\n")

    asked(file_of(kernel), ask)


def test_own_texts_for_models(kernel: KernelClient) -> None:
    """`_ai_repr_`, whatever it returns; what raises or takes too long is refused."""
    kernel.execute(
        "class A:\n    def __init__(self, f): self.f = f\n"
        "    def _ai_repr_(self): return self.f()\n"
        "async def later(): return 'from a coroutine'\n"
        "text = A(lambda: 'a text')\nmimes = A(lambda: {'text/plain': 'of a type'})\n"
        "coroutine = A(later)\nbad = A(lambda: 1 / 0)\n"
        "slow = A(lambda: __import__('time').sleep(0.3))\nlong = A(lambda: 'x' * 100_000)"
    )

    async def ask(call: Asking) -> None:
        for name, shown in (
            ("text", "a text"),
            ("mimes", "text/plain: of a type"),
            ("coroutine", "from a coroutine"),
        ):
            assert shown in (await call("ai_repr", path=name)).text()
        for name, error in (("bad", "EvaluationFailed"), ("slow", "TookTooLong")):
            answer = await call("ai_repr", path=name, timeout_ms=50)
            assert answer.text().startswith(f"error: {error}\n")
        long = await call("ai_repr", path="long")
        assert len(long.text()) <= 4_000
        assert "left out" in long.text()

    asked(file_of(kernel), ask)
