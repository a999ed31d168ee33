"""Objects of the user's whose attributes are all there is to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class Plain:
    """An object with attributes."""

    def __init__(self, value: Any = 0) -> None:
        self.value = value


class Slotted:
    """An object with slots."""

    __slots__ = ("a", "b")

    def __init__(self) -> None:
        self.b = 1


@dataclass
class Point:
    """A dataclass."""

    x: int
    y: int


class Listish(list):  # type: ignore[type-arg]
    """A list with attributes."""

    def __init__(self, items: list[int]) -> None:
        super().__init__(items)
        self.tags: list[int] = []


class Thing:
    """An object with the attributes that it is given."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)
