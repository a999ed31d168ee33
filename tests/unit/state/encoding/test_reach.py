"""Names that share what can change meet in what they reach; names that use a library do not."""

from __future__ import annotations

import functools
import json
import sys
from collections import OrderedDict, defaultdict, deque
from types import MappingProxyType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from livens.state.encoding import reach

SHARED: list[Any] = [1]


class Holder:
    def __init__(self, held: Any) -> None:
        self.held = held

    def method(self) -> None: ...


class Slotted:
    __slots__ = ("held",)


class Listed(list[Any]): ...


def slotted(held: Any) -> Slotted:
    made = Slotted()
    made.held = held
    return made


def closure(held: Any) -> Any:
    return lambda: held


ARRAY = np.arange(5)
OBJECTS = np.empty(1, object)
OBJECTS[0] = SHARED


@pytest.mark.parametrize(
    "value",
    [
        SHARED, [SHARED], (SHARED,), {"k": SHARED}, {(1, Holder(SHARED)): 2}, deque([SHARED]),
        OrderedDict(a=SHARED), defaultdict(SHARED.copy), SimpleNamespace(a=SHARED),
        MappingProxyType({"a": SHARED}), Holder(SHARED), slotted(SHARED), Listed([SHARED]),
        closure(SHARED), lambda x=SHARED: x, functools.partial(print, SHARED),
        Holder(SHARED).method, SHARED.append, ValueError(SHARED), OBJECTS, slice(SHARED),
    ],
)  # fmt: skip
def test_what_is_shared_is_reached(value: Any) -> None:
    """Through containers, instances, functions and methods of all kinds."""
    assert id(SHARED) in reach(value)


def test_views_of_one_memory_meet() -> None:
    """By what owns the memory."""
    assert reach(ARRAY[1:]) & reach(ARRAY[:2])
    assert reach(ARRAY[1:]) & reach(ARRAY)
    assert not reach(ARRAY) & reach(ARRAY.copy())


def test_frames_meet_by_their_memory_and_what_is_in_them() -> None:
    """A series and the array that it was made of, and objects in columns and attrs."""
    memory = np.arange(3.0)
    series = pd.Series(memory, copy=False)
    frame = pd.DataFrame({"o": pd.Series([SHARED, 1], dtype=object)})
    noted = pd.DataFrame({"a": [1]})
    noted.attrs["x"] = SHARED
    assert reach(series) & reach(memory)
    assert reach([frame]) & reach(frame) & reach((1, frame))
    assert id(SHARED) in reach(frame) & reach(noted)
    assert not reach(pd.DataFrame({"a": [1]})) & reach(pd.DataFrame({"a": [1]}))


def test_classes_of_the_user_hold_their_instances_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that `isinstance` is true afterwards; subclasses and annotations too."""
    monkeypatch.setattr(Holder, "__module__", "__main__")
    assert reach(Holder(1)) & reach(Holder) & reach(Holder(2)) == {id(Holder)}
    derived = type("Derived", (Holder,), {"__module__": "__main__"})
    noted = type("Noted", (), {"__module__": "__main__", "__annotations__": {"x": Holder}})
    assert id(Holder) in reach(derived(1)) & reach(noted)


def test_libraries_do_not_hold_names_together() -> None:
    """Modules, their functions and classes are restored by their names."""
    values = [json, json.dumps, len, np.add, np.float64(1), OrderedDict, sys, "a", (1, "b"), {}]
    reached = [reach(value) for value in values]
    assert all(not a & b for n, a in enumerate(reached) for b in reached[:n])


def test_search_ends_at_its_limit() -> None:
    """A part of a large value is returned."""
    assert len(reach([[n] for n in range(1_000)], limit=100)) == 100
