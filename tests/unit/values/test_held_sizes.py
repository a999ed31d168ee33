"""Sizes: what a value holds with all that is below it, each object once, and no code of its own."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from typing import Any

import numpy as np
import pytest

from livens.values.held_sizes import Held, held

PIECE = 100_000


def data_bytes(value: object) -> int | None:
    """Return the bytes of an array, as a description has them."""
    return value.nbytes if type(value) is np.ndarray else None


def nbytes(value: object) -> int:
    """Return the size of a value of which all is counted."""
    found = held(value, data_bytes)
    assert found.is_all
    return found.nbytes


class Own:
    """An object of the user's."""

    def __init__(self, part: object) -> None:
        self.part = part


class Hostile(list[Any]):
    """A list whose methods must not run."""

    def __iter__(self) -> Any:
        raise AssertionError

    def __len__(self) -> int:
        raise AssertionError

    def __sizeof__(self) -> int:
        raise AssertionError


Point = namedtuple("Point", "x y")

HOLDERS: dict[str, Any] = {
    "text": "a" * PIECE,
    "bytes": b"a" * PIECE,
    "list": [["a" * PIECE]],
    "tuple": (1, ("a" * PIECE,)),
    "named tuple": Point(1, "a" * PIECE),
    "dict": {"k": {1: "a" * PIECE}},
    "key": {"a" * PIECE: 1},
    "ordered": OrderedDict(a="a" * PIECE),
    "set": {"a" * PIECE},
    "instance": Own(Own("a" * PIECE)),
    "subclass": Hostile(["a" * PIECE]),
    "array": [np.zeros(PIECE, "u1")],
    "int": 1 << (8 * PIECE),
}


@pytest.mark.parametrize("name", HOLDERS)
def test_what_is_below_counts(name: str) -> None:
    """However it is held."""
    assert PIECE <= nbytes(HOLDERS[name]) < 1.3 * PIECE


def test_each_object_counts_once() -> None:
    """Held ten times, it is there once; a cycle ends."""
    text = "a" * PIECE
    assert nbytes([text] * 10) < 1.1 * PIECE
    cycle: list[Any] = [text]
    cycle.append(cycle)
    assert nbytes(cycle) < 1.1 * PIECE


def test_classes_and_functions_are_not_the_variables() -> None:
    """They are the program's, and so are modules."""
    assert nbytes([Own, len, nbytes, None, np]) < 500


def test_what_cannot_be_known_makes_it_a_lower_bound() -> None:
    """An object of a C extension, or more objects than are looked at."""
    assert not held([iter([1])], data_bytes).is_all
    many = held([str(n) for n in range(10_000)], data_bytes, steps=1_000)
    assert not many.is_all
    assert 0 < many.nbytes < nbytes([str(n) for n in range(10_000)])
    assert held("a", data_bytes) == Held("a".__sizeof__() + 16, is_all=True)
