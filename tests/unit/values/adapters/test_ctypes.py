"""Values of ctypes show what lies in their own memory; no pointer is followed."""

from __future__ import annotations

import ctypes
import mmap
from typing import Any, NoReturn

import pytest

from livens.protocol.redaction import Redactor
from livens.values import adapters
from livens.values.descriptions import describe

adapters.register_all()


class Loud(ctypes.c_short):
    def __repr__(self) -> NoReturn:
        raise AssertionError("repr ran")

    value = property(__repr__)  # type: ignore[assignment]


class Pair(ctypes.Structure):
    _fields_ = [("a", ctypes.c_short), ("b", ctypes.c_double)]


class Node(Pair):
    pass


Node._fields_ = [
    ("both", Pair),
    ("many", ctypes.c_short * 2),
    ("next", ctypes.POINTER(Node)),
    ("text", ctypes.c_char_p),
    ("bits", ctypes.c_short, 3),
    ("thing", ctypes.py_object),
    ("password", ctypes.c_short),
]


class Either(ctypes.Union):
    _fields_ = [("a", ctypes.c_short), ("b", ctypes.c_ushort)]


class Closing(ctypes.Structure):
    _fields_ = [("a", ctypes.c_short)]

    def __del__(self) -> None:
        closed.append(1)


class Holder(ctypes.Structure):
    _fields_ = [("inner", Closing), ("a", ctypes.c_short)]


closed: list[int] = []


def shown(value: Any) -> str:
    """Return the preview."""
    return describe("v", value, hides=Redactor().hides).preview


NOTHING = ctypes.POINTER(ctypes.c_short)()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (ctypes.c_short(5), "c_short(5)"),
        (ctypes.c_double(1.5), "c_double(1.5)"),
        (ctypes.c_bool(True), "c_bool(True)"),
        (ctypes.c_char(b"a"), "c_char(b'a')"),
        (ctypes.c_wchar("x"), "c_wchar('x')"),
        (ctypes.c_void_p(), "c_void_p(None)"),
        (ctypes.c_short.__ctype_be__(5), "c_short_be(5)"),
        (ctypes.py_object([1]), "py_object([1])"),
        (ctypes.py_object(), "py_object(NULL)"),
        (ctypes.c_char_p(), "c_char_p(NULL)"),
        (Loud(3), "Loud(3)"),
        ((ctypes.c_short * 3)(1, 2, 3), "c_short_Array_3(1, 2, 3)"),
        ((Loud * 2)(), "Loud_Array_2(Loud(0), Loud(0))"),
        ((ctypes.c_char * 3)(*b"abc"), "c_char_Array_3(b'abc')"),
        (ctypes.create_unicode_buffer("hi"), "c_wchar_Array_3('hi\\x00')"),
        ((ctypes.c_char_p * 2)(b"a"), "c_char_p_Array_2 of c_char_p"),
        (Pair(1, 2.5), "Pair(a=1, b=2.5)"),
        (Either(b=65535), "Either(a=-1, b=65535)"),
        (NOTHING, "LP_c_short(NULL)"),
        (Node(1, 2.5).both, "Pair(a=0, b=0.0)"),
        (
            Node(1, 2.5, (3, 4.5), (5, 6), None, b"x", -1, [7], 8),
            "Node(a=1, b=2.5, both=Pair(a=3, b=4.5), many=c_short_Array_2(5, 6), "
            "next=LP_Node(NULL), text=<c_char_p>, bits=-1, thing=[7], password=redacted)",
        ),
    ],
    ids=lambda value: value if type(value) is str else "",
)
def test_value_is_shown(value: Any, text: str) -> None:
    """Numbers, arrays and structures show what is in them, nested and inherited fields too."""
    assert shown(value) == text
    assert shown([value]).startswith(f"[{text[:20]}")


def test_size_of_an_array() -> None:
    """An array has a length, a type and bytes, and long ones are cut."""
    found = describe("v", (ctypes.c_short * 300)())
    assert (found.kind, found.shape, found.dtype, found.nbytes) == ("array", [300], "c_short", 600)
    assert found.truncated
    assert found.preview.endswith(", 0, …)")


def test_no_pointer_is_followed() -> None:
    """An address that leads nowhere is shown as such, by itself and within other values."""
    nowhere = ctypes.cast(8, ctypes.POINTER(ctypes.c_short))
    text = ctypes.c_char_p(8)
    assert shown(nowhere) == "LP_c_short(0x8)"
    assert shown(text) == "c_char_p(0x8)"
    assert shown((ctypes.c_char_p * 1)(text)) == "c_char_p_Array_1 of c_char_p"
    node = Node(next=ctypes.cast(8, ctypes.POINTER(Node)), text=text)
    assert "next=LP_Node(0x8), text=<c_char_p>" in shown(node)
    assert shown(nowhere.contents) == "c_short, not read: the memory is not its own"
    assert shown(node.next.contents.both) == "Pair, not read: the memory is not its own"


def test_memory_of_others_is_not_read() -> None:
    """What lies at an address, or in a file, is not read: it may be gone, or on a disk."""
    for value in (
        ctypes.c_short.from_address(8),
        Pair.from_address(8),
        (ctypes.c_short * 2).from_address(8),
        ctypes.c_char_p.from_address(8),
        ctypes.POINTER(ctypes.c_short).from_address(8),
        (ctypes.c_char * 4).from_buffer(mmap.mmap(-1, 10)),
    ):
        assert "not read" in shown(value)


def test_no_finaliser_runs() -> None:
    """A part whose class has a finaliser is not taken out: it would run when the part goes."""
    holder, many = Holder(), (Closing * 2)()
    closed.clear()
    assert shown(holder) == "Holder(inner=<Closing>, a=0)"
    assert shown(many) == "Closing_Array_2 of Closing"
    assert closed == []
