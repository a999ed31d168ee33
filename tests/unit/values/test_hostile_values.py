"""Describing a value runs none of the code of its class, whatever the class does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plain import Thing

from livens.values import adapters
from livens.values.descriptions import describe
from livens.values.summaries import Summary, register_adapter

adapters.register_all()

HOSTILE_BASES = (
    object, list, dict, tuple, str, int, float, complex, bytes, bytearray, set, Exception,
)  # fmt: skip


def hostile_values() -> Iterator[Any]:
    """Yield values whose classes raise whatever is asked of them."""

    class Meta(type):
        def __getattribute__(cls, name: str) -> Any:
            raise AssertionError(f"metaclass asked for {name}")

        def __instancecheck__(cls, instance: object) -> bool:
            raise AssertionError("instancecheck")

        def __eq__(cls, other: object) -> bool:
            raise AssertionError("metaclass compared")

        def __hash__(cls) -> int:
            raise AssertionError("metaclass hashed")

    def refuse(self: Any, *args: Any) -> Any:
        raise AssertionError("user code ran")

    special = [
        "__repr__", "__str__", "__len__", "__iter__", "__getitem__", "__getattr__", "__bool__",
        "__getattribute__", "__eq__", "__hash__", "__dir__", "__sizeof__", "__reduce_ex__",
        "__format__", "__contains__", "__index__", "__int__", "__float__", "__next__",
    ]  # fmt: skip
    methods = dict.fromkeys(special, refuse)
    liar = {"__class__": property(refuse), "__dict__": property(refuse)}
    for base in HOSTILE_BASES:
        yield type("Hostile", (base,), methods)()
        yield Meta("HostileMeta", (base,), methods)()
        yield type("Liar", (base,), {**methods, **liar})()
    yield Meta("HostileClass", (), methods)
    yield Thing(inner=type("Hostile", (), methods)())


def test_no_user_code_runs() -> None:
    """No method of the value's class or metaclass is called, by itself and inside others."""
    count = 0
    for value in hostile_values():
        for wrapped in (value, [value], {"k": value}, (value,), Thing(a=value)):
            assert describe("v", wrapped).preview
            count += 1
    assert count == (3 * len(HOSTILE_BASES) + 2) * 5


def test_property_is_not_run() -> None:
    """A property and a lazy descriptor are no attributes to look at."""

    class Lazy:
        def __init__(self) -> None:
            self.a = 1

        @property
        def expensive(self) -> int:
            raise AssertionError("property ran")

    assert describe("v", Lazy()).preview == "<Lazy a=1>"


def test_registered_adapter_is_used_for_the_exact_class_only() -> None:
    """A subclass may do anything, so it is described from outside."""

    class Celsius:
        def __init__(self, degrees: int) -> None:
            self.degrees = degrees

    class Kelvin(Celsius):
        pass

    name = f"{__name__}.{Celsius.__qualname__}"
    register_adapter(name, lambda value, limits, preview: Summary("number", f"{value.degrees}°"))
    assert describe("t", Celsius(21)).preview == "21°"
    assert describe("t", [Celsius(21)]).preview == "[21°]"
    assert describe("t", Kelvin(21)).preview == "<Kelvin degrees=21>"
