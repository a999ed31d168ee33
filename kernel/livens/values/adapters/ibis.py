"""ibis: expressions by their class and operation; never executed or compiled.

Read from ``__slots__``. In interactive mode the text of an expression runs its query.
"""

from __future__ import annotations

from typing import Any

from livens.values.passive import attributes, class_name
from livens.values.summaries import Adapter, Limits, Preview, Summary


def _expression(value: Any, limits: Limits, preview: Preview) -> Summary:
    operation = attributes(value).get("_arg")
    name = attributes(operation).get("name")
    told = f" {preview(name)}" if type(name) is str else ""
    return Summary(
        "lazy",
        f"ibis {class_name(type(value))} ({class_name(type(operation))}{told}), not executed",
    )


def _backend(value: Any, limits: Limits, preview: Preview) -> Summary:
    name = class_name(type(value))
    return Summary("object", f"ibis {name}")


def _deferred(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("lazy", "ibis Deferred")


ADAPTERS: dict[str, Adapter] = {"ibis.common.deferred.Deferred": _deferred}

BASES: dict[str, Adapter] = {
    "ibis.expr.types.core.Expr": _expression,
    "ibis.backends.BaseBackend": _backend,
}
