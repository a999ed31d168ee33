"""No stale value: state that no method shows, and what cannot be known, which is said."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import hashlib
import io
import itertools
import mmap
import pathlib
import queue
import random
import socket
import sqlite3
import threading
import types
import weakref
from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch
from differences import told

from livens.values import libraries
from livens.watching.snapshot import Snapshot

libraries.load()


def exhausted() -> Generator[int]:
    """Make a generator that is about to end."""
    yield 1


def going_on() -> Generator[int]:
    """Make a generator that is in its loop."""
    found = started()
    next(found)
    return found


def started() -> Generator[int]:
    """Make a generator that has not begun."""
    n = 0
    while True:
        yield n
        n += 1


class Target:
    """Something to refer to weakly."""


MAPPING = {"a": 1}

STATES: dict[str, tuple[Callable[[], Any], Callable[[Any], Any], str]] = {
    "BytesIO moved": (lambda: io.BytesIO(b"abc"), lambda v: v.read(1), "position 0 → 1"),
    "BytesIO written": (
        lambda: io.BytesIO(b"abc"),
        lambda v: (v.write(b"x"), v.seek(0)),
        "",
    ),
    "BytesIO closed": (
        io.BytesIO,
        lambda v: v.close(),
        "open → closed, position changed",
    ),
    "StringIO moved": (lambda: io.StringIO("abc"), lambda v: v.read(1), "position 0 → 1"),
    "generator ended": (exhausted, list, "suspended → closed, line changed"),
    "generator begun": (started, next, "line changed"),
    "generator advanced": (going_on, next, ""),
    "list iterator": (lambda: iter([1, 2]), next, "left changed"),
    "dict iterator": (lambda: iter({1: 1}), next, "left changed"),
    "set iterator": (lambda: iter({1}), next, "left changed"),
    "enumerate": (lambda: enumerate("abc"), next, "position 0 → 1"),
    "reversed": (lambda: reversed((1, 2)), next, "position 1 → 0"),
    "zip": (lambda: zip([1, 2], [3, 4], strict=False), next, ""),
    "map": (lambda: map(str, [1, 2]), next, ""),
    "chain": (lambda: itertools.chain([1, 2], [3]), next, ""),
    "islice": (lambda: itertools.islice([1, 2], 2), next, ""),
    "count": (lambda: itertools.count(3), next, ""),
    "lock": (threading.Lock, lambda v: v.acquire(), "free → locked"),
    "reentrant lock": (threading.RLock, lambda v: v.acquire(), "free → locked"),
    "lock in a list": (lambda: [threading.Lock()], lambda v: v[0].acquire(), "item 0 changed"),
    "condition": (threading.Condition, lambda v: v.acquire(), "attribute '_lock' changed"),
    "event": (threading.Event, lambda v: v.set(), "attribute '_flag' changed"),
    "semaphore": (threading.Semaphore, lambda v: v.acquire(), "attribute '_value' changed"),
    "queue": (queue.Queue, lambda v: v.put(1), "attributes 'queue', 'unfinished_tasks' changed"),
    "simple queue": (queue.SimpleQueue, lambda v: v.put(1), "length 0 → 1"),
    "socket": (socket.socket, lambda v: v.close(), "open → closed"),
    "dict view": (MAPPING.keys, lambda v: MAPPING.update(b=2), "key 'b' added"),
    "proxy": (
        lambda: types.MappingProxyType(MAPPING),
        lambda v: MAPPING.update(a=5),
        "key 'a' changed",
    ),
    "database": (
        lambda: sqlite3.connect(":memory:"),
        lambda v: v.close(),
        "open → closed, rows changed changed",
    ),
    "memory view": (
        lambda: memoryview(bytearray(3)),
        lambda v: v.release(),
        "",
    ),
}


@pytest.mark.parametrize("name", STATES)
def test_state_that_is_hidden_is_told(name: str) -> None:
    """What an object is now, where no attribute of it says so."""
    make, change, text = STATES[name]
    value = make()
    with contextlib.closing(value) if hasattr(value, "close") else contextlib.nullcontext():
        assert told(value, change) == text


def test_file_that_is_closed_is_told(tmp_path: pathlib.Path) -> None:
    """A text file, a buffered one, a raw one, a memory map."""
    path = tmp_path / "f"
    path.write_bytes(b"text")
    for arguments in ({"mode": "r"}, {"mode": "rb"}, {"mode": "rb", "buffering": 0}):
        with path.open(**arguments) as file:  # type: ignore[call-overload]
            assert told(file, lambda v: v.close()) == "open → closed"
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        assert told(mapped, lambda v: v.read(1)) == "position 0 → 1"
        assert told(mapped, lambda v: v.close()) is not None


def test_task_that_ends_is_told() -> None:
    """A task and a future of asyncio's, which hold their state in C."""

    async def run() -> list[str | None]:
        task = asyncio.get_running_loop().create_task(asyncio.sleep(0))
        snapshot = Snapshot({"task": task})
        snapshot.remember_all()
        await task
        future = asyncio.get_running_loop().create_future()
        found = [*snapshot.compare(["task"]), snapshot.take_differences(["task"]).get("task", "")]
        return [*found, told(future, lambda v: v.cancel())]

    assert asyncio.run(run()) == ["task", "pending → done", "pending → cancelled"]


def test_thread_that_ends_is_told() -> None:
    """Also where nobody joined it: its own lock says so."""
    gate = threading.Event()
    thread = threading.Thread(target=gate.wait)
    snapshot = Snapshot({"thread": thread})
    snapshot.remember_all()
    thread.start()
    assert snapshot.compare(["thread"]) == ["thread"]
    assert snapshot.take_differences(["thread"]).get("thread", "") == "not started → running"
    gate.set()
    while not snapshot.compare(["thread"]):
        pass
    assert snapshot.take_differences(["thread"]).get("thread", "") == "running → ended"
    thread.join()
    assert snapshot.compare(["thread"]) == []


def test_reference_whose_target_is_gone_is_told() -> None:
    """A weak reference, a proxy, a dict of them."""
    targets = [Target()]
    values: dict[str, Any] = {
        "reference": weakref.ref(targets[0]),
        "proxy": weakref.proxy(targets[0]),
        "mapping": weakref.WeakValueDictionary(a=targets[0]),
        "list": [weakref.ref(targets[0])],
    }
    snapshot = Snapshot(values)
    snapshot.remember_all()
    assert snapshot.compare(values) == []
    targets.clear()
    assert snapshot.compare(values) == list(values)
    assert snapshot.take_differences(["reference"]).get("reference", "") == "alive → dead"
    assert snapshot.take_differences(["proxy"]).get("proxy", "") == "alive → dead"


OPAQUE: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "random": (lambda: random.Random(1), lambda v: v.random()),
    "numpy's generator": (lambda: np.random.default_rng(0), lambda v: v.random()),
    "a list of them": (lambda: [np.random.default_rng(0)], lambda v: v[0].random()),
    "torch's generator": (torch.Generator, lambda v: v.manual_seed(3)),
    "hash": (hashlib.sha256, lambda v: v.update(b"a")),
    "pixels": (lambda: PIL.Image.new("L", (2, 2)), lambda v: v.putpixel((0, 0), 9)),
    "module of torch": (
        lambda: torch.nn.Sequential(torch.nn.Linear(1, 1)),
        lambda v: v[0].weight.data.zero_(),
    ),
    "product": (lambda: itertools.product("ab"), next),
    "text in memory": (lambda: io.StringIO("abc"), lambda v: (v.write("x"), v.seek(0))),
    "pointer": (
        lambda: ctypes.pointer(ctypes.c_int(1)),
        lambda v: setattr(v.contents, "value", 2),
    ),
    "sentinel iterator": (lambda: iter(iter([1, 2]).__next__, 3), next),
}


@pytest.mark.parametrize("name", OPAQUE)
def test_what_cannot_be_known_is_said(name: str) -> None:
    """A value of which not all can be read is never taken for unchanged: it has a gap."""
    make, change = OPAQUE[name]
    value = make()
    snapshot = Snapshot({"x": value})
    snapshot.remember_all()
    assert snapshot.gap("x")
    change(value)
    assert snapshot.gap("x") or snapshot.compare(["x"])
