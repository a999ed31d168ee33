"""A request is written once, and both ways of watching have it."""

from __future__ import annotations

from inspect import iscoroutinefunction, signature

import pytest

from livens.client.asynchronous import AsyncWatch
from livens.client.base import WatchBase, action
from livens.client.blocking import Watch

ACTIONS = [name for name, found in vars(WatchBase).items() if isinstance(found, action)]


@pytest.mark.parametrize("name", ACTIONS)
def test_both_ways_have_the_same_request(name: str) -> None:
    """`Watch` has a function and `AsyncWatch` a coroutine function, with one text and signature."""
    blocking, asynchronous = getattr(Watch, name), getattr(AsyncWatch, name)
    assert not iscoroutinefunction(blocking)
    assert iscoroutinefunction(asynchronous)
    assert signature(blocking) == signature(asynchronous)
    assert blocking.__doc__ == asynchronous.__doc__
    assert "Waits" not in str(signature(blocking))


def test_the_requests_are_all_there() -> None:
    """What a program may ask for, in the order in which it is written."""
    rules = ["add_rule", "check_rule", "wait_for", "interrupt", "remove_rule"]
    expected = ["next", "request", "history", "set", "delete", "rename", *rules]
    assert [*expected, "refresh", "settle"] == ACTIONS
