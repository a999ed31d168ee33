"""What stands for something outside or beside the program: files, sockets, locks, threads.

Nothing is read, waited for or locked: what is told is kept in the object itself. Classes that
users derive from (`threading.Thread`, `queue.Queue`) are read by their ``__dict__`` only; files
only where each layer of them is the standard library's own, since they pass every question on.
"""

from __future__ import annotations

import _thread
import io
from collections import deque
from typing import Any

from livens.values.passive import class_name, instance_dict, is_exactly, thread_state
from livens.values.summaries import Adapter, Limits, Preview, Summary

_BUFFERS = (io.BufferedReader, io.BufferedWriter, io.BufferedRandom)


def _file(value: Any, limits: Limits, preview: Preview) -> Summary:
    raw = value
    try:
        if type(raw) is io.TextIOWrapper:
            raw = raw.buffer
        if is_exactly(raw, *_BUFFERS):
            raw = raw.raw
        if raw is None:
            return Summary("other", f"{class_name(type(value))}, detached")
        if type(raw) is not io.FileIO:
            return Summary("other", f"{class_name(type(value))} over {class_name(type(raw))}")
        mode, is_closed = raw.mode, raw.closed
    except ValueError:
        return Summary("other", f"{class_name(type(value))}, detached")
    name = (instance_dict(raw) or {}).get("name")
    return Summary("other", f"file {preview(name)}, {mode}, {'closed' if is_closed else 'open'}")


def _memory_file(value: Any, limits: Limits, preview: Preview) -> Summary:
    try:
        text = f"at {value.tell()}"
    except ValueError:
        text = "closed"
    return Summary("other", f"{class_name(type(value))} {text}")


def _wrapped_file(value: Any, limits: Limits, preview: Preview) -> Summary:
    name = (instance_dict(value) or {}).get("name")
    return Summary("other", f"temporary file {preview(name)}")


def _memory_map(value: Any, limits: Limits, preview: Preview) -> Summary:
    try:
        length = len(value)
    except ValueError:
        return Summary("bytes", "memory map, closed")
    return Summary("bytes", f"memory map of {length} bytes", length=length, nbytes=length)


def _socket(value: Any, limits: Limits, preview: Preview) -> Summary:
    number = value.fileno()  # of exactly this class: a field, read in C
    return Summary("other", "socket, closed" if number < 0 else f"socket, open as {number}")


def _lock(value: Any, limits: Limits, preview: Preview) -> Summary:
    # Written in C from the lock's own fields; RLock has no `locked` before Python 3.14.
    is_locked = repr(value).startswith("<locked")
    return Summary("other", f"{class_name(type(value))}, {'locked' if is_locked else 'free'}")


def _by_fields(*shown: str) -> Adapter:
    """Make an adapter that tells some fields of an instance of the standard library."""

    def adapter(value: Any, limits: Limits, preview: Preview) -> Summary:
        found = instance_dict(value) or {}
        told = ", ".join(preview.field(name.strip("_"), found.get(name)) for name in shown)
        return Summary("other", f"{class_name(type(value))} {told}")

    return adapter


def _thread_(value: Any, limits: Limits, preview: Preview) -> Summary:
    name = (instance_dict(value) or {}).get("_name")
    told = name if type(name) is str else "?"
    return Summary("object", f"thread {told}, {thread_state(value)}", has_children=True)


def _queue(value: Any, limits: Limits, preview: Preview) -> Summary:
    found = instance_dict(value) or {}
    items = found["queue"] if "queue" in found else found.get("_queue")
    length = len(items) if is_exactly(items, list, deque) else None  # type: ignore[arg-type]
    limit = found.get("maxsize", found.get("_maxsize"))
    told = f" of {limit} at most" if type(limit) is int and limit > 0 else ""
    count = "?" if length is None else length
    return Summary("object", f"{class_name(type(value))}: {count} items{told}", length=length)


def _simple_queue(value: Any, limits: Limits, preview: Preview) -> Summary:
    length = value.qsize()  # a field, read in C without waiting
    return Summary("object", f"SimpleQueue: {length} items", length=length)


def _task(value: Any, limits: Limits, preview: Preview) -> Summary:
    # Methods in C that read a field. Not `exception` or `result`: they mark an error as seen.
    state = "cancelled" if value.cancelled() else "done" if value.done() else "pending"
    return Summary("lazy", f"{class_name(type(value))}, {state}")


CLASSES: dict[type, Adapter] = {
    io.TextIOWrapper: _file,
    **dict.fromkeys((*_BUFFERS, io.FileIO), _file),
    io.StringIO: _memory_file,
    io.BytesIO: _memory_file,
    _thread.LockType: _lock,
    _thread.RLock: _lock,
}

ADAPTERS: dict[str, Adapter] = {
    "mmap.mmap": _memory_map,
    "socket.socket": _socket,
    "tempfile._TemporaryFileWrapper": _wrapped_file,
    "_queue.SimpleQueue": _simple_queue,
    "_asyncio.Task": _task,
    "_asyncio.Future": _task,
    "threading.Event": _by_fields("_flag"),
    "threading.Semaphore": _by_fields("_value"),
    "threading.BoundedSemaphore": _by_fields("_value"),
    "threading.Barrier": _by_fields("_parties", "_count"),
    "threading.Condition": _by_fields("_lock"),
    "subprocess.Popen": _by_fields("pid", "returncode"),
    "concurrent.futures._base.Future": _by_fields("_state"),
    "concurrent.futures.thread.ThreadPoolExecutor": _by_fields("_max_workers"),
}

BASES: dict[str, Adapter] = {
    "threading.Thread": _thread_,
    "queue.Queue": _queue,
    "asyncio.queues.Queue": _queue,
}
