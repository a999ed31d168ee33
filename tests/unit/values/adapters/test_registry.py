"""An adapter is found by the class, loaded when it is needed, and refused if it is wrong."""

from __future__ import annotations

import gc
import logging
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from livens.exceptions import BadSummary
from livens.protocol.redaction import Redactor
from livens.values import passive, registry
from livens.values.descriptions import describe
from livens.values.summaries import Limits, Summary, register_adapter
from livens.watching.budgets import Budgets
from livens.watching.view import View


class Base:
    """What users derive from."""


class Derived(Base):
    """One that did."""


def named(module: str, name: str, *bases: type) -> type:
    """Make a class that says it is from *module*."""
    return type(name, bases, {"__module__": module})


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test registers is gone after it."""
    for table in ("_sources", "_by_class", "_by_name", "_by_base"):
        monkeypatch.setattr(registry, table, {})


def summary(text: str) -> Any:
    """Make an adapter that says *text*."""
    return lambda value, limits, preview: Summary("object", text)


def test_subclass_needs_an_adapter_that_promised() -> None:
    """An adapter of a base is used for subclasses where it was registered so, and not else."""
    name = passive.qualified_name(Base)
    register_adapter(name, summary("exact"))
    assert describe("v", Base()).preview == "exact"
    assert describe("v", Derived()).preview == "<Derived>"
    register_adapter(name, summary("base"), subclasses=True)
    assert [describe("v", value).preview for value in (Base(), Derived(), [Derived()])] == [
        "exact", "base", "[base]",
    ]  # fmt: skip


def test_source_is_loaded_by_the_first_value_of_its_package() -> None:
    """Neither when it is registered nor by values of other packages, and only once."""
    loaded: list[str] = []

    def load() -> None:
        loaded.append("thermo")
        register_adapter("thermo.scales.Celsius", summary("warm"))

    registry.register_source("thermo", load)
    celsius = named("thermo.scales", "Celsius")
    describe("v", Base())
    describe("v", [1, "a"])
    assert loaded == []
    assert [describe("v", celsius()).preview for _ in range(2)] == ["warm", "warm"]
    assert describe("v", named("thermo.scales", "Kelvin")()).preview == "<Kelvin>"
    assert loaded == ["thermo"]


def test_source_of_a_base_class_is_loaded() -> None:
    """A user's own class that derives from a library's needs the library's adapters."""
    registry.register_source(
        "thermo", lambda: register_adapter("thermo.Scale", summary("scale"), subclasses=True)
    )
    mine = named("__main__", "Mine", named("thermo", "Scale"))
    assert describe("v", mine()).preview == "scale"


def test_source_that_fails_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """Its values are described as those of any class."""

    def fail() -> None:
        raise ImportError("thermo_adapters needs thermo 2")

    registry.register_source("thermo", fail)
    celsius = named("thermo", "Celsius")
    with caplog.at_level(logging.ERROR):
        assert [describe("v", celsius()).preview for _ in range(3)] == ["<Celsius>"] * 3
    assert [record.getMessage() for record in caplog.records] == [
        "The adapters for values of 'thermo' could not be loaded"
    ]


def test_builtin_class_is_known_by_itself() -> None:
    """A class that only takes the name of one gets no adapter that trusts its instances."""
    registry.register_class(type(describe), summary("a function"))
    assert describe("v", describe).preview == "a function"
    assert describe("v", named("builtins", "function")()).preview == "<function>"


@pytest.mark.parametrize(
    ("returned", "reason"),
    [
        (None, "a NoneType, not a Summary"),
        ("text", "a str, not a Summary"),
        (Summary("picture", "x"), "a kind that is not one of livens.protocol.types.KINDS"),  # type: ignore[arg-type]
        (Summary("object", 3), "a preview that is a int, not a str"),  # type: ignore[arg-type]
        (Summary("object", "x", length=-1), "a length that is no int from 0 on"),
        (Summary("object", "x", nbytes="9"), "a nbytes that is no int from 0 on"),  # type: ignore[arg-type]
        (Summary("object", "x", length=1.5), "a length that is no int from 0 on"),  # type: ignore[arg-type]
        (Summary("object", "x", shape=(1, 2)), "a shape that is no list of at most 100 ints"),  # type: ignore[arg-type]
        (Summary("object", "x", shape=["a"]), "a shape that is no list of at most 100 ints"),  # type: ignore[list-item]
        (Summary("object", "x", dtype=int), "a dtype that is no str"),  # type: ignore[arg-type]
        (Summary("object", "x", truncated=None), "a flag that is no bool"),  # type: ignore[arg-type]
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) > 10 else "",
)
def test_nonsense_is_refused_with_the_reason(returned: Any, reason: str) -> None:
    """The message names the class and what was wrong; the variable is set aside with it."""
    name = passive.qualified_name(Base)
    register_adapter(name, lambda value, limits, preview: returned)
    for value in (Base(), [Base()]):
        with pytest.raises(BadSummary) as caught:
            describe("v", value)
        assert str(caught.value) == f"the adapter for {name} returned {reason}"
    view = View(Redactor(), Budgets(), lambda: 0.0, lambda name, reason: None)
    view.show({"v": Base(), "w": 1}, {})
    described = view.describe("v")
    assert described is not None
    assert (described.status, described.reason) == (
        "skipped", f"the adapter for {name} returned {reason}",
    )  # fmt: skip
    good = view.describe("w")
    assert good is not None
    assert good.preview == "1"


def test_import_of_an_adapter_does_not_count_as_slow() -> None:
    """The first value of a library waits for its adapters, and is shown all the same."""
    clock = [0.0]

    def load() -> None:
        clock[0] += 10
        register_adapter("thermo.Celsius", summary("warm"))

    registry.register_source("thermo", load)
    view = View(Redactor(), Budgets(), lambda: clock[0], lambda name, reason: None)
    view.show({"t": named("thermo", "Celsius")()}, {})
    described = view.describe("t")
    assert described is not None
    assert (described.status, described.preview) == ("current", "warm")


def test_adapter_gets_a_preview_that_redacts() -> None:
    """Fields and keys with a secret's name show no value; `hides` tells an adapter of it."""

    def adapter(value: Any, limits: Limits, preview: Any) -> Summary:
        parts = [
            preview.field("password", "abc"),
            preview.field("user", "joe"),
            preview({"token": "abc"}),
            str(preview.hides("api_key")),
        ]
        return Summary("object", " ".join(parts))

    register_adapter(passive.qualified_name(Base), adapter)
    shown = describe("v", Base(), hides=Redactor().hides).preview
    assert shown == "password=redacted user='joe' {'token': redacted} True"


def test_values_that_contain_themselves_end() -> None:
    """An adapter that previews its own value is stopped by the second round."""
    register_adapter(
        passive.qualified_name(Base),
        lambda value, limits, preview: Summary("object", f"({preview(value)})"),
    )
    assert describe("v", Base()).preview == "((<Base>))"


def test_what_was_looked_up_is_not_in_the_way_of_a_new_adapter() -> None:
    """An adapter counts for a class from its registration on, also if it was asked for before."""

    class Late:
        """A class that gets its adapter when values have been shown."""

    assert registry.adapter_of(Late) is None
    assert registry.adapter_of(Late) is None
    registry.register(passive.qualified_name(Late), "an adapter")
    assert registry.adapter_of(Late) == "an adapter"


@pytest.fixture
def small_heap() -> Iterator[None]:
    """Spare the garbage collections of a test what earlier ones have loaded."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("small_heap")
def test_looking_up_keeps_no_class_alive() -> None:
    """Nor is another class at the same address taken for it."""

    def made(name: str) -> Any:
        return type(name, (), {})

    gc.freeze()  # what other tests have loaded takes a second to be searched each time
    try:
        for number in range(50):
            cls = made(f"Gone{number}")
            assert passive.qualified_name(cls).endswith(f"Gone{number}")
            assert registry.adapter_of(cls) is None
            gone = weakref.ref(cls)
            del cls
            gc.collect()
            assert gone() is None
    finally:
        gc.unfreeze()
