"""Adapters: one module per library, telling how values of its classes are summarised.

None of them imports its library: the value brings its own methods, and the class is known by its
qualified name. What an adapter calls must not compute, copy more than a few items, or change
anything; the module's docstring says why the calls it makes are of that sort.

A module has up to four tables: ``CLASSES`` by the class itself (for those built into Python),
``ADAPTERS`` by the qualified name of the exact class, ``BASES`` by the qualified name of a base
class, with adapters that read subclasses passively, and ``GAUGES``, by which the history of its
values is exact (`livens.values.gauges`). Those with gauges are imported at once, since a point
is not taken later; the others when the first value of their package is described. To add one, write
it here and name it in `_PACKAGES`.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module

from livens.values.adapters import code, numpy, pandas, runtime, stdlib, torch
from livens.values.gauges import Gauge, register_gauge
from livens.values.registry import register, register_class, register_source

_PACKAGES: dict[str, str] = {
    "types": "annotations",
    "typing": "annotations",
    "annotationlib": "annotations",
    "collections": "annotations",
    "_ctypes": "ctypes",
    "polars": "polars",
    "pyarrow": "pyarrow",
    "xarray": "xarray",
    "scipy": "scipy",
    "jax": "jax",
    "jaxlib": "jax",
    "PIL": "pillow",
    "matplotlib": "matplotlib",
    "networkx": "networkx",
    "sympy": "sympy",
    "sqlite3": "sqlite",
    "sqlalchemy": "sqlalchemy",
    "duckdb": "duckdb",
    "_duckdb": "duckdb",
    "dask": "dask",
    "dask_expr": "dask",
    "ibis": "ibis",
    "pyspark": "pyspark",
}
"""From top-level packages to the modules here that know their classes."""


def register_all() -> None:
    """Register the adapters that come with livens; doing it twice does no harm."""
    for module in (code, runtime, stdlib, numpy, pandas, torch):
        _register_tables(module)
    for package, name in _PACKAGES.items():
        register_source(package, partial(_load, name))


def _load(name: str) -> None:
    _register_tables(import_module(f"livens.values.adapters.{name}"))


def _register_tables(module: object) -> None:
    for cls, adapter in getattr(module, "CLASSES", {}).items():
        register_class(cls, adapter)
    for qualified_name, adapter in getattr(module, "ADAPTERS", {}).items():
        register(qualified_name, adapter)
    for qualified_name, adapter in getattr(module, "BASES", {}).items():
        register(qualified_name, adapter, subclasses=True)
    gauges: dict[str, Gauge] = getattr(module, "GAUGES", {})
    for qualified_name, gauge in gauges.items():
        register_gauge(qualified_name, gauge)
