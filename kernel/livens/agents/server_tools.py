"""The tools that look, as functions that jupyter-server-mcp finds by an entry point.

That package registers functions by their names (`TOOLS`), and makes the schema from their
signatures and docstrings. Nothing of it is imported here. Its server listens without a token, so no
tool that changes something is among them.

The connections are made by the first call, on the event loop of the server.
"""

from __future__ import annotations

from typing import Any

from livens.agents.toolset import Toolset

AGENT = "Jupyter Server (MCP)"
"""What the kernels are told of who looks."""

_toolset: Toolset | None = None


async def _call(tool: str, /, **arguments: Any) -> str:
    """Call a tool; what is None is left to its default.

    Raises
    ------
    ValueError
        With the text of the answer, where it says why there is none.
    """
    global _toolset  # noqa: PLW0603 - one set of connections for the server's process
    if _toolset is None:
        _toolset = Toolset()
    given = {key: value for key, value in arguments.items() if value is not None}
    answer = await _toolset.call(tool, given, AGENT)
    if answer.is_error:
        raise ValueError(answer.text())
    return answer.text()


async def close() -> None:
    """Close the connections."""
    global _toolset  # noqa: PLW0603 - as above
    if _toolset is not None:
        await _toolset.close()
        _toolset = None


async def livens_kernels() -> str:
    """List the Python kernels that run and can be watched: id, notebook, and which cell runs."""
    return await _call("kernels")


async def livens_list_variables(
    kernel: str = "",
    *,
    names: list[str] | None = None,
    changed_since: str = "",
    limit: int = 200,
    start: int = 0,
    order: str = "newest",
) -> str:
    """List the variables of a kernel, one a line, without executing anything.

    Pass the cursor of an earlier answer as changed_since to be told only what changed.
    """
    return await _call(
        "list_variables",
        kernel=kernel,
        names=names,
        changed_since=changed_since,
        limit=limit,
        start=start,
        order=order,
    )


async def livens_inspect(
    path: str | list[list[str | int]], kernel: str = "", start: int = 0, limit: int = 50
) -> str:
    """Describe a variable and what is below it: items, keys, columns, attributes.

    The path is the exact name of a variable, or a path as an answer gives it.
    """
    return await _call("inspect", path=path, kernel=kernel, start=start, limit=limit)


async def livens_table(
    path: str | list[list[str | int]],
    kernel: str = "",
    *,
    start: int = 0,
    limit: int = 20,
    columns: list[int] | None = None,
    summary: bool = False,
) -> str:
    """Show rows of a DataFrame, an array or a list of dicts, or figures of its columns."""
    return await _call(
        "table",
        path=path,
        kernel=kernel,
        start=start,
        limit=limit,
        columns=columns,
        summary=summary,
    )


async def livens_history(name: str, kernel: str = "", limit: int = 50) -> str:
    """Tell what a variable was: the newest points of its value or size."""
    return await _call("history", name=name, kernel=kernel, limit=limit)


async def livens_running(kernel: str = "") -> str:
    """Tell what a kernel runs now: cell, line, since when, and functions with their locals."""
    return await _call("running", kernel=kernel)


async def livens_wait_for(condition: str, kernel: str = "", timeout_s: float = 30.0) -> str:
    """Wait until a condition such as "loss < 0.1" is true, or until the cell has ended.

    The outcome is fired, cell_ended, kernel_gone, still_running or idle. That the time is over is
    no error.
    """
    return await _call("wait_for", condition=condition, kernel=kernel, timeout_s=timeout_s)


TOOLS = [
    f"{__name__}:{function.__name__}"
    for function in (
        livens_kernels,
        livens_list_variables,
        livens_inspect,
        livens_table,
        livens_history,
        livens_running,
        livens_wait_for,
    )
]
"""What the entry point leads to."""
