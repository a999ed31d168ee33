"""Agents in tests: tools are called as a client of the protocol would call them."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from livens.agents.answers import Answer
from livens.agents.toolset import Toolset

T = TypeVar("T")

COMMAND = [sys.executable, "-m", "livens.cli", "mcp"]

AGENT = "a test (MCP)"


class Asking:
    """Calls the tools of a toolset, about one kernel."""

    def __init__(self, toolset: Toolset, kernel: str) -> None:
        self.toolset = toolset
        self.kernel = kernel

    async def __call__(self, tool: str, /, **arguments: Any) -> Answer:
        """Call a tool."""
        named = {} if tool == "kernels" else {"kernel": self.kernel}
        return await self.toolset.call(tool, {**named, **arguments}, AGENT)


def asked(kernel: str, ask: Callable[[Asking], Awaitable[T]], **options: Any) -> T:
    """Run what asks, on an event loop of its own; the connections are closed afterwards."""

    async def run() -> T:
        toolset = Toolset(**options)
        try:
            return await ask(Asking(toolset, kernel))
        finally:
            await toolset.close()

    return asyncio.run(run())


def data_lines(text: str) -> list[str]:
    """Return the lines between the marks of an answer."""
    found = re.search(r"^<livens-data (\w+)> [^\n]*\n(.*)^</livens-data \1>$", text, re.M | re.S)
    return found[2].splitlines() if found else []


def outside(text: str) -> str:
    """Return what an answer says in livens' own words."""
    data = "\n".join(data_lines(text))
    return text.replace(data, "") if data else text


def names(text: str) -> list[str]:
    """Return the names in the lines of a list of variables."""
    return [json.loads(line[: line.index('":') + 1]) for line in data_lines(text)]


def audit_of(file: Path) -> list[dict[str, Any]]:
    """Read an audit log."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
