"""Adapters: one module per library, telling how values of its classes are summarised.

None of them imports its library: the value brings its own methods, and the class is known by its
qualified name. What an adapter calls must not compute, copy more than a few items, or change
anything; the module's docstring says why the calls it makes are of that sort.

To add one: write a module with an ``ADAPTERS`` table here and name it in `register_all`. With a
``GAUGES`` table the history of its values is exact (`livens.points`).
"""

from __future__ import annotations

from livens.adapters import numpy, pandas, stdlib
from livens.points import Gauge, register_gauge
from livens.summaries import register_adapter


def register_all() -> None:
    """Register the adapters that come with livens; doing it twice does no harm."""
    for module in (numpy, pandas, stdlib):
        for qualified_name, adapter in module.ADAPTERS.items():
            register_adapter(qualified_name, adapter)
        gauges: dict[str, Gauge] = getattr(module, "GAUGES", {})
        for qualified_name, gauge in gauges.items():
            register_gauge(qualified_name, gauge)
