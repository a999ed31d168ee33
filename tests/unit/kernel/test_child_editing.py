"""A child is set as a plain assignment sets it; and what was there comes back as it was."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict, defaultdict, deque, namedtuple
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from endpoints import Client


@dataclasses.dataclass
class Config:
    """A plain data class."""

    lr: float = 0.1


@dataclasses.dataclass(frozen=True)
class Frozen:
    """One that refuses."""

    lr: float = 0.1


class Slots:
    """Attributes in slots."""

    __slots__ = ("n",)

    def __init__(self) -> None:
        self.n = 1

    def __repr__(self) -> str:
        return f"Slots({self.n})"


Point = namedtuple("Point", "x y")
KEY = (1, "two")


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "n": [1, 2, 3],
            "f": [0.5, 1.5, 2.5],
            "s": ["a", "b", "c"],
            "t": pd.to_datetime(["2020-01-01", "2020-01-02", None]),
            "i": pd.array([1, None, 3], dtype="Int64"),
            "c": pd.Categorical(["x", "y", "x"]),
            "o": [[1], {"k": 2}, None],
        }
    )


def set_child(client: Client, steps: list[Any], expression: str, **more: Any) -> Any:
    path = [["name", "v"], *steps]
    return client.ask("set", name="v", path=path, expression=expression, **more)


SETTABLE: list[tuple[str, Any, list[Any], str, str]] = [
    ("list", [1, 2], [["index", 1]], "[3]", "v[1] == [3]"),
    ("deque", deque([1, 2]), [["index", 0]], "9", "v[0] == 9"),
    ("dict", {"a": 1}, [["key", "str", "a"]], "v['a'] + 1", "v == {'a': 2}"),
    ("dict by number", {1: 1, "1": 2}, [["key", "int", "1"]], "5", "v == {1: 5, '1': 2}"),
    ("dict by place", {KEY: 1}, [["entry", 0]], "5", "v == {(1, 'two'): 5}"),
    ("default dict", defaultdict(int, a=1), [["key", "str", "a"]], "7", "v['a'] == 7"),
    ("ordered dict", OrderedDict(a=1, b=2), [["key", "str", "a"]], "7", "list(v) == ['a', 'b']"),
    (
        "nested",
        {"a": [1, {"b": 2}]},
        [["key", "str", "a"], ["index", 1], ["key", "str", "b"]],
        "3",
        "v == {'a': [1, {'b': 3}]}",
    ),
    ("in a tuple", ([1], 2), [["index", 0], ["index", 0]], "5", "v == ([5], 2)"),
    ("data class", Config(), [["attribute", "lr"]], "0.2", "v.lr == 0.2"),
    ("object", SimpleNamespace(a=1), [["attribute", "a"]], "'x'", "v.a == 'x'"),
    ("slots", Slots(), [["attribute", "n"]], "2", "v.n == 2"),
    ("array", np.arange(4), [["index", 2]], "7", "v.tolist() == [0, 1, 7, 3]"),
    ("floats", np.zeros(2, "f4"), [["cell", 1, 0]], "0.1", "v[1] == v.dtype.type(0.1)"),
    ("matrix", np.zeros((2, 3)), [["index", 1], ["index", 2]], "1.5", "v[1, 2] == 1.5"),
    ("cell of a matrix", np.zeros((2, 3)), [["cell", 1, 2]], "1", "v[1, 2] == 1 == v.sum()"),
    (
        "cube",
        np.zeros((2, 2, 2)),
        [["index", 1], ["index", 0], ["index", 1]],
        "1",
        "v[1, 0, 1] == 1",
    ),
    ("bools", np.zeros(2, bool), [["index", 0]], "True", "v.tolist() == [True, False]"),
    ("texts", np.array(["ab", "c"]), [["index", 1]], "'xy'", "v[1] == 'xy'"),
    (
        "times",
        np.array(["2020-01-01"], "M8[D]"),
        [["index", 0]],
        "'2021-02-03'",
        "str(v[0]) == '2021-02-03'",
    ),
    ("objects", np.array([None, 1], object), [["index", 0]], "[1, 2]", "v[0] == [1, 2]"),
    (
        "records",
        np.zeros(2, [("a", "i4"), ("b", "f8")]),
        [["cell", 1, 1]],
        "2.5",
        "v['b'][1] == 2.5",
    ),
    ("frame, whole numbers", frame(), [["cell", 1, 0]], "20", "v['n'].tolist() == [1, 20, 3]"),
    ("frame, floats", frame(), [["cell", 0, 1]], "7", "v['f'].tolist() == [7, 1.5, 2.5]"),
    ("frame, text", frame(), [["cell", 2, 2]], "'z'", "v['s'].tolist() == ['a', 'b', 'z']"),
    (
        "frame, time",
        frame(),
        [["cell", 0, 3]],
        "'2022-03-04'",
        "str(v['t'][0])[:10] == '2022-03-04'",
    ),
    (
        "frame, missing",
        frame(),
        [["cell", 0, 4]],
        "None",
        "v['i'].isna().tolist() == [True, True, False]",
    ),
    ("frame, category", frame(), [["cell", 0, 5]], "'y'", "v['c'].tolist() == ['y', 'y', 'x']"),
    ("frame, object", frame(), [["cell", 0, 6]], "[9, 9]", "v['o'][0] == [9, 9]"),
    ("frame, by column", frame(), [["column", 0], ["index", 1]], "5", "v['n'][1] == 5"),
    ("series", pd.Series([1.5, 2.5], index=["a", "b"]), [["cell", 1, 0]], "5.5", "v['b'] == 5.5"),
    (
        "polars",
        pl.DataFrame({"a": [1, 2], "s": ["x", "y"]}),
        [["cell", 1, 1]],
        "'z'",
        "v['s'].to_list() == ['x', 'z']",
    ),
    ("polars series", pl.Series("a", [1, 2]), [["index", 0]], "5", "v.to_list() == [5, 2]"),
    ("records of a list", [{"a": 1}, {"a": 2, "b": 3}], [["cell", 1, 1]], "4", "v[1]['b'] == 4"),
    ("rows of a list", [[1, 2], [3, 4]], [["cell", 1, 0]], "9", "v == [[1, 2], [9, 4]]"),
    ("items of a list", [1, "x"], [["cell", 1, 0]], "'y'", "v == [1, 'y']"),
    (
        "frame in a dict",
        {"df": frame()},
        [["key", "str", "df"], ["cell", 0, 0]],
        "8",
        "v['df']['n'][0] == 8",
    ),
]


@pytest.mark.parametrize(
    ("value", "steps", "expression", "holds"),
    [c[1:] for c in SETTABLE],
    ids=[c[0] for c in SETTABLE],
)
def test_child_is_set_told_and_taken_back(
    value: Any, steps: list[Any], expression: str, holds: str
) -> None:
    """In place, in the name of the client; undo brings what was there, and its type stays."""
    import copy

    client = Client(v=value)
    before = copy.deepcopy(value)
    client.ask("subscribe", client="me")
    answer = set_child(client, steps, expression, keep_s=60)
    assert "variable" in answer, answer
    assert client.namespace["v"] is value
    assert eval(holds, {"v": value})
    assert answer["variable"]["path"] == [["name", "v"], *steps]
    looked_at = client.ask("inspect", path=[["name", "v"], *steps])["variable"]
    assert looked_at["preview"] == answer["variable"]["preview"]
    told = [m["params"] for m in client.messages if m.get("method") == "update"][-1]["changed"]
    assert [(v["name"], v["changed_by"]) for v in told] == [("v", {"client": "me"})]
    assert client.ask("undo", id=answer["undo"]) == {"names": ["v"]}
    assert repr(value) == repr(before)
    assert not hasattr(value, "dtypes") or str(value.dtypes) == str(before.dtypes)
    assert client.ask("undo", id=answer["undo"])["code"] == -32001


REFUSED: list[tuple[str, Any, list[Any], str, str]] = [
    ("tuple", (1, 2), [["index", 0]], "3", "items of a 'tuple' cannot be changed"),
    ("named tuple", Point(1, 2), [["index", 0]], "3", "cannot be changed"),
    ("set", {1}, [["member", 0]], "3", "items of a 'set' cannot be changed"),
    ("frozen", Frozen(), [["attribute", "lr"]], "3", "raised FrozenInstanceError"),
    ("row", np.zeros((2, 2)), [["index", 0]], "3", "several elements|cannot be set by itself"),
    ("column", frame(), [["column", 0]], "[1, 2, 3]", "cannot be set by itself"),
    ("index", pd.Index([1, 2]), [["cell", 0, 0]], "3", "cannot be looked at by itself"),
    ("beyond", np.zeros(2), [["cell", 2, 0]], "3", "no cell in row 2 and column 0"),
    ("nothing there", {"a": 1}, [["key", "str", "b"]], "3", "Nothing at"),
    ("text", "abc", [["index", 0]], "'x'", "Nothing at"),
    (
        "not whole",
        np.zeros(2, int),
        [["index", 0]],
        "1.5",
        "1.5 would become 1 in an array of int64",
    ),
    ("too large", np.zeros(2, "i1"), [["index", 0]], "300", "int8"),
    ("infinite", np.zeros(2, "f4"), [["index", 0]], "1e300", "1e\\+300 would become inf"),
    ("not exact", np.zeros(2, "f8"), [["index", 0]], "2**53 + 1", "would become"),
    ("no number", np.zeros(2), [["index", 0]], "'1'", "would become 1.0|does not fit"),
    ("no bool", np.zeros(2, bool), [["index", 0]], "5", "5 would become True"),
    ("bool", np.zeros(2, int), [["index", 0]], "True", "True would become 1"),
    (
        "cut",
        np.array(["ab"]),
        [["index", 0]],
        "'abc'",
        "'abc' would become 'ab' in an array of <U2",
    ),
    ("list", np.zeros(2), [["index", 0]], "[1]", "A value of class 'list' is no float64"),
    (
        "day",
        np.array(["2020-01-01"], "M8[D]"),
        [["index", 0]],
        "'2021-02-03T04:05'",
        "would become|does not fit",
    ),
    ("frame, not whole", frame(), [["cell", 0, 0]], "1.5", "1.5 would become 1"),
    ("frame, text", frame(), [["cell", 0, 0]], "'x'", "'x' does not fit into int64"),
    ("frame, none", frame(), [["cell", 0, 0]], "None", "does not fit into int64"),
    ("frame, category", frame(), [["cell", 0, 5]], "'z'", "does not fit into category"),
    ("frame, Int64", frame(), [["cell", 0, 4]], "1.5", "does not fit into Int64|would become"),
    ("frame, time", frame(), [["cell", 0, 3]], "'soon'", "does not fit into datetime64"),
    (
        "polars, not whole",
        pl.DataFrame({"a": [1]}),
        [["cell", 0, 0]],
        "1.5",
        "would become|does not fit",
    ),
    ("polars, text", pl.Series("a", [1]), [["index", 0]], "'x'", "would become None"),
    ("raises", {"a": 1}, [["key", "str", "a"]], "1 / 0", "ZeroDivisionError"),
]


@pytest.mark.parametrize(
    ("value", "steps", "expression", "why"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_what_cannot_be_set_is_refused_in_words(
    value: Any, steps: list[Any], expression: str, why: str
) -> None:
    """And is left as it was."""
    import re

    before = repr(value)
    error = set_child(Client(v=value), steps, expression)
    assert re.search(why, error["message"]), error
    assert repr(value) == before


def test_frames_that_share_memory_stay_as_they_are() -> None:
    """Setting a cell changes the one frame, as a plain assignment does."""
    first = frame()
    other = first.copy(deep=False)
    series = first["n"]
    set_child(Client(v=first, other=other, series=series), [["cell", 0, 0]], "99")
    plain = frame()
    plain_other, plain_series = plain.copy(deep=False), plain["n"]
    plain.iat[0, 0] = 99
    assert first["n"].tolist() == [99, 2, 3]
    assert other["n"].tolist() == plain_other["n"].tolist()
    assert series.tolist() == plain_series.tolist()


def test_array_that_is_read_only_is_refused() -> None:
    """Its owner has said so."""
    array = np.zeros(2)
    array.flags.writeable = False
    assert "read-only" in set_child(Client(v=array), [["index", 0]], "1")["message"]
