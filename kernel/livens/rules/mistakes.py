"""What to write instead, where a condition calls what it cannot."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from livens.rules.inside import FIGURES

_INSTEAD = {
    "nunique": "unique",
    "n_unique": "unique",
    "amin": "min",
    "amax": "max",
    "nanmin": "min",
    "nanmax": "max",
    "nanmean": "mean",
    "null_count": "nulls",
    "isnull": "nulls",
    "isna": "nulls",
    "is_null": "nulls",
    "hasnans": "nulls",
    **{figure: figure for figure in FIGURES},
}
"""The figure that is meant by a method, or a function of a module."""


def wrong_call(node: ast.Call, functions: Sequence[str], source: Callable[[ast.expr], str]) -> str:
    """Return what is wrong with a call, and what to write instead.

    Parameters
    ----------
    node : Call
        Calls no function of conditions.
    functions : sequence of str
        Those that there are.
    source : callable
        Returns the text of a node.
    """
    there = f"the functions are {', '.join(functions)}"
    if isinstance(node.func, ast.Name):
        from difflib import get_close_matches  # seldom needed

        name = node.func.id
        close = get_close_matches(name, functions, 1) if len(name) <= 100 else []
        hint = f"; did you mean '{close[0]}'?" if close else f"; {there}"
        return f"there is no function '{name[:100]}'{hint}"
    if isinstance(node.func, ast.Attribute):
        figures = f"the figures of data are .{', .'.join(FIGURES)}, and {there}"
        return f"methods are not called; {_instead(node, node.func, functions, source) or figures}"
    return f"only a function is called, by its name; {there}"


def _instead(
    node: ast.Call,
    method: ast.Attribute,
    functions: Sequence[str],
    source: Callable[[ast.expr], str],
) -> str:
    name = method.attr
    if name in ("sum", "any", "all") and isinstance(method.value, ast.Call):
        inner = method.value.func  # df["v"].isnull().sum()
        if isinstance(inner, ast.Attribute) and _INSTEAD.get(inner.attr) == "nulls":
            return f"write '{source(inner.value)[:100]}.nulls'"
    if name in functions and node.args:  # np.isnan(x)
        return f"write '{name}({', '.join(map(source, node.args))[:100]})'"
    value = source(node.args[0] if node.args else method.value)[:100]  # np.mean(x), or x.mean()
    if name == "get" and node.args:
        return f"write '{source(method.value)[:100]}[{value}]'"
    if name in _INSTEAD:
        return f"write '{value}.{_INSTEAD[name]}'"
    if name in ("any", "all"):
        return f"write '{name}({value})'"
    return ""
