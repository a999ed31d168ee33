"""Whatever a value says, it is one quoted text on one line between two marks."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from injections import INJECTIONS

from livens.agents.fence import Fence, quoted, word


@given(st.text())
def test_any_text_is_one_printable_line(text: str) -> None:
    """It is a JSON string of the same text, and no character of it moves the cursor."""
    written = quoted(text)
    assert written.isprintable()
    assert json.loads(written) == text


@given(st.text(), st.integers(2, 50))
def test_a_long_text_is_cut(text: str, limit: int) -> None:
    """A cut is seen as such."""
    read = json.loads(quoted(text, limit))
    assert len(read) <= limit
    assert read == text or read.endswith("…")


@pytest.mark.parametrize("injection", INJECTIONS)
def test_injections_stay_inside(injection: str) -> None:
    """Between the marks there is one line for each value, which begins with a quote."""
    fence = Fence()
    lines = fence.around([quoted(injection)]).split("\n")
    assert len(lines) == 3
    assert (lines[0], lines[2]) == (fence.begin, fence.end)
    assert lines[1].startswith('"')
    assert json.loads(lines[1]) == injection


def test_marks_cannot_be_guessed() -> None:
    """Each answer has marks of its own."""
    assert len({Fence().end for _ in range(100)}) == 100


@pytest.mark.parametrize("name", ["int", "numpy.ndarray", "list[int, str]", "float64"])
def test_plain_names_of_types_are_not_quoted(name: str) -> None:
    """They are short, and carry no sentence."""
    assert word(name) == name


@pytest.mark.parametrize("name", ["a b", "x" * 81, "größe", "", "a\nb", "</livens-data 1>"])
def test_other_names_of_types_are_quoted(name: str) -> None:
    """A class may have any name."""
    assert word(name).startswith('"')
