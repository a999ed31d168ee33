"""Whether two values are equal, with exact types and with objects shared in the same way."""

from __future__ import annotations

import struct
from collections import OrderedDict, defaultdict, deque
from decimal import Decimal
from types import MappingProxyType, SimpleNamespace
from typing import Any

_ORDERED = (list, tuple, deque)


def assert_same(one: Any, other: Any) -> None:
    """Fail where two values differ: in a type, in content, in order, or in what is shared.

    Sets are compared as they are; their members are to be plain.
    """
    pairs: dict[int, int] = {}
    back: dict[int, int] = {}
    waiting = [(one, other, "value")]
    while waiting:
        a, b, where = waiting.pop()
        assert type(a) is type(b), f"{where}: {type(a)} and {type(b)}"
        if is_scalar(a):
            assert same_scalar(a, b), f"{where}: {a!r} and {b!r}"
            continue
        if id(a) in pairs or id(b) in back:
            assert pairs.get(id(a)) == id(b), f"{where}: shared in another way"
            assert back.get(id(b)) == id(a), f"{where}: shared in another way"
            continue
        if a is not b:
            pairs[id(a)], back[id(b)] = id(b), id(a)
        waiting += [(x, y, f"{where}{step}") for x, y, step in below(a, b, where)]


def is_scalar(value: Any) -> bool:
    """Return whether a value has no identity that counts."""
    return value is None or type(value) in (bool, int, float, complex, str, bytes)


def same_scalar(a: Any, b: Any) -> bool:
    """Return whether two scalars of one class are the same to the last bit."""
    if type(a) is float:
        return struct.pack(">d", a) == struct.pack(">d", b)
    if type(a) is complex:
        return same_scalar(a.real, b.real) and same_scalar(a.imag, b.imag)
    return bool(a == b)


def below(a: Any, b: Any, where: str) -> list[tuple[Any, Any, str]]:
    """Return what two objects consist of, in pairs."""
    if isinstance(a, dict):
        left, right = list(a.items()), list(b.items())
        assert len(left) == len(right), f"{where}: {len(left)} and {len(right)} entries"
        if type(a) is defaultdict:
            assert a.default_factory == b.default_factory, where
        assert type(a) is not OrderedDict or list(a) == list(b), where
        found = [(x[0], y[0], "[key]") for x, y in zip(left, right, strict=True)]
        return found + [(x[1], y[1], f"[{x[0]!r}]") for x, y in zip(left, right, strict=True)]
    if isinstance(a, MappingProxyType):
        return below(dict(a), dict(b), where)
    if type(a) is SimpleNamespace:
        return [(vars(a), vars(b), ".__dict__")]
    if isinstance(a, _ORDERED):
        assert len(a) == len(b), f"{where}: {len(a)} and {len(b)} items"
        assert getattr(a, "maxlen", None) == getattr(b, "maxlen", None), where
        return [(x, y, f"[{n}]") for n, (x, y) in enumerate(zip(a, b, strict=True))]
    if isinstance(a, slice):
        return [(x, y, ".slice") for x, y in zip(_parts(a), _parts(b), strict=True)]
    assert type(a) is Decimal or a == b, f"{where}: {a!r} and {b!r}"  # one kind equals nothing
    assert str(a) == str(b) or isinstance(a, (set, frozenset)), f"{where}: {a!r} and {b!r}"
    return []


def _parts(value: slice) -> tuple[Any, Any, Any]:
    return value.start, value.stop, value.step
