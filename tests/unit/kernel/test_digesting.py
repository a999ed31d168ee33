"""The requests for digests and for where the code runs."""

from __future__ import annotations

import sys
import types
from typing import Any

import numpy as np
import pandas as pd
import pytest
from endpoints import Client

from livens.kernel import digesting, environment
from livens.values import digests as value_digests
from livens.values import libraries
from livens.watching.running import Running


def digests(client: Client, *names: str, **params: Any) -> dict[str, Any]:
    return {d["name"]: d for d in client.ask("digest", names=list(names), **params)["digests"]}


@pytest.fixture
def data() -> Client:
    libraries.load()
    return Client(
        df=pd.DataFrame({"v": [1.0, 3.0]}), a=np.ones(3), api_key="s3cret", other=object(), In=[]
    )


def test_digests(data: Client) -> None:
    """Each variable that there is has one; what is redacted or not the user's has no hash."""
    found = digests(data, "df", "a", "api_key", "other", "nothing", "In")
    assert list(found) == ["df", "a", "api_key", "other"]
    assert found["df"]["columns"] == [
        {"label": "v", "dtype": "float64", "hash": found["df"]["columns"][0]["hash"],
         "nulls": 0, "min": 1.0, "max": 3.0, "mean": 2.0}
    ]  # fmt: skip
    assert found["api_key"] == {"name": "api_key", "gap": "it is redacted"}
    assert "object" in found["other"]["gap"]


def test_secrets_in_texts(data: Client) -> None:
    """A figure of a column shows no secret that its text holds."""
    data.namespace["urls"] = pd.DataFrame({"u": ["https://me:pa55word@example.org"]})
    (column,) = digests(data, "urls")["urls"]["columns"]
    assert "redacted" in column["min"]
    assert "pa55word" not in str(column)


def test_another_cell(data: Client) -> None:
    """What is asked of the end of one cell is not told once another one has run."""
    cells = data.watcher.cells
    with cells.running(Running("first", 1)):
        pass
    assert digests(data, "df", cell="first")["df"]["hash"]
    with cells.running(Running("second", 2)):
        assert "next cell began" in digests(data, "df", cell="first")["df"]["gap"]
        assert "next cell began" in digests(data, "df")["df"]["gap"]
    assert "next cell began" in digests(data, "df", cell="first")["df"]["gap"]
    assert digests(data, "df", cell="second")["df"]["hash"]


def test_cell_that_begins_meanwhile(data: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read while the next cell ran is thrown away."""
    real = value_digests.digest_of

    def digest_of(*args: Any) -> Any:
        found = real(*args)
        with data.watcher.cells.running(Running("second", 2)):
            return found

    with data.watcher.cells.running(Running("first", 1)):
        pass
    monkeypatch.setattr(value_digests, "digest_of", digest_of)
    assert "hash" not in digests(data, "df", cell="first")["df"]


def test_no_time(data: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be read in time has no hash, and says so; the clock is asked again and again."""
    times = iter([0.0, 0.0, *[5.0] * 100])
    monkeypatch.setattr(digesting.time, "monotonic", lambda: next(times))
    found = digests(data, "a", "df", timeout_ms=1000)
    assert found["df"] == {"name": "df", "gap": "reading it would take longer than 1000 ms"}


def test_library_that_fails(data: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a library raises leaves that variable out, and no other."""

    def digest_of(name: str, *args: Any) -> Any:
        if name == "a":
            raise OSError("disk")
        return real(name, *args)

    real = value_digests.digest_of
    monkeypatch.setattr(value_digests, "digest_of", digest_of)
    found = digests(data, "a", "df")
    assert found["a"]["gap"] == "reading it raised OSError"
    assert found["df"]["hash"]


def test_environment(data: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions are those of the modules that are loaded, and memory is more than an array in it."""
    odd = types.ModuleType("odd")
    odd.__version__ = 5  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "odd", odd)
    held = np.ones(4_000_000)
    found = data.ask("environment")
    assert found["packages"]["numpy"] == np.__version__
    assert found["packages"]["dateutil"]
    assert "json" not in found["packages"]
    assert "odd" not in found["packages"]
    assert found["peak_memory_bytes"] > held.nbytes


def test_modules_are_asked_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that loads something for every attribute stays as it is."""

    class Lazy(types.ModuleType):
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(name)

    monkeypatch.setitem(sys.modules, "lazy_one", Lazy("lazy_one"))
    assert "lazy_one" not in environment.packages()
