"""Proxies: objects that stand for another one are shown without asking either."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import lazy_object_proxy
import pytest
import wrapt

from livens.values.checksums import ChunkSums
from livens.values.children import children
from livens.values.descriptions import describe
from livens.values.fingerprints import fingerprint
from livens.values.gauges import measure


def fail() -> NoReturn:
    """Stand for a factory that must not run."""
    raise AssertionError("the object behind it was made")


ASKED: list[str] = []


class Spy:
    """What is behind a proxy, and notes what it is asked for; proxies do so when they are made."""

    def __getattribute__(self, name: str) -> Any:
        ASKED.append(name)
        return object.__getattribute__(self, name)


class Own(wrapt.ObjectProxy):  # type: ignore[misc]
    pass


class Mixed(Spy, lazy_object_proxy.Proxy):  # type: ignore[misc]
    pass


class Plain:
    pass


class PlainFirst(Plain, lazy_object_proxy.Proxy):  # type: ignore[misc]
    pass


PROXIES: list[Callable[[], Any]] = [
    lambda: wrapt.LazyObjectProxy(fail),
    lambda: wrapt.ObjectProxy(Spy()),
    lambda: wrapt.ObjectProxy(5),
    lambda: wrapt.ObjectProxy(wrapt.ObjectProxy(Spy())),
    lambda: Own(Spy()),
    lambda: wrapt.FunctionWrapper(fail, fail),
    lambda: lazy_object_proxy.Proxy(fail),
    lambda: Mixed(fail),
    lambda: PlainFirst(fail),
]


@pytest.mark.parametrize("make", PROXIES)
def test_proxy_asks_nobody(make: Callable[[], Any]) -> None:
    """Every way to look at a value leaves the object behind a proxy alone, also in a list."""
    proxy = make()
    name = type(proxy).__name__
    ASKED.clear()
    for value in (proxy, [proxy], {"a": proxy}):
        found = describe("p", value)
        assert f"<{name}>" in found.preview
        measure(value)
        fingerprint(value)
        sums = ChunkSums()
        while not sums.step(value).is_over:
            pass
        children(value, 0, 10, everything=True)
    assert ASKED == []


def test_lazy_proxy_is_still_lazy() -> None:
    """After a look, the factory of a lazy proxy has yet to run, and runs once."""
    calls: list[int] = []
    proxy = lazy_object_proxy.Proxy(lambda: calls.append(1))
    describe("p", proxy)
    children(proxy, 0, 10, everything=True)
    assert calls == []
