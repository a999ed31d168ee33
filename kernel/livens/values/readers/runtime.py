"""What stands for something outside or beside the program: files, sockets, locks, tasks.

Nothing is read, waited for or locked: what is looked at are fields of the objects, by C methods of
the exact class or in the ``__dict__`` of the standard library's own. The bytes of an in-memory file
are looked at while they are few, for `getvalue` copies them at times.
"""

from __future__ import annotations

import _thread
import io
import socket
import subprocess
import threading
import weakref
from typing import Any

from livens.values.content import Content, Reader, state
from livens.values.marks import short
from livens.values.passive import class_name, instance_dict, is_exactly, thread_state

_MAX_MEMORY_FILE = 16_384


def _file(value: Any) -> Content:
    """Read whether a file is open, where each layer of it is the standard library's own."""
    raw = value
    try:
        if type(raw) is io.TextIOWrapper:
            raw = raw.buffer
        if is_exactly(raw, io.BufferedReader, io.BufferedWriter, io.BufferedRandom):
            raw = raw.raw
    except ValueError:
        raw = None
    if raw is None:
        return state(("state", "detached"))
    if type(raw) is not io.FileIO:
        return state(("state", "over another"), gap="a file over a class of its own is not read")
    return state(("state", "closed" if raw.closed else "open"))


def _bytes_file(value: Any) -> Content:
    try:
        position = value.tell()
    except ValueError:
        return state(("state", "closed"))
    facts = (("state", "open"), ("position", position))
    size = value.__sizeof__()
    if size > _MAX_MEMORY_FILE:
        gap = "the bytes of a large BytesIO are not read"
        return state(*facts, ("_size", size), gap=gap)
    return state(*facts, parts=(value.getvalue(),))


def _text_file(value: Any) -> Content:
    try:
        position = value.tell()
    except ValueError:
        return state(("state", "closed"))
    gap = "the text of a StringIO is not read"
    return state(("state", "open"), ("position", position), gap=gap)


def _memory_map(value: Any) -> Content:
    if value.closed:
        return state(("state", "closed"))
    return state(
        ("state", "open"),
        ("length", len(value)),
        ("position", value.tell()),
        gap="a memory map is not read",
    )


def _socket(value: Any) -> Content:
    return state(("state", "closed" if value.fileno() < 0 else "open"))


def _lock(value: Any) -> Content:
    # Written in C from the lock's own fields; RLock has no `locked` before Python 3.14.
    return state(("state", "locked" if repr(value).startswith("<locked") else "free"))


def _simple_queue(value: Any) -> Content:
    return state(("length", value.qsize()), gap="the items of a SimpleQueue cannot be read")


def _task(value: Any) -> Content:
    # Methods in C that read a field. Not `exception` or `result`: they mark an error as seen.
    return state(
        ("state", "cancelled" if value.cancelled() else "done" if value.done() else "pending")
    )


def _fields(*names: str) -> Reader:
    """Make a reader of some fields of an instance of the standard library."""

    def read(value: Any) -> Content:
        found = instance_dict(value) or {}
        labels = [name for name in names if name in found]
        parts = [found[name] for name in labels]
        return Content(
            "attributes",
            (),
            len(labels),
            lambda start, stop: (labels[start:stop], parts[start:stop]),
        )

    return read


def _thread_(value: Any) -> Content:
    name = (instance_dict(value) or {}).get("_name")
    parts = (name,) if type(name) is str else ()
    return state(("state", thread_state(value)), parts=parts)


def _reference(value: Any) -> Content:
    target = weakref.ref.__call__(value)  # a strong reference, for as long as its id is taken
    facts = (("state", "dead" if target is None else "alive"), ("_target", id(target)))
    del target
    return state(*facts)


def _proxy(value: Any) -> Content:
    # Of exactly these classes the repr is written in C, by the name of the target's class.
    text = repr(value)
    return state(("state", "dead" if "NoneType" in text else "alive"), ("_target", text))


def _weak_container(value: Any) -> Content:
    data = (instance_dict(value) or {}).get("data")
    return state(parts=(data,))


def _shared_lock(value: Any) -> Content:
    """Read how often this process has taken a lock that it shares; asking for more may take it."""
    held: Any = (instance_dict(value) or {}).get("_semlock")
    return state(("held", held._count() if class_name(type(held)) == "SemLock" else 0))


def _logger(value: Any) -> Content:
    found = instance_dict(value) or {}
    handlers = found.get("handlers")
    count = len(handlers) if type(handlers) is list else 0
    flags = (found.get("propagate") is True, found.get("disabled") is True)
    return state(("level", short(found.get("level"))), ("handlers", count), ("flags", flags))


def _connection(value: Any) -> Content:
    try:
        facts = (
            ("state", "in a transaction" if value.in_transaction else "open"),
            ("rows changed", value.total_changes),
        )
    except Exception:  # noqa: BLE001 - its class is in a library that is not imported here
        return state(("state", "closed"))
    return state(*facts, gap="what a database holds is not read")


def _cursor(value: Any) -> Content:
    gap = "how far a cursor has come cannot be read"
    return state(("rows", value.rowcount), parts=(value.description,), gap=gap)


STATES: dict[type | str, Reader] = {
    **dict.fromkeys(
        (io.TextIOWrapper, io.BufferedReader, io.BufferedWriter, io.BufferedRandom, io.FileIO),
        _file,
    ),
    io.BytesIO: _bytes_file,
    io.StringIO: _text_file,
    "mmap.mmap": _memory_map,
    socket.socket: _socket,
    _thread.LockType: _lock,
    _thread.RLock: _lock,
    threading.Event: _fields("_flag"),
    threading.Semaphore: _fields("_value"),
    threading.BoundedSemaphore: _fields("_value"),
    threading.Barrier: _fields("_parties", "_count", "_state"),
    threading.Condition: _fields("_lock"),
    subprocess.Popen: _fields("returncode", "pid"),
    weakref.ref: _reference,
    weakref.ProxyType: _proxy,
    weakref.CallableProxyType: _proxy,
    "_queue.SimpleQueue": _simple_queue,
    "_asyncio.Task": _task,
    "_asyncio.Future": _task,
    "concurrent.futures._base.Future": _fields("_state"),
    "sqlite3.Connection": _connection,
    "sqlite3.Cursor": _cursor,
    **dict.fromkeys(
        ("weakref.WeakValueDictionary", "weakref.WeakKeyDictionary", "_weakrefset.WeakSet"),
        _weak_container,
    ),
}

STATE_BASES: dict[str, Reader] = {
    "multiprocessing.synchronize.SemLock": _shared_lock,
    "logging.Logger": _logger,
    "threading.Thread": _thread_,
    "queue.Queue": _fields("queue", "maxsize", "unfinished_tasks"),
    "asyncio.queues.Queue": _fields("_queue", "_unfinished_tasks"),
    "weakref.KeyedRef": _reference,
}
