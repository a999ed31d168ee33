"""`open`: a store by its URL."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote, urlsplit

from livens.exceptions import StoreRefused
from livens.state.stores.entries import Store
from livens.state.stores.shared_values import SharedValues

EXPECTED = (
    "expected sqlite:///PATH, redis://HOST:PORT/DB?name=NAME or jupyter://HOST:PORT/NAME?token=…"
)

_HOMES = {
    "sqlite": "livens.state.stores.opening:_open_sqlite",
    "redis": "livens.state.stores.redis:open_redis",
    "rediss": "livens.state.stores.redis:open_redis",
    "unix": "livens.state.stores.redis:open_redis",
    "jupyter": "livens.state.stores.jupyter:open_jupyter",
    "jupyters": "livens.state.stores.jupyter:open_jupyter",
}


def open(url: str, *, source: str = "") -> SharedValues:
    """Open a store, to share values with other programs.

    Parameters
    ----------
    url : str
        ``sqlite:///PATH`` for the programs of one machine; ``redis://HOST:PORT/DB?name=NAME``
        (``rediss://`` by TLS, ``unix://PATH`` by a socket; needs ``pip install 'livens[redis]'``);
        ``jupyter://HOST:PORT/NAME?token=…`` for a room of a livens server (``jupyters://`` by
        HTTPS; needs ``pip install 'livens[http]'``).
    source : str
        What the others are told who writes; by default the user, the process and the host.

    Returns
    -------
    SharedValues
        The names with their values. Close it at the end.

    Raises
    ------
    StoreRefused
        If the URL is none of these, a library is missing, or the store does not let us in.
    StoreAway
        If the store cannot be reached now.

    Examples
    --------
    ::

        import livens.state

        store = livens.state.open("sqlite:///shared.db")
        store.set_many({"lr": 0.1, "note": "from a program"})
        for change in store.watch():
            print(change.name, change.value, "by", change.source)
    """
    return SharedValues(open_store(url), source)


def open_store(url: str) -> Store:
    """Open a store of documents; see `open`."""
    scheme = str(url).partition(":")[0]
    home = _HOMES.get(scheme)
    if home is None or not re.match(r"^\w+://", url):
        raise StoreRefused(f"{without_secrets(str(url))!r} is no URL of a store; {EXPECTED}")
    module, _, name = home.partition(":")
    opener: Callable[[str], Store] = getattr(import_module(module), name)
    return opener(url)


def _open_sqlite(url: str) -> Store:
    from livens.state.stores.sqlite import SqliteStore

    parts = urlsplit(url)
    path = unquote(parts.path)
    if parts.netloc or parts.query or parts.fragment or len(path) < 2:
        raise StoreRefused(
            f"{without_secrets(url)!r} names no file; expected sqlite:///PATH, such as "
            "sqlite:///shared.db or sqlite:////home/me/shared.db"
        )
    # One "/" belongs to the URL: three slashes are a path from here, four one from the root.
    path = path[1:]
    if "\0" in path:
        raise StoreRefused("The path of a store has the character NUL in it")
    return SqliteStore(Path(path).expanduser().absolute())


def without_secrets(url: str) -> str:
    """Return a URL without passwords and tokens, for people to read.

    Examples
    --------
    >>> without_secrets("redis://me:hunter2@db/0"), without_secrets("jupyter://h:1/r?token=abc&x=1")
    ('redis://me:…@db/0', 'jupyter://h:1/r?token=…&x=1')
    """
    url = re.sub(r"(?<=://)([^/@:]*):[^/@]*@", r"\1:…@", url[:300])
    return re.sub(r"(?i)\b((?:token|password|key|secret)=)[^&]*", r"\1…", url)
