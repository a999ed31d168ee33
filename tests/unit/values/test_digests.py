"""Digests: equal for equal content in every process, different for every other content."""

from __future__ import annotations

import datetime
import decimal
import subprocess
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
import pytest

from livens.protocol.types import Digest
from livens.values import array_digests, canonical, digests, libraries, table_digests
from livens.values.digests import digest_of


@pytest.fixture(autouse=True)
def known_libraries() -> None:
    libraries.load()


def digest(value: object, hides: Callable[[str], bool] = lambda name: False) -> Digest:
    return digest_of("v", value, hides, lambda: None)


def frame() -> pd.DataFrame:
    return pd.DataFrame({"v": [1.0, 2.0, 3.0], "w": ["a", None, "c"]}, index=list("xyz"))


class Loud:
    """Counts whatever is asked of it."""

    asked = 0

    def _asked(self, *args: object) -> Any:
        type(self).asked += 1
        return 5

    __hash__ = __eq__ = __repr__ = __len__ = __iter__ = __getattr__ = _asked  # type: ignore[assignment]


# -- the same content ----------------------------------------------------------------------

MADE_TWICE: dict[str, Callable[[], Any]] = {
    "frame": frame,
    "series": lambda: frame().v,
    "index of several levels": lambda: frame().set_index(["v", "w"]).index,
    "array": lambda: np.arange(6.0).reshape(2, 3),
    "records": lambda: np.array([(1, 2.5)], dtype="i4,f8"),
    "objects": lambda: np.array([1, "a", None], dtype=object),
    "masked": lambda: np.ma.masked_array([1, 2], [True, False]),
    "dict of arrays": lambda: {"a": np.ones(3), "b": {"c": [1, {2}]}},
    "set": lambda: {"b", "a", ("c", 1), frozenset({2})},
    "counter": lambda: Counter("abca"),
    "defaultdict": lambda: defaultdict(list, a=[1]),
    "deque": lambda: deque([1, "a"]),
    "scalars": lambda: [True, None, 2**80, 1.5, 1j, b"x", "ü", float("nan"), range(3), ...],
    "times": lambda: [datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 2), pd.NaT],
    "zoned": lambda: pd.Series(pd.to_datetime(["2024-01-02"]).tz_localize("Europe/Zurich")),
    "others": lambda: [decimal.Decimal("1.10"), np.float32(2.5), pd.Period("2024", "M")],
    "text": lambda: "long " * 100_000,
    "bytes": lambda: bytearray(b"x" * 600_000),
}


@pytest.mark.parametrize("name", MADE_TWICE)
def test_made_twice(name: str) -> None:
    """What is made twice from the same has the same hash, and all of it was read."""
    one, other = digest(MADE_TWICE[name]()), digest(MADE_TWICE[name]())
    assert (one.hash, one.gap) == (other.hash, "")
    assert len(one.hash) == 32


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({3: "x", "a": 1}, {"a": 1, 3: "x"}),
        (np.arange(6).reshape(2, 3), np.asfortranarray(np.arange(6).reshape(2, 3))),
        (np.arange(6)[::2], np.array([0, 2, 4])),
        (pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1, 2, 3]}).iloc[:2]),
        (
            pd.array([1, None], dtype="Int64"),
            pd.array(np.ma.masked_array([1, 9], [False, True]).filled(9), dtype="Int64"),
        ),
    ],
    ids=["order of entries", "mixed keys", "order in memory", "strides", "slice", "below NA"],
)
def test_same_content_made_otherwise(one: Any, other: Any) -> None:
    """The order of a dict, and how memory lies, is no content."""
    if isinstance(one, pd.api.extensions.ExtensionArray):
        other[1] = None
        one, other = pd.Series(one), pd.Series(other)
    assert digest(one).hash == digest(other).hash


def test_same_in_every_process() -> None:
    """Neither the seed of hashes nor the identity of objects is in a hash."""
    code = (
        "import pandas as pd, numpy as np\n"
        "from livens.values.digests import digest_of\n"
        "v = {'s': {'a', 'b', 'c', 'd'}, 'f': pd.DataFrame({'t': list('abc'), 'n': [1, 2.5, 3]}),"
        " 'c': pd.Series(list('xyx'), dtype='category'), 'n': float('nan'), 'o': object()}\n"
        "print(digest_of('v', v, lambda n: False, lambda: None).hash)"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
    assert len(found.pop()) == 33


# -- other content -------------------------------------------------------------------------


def changed_frames() -> dict[str, Any]:
    base = frame()
    renamed = base.rename(columns={"v": "u"})
    named = base.rename_axis("i")
    relabelled = base.set_axis(list("xyq"))
    value, missing, kind = base.copy(), base.copy(), base.astype({"v": "float32"})
    value.iloc[2, 0] = 3.5
    missing.iloc[0, 1] = None
    others = base, renamed, named, relabelled, value, missing, kind, base[["w", "v"]], base[:2]
    words = "base", "label", "name", "index", "value", "missing", "dtype", "order", "rows"
    return dict(zip(words, others, strict=True))


def test_every_part_of_a_frame_counts() -> None:
    """Values, missing ones, dtypes, labels, the index and its name: each makes another hash."""
    hashes = {word: digest(changed).hash for word, changed in changed_frames().items()}
    assert len(set(hashes.values())) == len(hashes)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1], [True]),
        ([1], [1.0]),
        ([1], (1,)),
        (["ab", "c"], ["a", "bc"]),
        ([0.0, 1.5], [-0.0, 1.5]),
        ({"a": [1]}, {"a": [2]}),
        ({1}, {"1"}),
        (OrderedDict(a=1, b=2), OrderedDict(b=2, a=1)),
        (np.zeros(4), np.zeros((2, 2))),
        (np.zeros(4), np.zeros(4, dtype="f4")),
        ("a" * 10**6, "a" * (10**6 - 1) + "b"),
        ([pd.Timestamp("2024-01-01")], [pd.Timestamp("2024-01-01", tz="UTC")]),
        ([PurePosixPath], [int]),
    ],
)
def test_other_content(one: Any, other: Any) -> None:
    """What a person would not call the same has another hash, or is said not to be compared."""
    a, b = digest(one), digest(other)
    assert a.hash != b.hash or (a.gap and b.gap)


def test_cycles() -> None:
    """A list in itself ends."""
    ring: list[Any] = [1]
    ring.append(ring)
    assert digest(ring).gap == ""


# -- figures -------------------------------------------------------------------------------


def test_figures_of_columns() -> None:
    """Of each column its missing values, ends and mean are told, as pandas has them."""
    table = pd.DataFrame({"v": [1.0, np.nan, 5.0], "t": ["b", None, "a"], "i": [3, 1, 2]})
    told = [(c.label, c.nulls, c.min, c.max, c.mean) for c in digest(table).columns]
    assert told == [("v", 1, 1.0, 5.0, 3.0), ("t", 1, "a", "b", None), ("i", 0, 1, 3, 2.0)]


def test_figures_of_arrays() -> None:
    """A narrow matrix has columns; of other arrays all elements are one."""
    assert [c.mean for c in digest(np.array([[1, 10], [3, 30]])).columns] == [2.0, 20.0]
    (told,) = digest(np.arange(24.0).reshape(2, 3, 4)).columns
    assert (told.label, told.min, told.max) == ("", 0.0, 23.0)
    (told,) = digest(np.ma.masked_array([1, 9, 3], [False, True, False])).columns
    assert (told.nulls, told.max) == (1, 3)


def test_figures_of_records() -> None:
    """A list of dicts, as JSON has it, has columns too."""
    told = digest([{"a": 1, "b": None}, {"a": 3, "b": "x"}]).columns
    assert [(c.label, c.nulls, c.mean) for c in told] == [("a", 0, 2.0), ("b", 1, None)]


# -- what is not read ----------------------------------------------------------------------


def test_nothing_of_the_users_runs() -> None:
    """An object of the user's is asked nothing, is left out, and that is said."""
    Loud.asked = 0
    loud = object.__new__(Loud)
    items = np.empty(2, dtype=object)
    items[0] = loud
    holder = [[loud], {"a": loud}, (loud,), items]
    table = pd.DataFrame({"n": [1, 2]})
    table["o"] = items
    Loud.asked = 0
    for value in (*holder, table, loud):
        assert "Loud" in digest(value).gap
    assert Loud.asked == 0
    assert digest(loud).hash == ""


def test_what_could_be_read_still_counts() -> None:
    """Beside an object that is not looked into, a difference is seen."""
    one, other = ({"o": object(), "n": n} for n in (1, 2))
    assert digest(one).hash != digest(other).hash
    assert "object" in digest(one).gap


def test_redacted_parts() -> None:
    """Neither values nor figures of what is redacted are in a digest."""

    def hides(name: str) -> bool:
        return name == "token"

    one = digest(pd.DataFrame({"token": [1], "n": [2]}), hides)
    other = digest(pd.DataFrame({"token": [5], "n": [2]}), hides)
    assert one == other
    assert [c.label for c in one.columns] == ["n"]
    assert "redacted" in one.gap
    assert digest({"token": 1}, hides) == digest({"token": 2}, hides)
    assert digest([{"token": 1, "n": 1}], hides).columns[0].label == "n"


def test_large_values_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what is large evenly spaced rows are read, always the same ones, and it is said."""
    for module in (digests, array_digests, table_digests):
        monkeypatch.setattr(module, "MAX_ELEMENTS", 100)
    for make in (lambda: np.arange(1000.0), lambda: pd.DataFrame({"a": np.arange(1000.0)})):
        one, other = digest(make()), digest(make())
        assert one == other
        assert one.sampled == 100
        assert one.columns[0].max == 990.0
    assert "every 10th is read" in digest({"a": np.arange(1000)}).gap


@pytest.mark.parametrize("make", [list, lambda items: dict.fromkeys(items, 1)])
def test_many_items_are_sampled(make: Callable[[Any], Any]) -> None:
    """Of a long list or dict the first items are read, and it is said how many."""
    found = digest(make(range(canonical.MAX_ITEMS + 5)))
    assert found.sampled is not None
    assert found.sampled <= canonical.MAX_ITEMS
    assert found.hash


def test_large_sets_are_not_read() -> None:
    """A large set has no order that two runs share, so nothing of it is compared."""
    assert "more than" in digest(set(range(canonical.MAX_ITEMS + 5))).gap


def test_work_can_be_given_up() -> None:
    """Reading ends soon after the check raises."""

    class Enough(Exception):
        pass

    for value in (np.zeros(3_000_000), [object()] * 50_000, "x" * 10**6, {1: frame()}):
        calls = []

        def check(calls: list[int] = calls) -> None:
            calls.append(1)
            raise Enough

        with pytest.raises(Enough):
            digest_of("v", value, lambda name: False, check)
        assert len(calls) == 1
