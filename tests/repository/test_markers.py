"""The marks that tests carry: what is an exception has its reason beside it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
WITH_REASON = ("every_python", "long_because")

pytest_plugins = ["pytester"]


def marks(path: Path) -> Iterator[tuple[int, str, str | None]]:
    """Find these marks in a file: the line, the name, and the reason if there is one."""
    tree = ast.parse(path.read_text("utf-8"))
    calls = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in WITH_REASON:
            call = calls.get(id(node))
            arguments = [] if call is None else [*call.args, *call.keywords]
            match arguments:
                case [ast.Constant(value=str(reason))]:
                    yield node.lineno, node.attr, reason
                case _:
                    yield node.lineno, node.attr, None


def test_marks_have_a_reason() -> None:
    """Whoever reads of a long test, or of one that every Python runs, reads why."""
    found = [(path.name, *mark) for path in TESTS.rglob("test_*.py") for mark in marks(path)]
    assert {name for _, _, name, _ in found} == set(WITH_REASON)
    assert [mark for mark in found if len((mark[-1] or "").split()) < 2] == []


@pytest.mark.parametrize(
    ("mark", "found"),
    [("", None), ("()", None), ("(1)", None), ("('a', 'b')", None), ("('it is so')", "it is so")],
)
def test_a_mark_without_reason_is_found(tmp_path: Path, mark: str, found: str | None) -> None:
    """A mark that is not called, or not with one text, has no reason."""
    path = tmp_path / "test_a.py"
    path.write_text(f"@pytest.mark.long_because{mark}\ndef test(): pass\n")
    assert list(marks(path)) == [(1, "long_because", found)]


@pytest.mark.parametrize("arguments", [[], ["-n", "2"]])
def test_long_tests_are_listed(pytester: pytest.Pytester, arguments: list[str]) -> None:
    """What took long and does not say why is listed at the end, and fails nothing."""
    path = TESTS / "conftest.py"
    conftest = path.read_text("utf-8").replace("__file__", repr(str(path)))
    pytester.makeconftest(conftest.replace("LONG_S = 10.0", "LONG_S = 0.1"))
    pytester.makeini("[pytest]\nmarkers = long_because\n")
    pytester.makepyfile(
        "import pytest, time\n"
        "def test_long(): time.sleep(0.2)\n"
        "@pytest.mark.long_because('it sleeps')\n"
        "def test_with_reason(): time.sleep(0.2)\n"
        "def test_short(): pass\n"
    )
    done = pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)
    done.assert_outcomes(passed=3)
    assert done.ret == 0
    done.stdout.fnmatch_lines(["*over 0 s, without a reason*", "* s  *::test_long"])
    assert "::test_with_reason" not in done.stdout.str()
    assert "::test_short" not in done.stdout.str()
