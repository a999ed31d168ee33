"""The reasons in words why a value cannot be kept, by what it is."""

from __future__ import annotations

from typing import Any

from livens.values import passive

_REASONS = {
    "a generator stands in the middle of its code": ("generator", "async_generator", "coroutine",
        "types.GeneratorType", "async_generator_asend", "coroutine_wrapper"),
    "a lock is held or free only in its own process": ("_thread.lock", "_thread.RLock",
        "threading.Condition", "threading.Event", "threading.Semaphore", "threading.Barrier",
        "threading.BoundedSemaphore", "asyncio.locks.Lock", "asyncio.locks.Event",
        "multiprocessing.synchronize.Lock", "multiprocessing.synchronize.RLock"),
    "a thread ends with its process": ("threading.Thread", "_thread._local", "threading.local",
        "concurrent.futures.thread.ThreadPoolExecutor", "_thread._ThreadHandle",
        "threading.Timer"),
    "a process ends by itself": ("subprocess.Popen", "multiprocessing.context.Process",
        "multiprocessing.pool.Pool", "concurrent.futures.process.ProcessPoolExecutor"),
    "an open file belongs to its process": ("_io.TextIOWrapper", "_io.BufferedReader",
        "_io.BufferedWriter", "_io.BufferedRandom", "_io.FileIO", "mmap.mmap", "zipfile.ZipFile",
        "tarfile.TarFile", "gzip.GzipFile", "tempfile._TemporaryFileWrapper",
        "tempfile.TemporaryDirectory", "h5py._hl.files.File"),
    "a socket is connected in its own process": ("socket.socket", "_socket.socket",
        "ssl.SSLSocket", "zmq.sugar.socket.Socket", "selectors.EpollSelector"),
    "a connection is open in its own process": ("sqlite3.Connection", "sqlite3.Cursor",
        "http.client.HTTPConnection", "ftplib.FTP", "smtplib.SMTP", "requests.sessions.Session",
        "sqlalchemy.engine.base.Engine", "sqlalchemy.engine.base.Connection",
        "sqlalchemy.orm.session.Session", "psycopg2.extensions.connection", "redis.client.Redis",
        "pymongo.synchronous.mongo_client.MongoClient", "duckdb.DuckDBPyConnection",
        "_duckdb.DuckDBPyConnection", "httpx.Client", "httpx.AsyncClient",
        "multiprocessing.connection.Connection"),
    "a task runs in its own event loop": ("_asyncio.Task", "_asyncio.Future",
        "asyncio.events.AbstractEventLoop", "concurrent.futures._base.Future",
        "asyncio.queues.Queue", "asyncio.base_events.BaseEventLoop"),
    "a frame or traceback is the state of running code": ("frame", "traceback", "types.FrameType",
        "types.TracebackType"),
    "code without a function is not kept": ("code", "types.CodeType"),
    "a view of memory belongs to something else": ("memoryview",),
    "a weak reference does not hold its object": ("weakref.ReferenceType", "weakref.ref",
        "weakref.ProxyType", "weakref.CallableProxyType", "weakref", "weakproxy",
        "weakref.WeakKeyDictionary", "weakref.WeakValueDictionary", "weakref.WeakSet"),
    "a queue is for the threads of its process": ("queue.Queue", "_queue.SimpleQueue",
        "queue.LifoQueue", "queue.PriorityQueue", "multiprocessing.queues.Queue"),
    "a match belongs to a text and a position in it": ("re.Match",),
    "a capsule holds an address of its process": ("PyCapsule",),
    "a view of a dict is not kept without the dict": ("dict_keys", "dict_values", "dict_items"),
}  # fmt: skip

_BY_NAME = {name: reason for reason, names in _REASONS.items() for name in names}


def reason_for(value: Any) -> str:
    """Return why a value is not kept.

    Examples
    --------
    >>> reason_for(iter([])), reason_for(n for n in [])
    ('a list_iterator is an iterator, which has a position', \
'a generator stands in the middle of its code')
    """
    cls = type(value)
    for base in passive.class_mro(cls):
        found = _BY_NAME.get(passive.qualified_name(base))
        if found:
            name = passive.class_name(cls)
            return found if _names(found, name) else f"{found} ({name})"
    has_next = passive.class_attribute(cls, "__next__") is not None
    if has_next and passive.class_attribute(cls, "__iter__") is not None:
        return f"a {passive.class_name(cls)} is an iterator, which has a position"
    return f"a value of class {passive.qualified_name(cls)} is not kept"


def _names(reason: str, name: str) -> bool:
    return name.lower().replace("_", " ") in reason or name in ("TextIOWrapper", "RLock")
