"""What a code object says about names, on every Python that we run on."""

from __future__ import annotations

import pytest

from livens.watching.bytecode import (
    has_loop,
    may_touch,
    names_in,
    reachable_names,
    stored_names,
    touched_names,
)

LOOPS = [
    "for i in range(3): pass",
    "while x: x -= 1",
    "while True: break\nwhile x: pass",
    "if a:\n    for i in b: pass",
    "with a as b:\n    for i in b: pass",
    "try:\n    pass\nexcept E:\n    while a: pass",
    "for i in a:\n    for j in b:\n        x = i",
]
NO_LOOPS = [
    "x = 1",
    "def f():\n    for i in a: pass",
    "class A:\n    def f(self):\n        while True: pass",
    "f = lambda: [i for i in a]",
    "import os",
    "if a: x = 1\nelse: x = 2",
    "try:\n    x = 1\nfinally:\n    y = 2",
    "with a: pass",
]


@pytest.mark.parametrize("source", LOOPS)
def test_loop_is_found(source: str) -> None:
    """A statement that jumps backward is a loop, wherever the loop stands in it."""
    assert has_loop(compile(source, "", "exec"))


@pytest.mark.parametrize("source", NO_LOOPS)
def test_no_loop_is_found(source: str) -> None:
    """What runs each instruction once is no loop, whatever the functions do that it defines."""
    assert not has_loop(compile(source, "", "exec"))


def test_await_is_no_loop() -> None:
    """Waiting jumps backward in the byte code, and stores nothing a million times."""
    flags = 0x2000  # ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    assert not has_loop(compile("await a", "", "exec", flags=flags))
    assert has_loop(compile("async for i in a: pass", "", "exec", flags=flags))


def test_stores_have_their_lines() -> None:
    """Each stored or deleted name comes with its line, None where there are several."""
    source = (
        "for i in range(3):\n    x = i\n    y = x\n    del x\n    def f(): z = 1\n    import os"
    )
    found = stored_names(compile(source, "", "exec"))
    assert found == {"i": 1, "x": None, "y": 3, "f": 5, "os": 6}


def test_more_names_than_fit_into_a_byte() -> None:
    """Code with over 256 names uses extended arguments, which are read as well."""
    source = "\n".join(f"n{k} = {k}" for k in range(600))
    found = stored_names(compile(source, "", "exec"))
    assert found == {f"n{k}": k + 1 for k in range(600)}


def test_mentions_go_through_functions() -> None:
    """A call mentions what the function mentions, and the functions that this one calls."""
    namespace: dict[str, object] = {"a": 1, "b": 2, "c": 3}
    exec("def f():\n    g()\ndef g():\n    global a\n    a = b", namespace)
    assert reachable_names(["f"], namespace) == {"f", "g", "a", "b"}
    assert names_in(compile("f(); c", "", "exec")) == {"f", "c"}


def test_mentions_end_for_functions_that_call_each_other() -> None:
    """Recursion is followed once."""
    namespace: dict[str, object] = {}
    exec("def f(): g()\ndef g(): f()", namespace)
    assert reachable_names(["f"], namespace) == {"f", "g"}


@pytest.mark.parametrize(
    "source",
    [
        *LOOPS,
        *NO_LOOPS,
        "a[0] = 1",
        "a.b = c",
        "del a[b]",
        "a += b",
        "f(a)",
        "a[1:2] = b",
        "def f(): a.b = 1",
        "f = lambda: g(a)",
        "x = [f(a) for f in b]",
    ],
)
def test_short_look_misses_nothing_that_is_touched(source: str) -> None:
    """Code that is passed over after the short look touches nothing."""
    code = compile(source, "", "exec")
    assert may_touch(code) or not touched_names(code)
