"""The functions for jupyter-server-mcp: found by the entry point, they look and change nothing."""

from __future__ import annotations

import asyncio
import inspect
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pytest

from livens.agents import server_tools
from livens.agents.toolset import Toolset
from livens.testing import KernelClient


def functions() -> dict[str, Any]:
    """Load the functions as that package does."""
    found = {}
    for spec in server_tools.TOOLS:
        module, name = spec.rsplit(":", 1)
        found[name] = getattr(import_module(module), name)
    return found


def test_entry_point() -> None:
    """It leads to a list of texts, as that package expects it."""
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert '[project.entry-points."jupyter_server_mcp.tools"]' in text
    point = EntryPoint("livens", "livens.agents.server_tools:TOOLS", "jupyter_server_mcp.tools")
    assert point.value in text
    assert all(isinstance(spec, str) for spec in point.load())
    installed = entry_points(group="jupyter_server_mcp.tools")
    assert {p.value for p in installed if p.name == "livens"} <= {point.value}


def test_only_what_looks() -> None:
    """Each is a tool that changes nothing, documented, with typed arguments that the tool takes."""
    tools = Toolset().tools
    for name, function in functions().items():
        tool = tools[name.removeprefix("livens_")]
        assert not tool.changes
        assert function.__doc__
        known = set(tool.params.__struct_fields__)
        assert set(inspect.signature(function).parameters) <= known
        assert set(function.__annotations__) > set(inspect.signature(function).parameters)


def test_they_answer(kernel: KernelClient) -> None:
    """As the tools of the same names do; what cannot be answered is an error."""
    kernel.execute("x = 1\nrows = [{'a': 1}, {'a': 2}]")
    file = str(kernel.client.connection_file)

    async def ask() -> None:
        call = functions()
        try:
            assert '"x": int = "1"' in await call["livens_list_variables"](kernel=file)
            assert '"x": int = "1"' in await call["livens_inspect"]("x", kernel=file)
            assert "2 rows x 1 columns" in await call["livens_table"]("rows", kernel=file)
            assert "Points: " in await call["livens_history"]("x", kernel=file)
            assert "No cell runs." in await call["livens_running"](kernel=file)
            assert "outcome: fired" in await call["livens_wait_for"]("x == 1", kernel=file)
            assert "Kernels that can be watched: " in await call["livens_kernels"]()
            with pytest.raises(ValueError, match="VariableNotFound"):
                await call["livens_inspect"]("nope", kernel=file)
        finally:
            await server_tools.close()

    asyncio.run(ask())
