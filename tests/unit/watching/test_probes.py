"""Code with probes does what it did without, and says what it stores at once."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import sys
import sysconfig
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from livens.watching.probes import Probes, is_compound


def compiled(source: str, told: Any, ruled: set[str], mode: str = "exec") -> list[Any]:
    """The code of each statement, as a shell compiles it."""
    codes = []
    for statement in ast.parse(source).body:
        probes = Probes(told, ruled, is_interactive=mode == "single")
        body = probes.in_statement(statement)
        tree: Any = ast.Interactive(body) if mode == "single" else ast.Module(body, [])
        code = compile(tree, "<cell>", mode, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        codes.append(probes.in_code(code))
    return codes


ADDRESS = re.compile(r"0x[0-9a-f]+")


def execute(code: Any, namespace: dict[str, Any]) -> None:
    """Run code that may await."""
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(eval(code, namespace))
    else:
        exec(code, namespace)


def run(source: str, ruled: set[str] | None = None, mode: str = "exec") -> tuple[Any, list[Any]]:
    """Run a source with probes: what it leaves, and what was told, with the values."""
    namespace: dict[str, Any] = {"sleep": asyncio.sleep}
    told: list[Any] = []

    def tell(lines: Mapping[str, int], is_new: bool) -> None:
        told.extend((name, line, namespace.get(name)) for name, line in lines.items())

    for code in compiled(source, tell, ruled or set(), mode):
        execute(code, namespace)
    namespace.pop("__builtins__")
    return namespace, told


ONCE = {
    "if True:\n    x = 1\n    y, *z = 2, 3": [("x", 2, 1), ("y", 3, 2), ("z", 3, [3])],
    "if False: pass\nelif True:\n    x = 1\nelse:\n    y = 2": [("x", 3, 1)],
    "if (x := 1):\n    pass": [("x", 1, 1)],
    "if (x := NotImplemented) is not None:\n    pass": [("x", 1, NotImplemented)],
    "try:\n    1 / 0\nexcept ZeroDivisionError:\n    x = 1\nfinally:\n    y = 2": [
        ("x", 4, 1),
        ("y", 6, 2),
    ],
    "try:\n    x = 1\nexcept* OSError:\n    pass\nelse:\n    y = 2": [("x", 2, 1), ("y", 6, 2)],
    "match [1, 2, {'k': 3}]:\n    case [a, *b]:\n        c = 4": [
        ("a", 2, 1),
        ("b", 2, [2, {"k": 3}]),
        ("c", 3, 4),
    ],
    "match {'k': 1, 'l': 2}:\n    case {'k': int() as a, **b}: pass": [
        ("b", 2, {"l": 2}),
        ("a", 2, 1),
    ],
    "if True:\n    x = 1\n    del x": [("x", 2, 1), ("x", 3, None)],
    "if True:\n    x: int = 1\n    y: int\n    x += 1": [("x", 2, 1), ("x", 4, 2)],
    "if True:\n    for i in range(9): x = i\n    y = 1": [("y", 3, 1)],
    "while True:\n    x = 1\n    break\nelse:\n    y = 2": [],
    "for i in range(2):\n    if i: x = 1\nelse:\n    y = 2": [("y", 4, 2)],
    "if True:\n    x = [y := i for i in range(2)]": [("x", 2, [0, 1])],
    "if True:\n    x = await sleep(0, 1)": [("x", 2, 1)],
}


@pytest.mark.parametrize("source", ONCE)
def test_stores_that_happen_once_are_told(source: str) -> None:
    """In the order in which they happen, with their lines; what a loop stores is not."""
    assert run(source)[1] == ONCE[source]


RULED = {
    "x = 1": [(1, 1)],
    "a = x = b = 1": [(1, 1)],
    "for x in range(3): pass": [(1, 0), (1, 1), (1, 2)],
    "for i, (x, j) in enumerate([(1, 2), (3, 4)]): pass": [(1, 1), (1, 3)],
    "x = 2\nwhile x:\n    x -= 1": [(1, 2), (3, 1), (3, 0)],
    "i = iter([1, 2])\nwhile (x := next(i, 0)): pass": [(2, 1), (2, 2), (2, 0)],
    "[x := i for i in range(2)]": [(1, 0), (1, 1)],
    "[i for i in range(3) if (x := i) > 1]": [(1, 0), (1, 1), (1, 2)],
    "list(x := i for i in range(2))": [(1, 0), (1, 1)],
    "y = (x := 1) + (x := 2)": [(1, 1), (1, 2)],
    "f'{(x := 1)}{(x := 2)}'": [(1, 1), (1, 2)],
    "for i in range(2):\n    with open('/dev/null') as x: pass\n    x = i": [
        (2, "TextIOWrapper"),
        (3, 0),
        (2, "TextIOWrapper"),
        (3, 1),
    ],
    "for i in range(2):\n    try: 1 / 0\n    except ZeroDivisionError as x: x = i": [
        (3, "ZeroDivisionError"),
        (3, 0),
        (3, "ZeroDivisionError"),
        (3, 1),
    ],
    "for i in range(2):\n    match i:\n        case x if (y := x): pass": [(3, 1)],
    "def x(): pass": [(1, "function")],
    "class x:\n    x = 1": [(1, "type")],
    "import math as x": [(1, "module")],
    "from math import pi as x, e": [(1, 3.141592653589793)],
    "from __future__ import annotations\nx = 1": [(2, 1)],
    "def f():\n    x = 1\n    return [x := 2 for _ in range(1)]\nf()": [],
    "f = lambda: (x := 1)\nf()": [],
    "y = 1\nif y: z = 2": [],
    "y = (x := NotImplemented)": [(1, "NotImplementedType")],
}


@pytest.mark.parametrize("source", RULED)
def test_every_store_of_a_ruled_name_is_told(source: str) -> None:
    """Wherever it is, but in functions and classes, which have names of their own."""
    told = [(line, shown(value)) for name, line, value in run(source, {"x"})[1] if name == "x"]
    assert told == RULED[source]


def shown(value: Any) -> Any:
    """The value, or its type where that says enough."""
    return value if isinstance(value, int | float) else type(value).__name__


@pytest.mark.parametrize("mode", ["exec", "single"])
@pytest.mark.parametrize("source", [*ONCE, *RULED])
def test_code_with_probes_leaves_what_it_left_without(
    source: str, mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And prints what it printed; the tree that it was made of stays as it was."""
    tree = ast.parse(source)
    before = ast.dump(tree, include_attributes=True)
    for statement in tree.body:
        Probes(print, {"x"}).in_statement(statement)
    assert ast.dump(tree, include_attributes=True) == before
    plain: dict[str, Any] = {"sleep": asyncio.sleep}
    for statement in tree.body:
        part: Any = (
            ast.Interactive([statement]) if mode == "single" else ast.Module([statement], [])
        )
        execute(compile(part, "<cell>", mode, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), plain)
    plain.pop("__builtins__")
    printed = capsys.readouterr().out
    left, _ = run(source, {"x"}, mode)
    assert {name: shown(value) for name, value in left.items()} == {
        name: shown(value) for name, value in plain.items()
    }
    assert ADDRESS.sub("", capsys.readouterr().out) == ADDRESS.sub("", printed)


def test_what_a_probe_raises_is_raised_at_the_store() -> None:
    """So that a block can catch it, and the statements after it do not run."""

    def stop(lines: Mapping[str, int], is_new: bool) -> None:
        raise KeyboardInterrupt

    namespace: dict[str, Any] = {}
    source = "try:\n    x = 1\n    x = 2\nexcept KeyboardInterrupt:\n    caught = True"
    (code,) = compiled(source, stop, {"x"})
    with pytest.raises(KeyboardInterrupt):  # the store of `caught` is told as well
        exec(code, namespace)
    assert (namespace["x"], namespace["caught"]) == (1, True)


def test_statements_that_need_no_probe_stay_themselves() -> None:
    """Simple ones without a rule, and loops, whose bodies are shared."""
    probes = Probes(print)
    (loop,) = ast.parse("for i in range(3):\n    x = (y := i)").body
    (copy,) = probes.in_statement(loop)
    assert copy.body is loop.body  # type: ignore[attr-defined]
    assert not is_compound(ast.parse("x = [y := 1]").body[0])
    code = compile("x = 1", "<cell>", "exec")
    assert probes.in_code(code) is code


def test_statements_of_the_standard_library_compile_with_probes() -> None:
    """Without a warning, whatever they are, and to code whose functions are what they were."""
    folder = Path(sysconfig.get_path("stdlib"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the files themselves
        trees = [
            ast.parse(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("[a-l]*.py"))
        ]
    count = 0
    for tree in trees:
        for statement in tree.body:
            if not is_compound(statement):
                continue
            names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
            for ruled in (set(), names):
                probes = Probes(print, ruled)
                probed = ast.Module(probes.in_statement(statement), [])
                plain = compile(ast.Module([statement], []), "<cell>", "exec")
                code = probes.in_code(compile(probed, "<cell>", "exec"))
                assert code.co_names == plain.co_names
                functions = [c for c in plain.co_consts if inspect.iscode(c)]
                if not ruled:
                    assert [c for c in code.co_consts if inspect.iscode(c)] == functions
                count += 1
    assert count > 100


def test_name_of_a_handler_is_new_each_time() -> None:
    """It is deleted behind the handler, and the next exception may lie at the same address."""
    told: list[bool] = []
    source = "for i in range(3):\n    try: 1 / 0\n    except ZeroDivisionError as x: pass"
    (code,) = compiled(source, lambda lines, is_new: told.append(is_new), {"x"})
    exec(code, {})
    assert told == [True] * 3


def test_making_probes_warns_of_nothing() -> None:
    """Python 3.13 warns of nodes that are made without their fields."""
    statement = ast.parse("if a:\n    with b as c: d = 1\nelse:\n    for e in f: pass").body[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Probes(print, {"c", "d", "e"}).in_statement(statement)


def test_nothing_is_handed_to_the_display_hook(capsys: pytest.CaptureFixture[str]) -> None:
    """In the mode in which every expression of a statement is."""
    shown: list[object] = []
    (code,) = compiled("if True:\n    x = 1\n    x + 1", lambda *told: None, {"x"}, "single")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "displayhook", shown.append)
        exec(code, {})
    assert shown == [2]
