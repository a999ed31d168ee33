"""The functions that run: which are told, with which locals, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from livens.protocol import requests
from livens.protocol.types import Frame, Variable
from livens.testing import Clock, MessageLog
from livens.values.descriptions import describe
from livens.values.redaction import Redactor
from livens.watching.frame_locals import read_locals
from livens.watching.frames import MAX_FRAMES, MAX_VARIABLES, Frames, awaited, is_own_file
from livens.watching.namespace import MonitoredDict
from livens.watching.running import Running
from livens.watching.watcher import Watcher

IS_311 = sys.version_info < (3, 12)


def describe_local(name: str, value: object) -> Variable:
    return describe(name, value, path=[])


class Thing:
    """Something that can be referred to weakly."""


def leave_out_this_file(frames: Frames) -> None:
    """Let the functions of this file not count as the user's own, which they are."""
    frames._is_theirs[__file__] = False


class Code:
    """Code of a cell that runs in a thread of its own, and stops where it calls ``pause``."""

    def __init__(self, source: str, **values: Any) -> None:
        self.namespace: dict[str, Any] = {"pause": self.pause, "Thing": Thing, **values}
        self.cells: dict[str, tuple[int | None, int]] = {"<cell>": (3, 0)}
        self.frames = Frames(describe_local, self.cells)
        leave_out_this_file(self.frames)
        self._paused, self._go = threading.Semaphore(0), threading.Semaphore(0)
        self._is_over = False
        exec(compile(source, "<cell>", "exec"), self.namespace)
        self.thread = threading.Thread(target=self._run, name="work", daemon=True)

    def _run(self) -> None:
        try:
            eval("main()", self.namespace)
        finally:
            self._is_over = True
            self._paused.release()

    def pause(self) -> None:
        self._paused.release()
        assert self._go.acquire(timeout=20)

    def start(self) -> None:
        self.thread.start()
        assert self._paused.acquire(timeout=20)

    def go_on(self) -> None:
        self._go.release()
        assert self._paused.acquire(timeout=20)

    def end(self) -> None:
        while not self._is_over:
            self.go_on()
        self.thread.join(20)

    def seen(self, **options: Any) -> list[Frame]:
        stacks = self.frames.running(self.namespace, **options)
        return next((stack for stack in stacks if stack[0].thread == "work"), [])


@contextmanager
def paused(source: str, **values: Any) -> Iterator[Code]:
    code = Code(source, **values)
    code.start()
    try:
        yield code
    finally:
        code.end()


def told(frames: list[Frame]) -> list[tuple[str, int, dict[str, str]]]:
    return [(f.function, f.line, {v.name: v.preview for v in f.variables}) for f in frames]


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


LIVES = """
import weakref
refs = []
def main():
    big = Thing()
    refs.append(weakref.ref(big))
    pause()
    big = None
    alive.append(refs[0]() is not None)
    other = Thing()
    refs.append(weakref.ref(other))
    pause()
    del other
    alive.append(refs[1]() is not None)
    cell = Thing()
    refs.append(weakref.ref(cell))
    def inner():
        return cell
    pause()
    cell = None
    alive.append(refs[2]() is not None)
    pause()
"""


def test_no_life_is_prolonged() -> None:
    """A value that a function lets go of is gone at once, however often it was looked at."""
    alive: list[bool] = []
    gc.disable()
    try:
        with paused(LIVES, alive=alive) as code:
            for _ in range(3):
                for _ in range(5):
                    names = [v.name for v in code.seen()[0].variables]
                assert {"big", "other", "cell"} & set(names)
                code.go_on()
        assert alive == [False, False, False]
    finally:
        gc.enable()


def test_a_function_that_ends_leaves_nothing() -> None:
    """Neither its frame nor its values live on after it was looked at."""
    source = (
        "import weakref\nrefs = []\n"
        "def main():\n    inner()\n    pause()\n"
        "def inner():\n    big = Thing()\n    refs.append(weakref.ref(big))\n    pause()\n"
    )
    gc.disable()
    try:
        with paused(source) as code:
            assert told(code.seen())[0][0] == "inner"
            code.go_on()
            assert code.namespace["refs"][0]() is None
    finally:
        gc.enable()


OWN_LOCALS = """
def main():
    x = 1
    mine = locals()
    x = 2
    pause()
    found.append(mine["x"])
    found.append(sorted(locals()))
"""


def test_own_locals_are_left_alone() -> None:
    """A function that keeps its ``locals()`` finds in them what it would find without us."""
    found: list[Any] = []
    with paused(OWN_LOCALS, found=found) as code:
        (frame,) = code.seen()
        assert frame.function == "main"
        assert (frame.variables == []) == frame.truncated == IS_311
    assert found == [1, ["mine", "x"]]


def test_locals_afterwards_are_whole() -> None:
    """Whoever asks for a frame's locals after us gets all of them."""
    source = (
        "import sys\n"
        "def ask():\n    return dict(sys._getframe(1).f_locals)\n"
        "def main():\n    x = 1\n    pause()\n    y = 2\n    found.append(ask())\n"
    )
    found: list[Any] = []
    with paused(source, found=found) as code:
        assert told(code.seen())[0][2] == {"x": "1"}
    assert found == [{"x": 1, "y": 2}]


def test_somebody_who_holds_the_locals_keeps_them() -> None:
    """A debugger or a library that holds a frame's locals is not disturbed."""
    source = (
        "import sys\n"
        "def ask():\n    global held\n    held = sys._getframe(1).f_locals\n"
        "def main():\n    x = 1\n    ask()\n    pause()\n    found.append(dict(held))\n"
    )
    found: list[Any] = []
    with paused(source, found=found) as code:
        code.seen()
    assert found == [{"x": 1}]


def test_running_code_may_call_locals_any_time() -> None:
    """While another thread looks all the time, the function always finds its own locals whole."""
    source = (
        "import sys\n"
        "def ask():\n    return sys._getframe(1).f_locals['n']\n"
        "def main():\n    pause()\n    n = 0\n    while not enough:\n        n += 1\n"
        "        assert ask() == n\n    done.append(n)\n"
    )
    done: list[int] = []
    enough: list[bool] = []
    code = Code(source, done=done, enough=enough)
    code.start()
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        code._go.release()
        for _ in range(300):
            code.seen()
    finally:
        sys.setswitchinterval(before)
        enough.append(True)
    code.thread.join(20)
    assert len(done) == 1


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
        leave_out_this_file(code.frames)
        assert [code.seen()[0].variables[0].status for _ in range(3)] == ["skipped"] * 3
        assert calls == ["x"]


class World:
    """A watcher on a namespace, with a clock that is pushed by hand."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.watcher = Watcher(
            redactor=Redactor(), clock=self.clock, cpu_clock=lambda: 0.0, wall_clock=self.clock
        )
        leave_out_this_file(self.watcher.frames)
        self.namespace = MonitoredDict({})
        self.watcher.attach(self.namespace)

    def subscribe(self, **subscription: Any) -> MessageLog:
        recorder = MessageLog()
        self.watcher.subscribe(requests.Subscription(**subscription), recorder)
        return recorder

    def tick(self) -> None:
        self.clock.push(1)
        self.watcher.tick()

    def run(self, look: Callable[[], None]) -> None:
        """Run a cell whose main thread calls a function, which calls *look* in another."""
        source = "def outer(key):\n    password = key\n    inner(1)\ndef inner(x):\n    look()\n"
        code = compile(source + "outer('k')", "<cell 9>", "exec")
        self.namespace.target["look"] = lambda: in_thread(look)
        with self.watcher.cells.running(Running("m", 9)):
            self.watcher.cells.statement(code)
            exec(code, self.namespace.target)


def in_thread(work: Callable[[], None]) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as err:  # noqa: BLE001 - raised again by the test's own thread
            failures.append(err)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    if failures:
        raise failures[0]


def of_functions(recorder: MessageLog) -> list[list[str] | None]:
    return [
        update.frames
        and [f.function for f in update.frames if f.execution_count == 9 or not f.file]
        for update in recorder.updates
        if update.frames is not None
    ]


def test_subscribers_choose() -> None:
    """None, the innermost, or all; told once, while nothing differs, and `[]` at the end."""
    world = World()
    none, top, every = (world.subscribe(frames=choice) for choice in ("none", "top", "all"))

    def look() -> None:
        world.tick()
        world.tick()
        assert top.replica.frames[0].function == "inner"

    world.run(look)
    assert of_functions(none) == []
    assert of_functions(top) == [["inner"], []]
    assert of_functions(every) == [["inner", "outer"], []]
    frame = next(u.frames for u in every.updates if u.frames)[1]
    assert [v.preview for v in frame.variables] == ["'k'", "redacted"]
    assert frame.line == 3
    assert every.replica.frames == []
    world.tick()
    assert len(of_functions(top)) == 2


def test_frames_come_again_after_a_refresh() -> None:
    """A refresh begins anew, so what runs is told again."""
    world = World()
    recorder = world.subscribe(frames="top")

    def look() -> None:
        world.tick()
        world.watcher.refresh(next(iter(world.watcher._publisher.subscribers)))
        assert recorder.replica.frames == []
        world.tick()
        assert recorder.replica.frames[0].function == "inner"

    world.run(look)
    assert of_functions(recorder) == [["inner"], ["inner"], []]


def test_nothing_is_looked_at_between_cells() -> None:
    """Threads that go on after the cell are not told."""
    world = World()
    recorder = world.subscribe(frames="all")
    world.tick()
    assert of_functions(recorder) == []
