"""Paths: whatever `children` lists, its path leads to; pages make up the whole; nothing runs."""

from __future__ import annotations

import enum
import threading
from collections import OrderedDict, deque, namedtuple
from contextlib import suppress
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livens.exceptions import InvalidParams, VariableNotFound
from livens.protocol.types import Key
from livens.values.children import A_PROPERTY, Child, children, has_branches
from livens.values.descriptions import describe
from livens.values.paths import resolve, walk

KEYS: Any = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(2**300, 2**301),
    st.floats(),
    st.text(max_size=5),
    st.text("ab\ud800", max_size=3),
    st.binary(max_size=3),
    st.tuples(st.integers(), st.text(max_size=2)),
    st.frozensets(st.integers(), max_size=2),
    st.sampled_from(enum.Enum("Colour", ["RED", "BLUE"])),
)
VALUES: Any = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(max_size=3), st.builds(object)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.lists(inner, max_size=4).map(deque),
        st.dictionaries(KEYS, inner, max_size=4),
        st.dictionaries(KEYS, inner, max_size=4).map(OrderedDict),
        st.frozensets(KEYS, max_size=4),
        st.sets(KEYS, max_size=4),
        st.dictionaries(st.text(max_size=4), inner, max_size=4).map(lambda d: Thing(**d)),
    ),
    max_leaves=20,
)


class Thing:
    """An object with any attributes."""

    def __init__(self, /, **attributes: Any) -> None:
        vars(self).update(attributes)


def listed(value: object, **options: Any) -> list[Child]:
    """List all children."""
    return children(value, 0, 100_000, **options)[0]


def names(value: object, **options: Any) -> list[str]:
    """List the names of all children."""
    return [child.name for child in listed(value, **options)]


@given(VALUES)
def test_every_child_is_found_by_its_path(value: Any) -> None:
    """From any value down to the last leaf, a child's path leads to the identical object."""
    namespace = {"x": value}
    paths: list[tuple[list[Key], Any]] = [([["name", "x"]], value)]
    while paths:
        path, here = paths.pop()
        assert resolve(namespace, path) is here
        for child in listed(here):
            paths.append(([*path, child.key], child.value))


def test_ordered_dict_is_listed_in_its_own_order() -> None:
    """The order of the dict below it is another one, once a key was moved."""
    value = OrderedDict((n, [n]) for n in range(5))
    value.move_to_end(0)
    assert [child.value for child in children(value, 1, 3)[0]] == [[2], [3], [4]]
    assert [child.value for child in listed(value)] == [[1], [2], [3], [4], [0]]
    assert resolve({"x": value}, [["name", "x"], ["key", "int", "0"]]) is value[0]
    assert describe("x", value).preview == "OrderedDict({1: [1], 2: [2], 3: [3], 4: [4], 0: [0]})"


@given(VALUES, st.integers(1, 4))
def test_pages_make_up_the_whole(value: Any, size: int) -> None:
    """Pages one after the other are the list of all children, with the same total."""
    whole, total = children(value, 0, 100_000, everything=True)
    assert len(whole) == total
    pages = [children(value, start, size, everything=True) for start in range(0, total, size)]
    paged = [child for page, _ in pages for child in page]
    assert [(c.name, c.key, id(c.value)) for c in paged] == [
        (c.name, c.key, id(c.value)) for c in whole
    ]
    assert {count for _, count in pages} <= {total}
    assert children(value, total, size, everything=True) == ([], total)


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
TAGS = st.sampled_from(["name", "index", "key", "entry", "member", "attribute", "column"])
STEPS = st.lists(st.one_of(TAGS, JSON), min_size=2, max_size=3)


@given(VALUES, st.lists(STEPS, min_size=1, max_size=4), st.booleans())
def test_any_path_leads_somewhere_or_is_an_error(value: Any, path: Any, begins: bool) -> None:
    """Whatever a client takes for a path, it gets a value or one of two errors."""
    steps = [["name", "x"], *path] if begins else path
    with suppress(InvalidParams, VariableNotFound):
        resolve({"x": value}, steps)


def test_keys_that_are_equal_are_told_apart_by_type() -> None:
    """1, True, 1.0 and "1" are other paths, as far as a dict can hold them."""
    for key, text in ((1, "1"), (True, "True"), (1.0, "1.0"), ("1", "1")):
        found = resolve({"d": {key: "v"}}, [["name", "d"], ["key", type(key).__name__, text]])
        assert found == "v"
        with pytest.raises(VariableNotFound):
            resolve({"d": {key: "v"}}, [["name", "d"], ["key", "None", "None"]])


def test_key_is_looked_up_without_asking_other_keys() -> None:
    """A key of the user's with the same hash is not compared with."""

    class Hostile:
        def __hash__(self) -> int:
            return hash("a")

        def __eq__(self, other: object) -> bool:
            raise AssertionError("compared")

    mapping: dict[Any, int] = {Hostile(): 1}
    path: list[Key] = [["name", "d"], ["key", "str", "a"]]
    with pytest.raises(VariableNotFound):
        resolve({"d": mapping}, path)
    assert resolve({"d": mapping}, [["name", "d"], ["entry", 0]]) == 1


def test_items_come_before_attributes() -> None:
    """A subclass of a container shows what it contains, then what it has, on one page or two."""

    class Bag(list[int]):
        pass

    bag = Bag([1, 2])
    bag.colour = "red"  # type: ignore[attr-defined]
    assert names(bag) == ["0", "1", "colour"]
    assert [c.name for c in children(bag, 1, 2)[0]] == ["1", "colour"]
    assert children(bag, 2, 5)[1] == 3


def test_fields_of_a_named_tuple_have_their_names() -> None:
    """The path is by position, the name is the field's, by which it may be hidden."""
    point = namedtuple("point", "x password")(1, 2)
    assert [(c.name, c.key) for c in listed(point)] == [
        ("x", ["index", 0]),
        ("password", ["index", 1]),
    ]
    steps = walk({"p": point}, [["name", "p"], ["index", 1]])
    assert [name for name, _ in steps] == ["p", "password"]


def test_properties_are_listed_and_not_run() -> None:
    """On request, names with two underscores and properties; the latter without a value."""

    class Base:
        @property
        def inherited(self) -> int:
            raise AssertionError("ran")

    class Loud(Base):
        def __init__(self) -> None:
            self.mine = 1
            self.__dict__["__odd__"] = 2

        @property
        def own(self) -> int:
            raise AssertionError("ran")

        @cached_property
        def kept(self) -> int:
            return 3

    loud = Loud()
    assert names(loud) == ["mine"]
    found = {c.name: (c.value, c.unread) for c in listed(loud, everything=True)}
    assert found == {
        "mine": (1, ""),
        "__odd__": (2, ""),
        "own": (None, A_PROPERTY),
        "kept": (None, A_PROPERTY),
        "inherited": (None, A_PROPERTY),
    }
    assert resolve({"l": loud}, [["name", "l"], ["attribute", "__odd__"]]) == 2
    with pytest.raises(VariableNotFound):
        resolve({"l": loud}, [["name", "l"], ["attribute", "own"]])
    assert loud.kept == 3
    assert names(loud) == ["mine"], "what it holds is worked out, and is not compared"


def test_contents_of_classes_and_modules() -> None:
    """A class shows what it defines, a module what it holds."""
    import json

    assert "attributes" not in names(Thing)
    assert names(Thing) == []
    assert {"__init__", "__doc__"} <= set(names(Thing, everything=True))
    assert {"dumps", "JSONDecoder", "decoder"} <= set(names(json))
    path: list[Key] = [["name", "json"], ["attribute", "JSONDecoder"], ["attribute", "decode"]]
    assert resolve({"json": json}, path) is json.JSONDecoder.decode
    assert "__file__" in names(json, everything=True)


RECORDS = np.array([(1, "a"), (2, "b")], dtype=[("n", "i4"), ("t", "U1")])
FRAME = pd.DataFrame([[1, "a", None], [2, "b", 2.5]], columns=["x", "x", 5])
BRANCHES: dict[str, tuple[Any, list[str], list[Key]]] = {
    "array": (np.array([5, 6]), ["0", "1"], [["index", 0], ["index", 1]]),
    "matrix": (np.zeros((2, 3)), ["0", "1"], [["index", 0], ["index", 1]]),
    "records": (RECORDS, ["n", "t"], [["column", 0], ["column", 1]]),
    "frame": (FRAME, ["x", "x", "5"], [["column", 0], ["column", 1], ["column", 2]]),
    "series": (pd.Series([5, 6], index=["p", "q"]), ["p", "q"], [["index", 0], ["index", 1]]),
    "times": (
        pd.Series([5], index=pd.to_datetime(["2024-01-01"])),
        ["2024-01-01T00:00:00"],
        [["index", 0]],
    ),
}


@pytest.mark.parametrize(("value", "shown", "keys"), BRANCHES.values(), ids=BRANCHES)
def test_tables_and_arrays_have_children(value: Any, shown: list[str], keys: list[Key]) -> None:
    """Columns, fields and items by position, however they are labelled."""
    page = listed(value)
    assert ([c.name for c in page], [c.key for c in page]) == (shown, keys)
    assert has_branches(value)
    for child in page:
        found = resolve({"v": value}, [["name", "v"], child.key])
        assert type(found) is type(child.value)
        assert str(found) == str(child.value)
    with pytest.raises(VariableNotFound):
        resolve({"v": value}, [["name", "v"], [keys[0][0], 99]])


@pytest.mark.parametrize("value", [np.array(5), np.zeros(0), pd.DataFrame(), 5, "text"], ids=repr)
def test_nothing_below(value: Any) -> None:
    """Scalars, and tables and arrays without content, have no items."""
    assert not has_branches(value)


def test_subclasses_of_arrays_are_left_alone() -> None:
    """An array of the user's own class has no items here: getting one would run its code."""

    class Loud(np.ndarray):  # type: ignore[type-arg]
        def __array_finalize__(self, obj: Any) -> None:
            if obj is not None and armed:
                raise AssertionError("ran")

    armed = False
    loud = np.zeros(3).view(Loud)
    armed = True
    assert not has_branches(loud)
    assert listed(loud) == []


def test_pages_while_another_thread_changes_the_value() -> None:
    """A dict, a set and a deque that change all the time give whole pages and no error."""
    stop = threading.Event()
    mapping = {n: n for n in range(2000)}
    elements = set(range(2000))
    queue = deque(range(2000))

    def change() -> None:
        n = 2000
        while not stop.is_set():
            mapping[n] = n
            del mapping[n - 2000]
            elements.add(n)
            elements.discard(n - 2000)
            queue.append(n)
            queue.popleft()
            n += 1

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for value in (mapping, elements, queue) * 200:
            page, total = children(value, 1000, 50)
            assert len(page) == 50
            assert 1990 <= total <= 2010
    finally:
        stop.set()
        thread.join()
