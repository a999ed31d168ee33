"""What is refused is refused with its reason, and no code of the user's is asked for it."""

from __future__ import annotations

import functools
import types
from typing import Any

import numpy as np
import pandas as pd
import pytest

from livens.state.encoding import (
    GivenUp,
    Options,
    decode_group,
    encode_group,
    reach,
)


class Touched(BaseException):
    """Code of the user's has run."""


def touch(*args: Any, **options: Any) -> Any:
    """Stand for every method that must not be called."""
    raise Touched


METHODS = (
    *("__getattribute__", "__getattr__", "__eq__", "__hash__", "__repr__", "__str__", "__len__"),
    *("__iter__", "__bool__", "__call__", "__instancecheck__", "__subclasscheck__", "__setattr__"),
    *("__sizeof__", "__format__", "__dir__", "__del__", "__lt__", "__contains__", "__getitem__"),
)


def hostile(*bases: type, meta: type = type) -> Any:
    """Return a class whose every method raises, but for the ways to make it."""
    own = {name: touch for name in METHODS if name != "__del__"}
    own["__class__"] = property(touch)
    return type.__new__(meta, "Hostile", bases, {**own, "__module__": "elsewhere"})


class Meta(type):
    """A metaclass that must not be asked for anything."""


for name in METHODS:
    if name not in ("__del__", "__setattr__"):
        setattr(Meta, name, touch)


@pytest.mark.parametrize("base", [object, list, dict, str, int, tuple, Exception])
@pytest.mark.parametrize("meta", [type, Meta])
def test_nothing_of_the_user_is_called(base: type, meta: type) -> None:
    """Neither of the class of a value, nor of its metaclass, whatever is around it."""
    value = base.__new__(hostile(base, meta=meta))
    inside = np.empty(1, object)
    inside[0] = value
    frame = pd.DataFrame({"o": pd.Series(inside, dtype=object)})
    around = {
        "v": value, "l": [value], "d": {1: value}, "f": lambda: value, "a": inside,
        "p": functools.partial(len, value), "m": types.MethodType(len, value), "df": frame,
        "c": type(value), "s": types.SimpleNamespace(x=value), "ok": 1,
    }  # fmt: skip
    group = encode_group(around)
    assert group.refused.keys() == around.keys() - {"ok"}
    for reached in around.values():
        reach(reached)


def test_library_that_fails_refuses_its_value_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its types are in another version."""
    frame = pd.DataFrame({"a": [1]})
    monkeypatch.delattr(frame, "_mgr")
    group = encode_group({"f": frame, "x": 1})
    assert group.refused == {"f": "reading it raised AttributeError"}
    assert decode_group(group.document, (), {}).values == {"x": 1}
    assert reach(frame)


def test_what_ends_the_work_comes_out() -> None:
    """Also out of the middle of an array of objects."""

    class Over(Exception):
        pass

    def check() -> None:
        raise Over

    values = {"v": np.array([[n] for n in range(1_000)] + [None], dtype=object)}
    with pytest.raises(Over):
        encode_group(values, Options(check=check))


def test_value_that_is_made_of_itself_is_refused_at_once() -> None:
    """It is not said to be kept, and then cannot be restored."""
    value: Any = functools.partial(print)
    value.__setstate__((print, (value,), {}, None))
    group = encode_group({"v": value, "x": 1})
    assert group.refused == {"v": "in v…: it is made of itself, which cannot be restored"}


def test_reason_has_the_way_to_the_value() -> None:
    """By keys and numbers, as far as it can be told in short."""
    value = {"a": [0, {"b": ({"deep": [iter(())]},)}]}
    assert encode_group({"v": value}).refused["v"] == (
        "in v['a'][1]['b'][0]…: a tuple_iterator is an iterator, which has a position"
    )


def test_value_that_another_thread_changes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """If it is being changed each time; no other error comes out."""

    def changing(*args: Any) -> Any:
        raise RuntimeError("dictionary changed size during iteration")

    monkeypatch.setattr("livens.state.encoding.instances.encode_instance", changing)
    with pytest.raises(GivenUp, match="changed by another thread"):
        encode_group({"v": type("Own", (), {})()})
