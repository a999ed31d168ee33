"""Classes that note what is asked of them and of their instances."""

from __future__ import annotations

from typing import Any

RAN: list[str] = []


def spying(name: str) -> Any:
    """Make a method that notes that it ran, and does what it should."""

    def method(self: Any, *args: Any) -> Any:
        RAN.append(f"{name} of {'a class' if type(self) is Meta else 'an instance'}")
        return getattr(super(Meta if type(self) is Meta else Spy, self), name)(*args)

    return method


class Meta(type):
    """A metaclass that notes what is asked of its classes."""

    for _name in ("__eq__", "__hash__", "__getattribute__", "__instancecheck__", "__repr__"):
        locals()[_name] = spying(_name)


class Spy(metaclass=Meta):
    """A class that notes what is asked of its instances."""

    for _name in ("__eq__", "__hash__", "__getattribute__", "__repr__", "__str__", "__format__"):
        locals()[_name] = spying(_name)

    def __bool__(self) -> bool:
        RAN.append("__bool__")
        return True

    def __len__(self) -> int:
        RAN.append("__len__")
        return 1

    def __float__(self) -> float:
        RAN.append("__float__")
        return 1.0

    __int__ = __index__ = __bool__

    @property
    def __class__(self) -> Any:
        RAN.append("__class__")
        return int
