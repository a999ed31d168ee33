"""Looking at the locals of a function leaves nothing behind, neither values nor a changed dict."""

from __future__ import annotations

import gc
import sys
from typing import Any

from running_code import Code, paused, told

IS_311 = sys.version_info < (3, 12)

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
