"""Adapters at work in a real kernel: those that come with livens, and one from outside."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from kernels import started

from livens.testing import KernelClient

pytestmark = pytest.mark.every_python("the values of the standard library")

VALUES = """\
import collections, functools, io, queue, threading, types
import numpy as np, pandas as pd

def numbers(start=1):
    yield start
    yield 2

generator = numbers()
first = next(generator)
jobs = queue.Queue(5)
jobs.put(1)
lock = threading.Lock()
lock.acquire()
partial = functools.partial(print, sep="")
proxy = types.MappingProxyType({"a": 1})
when = np.array(["2026-01-02"], "M8[D]")
frame = pd.DataFrame({"a": [1, 2], "b": [0.5, 1]})
groups = frame.groupby("a")
"""

SHOWN = {
    "numbers": "def numbers(start=1), cell line 4",
    "generator": "generator numbers: suspended, cell line 5",
    "jobs": "Queue: 1 items of 5 at most",
    "lock": "lock, locked",
    "partial": "partial(print, {'sep': ''})",
    "proxy": "mappingproxy({'a': 1})",
    "when": "[2026-01-02]",
    "frame": "2 rows × 2 columns: a int64, b float64",
    "groups": "DataFrameGroupBy by 'a' of 2 rows × 2 columns: a int64, b float64",
}


def test_values_of_a_cell_are_described() -> None:
    """Each by its adapter; using them afterwards goes on where the user left them.

    In a kernel of its own, because other tests want a kernel that has not imported pandas.
    """
    with started() as (_, client):
        client.open()
        client.execute(VALUES)
        shown = {name: client.replica.variables[name].preview for name in SHOWN}
        assert shown == SHOWN
        assert client.execute("print(next(generator), jobs.get_nowait())").stdout == "2 1\n"
        assert client.execute("print(lock.locked())").stdout == "True\n"


def test_lazy_alias_is_not_worked_out(watched: KernelClient) -> None:
    """What a `type` statement says is not looked at before the user does; 3.11 has none."""
    run = watched.execute("type Later = 1 / 0\ntype Of[T] = list[T]\nmade = Of[int]\nok = 1")
    if sys.version_info < (3, 12):
        assert run.error == "SyntaxError"
        return
    assert run.error is None
    assert {name: watched.previews[name] for name in ("Later", "made", "ok")} == {
        "Later": "TypeAliasType Later",
        "made": "Of[int]",
        "ok": "1",
    }


THERMO = """
class Celsius:
    def __init__(self, degrees):
        self.degrees = degrees

class Broken:
    pass
"""

THERMO_LIVENS = """
from livens.values.summaries import Summary

def celsius(value, limits, preview):
    return Summary("number", f"{preview(value.degrees)} °C")

ADAPTERS = {"thermo.Celsius": celsius, "thermo.Broken": lambda *args: "no summary"}
"""


def test_adapter_of_another_distribution(tmp_path: Path) -> None:
    """It is found by its entry point, imported for the first value, and refused if it is wrong."""
    info = tmp_path / "thermo_livens-1.0.dist-info"
    info.mkdir()
    tmp_path.joinpath("thermo.py").write_text(THERMO, encoding="utf-8")
    tmp_path.joinpath("thermo_livens.py").write_text(THERMO_LIVENS, encoding="utf-8")
    info.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: thermo-livens\nVersion: 1.0")
    info.joinpath("entry_points.txt").write_text("[livens.adapters]\nthermo = thermo_livens\n")
    with started(cwd=str(tmp_path)) as (_, client):
        client.execute(f"import sys; sys.path.insert(0, {str(tmp_path)!r})")
        client.open()
        client.execute("x, y = 1, [2]")
        assert client.execute("print('thermo_livens' in sys.modules)").stdout == "False\n"
        client.execute("import thermo; t = thermo.Celsius(21); b = thermo.Broken()")
        variables = client.replica.variables
        assert (variables["t"].kind, variables["t"].preview) == ("number", "21 °C")
        assert (variables["b"].status, variables["b"].reason) == (
            "skipped",
            "the adapter for thermo.Broken returned a str, not a Summary",
        )
        assert client.execute("print('thermo_livens' in sys.modules)").stdout == "True\n"
        client.execute("t = thermo.Celsius(22)")
        assert client.replica.variables["t"].preview == "22 °C"
