"""Stores by their URLs, and the values in them."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from store_conformance.worlds import PATIENCE_S, run_program

import livens.state
from livens.exceptions import DocumentUnreadable, NotShared, StoreRefused
from livens.state.stores.names import key_name, split_name
from livens.state.stores.opening import open_store


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shared.db",
        "sqlite:shared.db",
        "sqlite://",
        "sqlite:///",
        "sqlite://host/shared.db",
        "sqlite:///x.db?mode=ro",
        "postgres://host/db",
        "REDIS://host",
        "http://host",
        None,
        3,
    ],
)
def test_what_is_no_url_of_a_store_is_refused(url: str) -> None:
    """With what was expected."""
    with pytest.raises(StoreRefused, match=r"expected sqlite:///PATH"):
        livens.state.open(url)


def test_secrets_in_a_url_are_not_told() -> None:
    """Neither in an error."""
    with pytest.raises(StoreRefused) as caught:
        livens.state.open("nosql://me:hunter2@host/db?token=abc")
    assert "hunter2" not in str(caught.value)
    assert "abc" not in str(caught.value)
    assert "me:…@host" in str(caught.value)


def test_a_path_may_be_relative_absolute_or_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three slashes are a path from here, four one from the root."""
    monkeypatch.chdir(tmp_path)
    for url in ("sqlite:///a%20b.db", f"sqlite:///{tmp_path}/a b.db"):
        with livens.state.open(url) as store:
            assert store.label == f"sqlite:///{tmp_path}/a b.db"
    assert (tmp_path / "a b.db").is_file()


def test_values_are_written_read_and_watched(tmp_path: Path) -> None:
    """By names, whatever plain data they are."""
    with livens.state.open(f"sqlite:///{tmp_path}/s.db", source="me") as store:
        values = {"x": 1, "t": (1, {2}), "gone": None}
        first = store.set_many(values)
        assert store.get("t") == (1, {2})
        assert store.get("nothing", 7) == 7
        assert store.set_many({}, delete=("gone",)) > first
        assert sorted(store.get_many()) == ["t", "x"]
        changes = {change.name: change for change in store.changes_since(0)}
        assert changes["gone"].is_deleted
        assert changes["x"][:4] == ("x", 1, False, "")
        assert changes["x"].source == "me"


def test_a_write_with_a_value_that_is_not_shared_writes_nothing(tmp_path: Path) -> None:
    """And the error names it."""
    with livens.state.open(f"sqlite:///{tmp_path}/s.db") as store:
        with pytest.raises(NotShared, match="'f' is not shared: a value of type function"):
            store.set_many({"x": 1, "f": lambda: 1})
        for name in ("", "a\0b", "\udc00", "n" * 1001, 3):
            with pytest.raises(NotShared, match=r"is not shared: .*name"):
                store.set_many({name: 1})  # type: ignore[dict-item]
        assert store.get_many() == {}


def test_a_value_that_cannot_be_read_is_told_and_the_others_are_there(tmp_path: Path) -> None:
    """What a newer livens wrote, say."""
    url = f"sqlite:///{tmp_path}/s.db"
    raw = open_store(url)
    raw.set_many({"new": b'{"$livens": "hologram"}', "x": b"1"}, "newer")
    raw.close()
    with livens.state.open(url) as store:
        found = store.get_many()
        assert found["x"].value == 1
        assert "'hologram', which this livens does not know" in found["new"].problem
        with pytest.raises(DocumentUnreadable, match=r"'new' in sqlite:.* cannot be read"):
            store.get("new")


def test_a_program_waits_for_changes_in_a_loop(tmp_path: Path) -> None:
    """And ends when the store is closed by another thread."""
    store = livens.state.open(f"sqlite:///{tmp_path}/s.db")
    seen: list[object] = []
    is_there = threading.Event()

    def loop() -> None:
        for change in store.watch(since=0):
            seen.append((change.name, change.value))
            is_there.set()

    thread = threading.Thread(target=loop)
    thread.start()
    store.set("x", 5)
    assert is_there.wait(PATIENCE_S)
    store.close()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert seen == [("x", 5)]


def test_a_store_of_a_file_loads_no_other_library(tmp_path: Path) -> None:
    """No Jupyter, no Redis, and nothing of what describes values."""
    told = run_program(
        """
        import sys, livens.state
        livens.state.open(sys.argv[1]).close()
        strange = ("IPython", "jupyter_client", "zmq", "redis", "httpx", "tornado", "livens.values")
        print([name for name in strange if name in sys.modules])
        """,
        f"sqlite:///{tmp_path}/s.db",
    )
    assert told == "[]\n"


@pytest.mark.parametrize("key", ["lr", "a]b", 'q"', "", "ü", 0, -3])
def test_a_key_of_a_dict_has_a_name_that_is_read_back(key: str | int) -> None:
    """Whatever is in it."""
    assert split_name(key_name("params", key)) == ("params", key)


@pytest.mark.parametrize("name", ["x", "x[", "x[]", "x[a]", "x[1.5]", "x[true]", "[1]", "x[1]y"])
def test_other_names_are_of_whole_variables(name: str) -> None:
    """What looks nearly like a key."""
    assert split_name(name) == (name, None)
