"""Types with brackets and bars are written out, and nothing in them is asked."""

from __future__ import annotations

import collections.abc
import typing
from typing import Any, NoReturn

import pytest

from livens.values import adapters
from livens.values.descriptions import describe

adapters.register_all()

T = typing.TypeVar("T")
P = typing.ParamSpec("P")


class Meta(type):
    def _fail(self, *args: Any) -> NoReturn:
        raise AssertionError("the metaclass was asked")

    __repr__ = _fail


class Own(typing.Generic[T]):
    pass


class Loud(metaclass=Meta):
    pass


class Note:
    def __repr__(self) -> NoReturn:
        raise AssertionError("repr ran")

    __hash__ = None  # type: ignore[assignment]


HERE = __name__
ALIASES: list[tuple[Any, str]] = [
    (list[int], "list[int]"),
    (dict[str, list[int]], "dict[str, list[int]]"),
    (tuple[int, ...], "tuple[int, ...]"),
    (tuple[()], "tuple[()]"),
    (type[int], "type[int]"),
    (int | None, "int | None"),
    (list[int] | None, "list[int] | None"),
    (typing.Optional[int], "int | None"),  # noqa: UP045
    (typing.Union[int, str, None], "int | str | None"),  # noqa: UP007
    (typing.List[int], "List[int]"),  # noqa: UP006
    (typing.List["Own"], "List['Own']"),  # noqa: UP006
    (typing.Callable[[], int], "Callable[[], int]"),
    (typing.Callable[[int, str], int], "Callable[[int, str], int]"),
    (typing.Callable[..., int], "Callable[..., int]"),
    (typing.Callable[P, int], "Callable[P, int]"),
    (collections.abc.Callable[[int], str], "collections.abc.Callable[[int], str]"),
    (typing.Callable[typing.Concatenate[int, P], str], "Callable[Concatenate[int, P], str]"),
    (typing.Literal[1, "a"], "Literal[1, 'a']"),
    (typing.Annotated[int, "note"], "Annotated[int, 'note']"),
    (typing.Annotated[int, Note()], "Annotated[int, <Note>]"),
    (Own[int], f"{HERE}.Own[int]"),
    (Own[T], f"{HERE}.Own[T]"),
    (list[Loud], f"list[{HERE}.Loud]"),
    (typing.Optional, "Optional"),
    (typing.Callable, "Callable"),
    (typing.ClassVar[int], "ClassVar[int]"),
    (typing.NewType("N", int), "NewType N"),
    (T, "TypeVar T"),
    (P, "ParamSpec P"),
    ([list[int]], "[list[int]]"),
    ({"a": int | None}, "{'a': int | None}"),
]


@pytest.mark.parametrize(("value", "text"), ALIASES, ids=[text for _, text in ALIASES])
def test_type_is_written_out(value: Any, text: str) -> None:
    """What stands in brackets and between bars is shown, as one writes it."""
    assert describe("t", value).preview == text


def test_long_and_deep_types_are_cut() -> None:
    """A type of many parts has a short text, and says that it is cut."""
    deep: Any = int
    for _ in range(100):
        deep = list[deep]  # type: ignore[valid-type]
    for value in (deep, tuple[(int,) * 1_000]):  # type: ignore[misc]
        found = describe("t", value)
        assert found.truncated
        assert len(found.preview) <= 200
