"""What is known of a value by those who evaluate conditions."""

from __future__ import annotations

from typing import Any

from livens.rules.facts import Facts
from livens.values.descriptions import describe


def facts(value: object) -> Facts:
    """Return what the kernel knows of a value."""
    return Facts(lambda: describe("it", value), value)


def sent(value: object, **fields: Any) -> Facts:
    """Return what a client knows of a value: its description."""
    variable = describe("it", value)
    for name, field in fields.items():
        setattr(variable, name, field)
    return Facts.of(variable)
