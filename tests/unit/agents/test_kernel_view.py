"""A cursor gives each change once and forgets none, also over restarts and lost messages."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livens.agents import kernel_view
from livens.agents.kernel_view import KernelView
from livens.protocol.types import ChangeSet, Variable


def variable(name: str, preview: str = "1") -> Variable:
    """Return a variable."""
    return Variable(name, [["name", name]], "number", "int", preview=preview)


STEPS = st.lists(
    st.tuples(
        st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("123")), max_size=4),
        st.lists(st.sampled_from("abcde"), max_size=2),
        st.booleans(),
        st.booleans(),
    ),
    max_size=20,
)


@given(STEPS)
def test_who_follows_the_cursor_has_the_same_variables(steps: list[Any]) -> None:
    """Whenever somebody reads, and whatever part of it, the copy is right at the end."""
    view = KernelView()
    view.apply(ChangeSet("e", 1, [variable("a")], complete=True), 0.0)
    cursor = view.cursor()
    copy = {"a": "1"}
    for n, (changed, removed, is_complete, is_read) in enumerate(steps):
        told = {name: variable(name, preview) for name, preview in changed}
        gone = [name for name in removed if name not in told]
        view.apply(ChangeSet("e", n + 2, list(told.values()), gone, complete=is_complete), 0.0)
        if is_read:
            number = view.number_of(cursor)
            assert number is not None
            for count, (last, name, found) in enumerate(view.since(number)):
                if count == 3:  # the rest did not fit into the answer
                    break
                copy.pop(name, None)
                if found is not None:
                    copy[name] = found.preview
                cursor = view.cursor(last)
    number = view.number_of(cursor)
    assert number is not None
    for _, name, found in view.since(number):
        copy.pop(name, None)
        if found is not None:
            copy[name] = found.preview
    assert copy == {name: v.preview for name, v in view.variables.items()}


def test_what_is_the_same_is_no_change() -> None:
    """After lost messages the whole state comes again, which changes nothing by itself."""
    view = KernelView()
    view.apply(ChangeSet("e", 1, [variable("a"), variable("b")], complete=True), 0.0)
    cursor = view.number_of(view.cursor())
    assert view.apply(ChangeSet("e", 5, [variable("a")], complete=True), 0.0) == ["b"]
    assert cursor is not None
    assert [(name, found) for _, name, found in view.since(cursor)] == [("b", None)]


def test_a_restart_is_news_once() -> None:
    """It says how many variables are gone, and earlier cursors are worth nothing."""
    view = KernelView()
    view.apply(ChangeSet("e1", 1, [variable(c) for c in "abc"], complete=True), 0.0)
    cursor = view.cursor()
    view.apply(ChangeSet("e2", 1, [], complete=True), 0.0)
    assert view.number_of(cursor) is None
    assert view.take_news() == ["the kernel was restarted: 3 variables are gone"]
    assert view.take_news() == []


@pytest.mark.parametrize("cursor", ["", "x", "abcdef.1", "123456.", "1.2.3", "e.9999", "½.1"])
def test_no_cursor(cursor: str) -> None:
    """What is none, or of another process, is told from one."""
    assert KernelView().number_of(cursor) is None


def test_a_cursor_from_before_what_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many names are gone that not all are remembered: then a cursor does not hold."""
    monkeypatch.setattr(kernel_view, "MAX_REMOVED", 2)
    view = KernelView()
    view.apply(ChangeSet("e", 1, [variable(c) for c in "abcd"], complete=True), 0.0)
    cursor = view.cursor()
    view.apply(ChangeSet("e", 2, removed=list("abc")), 0.0)
    assert view.number_of(cursor) is None
    assert view.number_of(view.cursor()) is not None
