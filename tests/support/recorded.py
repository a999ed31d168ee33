"""Lines of records, and changes as the observer of a run tells them."""

from __future__ import annotations

from typing import Any

from livens.protocol.types import ChangeSet, Origin, Variable
from livens.recording import record


def header(**policy: Any) -> record.Header:
    return record.Header(
        format=record.FORMAT,
        version=record.VERSION,
        protocol=1,
        livens="0.1.0",
        python="3.13.0",
        started_at=100.0,
        notebook="a.ipynb",
        policy=record.Policy(**policy),
    )


def number(name: str, value: object, line: int | None = None, count: int = 1) -> Variable:
    return Variable(
        name,
        [["name", name]],
        "number",
        type(value).__name__,
        preview=repr(value),
        changed_by=Origin(count, line=line),
    )


def change(*changed: Variable, **others: Any) -> ChangeSet:
    return ChangeSet("e", 1, list(changed), **others)
