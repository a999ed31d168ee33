"""The functions that run: which are told, with which lines and locals."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time

import pytest
from running_code import Code, Thing, leave_out, paused, told

from livens.protocol.types import Variable
from livens.watching.frame_locals import read_locals
from livens.watching.frames import MAX_FRAMES, MAX_VARIABLES, Frames, awaited, is_own_file

IS_311 = sys.version_info < (3, 12)


TRAIN = """
def main():
    train(2)

def train(epochs):
    for epoch in range(epochs):
        loss = 1 / (epoch + 1)
        pause()
"""


def test_functions_with_lines_and_locals() -> None:
    """The innermost first, with the line that it is at, and its locals in their order."""
    with paused(TRAIN) as code:
        first = code.seen()
        assert told(first) == [
            ("train", 8, {"epochs": "2", "epoch": "0", "loss": "1.0"}),
            ("main", 3, {}),
        ]
        assert {(f.file, f.execution_count, f.thread) for f in first} == {("", 3, "work")}
        code.go_on()
        assert told(code.seen())[0] == ("train", 8, {"epochs": "2", "epoch": "1", "loss": "0.5"})
        assert told(code.seen(depth=1)) == told(code.seen())[:1]
    assert code.seen() == []


def test_lines_count_in_the_cell() -> None:
    """Empty lines above a cell's code, which IPython strips, are counted."""
    with paused(TRAIN) as code:
        code.cells["<cell>"] = 4, 10
        frame = code.seen()[0]
        assert (frame.line, frame.execution_count) == (18, 4)


def test_libraries_are_left_out() -> None:
    """What the user's functions call, and what calls them, is not told."""
    source = (
        "import json\n"
        "def hook(found):\n    pause()\n    return found\n"
        "def main():\n    json.loads('{}', object_hook=hook)\n"
    )
    with paused(source) as code:
        assert [f.function for f in code.seen()] == ["hook", "main"]
    assert not is_own_file(json.__file__, "json")
    assert not is_own_file(pytest.__file__, "pytest")
    assert not is_own_file("/home/me/livens/watching/frames.py", "livens.watching.frames")
    assert is_own_file(__file__, __name__)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("[pause() for n in range(1)]", "main"),
        ("list(pause() for n in range(1))", "main"),
        ("{n: pause() for n in range(1)}", "main"),
        ("(lambda n: pause())(1)", "main.<locals>.<lambda>"),
        ("next(gen())", "gen"),
        ("asyncio.run(co())", "co"),
        ("Model().fit()", "Model.fit"),
        ("exec('def made(): pause()\\nmade()', globals())", "made"),
    ],
)
def test_kinds_of_functions(body: str, expected: str) -> None:
    """Comprehensions belong to the function around them; generators and coroutines are told."""
    source = (
        "import asyncio\n"
        "def gen():\n    n = 1\n    pause()\n    yield n\n"
        "async def co():\n    n = 1\n    pause()\n"
        "class Model:\n    def fit(self):\n        n = 1\n        pause()\n"
        f"def main():\n    m = 7\n    {body}\n"
    )
    with paused(source) as code:
        frames = code.seen()
        assert frames[0].function == expected
        assert frames[-1].function == "main"
        if IS_311 and "exec(" in body:
            assert frames[-1].truncated
        else:
            assert told(frames)[-1][2]["m"] == "7"
        assert not any(v.name.startswith(".") for f in frames for v in f.variables)


def test_what_a_coroutine_waits_for() -> None:
    """Functions that are suspended are found along their awaits."""
    seen = []

    async def inner() -> None:
        n = 5  # noqa: F841 - it is there to be seen
        await asyncio.sleep(0.01)

    async def outer() -> None:
        await inner()

    async def main() -> None:
        coroutine = outer()
        task = asyncio.create_task(coroutine)
        await asyncio.sleep(0)
        found = awaited(coroutine)
        seen.extend(f.f_code.co_name for f in found)
        pairs = next(read_locals(f, 5) for f in found if f.f_code.co_name == "inner")
        assert pairs == ([("n", 5)], False)
        await task

    asyncio.run(main())
    assert seen[-2:] == ["inner", "outer"]
    assert awaited(None) == awaited(Thing()) == []


def test_deep_recursion_is_bounded_and_quick() -> None:
    """Of 1,000 frames the innermost ten are told, in some milliseconds at the most."""
    source = (
        "def main():\n    down(900)\n"
        "def down(n):\n    x = 'x' * n\n    return pause() if n == 0 else down(n - 1)\n"
    )
    with paused(source) as code:
        started = time.thread_time()
        frames = code.seen()
        assert time.thread_time() - started < 0.05
        assert len(frames) == MAX_FRAMES
        assert [f.variables[0].preview for f in frames] == [str(n) for n in range(MAX_FRAMES)]


def test_nothing_below_the_cell_is_told() -> None:
    """What started the kernel is on the stack too, and may be a program of the user's."""
    source = "def main():\n    pause()\n"

    def launcher() -> None:
        exec(compile("main()", "<cell 2>", "exec"), code.namespace)

    code = Code(source)
    code.frames._is_theirs[__file__] = True
    code.cells["<cell 2>"] = 4, 0
    code.thread = threading.Thread(target=launcher, name="work", daemon=True)
    code.start()
    functions = [f.function for f in code.seen()]
    code._go.release()
    code.thread.join(20)
    assert functions[-1] == "main"
    assert "test_nothing_below_the_cell_is_told.<locals>.launcher" not in functions


def test_many_locals_are_cut() -> None:
    """The first thirty are told, and that there are more."""
    names = [f"v{n}" for n in range(MAX_VARIABLES + 1)]
    source = "def main():\n" + "".join(f"    {name} = 1\n" for name in names) + "    pause()\n"
    with paused(source) as code:
        (frame,) = code.seen()
        assert [v.name for v in frame.variables] == names[:-1]
        assert frame.truncated


def test_closures_and_deleted_names() -> None:
    """Variables of enclosing functions are there, those that have no value are not."""
    source = (
        "def main():\n    a = 1\n    def inner(b):\n        c = 2\n        del c\n"
        "        pause()\n        return a\n    inner(3)\n"
    )
    with paused(source) as code:
        assert told(code.seen())[0][2] == {"b": "3", "a": "1"}


def test_slow_local_is_described_once() -> None:
    """What was skipped is not described again while the name holds the same object."""
    calls = []

    def slow(name: str, value: object) -> Variable:
        calls.append(name)
        return Variable(name, [], "other", "Slow", status="skipped", reason="slow")

    with paused(
        "def main():\n    x = Thing()\n    pause()\n    x = Thing()\n    pause()\n"
    ) as code:
        code.frames = Frames(slow, {})
        leave_out(code.frames)
        assert [code.seen()[0].variables[0].status for _ in range(3)] == ["skipped"] * 3
        assert calls == ["x"]
