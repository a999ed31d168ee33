"""Pickles are made only where they are switched on, and loaded only if all of them fits."""

from __future__ import annotations

import functools
import os
import pickle
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from livens.exceptions import SecretRefused
from livens.protocol.redaction import Redactor
from livens.state.encoding import Options, all_bytes, decode_group, encode_group
from livens.state.encoding import pickles as module
from livens.state.encoding.pickles import Pickles
from livens.state.encoding.secret_file import read_or_make


class Own:
    """A class that says how it is pickled; nothing but a pickle keeps it."""

    def __init__(self, held: Any) -> None:
        self.held = held

    def __reduce__(self) -> Any:
        return Own, (self.held,)


class Failing:
    def __reduce__(self) -> Any:
        raise ValueError


@pytest.fixture
def pickles(tmp_path: Path) -> Pickles:
    """Signs with a secret of this test."""
    return Pickles(tmp_path / "state" / "secret")


def there_and_back(values: dict[str, Any], pickles: Pickles, loader: Any = None) -> Any:
    """Return the group, and what is restored of it."""
    group = encode_group(values, Options(pickles=pickles, redactor=Redactor()))
    blobs = [all_bytes(blob) for blob in group.blobs]
    return group, decode_group(group.document, blobs, {}, loader or pickles)


def test_nothing_is_pickled_unless_it_is_switched_on() -> None:
    """The reason says what stands in the way."""
    group = encode_group({"a": Own(1), "b": 1})
    assert group.refused == {"a": "class Own has a __reduce__ of its own"}


def test_names_that_share_objects_are_pickled_together(pickles: Pickles) -> None:
    """Also those that could be kept without; the others are not."""
    shared = [1]
    values = {"own": Own(shared), "l": shared, "d": {"s": shared}, "x": [2], "y": Own(3)}
    group, decoded = there_and_back(values, pickles)
    assert group.refused == decoded.refused == {}
    found = decoded.values
    assert found["own"].held is found["l"] is found["d"]["s"]
    assert (found["x"], found["y"].held) == ([2], 3)


def test_what_cannot_be_pickled_keeps_its_reason(pickles: Pickles) -> None:
    """And what shares objects with it is kept in another way, if there is one."""
    shared: list[Any] = [1]
    lock = threading.Lock()
    values = {"f": [Failing(), shared], "s": shared, "l": lock, "g": (n for n in "")}
    group, decoded = there_and_back(values, pickles)
    assert decoded.values == {"s": [1]}
    assert group.refused["f"].endswith("__reduce__ of its own; pickling it raised ValueError")
    assert group.refused["l"].startswith("a lock is held or free only in its own process; pick")
    assert group.refused["g"].startswith("a generator stands in the middle of its code; pickling")


def test_redacted_values_are_not_pickled(pickles: Pickles) -> None:
    """Neither by their name nor by a key anywhere below, where nothing else has looked."""
    values = {"password": Own("hunter2"), "o": Own({"api_key": "hunter2"})}
    group, decoded = there_and_back(values, pickles)
    assert set(group.refused) == set(values)
    assert decoded.values == {}
    assert not any(b"hunter2" in all_bytes(blob) for blob in group.blobs)
    assert b"hunter2" not in group.document


def test_pickle_of_somebody_else_is_not_loaded(
    pickles: Pickles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the secret of this user nothing is unpickled."""
    monkeypatch.setattr(pickle, "loads", lambda data: pytest.fail("it was loaded"))
    _, decoded = there_and_back({"o": Own(1)}, pickles, Pickles(tmp_path / "other"))
    assert decoded.refused == {"o": "its pickle is not signed with the secret of this user"}
    group, _ = there_and_back({}, pickles)
    assert group.refused == {}


def test_pickle_is_refused_where_pickles_are_off(pickles: Pickles) -> None:
    """Who has not switched them on loads none."""
    group = encode_group({"o": Own(1), "x": 1}, Options(pickles=pickles))
    decoded = decode_group(group.document, [all_bytes(blob) for blob in group.blobs], {})
    assert decoded.values == {"x": 1}
    assert decoded.refused == {"o": "it is kept as a pickle, and pickles are not switched on"}


def test_every_flipped_bit_of_a_pickle_and_of_its_tags_is_refused(
    pickles: Pickles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is unpickled."""
    data, tags = pickles.dump({"a": 1})
    assert pickles.load(data, tags) == {"a": 1}
    monkeypatch.setattr(pickle, "loads", lambda data: pytest.fail("it was loaded"))
    for place in range(len(data)):
        damaged = bytearray(data)
        damaged[place] ^= 1
        with pytest.raises(Exception, match="not signed"):
            pickles.load(bytes(damaged), tags)
    for other in (
        ["3.9", *tags[1:]],
        [tags[0], {"numpy": "1"}, *tags[2:]],
        [*tags[:2], [], tags[3]],
    ):
        with pytest.raises(Exception, match="not signed"):
            pickles.load(data, other)
    for nonsense in (None, [], 5, [1, 2, 3, None]):
        with pytest.raises(Exception, match=r"damaged|not signed"):
            pickles.load(data, nonsense)


def test_pickle_of_other_versions_is_refused(
    pickles: Pickles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason names the version that was, and the one that is here."""
    import hypothesis

    value = functools.partial(hypothesis.settings, Own(1))
    group, decoded = there_and_back({"v": value}, pickles)
    assert decoded.refused == {}
    with monkeypatch.context() as changed:
        changed.setattr(module, "version_of", lambda package: "0.1")
        _, decoded = there_and_back({"v": value}, pickles)
        assert decoded.refused == {}
    blobs = [all_bytes(blob) for blob in group.blobs]
    with monkeypatch.context() as changed:
        changed.setattr(module, "version_of", lambda package: "0.1")
        refused = decode_group(group.document, blobs, {}, pickles).refused
        assert refused["v"].startswith("its pickle is of ")
        assert refused["v"].endswith(", and here is 0.1")
    monkeypatch.setattr(module, "python_version", lambda: "3.99")
    refused = decode_group(group.document, blobs, {}, pickles).refused
    assert refused["v"].endswith("and this is Python 3.99")


def test_secret_is_a_file_of_its_owner_alone(tmp_path: Path) -> None:
    """It is made whole, read again, and refused where others could use it."""
    path = tmp_path / "deep" / "secret"
    secret = read_or_make(path)
    assert len(secret) == 32
    assert read_or_make(path) == secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret"]
    for mode in (0o640, 0o604, 0o622):
        path.chmod(mode)
        with pytest.raises(SecretRefused, match=f"its mode is {mode:o}"):
            read_or_make(path)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(SecretRefused, match="damaged"):
        read_or_make(path)


def test_secret_that_is_no_file_is_refused(tmp_path: Path) -> None:
    """A link could lead to what others write, and a folder is none."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("folder", "link"):
        with pytest.raises(SecretRefused, match=name):
            read_or_make(tmp_path / name)
    assert not os.path.exists(tmp_path / "elsewhere")


def test_processes_that_make_a_secret_at_once_get_the_same(tmp_path: Path) -> None:
    """Nobody reads half of one."""
    found: list[bytes] = []
    start = threading.Barrier(8)

    def make() -> None:
        start.wait()
        found.append(read_or_make(tmp_path / "secret"))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
