"""A plugin for pytest that writes down at once what came of each test, a line of JSON each."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

REPORT = "FOREIGN_REPORT"
"""The variable of the environment that names the file."""


def pytest_collection_finish(session: pytest.Session) -> None:
    """Write how many tests there are."""
    _write({"count": len(session.items)})


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Write what came of a part of a test: its set-up, itself, what is cleared up after it."""
    text = report.longreprtext if report.failed else ""
    _write(
        {
            "test": _name(report),
            "when": report.when,
            "outcome": report.outcome,
            "text": text[-4000:],
        }
    )


def _name(report: Any) -> str:
    """Name a test, and a subtest by its parameters."""
    context = getattr(report, "context", None)
    if context is None:
        return str(report.nodeid)
    words = [f"{key}={value}" for key, value in sorted(context.kwargs.items())]
    return f"{report.nodeid} ({', '.join([*filter(None, [context.msg]), *words])})"


def _write(line: dict[str, Any]) -> None:
    with open(os.environ[REPORT], "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
