"""Small values: a glance tells every difference, and asks nothing of the user's code."""

from __future__ import annotations

import array
from collections import OrderedDict, defaultdict, deque
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from plain import Plain, Point, Slotted
from rounds import differing_places

from livens.values import libraries
from livens.values.checksums import ChunkSums
from livens.values.content_registry import content_of
from livens.values.differences import difference
from livens.values.fingerprints import fingerprint

# -- what is told ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "change", "told"),
    [
        ([1, 2, 3], lambda v: v.append(4), "len 3 → 4"),
        ([1, 2, 3], lambda v: v.__setitem__(1, 9), "item 1 changed"),
        ({"a": 1}, lambda v: v.update(k=2), "key 'k' added"),
        ({"a": 1, "b": 2}, lambda v: v.pop("a"), "key 'a' removed"),
        ({"a": 1}, lambda v: v.update(a=2), "key 'a' changed"),
        ({"a": {"b": {"c": 1}}}, lambda v: v["a"]["b"].update(c=2), "key 'a' changed"),
        ({n: n for n in range(9)}, lambda v: v.update(dict.fromkeys(v, -1)), "9 keys changed"),
        ({n: n for n in range(200)}, lambda v: v.update(k=2), "key 'k' added"),
        ({n: n for n in range(200)}, lambda v: v.pop(100), "len 200 → 199"),
        (defaultdict(int), lambda v: v["x"], "key 'x' added"),
        (OrderedDict(a=1), lambda v: v.update(a=2), "key 'a' changed"),
        ({1, 2}, lambda v: v.add(3), "len 2 → 3"),
        (deque([1, 2]), lambda v: v.appendleft(3), "len 2 → 3"),
        (deque([1, 2]), lambda v: v.rotate(), "items 0, 1 changed"),
        (OrderedDict(a=1, b=2), lambda v: v.move_to_end("a"), "order changed"),
        ({"a": 1, "b": 2}, lambda v: v.update(a=v.pop("a")), "order of keys changed"),
        ({(1, "a"): 1}, lambda v: v.update({(2, "b"): 1}), "key (2, 'b') added"),
        (array.array("d", [1]), lambda v: v.append(2), "len 1 → 2"),
        (bytearray(b"abc"), lambda v: v.extend(b"d"), "len 3 → 4"),
        (array.array("d", [1, 2]), lambda v: v.__setitem__(0, 5), "1 cell"),
        (memoryview(bytearray(8)), lambda v: v.__setitem__(0, 5), "1 cell"),
        ([0.0], lambda v: v.__setitem__(0, -0.0), "item 0 changed"),
        ([[-0.0]], lambda v: v[0].__setitem__(0, 0.0), "item 0 changed"),
        ([0j], lambda v: v.__setitem__(0, complex(0.0, -0.0)), "item 0 changed"),
        ({"a": (0.0,)}, lambda v: v.update(a=(-0.0,)), "key 'a' changed"),
        ({0.0: 1}, lambda v: v.update(a=1), "key 'a' added"),
        ({"a": 1}, lambda v: v.update({-0.0: 1}), "key -0.0 added"),
        (Plain(0.0), lambda v: setattr(v, "value", -0.0), "attribute 'value' changed"),
        (Plain(), lambda v: setattr(v, "value", 1), "attribute 'value' changed"),
        (Plain(), lambda v: setattr(v, "new", 1), "attribute 'new' added"),
        (Plain(), lambda v: delattr(v, "value"), "attribute 'value' removed"),
        (Plain([1]), lambda v: v.value.append(2), "attribute 'value' changed"),
        (Slotted(), lambda v: setattr(v, "a", 1), "attribute 'a' added"),
        (Point(1, 2), lambda v: setattr(v, "x", 3), "attribute 'x' changed"),
    ],
)
def test_difference_is_told(value: Any, change: Any, told: str) -> None:
    """What changed is told where a glance shows it, by the names of keys and never by values."""
    before = fingerprint(value)
    change(value)
    assert difference(before, fingerprint(value)) == told


def test_dict_that_is_emptied_in_the_middle_of_a_look_is_read_again() -> None:
    """Another thread may clear a large dict between its length and its newest key."""
    value = {n: n for n in range(200)}
    content = content_of(value)
    assert content is not None
    value.clear()
    with pytest.raises(RuntimeError):
        content.read(199, 200)


class Hostile:
    """Whatever is asked of it is the user's code, and is written down."""

    calls: ClassVar[list[str]] = []

    def __getattribute__(self, name: str) -> Any:
        Hostile.calls.append(name)
        raise RuntimeError(name)

    def __eq__(self, other: object) -> bool:
        Hostile.calls.append("eq")
        raise RuntimeError

    def __hash__(self) -> int:
        Hostile.calls.append("hash")
        return 1

    def __len__(self) -> int:
        Hostile.calls.append("len")
        return 10**18

    def __iter__(self) -> Any:
        Hostile.calls.append("iter")
        raise RuntimeError

    def __repr__(self) -> str:
        Hostile.calls.append("repr")
        raise RuntimeError


class HostileList(list[Any]):
    """A list whose methods are the user's."""

    __getitem__ = __len__ = __iter__ = Hostile.__getattribute__  # type: ignore[assignment]


class HostileDict(dict[Any, Any]):
    """A dict whose methods are the user's."""

    items = keys = values = get = __getitem__ = __len__ = Hostile.__getattribute__  # type: ignore[assignment]


def test_no_code_of_the_values_runs() -> None:
    """Neither a glance nor a step calls anything of an unknown class, in any container."""
    hostile = Hostile()
    value = [hostile, {"h": hostile}, {hostile}, {hostile: 1}, HostileList([1]), HostileDict(a=1)]
    value += [Plain(hostile), deque([hostile]), (hostile,)] * 100
    Hostile.calls.clear()
    for item in (*value[:9], value, hostile):
        fingerprint(item)
        differing_places(ChunkSums(), item)
    assert Hostile.calls == []


def test_nan_that_is_read_anew_is_no_change() -> None:
    """A reader may make another NaN of the same one each time; that is no difference."""
    one, other = [float("nan")], [float("nan")]
    assert fingerprint(one) == fingerprint(other) != fingerprint([1.5])


def test_metaclass_runs_nothing() -> None:
    """Neither its comparison nor its hash is asked, wherever the class is met."""

    class Meta(type):
        def __eq__(cls, other: object) -> bool:
            raise AssertionError("compared")

        def __hash__(cls) -> int:
            raise AssertionError("hashed")

    class Odd(metaclass=Meta):
        def __init__(self) -> None:
            self.n = 1

    for value in (Odd(), Odd, [Odd(), Odd], {"a": Odd}, (x for x in [Odd()])):
        fingerprint(value)
        differing_places(ChunkSums(), value)


def test_object_of_another_library_keeps_its_locks_to_itself() -> None:
    """A lock that a library's object takes for itself is no change of the user's."""
    import threading
    import types

    cls = type("Pool", (), {"__module__": "library"})
    pool: Any = cls()
    pool.lock, pool.note = threading.Lock(), types.SimpleNamespace()
    before = fingerprint(pool)
    with pool.lock:
        assert fingerprint(pool) == before
    pool.size = 1
    assert fingerprint(pool) != before


def test_slots_and_many_attributes_are_read_from_where_they_are_asked() -> None:
    """Slots come first, then what the ``__dict__`` has; the newest is found at once."""

    class Both(Slotted):
        """A class with slots and a dict."""

    value = Both()
    vars(value).update({f"n{number}": number for number in range(100)})
    content = content_of(value)
    assert content is not None
    assert content.length == 101
    assert content.read(0, 3)[0] == ["b", "n0", "n1"]
    assert content.read(1, 2) == (["n0"], [0])
    assert content.read(100, 101) == (["n99"], [99])
    assert content.read(0, 101)[1] == [1, *range(100)]
    before = fingerprint(value)
    value.new = 1  # type: ignore[attr-defined]
    assert difference(before, fingerprint(value)) == "attribute 'new' added"


def test_namespace_of_many_attributes_is_not_copied() -> None:
    """A glance at it reads both ends of its ``__dict__``, as of any dict."""
    libraries.load()
    space = SimpleNamespace(**{f"n{number}": number for number in range(200)})
    content = content_of(space)
    assert content is not None
    assert (content.form, content.length, content.is_indexed) == ("attributes", 200, False)
    before = fingerprint(space)
    space.new = 1
    assert difference(before, fingerprint(space)) == "attribute 'new' added"
