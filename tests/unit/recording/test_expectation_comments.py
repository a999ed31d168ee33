"""Expectations in comments: what counts, what is nearly one, and cells that are hard to read."""

from __future__ import annotations

import pytest

from livens.recording.expectation_comments import (
    Comment,
    in_comments,
    near_misses,
    stray_expectations,
)

COUNTED = {
    "a line of its own": ("x = 1\n# expect: x == 1", ["x == 1"]),
    "behind code": ("x = 1  # expect: x == 2", ["x == 2"]),
    "without a space": ("x = 1 #expect: x == 2", ["x == 2"]),
    "with more spaces": ("#   expect:x == 2", ["x == 2"]),
    "in a block": ("if x:\n    y = 1  # expect: y == 1", ["y == 1"]),
    "inside of brackets": ("f(1,  # expect: x == 1\n  2)", ["x == 1"]),
    "in a text": ("x = '# expect: x == 1'", []),
    "in a long text": ('x = """\n# expect: x == 1\n"""  # expect: y == 1', ["y == 1"]),
    "in an f-string": ("x = f'{y!r} # expect: x == 1'", []),
    "a text with a # in a condition": ("x = '#'  # expect: x == '#'", ["x == '#'"]),
    "below a magic": ("%matplotlib inline\n!echo it's\nx = 1  # expect: x == 1", ["x == 1"]),
    "behind a magic": ("%time x = f()  # expect: x == 1", ["x == 1"]),
    "in a cell magic": ("%%time\nx = 1  # expect: x == 1", ["x == 1"]),
    "behind a shell command": ("!echo 1  # expect: x == 1\ny = 1  # expect: y == 1", ["y == 1"]),
    "behind an assigned command": ("x = !ls  # expect: len(x) == 1", ["len(x) == 1"]),
    "below help": ("x?\ny = 1  # expect: y == 1", ["y == 1"]),
    "in a bracket that stays open": ("f(1,\n# expect: x == 1", ["x == 1"]),
    "below a text that stays open": ("x = '''a\ny = 1  # expect: y == 1", ["y == 1"]),
    "below a quote that stays open": ("!echo 'a\nx = 'b\ny = 1  # expect: y == 1", ["y == 1"]),
    "indented as nothing is": ("if x:\n    a\n  b  # expect: b == 1\nc", ["b == 1"]),
    "in another language": ("%%bash\nif [ -z \"$x\" ]; then\n# expect: x == 1", ["x == 1"]),
    "with Windows' lines": ("x = 1  # expect: x == 1\r\n# expect: y == 2", ["x == 1", "y == 2"]),
    "without a condition": ("# expect:", [""]),
    "nothing": ("", []),
}  # fmt: skip


@pytest.mark.parametrize("name", COUNTED)
def test_comments_that_count(name: str) -> None:
    """Wherever Python sees a comment, also between magics; nowhere else."""
    source, found = COUNTED[name]
    assert in_comments(source) == found
    assert near_misses(source) == []


NEAR = [
    "# Expect: x == 2", "# EXPECT: x == 2", "# expect x == 2", "#expects: x == 2",
    "# Expects x > 2",
    "# expected: x == 2", "# expect : x == 2", "## expect: x == 2", "# exepct: x == 2",
    "# expect = x == 2", "# expect x = 2", "# expect exists(x)", "# expect - x == 2",
    "# expectation: x == 2", "#!expect: x == 2", "# Expect x is not None", "# expekt: x == 2",
]  # fmt: skip
FAR = [
    "# as we expect", "# expect the worst", "# expected value of the loss", "# Expected in cell 3",
    "# inspect: x == 2", "# except: x == 2", "#", "# aspect: 2", "# expect", "# expected -> x",
    "# respect: x", "# what is expected: x == 2",
]  # fmt: skip


@pytest.mark.parametrize("comment", NEAR)
def test_near_misses(comment: str) -> None:
    """What was probably meant is found with its line, and does not count as an expectation."""
    source = f"x = 1\nx = 2  {comment}"
    assert near_misses(source) == [Comment(2, comment)]
    assert in_comments(source) == []


@pytest.mark.parametrize("comment", FAR)
def test_prose_is_no_near_miss(comment: str) -> None:
    """A comment for people stays one."""
    assert near_misses(f"x = 1  {comment}") == []


def test_expectations_that_are_not_run() -> None:
    """In a text that is no code, a line that would be an expectation is found; prose is not."""
    source = "# Title\n# expect: x == 1\n# expect: the unexpected"
    assert stray_expectations(source) == [Comment(2, "# expect: x == 1")]
