"""What is read of any object without a line of its code."""

from __future__ import annotations

import functools
import importlib.util
import io
import sys
import types
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from livens.protocol.requests import TableParams
from livens.protocol.table_requests import SortKey
from livens.values import passive
from livens.values.descriptions import describe
from livens.values.tables.branches import branches_of
from livens.values.tables.opening import source_of
from livens.values.tables.page import PageReader


def fail(*args: Any) -> NoReturn:
    """Stand for what must not run."""
    raise AssertionError("it was asked")


class Plain:
    pass


class WithSlots:
    __slots__ = ("__dict__", "a")


class AnError(Plain, ValueError):
    pass


class Partial(functools.partial):  # type: ignore[type-arg]
    pass


class Space(types.SimpleNamespace):
    @property
    def computed(self) -> NoReturn:
        fail()


@pytest.mark.parametrize(
    "make",
    [Plain, WithSlots, AnError, lambda: Partial(fail), Space, io.BytesIO, lambda: lambda: None]
    + [lambda base=base: type("Derived", (base,), {})() for base in (dict, list, int, bytearray)]
    + [lambda: type("A", (types.ModuleType,), {})("a"), lambda: functools.lru_cache(fail)],
)
def test_own_dict_is_found(make: Callable[[], Any]) -> None:
    """The dict of an instance is read, whether its class is written in Python or in C."""
    value = make()
    value.mark = 1
    found = passive.instance_dict(value)
    assert found is not None
    assert found is object.__getattribute__(value, "__dict__")
    assert found["mark"] == 1


class Computed:
    __dict__ = property(fail)  # type: ignore[assignment]


class Borrowed:
    __slots__ = ()
    __dict__ = Plain.__dict__["__dict__"]


class Other:
    __slots__ = ()
    __dict__ = type.__dict__["__mro__"]  # a descriptor in C, of something else


class Lying:
    __class__ = property(fail)  # type: ignore[assignment]
    __getattribute__ = fail


@pytest.mark.parametrize("cls", [Computed, Borrowed, Other])
def test_what_only_has_its_name_is_not_asked(cls: type) -> None:
    """A `__dict__` that is a property, or of another class, is none."""
    assert passive.instance_dict(cls()) is None
    assert describe("x", cls()).preview == f"<{cls.__name__}>"


def test_getset_descriptor_that_computes_is_not_asked() -> None:
    """A `__dict__` that a class in C computes is not taken for that of the instance.

    `frame.f_locals` stands for such a one: it makes a dict when it is asked.
    """

    def look() -> Any:
        return sys._getframe()

    descriptor = types.FrameType.__dict__["f_locals"]
    assert type(descriptor) is types.GetSetDescriptorType
    assert not passive._is_own_dict(descriptor, types.FrameType)
    assert passive._is_own_dict(Plain.__dict__["__dict__"], Plain)
    assert passive.instance_dict(look()) is None


def test_attributes_of_an_object_that_lies_are_read() -> None:
    """Neither `__getattribute__` nor `__class__` is asked."""
    value = Lying()
    object.__setattr__(value, "a", 1)
    assert describe("x", value).preview == "<Lying a=1>"


def test_module_that_loads_itself_stays_unloaded(tmp_path: Any) -> None:
    """A module whose first attribute imports it is shown without importing it."""
    file = tmp_path / "sleeper.py"
    file.write_text("raise AssertionError('it was imported')")
    spec = importlib.util.spec_from_file_location("sleeper", file)
    assert spec is not None
    assert spec.loader is not None
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert describe("m", module).preview.startswith("<_LazyModule __name__='sleeper'")
    assert object.__getattribute__(module, "__class__") is not types.ModuleType


class Slots:
    """Something iterable that Python takes for `__slots__`."""

    def __init__(self) -> None:
        self.is_read = False

    def __iter__(self) -> Any:
        assert not self.is_read
        self.is_read = True
        return iter(("a",))

    __bool__ = fail


def test_slots_are_read_whatever_names_them() -> None:
    """What stands under `__slots__` is not asked for its truth."""
    cls = type("Slotted", (), {"__slots__": Slots()})
    value = cls()
    value.a = 1
    assert passive.slot_values(value) == {"a": 1}


def test_slot_of_another_class_is_left_out() -> None:
    """A slot's descriptor that was put under a name of another class reads nothing."""

    class First:
        __slots__ = ("a",)

    class Second:
        __slots__ = ("b",)
        c = First.a  # type: ignore[attr-defined]

    value = Second()
    value.b = 2
    assert passive.slot_values(value) == {"b": 2}


class Loud(str):
    __str__ = __repr__ = __eq__ = __len__ = __getitem__ = fail  # type: ignore[assignment]
    __hash__ = str.__hash__


@pytest.mark.parametrize(
    ("module", "shown"),
    [
        ("a\ud800b", r"a\ud800b"),
        (lambda: Loud("loud"), "loud"),
        (lambda: Loud("\udfff"), r"\udfff"),
        (property(fail), ""),
        (None, ""),
        (5, ""),
        ("m" * 100_000, "m" * 199 + "…"),
    ],
)
def test_module_of_a_class_can_be_sent(module: Any, shown: str) -> None:
    """Whatever a class has for its module, what is told of it is a short text in UTF-8."""
    if type(module) is types.FunctionType:
        module = module()
    cls = type("A", (), {"__module__": module})
    assert passive.class_module(cls) == shown
    assert describe("x", cls()).module == shown
    assert describe("x", cls).preview.encode()


def test_name_of_a_class_can_be_sent() -> None:
    """A class's name may have a lone surrogate in it, and any length."""
    cls = type("B", (), {})
    cls.__qualname__ = "C.\ud800"
    assert passive.qualified_name(cls).endswith(r".C.\ud800")
    assert describe("x", cls).preview.encode()
    long = type("B" * 100_000, (), {})
    assert len(describe("x", long()).type) == 200
    assert len(passive.qualified_name(long)) < 1_000


class Meta(type):
    __eq__ = __instancecheck__ = __subclasscheck__ = fail  # type: ignore[assignment]
    __hash__ = fail  # type: ignore[assignment]


class OfMeta(metaclass=Meta):
    pass


def test_classes_are_told_apart_by_identity() -> None:
    """To ask for exact classes runs no metaclass."""
    assert not passive.is_exactly(OfMeta(), list, dict)
    assert passive.is_exactly(OfMeta(), list, OfMeta)
    assert not passive.is_exactly(True, int)


def test_library_that_loads_itself_stays_unloaded(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To find out whether a value is a library's does not load a library that waits to be."""
    file = tmp_path / "lazy.py"
    file.write_text("raise AssertionError('it was imported')")
    for name in ("numpy", "pandas", "pandas.arrays", "polars", "pyarrow", "xarray"):
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec is not None
        assert spec.loader is not None
        spec.loader = importlib.util.LazyLoader(spec.loader)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        monkeypatch.setitem(sys.modules, name, module)
    for value in ([1, 2], Plain(), 1.5):
        assert branches_of(value) is None
    assert [row[0] for row in read_table([{"a": 1}, {"a": 2}])] == [1, 2]


def read_table(value: object) -> list[list[Any]]:
    """Return the rows of a table, sorted by its first column."""
    reader = PageReader(source_of(value), lambda label: False, repr, lambda: 0.0)
    return reader.read(TableParams(path=[["name", "x"]], sort=[SortKey(column=0)])).rows
