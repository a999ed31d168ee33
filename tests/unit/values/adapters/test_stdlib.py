"""The standard library's objects are told by what they keep, without being used."""

from __future__ import annotations

import array
import asyncio
import collections
import datetime
import decimal
import fractions
import functools
import io
import ipaddress
import mmap
import queue
import re
import socket
import subprocess
import tempfile
import threading
import types
import weakref
import zoneinfo
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import pytest

from livens.protocol.redaction import Redactor
from livens.values import adapters
from livens.values.descriptions import describe

adapters.register_all()


def shown(value: Any) -> str:
    """Return the preview."""
    return describe("v", value, hides=Redactor().hides).preview


def many(
    a: int, b: int = 2, /, c: Any = (), *rest: int, d: str, token: str = "x", **more: Any
) -> None:
    """A function with every sort of parameter."""


def numbers() -> Iterator[int]:
    """A generator."""
    yield 1
    yield 2


async def wait() -> None:
    """A coroutine."""
    await asyncio.sleep(0)


async def stream() -> AsyncIterator[int]:
    """An asynchronous generator."""
    yield 1


class Celsius:
    """Anything."""


FORBIDDEN: list[str] = []
"""What ran that should not."""


def forbidden(*args: Any, **kwargs: Any) -> NoReturn:
    """Note that it ran."""
    FORBIDDEN.append("ran")
    raise AssertionError("user code ran")


class Hostile:
    """Everything that is asked of an instance is noted."""

    __call__ = __repr__ = __str__ = __len__ = __iter__ = __eq__ = __bool__ = __getattr__ = forbidden
    __hash__ = None  # type: ignore[assignment]


@pytest.fixture(autouse=True)
def _nothing_ran() -> Iterator[None]:
    FORBIDDEN.clear()
    yield
    assert FORBIDDEN == []


def line(function: Any) -> int:
    """Return where a function begins."""
    return int(function.__code__.co_firstlineno)


def test_function_shows_signature_and_place() -> None:
    """Every sort of parameter with its default, and the file and line."""
    assert shown(many) == (
        f"def many(a, b=2, /, c=(), *rest, d, token=redacted, **more), test_stdlib.py:{line(many)}"
    )
    assert shown(wait).startswith("async def wait(), test_stdlib.py:")
    assert shown(lambda x, y=1: x).startswith("lambda x, y=1, test_stdlib.py:")
    assert shown(lambda *, x: x).startswith("lambda *, x, ")


def test_signature_runs_nothing() -> None:
    """Defaults are previewed like any value, and annotations are not evaluated."""

    def function(x: Any = Hostile()) -> None:  # noqa: B008 - never called
        pass

    assert shown(function).startswith("def function(x=<Hostile>), ")


def test_function_of_a_cell_shows_its_line() -> None:
    """The file of a cell has a name that says nothing."""
    code = compile("\ndef f(): pass", "/tmp/ipykernel_12/3456.py", "exec")
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    assert shown(namespace["f"]) == "def f(), cell line 2"


def test_wrappers_of_functions() -> None:
    """Methods, partials, cached functions and builtins are told by what they call."""
    assert shown(Celsius().__init__) == "builtin __init__"
    assert shown(len) == "builtin len"
    assert shown([].append) == "builtin append"
    assert shown(functools.partial(print, 1, sep="", token="abc")) == (
        "partial(print, (1,), {'sep': '', 'token': redacted})"
    )
    assert shown(functools.partial(Hostile())).startswith("partial(<Hostile>")  # type: ignore[arg-type]
    assert shown(functools.lru_cache(many)).startswith("cached def many(a, b=2, ")

    class Thing:
        def method(self) -> None: ...

    assert shown(Thing().method) == "method method of Thing"


def test_generator_shows_its_state_and_line() -> None:
    """Created, suspended, running and closed; it is not advanced."""
    first = line(numbers)
    generator = numbers()
    states = [shown(generator)]
    next(generator)
    states.append(shown(generator))
    running: list[Any] = []
    running.append(inner(lambda: shown(running[0])))
    states.append(next(running[0]))
    assert next(generator) == 2
    generator.close()
    states.append(shown(generator))
    assert states == [
        f"generator numbers: created, test_stdlib.py:{first}",
        f"generator numbers: suspended, test_stdlib.py:{first + 2}",
        f"generator inner: running, test_stdlib.py:{line(inner) + 2}",
        "generator numbers: closed",
    ]


def inner(describe_me: Callable[[], str]) -> Iterator[str]:
    """A generator that is described while it runs."""
    yield describe_me()


def test_coroutines_show_their_state() -> None:
    """A coroutine and an asynchronous generator are neither awaited nor advanced."""
    coroutine = wait()
    assert shown(coroutine) == f"coroutine wait: created, test_stdlib.py:{line(wait)}"
    coroutine.send(None)
    assert shown(coroutine) == f"coroutine wait: suspended, test_stdlib.py:{line(wait) + 2}"
    coroutine.close()
    assert shown(coroutine) == "coroutine wait: closed"
    generator = stream()
    assert shown(generator).startswith("async generator stream: created")

    async def advance() -> list[str]:
        await anext(generator)
        found = [shown(generator), shown(asyncio.current_task())]
        await generator.aclose()  # type: ignore[attr-defined]
        return [*found, shown(generator)]

    suspended, task, closed = asyncio.run(advance())
    assert suspended.startswith("async generator stream: suspended, test_stdlib.py:")
    assert task == "Task, pending"
    assert closed == "async generator stream: closed"


def test_modules_and_classes() -> None:
    """A module shows its version, a class what it derives from."""
    module = types.ModuleType("thermo")
    module.__version__ = "1.2"  # type: ignore[attr-defined]
    assert shown(module) == "module thermo 1.2"
    assert shown(collections.OrderedDict) == "class collections.OrderedDict(dict)"


def test_containers() -> None:
    """Those that wrap others show what is inside, and no secret."""
    missing = collections.defaultdict(forbidden, a=1)
    assert shown(missing) == "defaultdict({'a': 1})"
    assert len(missing) == 1
    assert shown(collections.ChainMap({"a": 1}, {"password": 2})) == (
        "ChainMap({'a': 1}, {'password': redacted})"
    )
    assert shown(types.MappingProxyType({"a": 1, "token": 2})) == (
        "mappingproxy({'a': 1, 'token': redacted})"
    )
    assert (
        shown(types.MappingProxyType(collections.UserDict())) == "mappingproxy of what is no dict"
    )
    assert shown(types.SimpleNamespace(a=1, secret=2)) == "<SimpleNamespace a=1, secret=redacted>"
    assert shown(collections.UserDict(a=1)) == "UserDict({'a': 1})"
    assert shown(collections.UserList([1])) == "UserList([1])"
    assert shown({"a": 1}.keys()) == "dict_keys of 1"
    assert shown(slice(1, None)) == "slice(1, None)"
    assert shown(array.array("d", [1, 2])) == "[1.0, 2.0]"
    assert shown(memoryview(b"abc")) == "memoryview of 3 bytes"
    itself = types.SimpleNamespace()
    itself.me = itself
    assert shown(itself) == "<SimpleNamespace me=<SimpleNamespace>>"


def test_iterators_are_not_advanced() -> None:
    """They are lazy, and give all their items afterwards."""
    iterators = [map(abs, [1, 2]), zip([1, 2]), enumerate("ab"), iter([1, 2]), reversed([1, 2])]
    for iterator in iterators:
        assert describe("v", iterator).kind == "lazy"
        assert len(list(iterator)) == 2  # type: ignore[call-overload]


def test_weak_reference_keeps_nothing_alive() -> None:
    """It says what it refers to, and the object goes when its last owner lets it go."""
    thing = Celsius()
    reference = weakref.ref(thing)
    assert shown(reference) == "weak reference to Celsius"
    del thing
    assert shown(reference) == "weak reference dead"
    hostile = Hostile()
    assert shown(weakref.ref(hostile)) == "weak reference to Hostile"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime.time(1, 2), "01:02:00"),
        (datetime.timedelta(days=1), "1 day, 0:00:00"),
        (decimal.Decimal("1.50"), "1.50"),
        (fractions.Fraction(1, 3), "1/3"),
        (zoneinfo.ZoneInfo("UTC"), "time zone UTC"),
        (ipaddress.ip_address("10.0.0.1"), "10.0.0.1"),
        (re.match("a+", "aab"), "match of 'a+' at 0–2"),
    ],
    ids=str,
)
def test_values(value: Any, expected: str) -> None:
    """Exact values show their text."""
    assert shown(value) == expected


def test_time_zone_of_the_users_is_not_asked() -> None:
    """The text of a time with a zone calls the zone."""

    class Zone(datetime.tzinfo):
        utcoffset = dst = tzname = forbidden  # type: ignore[assignment]

    assert shown(datetime.datetime(2026, 1, 2, tzinfo=Zone())).startswith("2026-01-02 00:00:00 in ")
    assert shown(datetime.time(1, tzinfo=Zone())) == "01:00:00"


def test_files_are_not_touched(tmp_path: Path) -> None:
    """Name, mode and whether it is open; nothing is read, and no wrapped object is asked."""
    path = tmp_path / "x.txt"
    path.write_text("abc")
    with path.open() as text, path.open("rb") as data, path.open("rb", buffering=0) as raw:
        assert [shown(file) for file in (text, data, raw)] == [f"file {str(path)!r}, rb, open"] * 3
        assert (text.read(), data.tell(), raw.tell()) == ("abc", 0, 0)
    assert shown(text).endswith("closed")

    class Raw(io.RawIOBase):
        readable = lambda self: True  # noqa: E731

        @property
        def closed(self) -> bool:
            if armed:
                forbidden()
            return False

    armed: list[int] = []
    wrapped = io.TextIOWrapper(io.BufferedReader(Raw()))
    armed.append(1)
    assert shown(wrapped) == "TextIOWrapper over Raw"
    armed.clear()
    wrapped.detach().detach()
    assert shown(wrapped) == "TextIOWrapper, detached"
    memory = io.BytesIO(b"abc")
    memory.read(2)
    assert shown(memory) == "BytesIO at 2"
    with tempfile.NamedTemporaryFile() as temporary:
        assert shown(temporary) == f"temporary file {temporary.name!r}"


def test_memory_map_is_not_read(tmp_path: Path) -> None:
    """Reading one whose file was cut ends the process, so only its length is told."""
    path = tmp_path / "data"
    path.write_bytes(b"x" * 100_000)
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as data:
        file.truncate(0)
        assert shown(data) == "memory map of 100000 bytes"
    assert shown(data) == "memory map, closed"


def test_sockets_and_processes() -> None:
    """A socket is open or closed; a process is not polled."""
    with socket.socket() as connection:
        assert shown(connection) == f"socket, open as {connection.fileno()}"
    assert shown(connection) == "socket, closed"
    process = subprocess.Popen(["true"])
    assert shown(process) == f"Popen pid={process.pid}, returncode=None"
    process.wait()
    assert shown(process).endswith("returncode=0")


def test_locks_are_not_taken() -> None:
    """Their state is read while another thread holds them."""
    lock, again = threading.Lock(), threading.RLock()
    assert (shown(lock), shown(again)) == ("lock, free", "RLock, free")
    with lock, again:
        assert (shown(lock), shown(again)) == ("lock, locked", "RLock, locked")
    event = threading.Event()
    event.set()
    assert shown(event) == "Event flag=True"
    assert shown(threading.Semaphore(3)) == "Semaphore value=3"


def test_queue_size_needs_no_lock() -> None:
    """A queue whose lock is held by somebody else is described at once."""
    jobs: queue.Queue[int] = queue.Queue(5)
    jobs.put(1)
    with jobs.mutex:
        assert shown(jobs) == "Queue: 1 items of 5 at most"
    simple: queue.SimpleQueue[int] = queue.SimpleQueue()
    simple.put(1)
    assert shown(simple) == "SimpleQueue: 1 items"
    assert shown(queue.PriorityQueue()) == "PriorityQueue: 0 items"
    assert shown(asyncio.Queue(2)) == "Queue: 0 items of 2 at most"


def test_thread_shows_its_state() -> None:
    """Not started, running, ended; a subclass is not asked."""

    class Worker(threading.Thread):
        is_alive = name = property(forbidden)  # type: ignore[assignment]

    go = threading.Event()
    worker = threading.Thread(target=go.wait, name="job")
    states = [shown(worker)]
    worker.start()
    states.append(shown(worker))
    go.set()
    worker.join()
    states.append(shown(worker))
    assert states == [f"thread job, {state}" for state in ("not started", "running", "ended")]
    quiet = Worker.__new__(Worker)
    quiet.__dict__.update(_name="job", _started=threading.Event())
    assert shown(quiet) == "thread job, not started"


def test_futures_keep_their_error() -> None:
    """A future's state is told without marking its exception as seen."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(abs, -1)
        future.result()
        assert shown(future) == "Future state='FINISHED'"
        assert shown(pool) == "ThreadPoolExecutor max_workers=1"


def test_exceptions() -> None:
    """An exception shows its arguments, whatever its text would do."""

    class Broken(Exception):
        __str__ = __repr__ = forbidden  # type: ignore[assignment]

    assert shown(Broken("no", 1)) == "Broken('no', 1)"
