"""Plain data come back with exact types, with what they share, and to the last bit."""

from __future__ import annotations

import array
import datetime as dt
import gc
import math
import pathlib
import re
import struct
import sys
import threading
import uuid
import zoneinfo
from collections import Counter, OrderedDict, defaultdict, deque
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest
from same_graph import assert_same

from livens.protocol.redaction import Redactor
from livens.state.plain import (
    Changed,
    GivenUp,
    Options,
    all_bytes,
    decode_plain,
    encode_plain,
    until,
)


def there_and_back(**values: Any) -> dict[str, Any]:
    """Return what is restored of names that are all kept."""
    group = encode_plain(values)
    assert group.refused == {}
    decoded = decode_plain(group.document, [all_bytes(blob) for blob in group.blobs])
    assert decoded.refused == {}
    return decoded.values


ORDERED = OrderedDict(a=1, b=2, c=3)
ORDERED.move_to_end("a")
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")

TEXT_ARRAY = array.array("w" if sys.version_info >= (3, 13) else "u", "aé")
"""``u`` is deprecated where there is ``w``."""

VALUES: dict[str, Any] = {
    "none": None,
    "booleans": [True, False, 1, 0],
    "floats": [0.1, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1e308, 1.0],
    "payload of not a number": struct.unpack(">d", bytes.fromhex("fff8000000000123"))[0],
    "integers": [2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, 10**40],
    "an integer that has no decimal text": 7**40_000,
    "many integers": list(range(1_000)),
    "many integers, one of them large": [*range(1_000), 2**64],
    "many floats": [n / 7 for n in range(1_000)],
    "many of both": [0.5, 1] * 500,
    "texts": ["", "é", "\0", "\ud800", "a\udfffb", "😀", '"\\\n'],
    "many texts": [f"text {n}" for n in range(500)],
    "bytes": [b"", b"\0\xff", b"x" * 10_000],
    "bytearrays": [bytearray(), bytearray(b"abc"), bytearray(100_000)],
    "complex": [1j, complex(-0.0, math.nan), complex(math.inf, -0.0)],
    "tuples": [(), (1,), ((),), (1, [2], (3,))],
    "many in a tuple": tuple(range(100)),
    "sets": [set(), {1, "a", None}, frozenset(), frozenset({(1, 2), b"x"})],
    "many in a set": set(range(300)),
    "dicts": {1: "a", "1": "b", (1, 2): [3], None: {}, 1.5: ..., b"k": {"x": {"y": 1}}},
    "ordered": ORDERED,
    "counter": Counter("abracadabra"),
    "defaultdicts": [defaultdict(list, a=[1]), defaultdict(None, b=2), defaultdict(int)],
    "deques": [deque([1, 2, 3], maxlen=5), deque()],
    "namespace": SimpleNamespace(a=1, b=[2]),
    "proxy": MappingProxyType({"a": [1]}),
    "ranges": [range(5), range(10, 0, -3), range(2**70)],
    "slices": [slice(None), slice(1, 2, 3), slice("a", [1])],
    "singletons": [..., NotImplemented],
    "types": [int, str, dict, type(None), object, type],
    "decimals": [Decimal("1.10"), Decimal("-0"), Decimal("sNaN123"), Decimal("1E+999999")],
    "fractions": [Fraction(1, 3), Fraction(-(10**30), 7)],
    "uuids": [uuid.UUID(int=5), uuid.uuid1()],
    "paths": [pathlib.Path("a/b"), pathlib.Path(), pathlib.PurePosixPath("/x"),
              pathlib.PureWindowsPath("C:\\x")],
    "patterns": [re.compile("a(b)", re.IGNORECASE), re.compile(b"x")],
    "dates": [dt.date(1, 1, 1), dt.date.max],
    "datetimes": [dt.datetime.min, dt.datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1),
                  dt.datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN),
                  dt.datetime(2026, 1, 1, tzinfo=dt.UTC)],
    "times": [dt.time(1, 2, 3, 4), dt.time(5, tzinfo=dt.UTC, fold=1)],
    "timedeltas": [dt.timedelta(-1, 5, 7), dt.timedelta.max],
    "zones": [dt.UTC, dt.timezone(dt.timedelta(hours=2)), BERLIN,
              dt.timezone(dt.timedelta(minutes=-5), "mine")],
    "arrays": [array.array("d", [1.5, math.inf]), array.array("H"), TEXT_ARRAY,
               array.array("q", range(20_000))],
}  # fmt: skip


@pytest.mark.parametrize("kind", VALUES)
def test_value_comes_back_as_it_was(kind: str) -> None:
    """Each kind of plain data is equal afterwards, with exact types."""
    value = VALUES[kind]
    restored = there_and_back(value=value)["value"]
    assert_same(value, restored)
    if kind not in {"sets", "many in a set", "an integer that has no decimal text"}:
        assert repr(value) == repr(restored)


@pytest.mark.filterwarnings("ignore:.*type code is deprecated:DeprecationWarning")
def test_deprecated_array_comes_back_without_a_further_warning(
    recwarn: pytest.WarningsRecorder,
) -> None:
    """With the code that it had."""
    value = array.array("u", "aé")
    recwarn.clear()
    restored = there_and_back(value=value)["value"]
    assert (restored.typecode, restored) == ("u", value)
    assert not recwarn.list


def test_fold_is_kept() -> None:
    """Equality of times does not look at it."""
    values = [(VALUES[kind][1]).replace(fold=1) for kind in ("datetimes", "times")]
    assert [value.fold for value in there_and_back(v=values)["v"]] == [1, 1]


def test_shared_objects_stay_shared() -> None:
    """Between names, at any depth, and in more ways than one."""
    inner: list[Any] = [1]
    both = (inner, {"k": inner})
    values = {"a": inner, "b": {"deep": [both, both]}, "c": both, "d": [1]}
    restored = there_and_back(**values)
    assert_same(values, restored)
    assert restored["b"]["deep"][0][1]["k"] is restored["a"]
    assert restored["d"] is not restored["a"]


def test_values_that_contain_themselves() -> None:
    """Lists, dicts and tuples on the way, and names that point at each other."""
    a: list[Any] = []
    t = (a, {"t": None})
    t[1]["t"] = t
    a += [a, t, {"a": a}]
    d: dict[str, Any] = {}
    d["self"] = d
    n = SimpleNamespace(a=a)
    n.n = n
    values = {"t": t, "a": a, "d": d, "n": n}
    assert_same(values, there_and_back(**values))


def test_a_hundred_thousand_levels() -> None:
    """Depth is no matter of Python's stack: of lists, tuples and dicts."""
    value: Any = None
    for number in range(100_000):
        value = [[value], (value,), {"k": value}][number % 3]
    restored = there_and_back(value=value)["value"]
    for _ in range(100_000):
        assert type(value) is type(restored)
        value, restored = (
            next(iter(v.values() if type(v) is dict else v)) for v in (value, restored)
        )
    assert restored is None


class OwnInt(int): ...


class OwnList(list[Any]): ...


class OwnDict(dict[str, Any]): ...


class OwnStr(str): ...


@pytest.mark.parametrize(
    "value",
    [OwnInt(1), OwnList([1]), OwnDict(a=1), OwnStr("a"), type("D", (dt.date,), {})(1, 1, 1)],
)
def test_subclass_is_not_taken_for_its_base(value: Any) -> None:
    """What is of another class is refused here, by the name of its class."""
    reason = encode_plain({"v": [value]}).refused["v"]
    assert reason == f"in v[0]: a {type(value).__name__} is no plain data"


def test_one_bad_value_refuses_only_the_names_that_reach_it() -> None:
    """The rest of the group is kept, also what the refused name shares with it."""
    shared = [1]
    bad = [shared, iter(())]
    group = encode_plain({"a": shared, "bad": bad, "b": {"s": shared}, "worse": (0, bad)})
    assert group.refused == {
        "bad": "in bad[1]: a tuple_iterator is no plain data",
        "worse": "in worse[1][1]: a tuple_iterator is no plain data",
    }
    values = decode_plain(group.document, ()).values
    assert values == {"a": [1], "b": {"s": [1]}}
    assert values["b"]["s"] is values["a"]


def test_redacted_names_and_keys_are_not_in_the_document() -> None:
    """Neither a variable, nor a value with such a key anywhere below, is encoded."""
    values = {
        "password": "hunter2",
        "settings": {"db": [{"api_key": "hunter2"}]},
        "space": SimpleNamespace(token="hunter2"),
        "tokens": 5,
    }
    group = encode_plain(values, Options(redactor=Redactor()))
    assert set(group.refused) == {"password", "settings", "space"}
    assert group.refused["settings"] == (
        "in settings['db'][0]: 'api_key' is redacted, and redacted values are not kept"
    )
    assert b"hunter2" not in group.document
    assert decode_plain(group.document, ()).values == {"tokens": 5}


def test_limits_refuse_a_name_and_no_other() -> None:
    """By items and by bytes; the others are kept."""
    values = {"many": [[] for _ in range(100)], "large": bytes(50_000), "small": [1]}
    group = encode_plain(values, Options(max_items=50, max_nbytes=40_000))
    assert group.refused == {
        "many": "it has more than 50 items",
        "large": "it is larger than 0.0 MB",
    }
    assert decode_plain(group.document, ()).values == {"small": [1]}


def test_work_can_be_given_up_and_taken_again() -> None:
    """What the check raises comes out; a later call finds everything."""
    ticks = iter(range(1_000_000))
    check = until(5, lambda: next(ticks))
    value = [[n] for n in range(10_000)]
    with pytest.raises(GivenUp):
        encode_plain({"v": value}, Options(check=check))
    assert there_and_back(v=value) == {"v": value}


def test_dict_that_another_thread_changes() -> None:
    """It is never an exception: a state that existed, or the word that there was no time."""
    shared: dict[int, int] = {}
    is_over = threading.Event()

    def change() -> None:
        while not is_over.is_set():
            for n in range(2_000):
                shared[n] = n
            shared.clear()

    thread = threading.Thread(target=change)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread.start()
    try:
        for _ in range(200):
            try:
                group = encode_plain({"v": shared})
            except GivenUp:
                continue
            blobs = [all_bytes(blob) for blob in group.blobs]
            found = decode_plain(group.document, blobs).values["v"]
            assert all(key == value for key, value in found.items())
    finally:
        is_over.set()
        thread.join()
        sys.setswitchinterval(interval)


def test_large_bytes_are_read_in_pieces_and_hold_no_buffer() -> None:
    """A bytearray can be made longer by its owner; a piece then says that it has changed."""
    value = bytearray(range(256)) * 1_000
    numbers = array.array("d", range(50_000))
    group = encode_plain({"v": value, "n": numbers})
    first, second = sorted(group.blobs, key=lambda blob: blob.nbytes)
    assert first.read(250, 260) == bytes(value[250:260])
    assert second.read(3, 21) == numbers.tobytes()[3:21]
    value += b"more"
    numbers.append(1.0)
    for blob in (first, second):
        with pytest.raises(Changed):
            blob.read(0, 10)


def test_nothing_is_held_after_the_work() -> None:
    """The objects of the user go when their names go."""
    value = SimpleNamespace(a=[1])
    before = sys.getrefcount(value)
    group = encode_plain({"v": value})
    gc.collect()
    assert sys.getrefcount(value) == before
    assert group.refused == {}
