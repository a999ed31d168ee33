"""xarray: datasets and arrays by their dimensions, variables and dtypes.

Only what the objects keep is looked at (``_variables``, ``_dims``, ``_data``), by
`livens.values.passive`; no property is asked, since ``values`` reads files and ``dtype`` of a
wrapper may. Items are shown where the data are an exact numpy array that is there already.
"""

from __future__ import annotations

from typing import Any

from livens.values.passive import attributes, class_name, exact_text, qualified_name
from livens.values.summaries import Adapter, Limits, Preview, Summary

_VARIABLES = 8
_WRAPPERS = 10
"""Wrappers of lazily read data that are looked through."""


def _dataset(value: Any, limits: Limits, preview: Preview) -> Summary:
    found = attributes(value)
    variables, coordinates = _exact_dict(found, "_variables"), found.get("_coord_names") or ()
    sizes = _exact_dict(found, "_dims")
    # In pairs: looking a variable up would hash its name, which may be anything.
    named = [(name, own) for name, own in variables.items() if not _is_among(name, coordinates)]
    told = [f"{_label(name, preview)} {_variable_text(own)}" for name, own in named[:_VARIABLES]]
    more = len(named) > _VARIABLES
    dims = ", ".join(f"{_label(name, preview)}: {preview(size)}" for name, size in sizes.items())
    return Summary(
        "table",
        f"Dataset ({dims}) {', '.join(told)}{', …' if more else ''}".rstrip(),
        length=len(named),
        truncated=more,
    )


def _exact_dict(found: dict[str, Any], name: str) -> dict[Any, Any]:
    known = found.get(name)
    return dict(known) if type(known) is dict else {}


def _is_among(name: object, names: Any) -> bool:
    return type(names) is set and type(name) is str and name in names


def _label(name: object, preview: Preview) -> str:
    return exact_text(name)[:100] if type(name) is str else preview(name)


def _variable_text(variable: object) -> str:
    found = attributes(variable)
    dims = found.get("_dims")
    named = ", ".join(dim for dim in dims if type(dim) is str) if type(dims) is tuple else "?"
    data = found.get("_data")
    _, dtype, where = _header(data)
    return f"({named}) {' '.join(filter(None, (dtype, where)))}".rstrip()


def _header(data: Any) -> tuple[list[int] | None, str | None, str]:
    """Return shape, dtype, and where the data are if they are not in memory."""
    is_indexed = False
    for _ in range(_WRAPPERS):
        name = qualified_name(type(data))
        if name == "numpy.ndarray":
            shape = None if is_indexed else list(data.shape)
            return shape, str(data.dtype)[:200], ""
        if name.startswith("pandas."):
            return [len(data)], None, ""  # an index, the data of a coordinate
        found = attributes(data)
        if name == "dask.array.core.Array":
            return (
                _chunked(found.get("_Array__chunks", found.get("_chunks"))),
                _meta_dtype(found.get("_meta")),
                "dask",
            )
        inner = found.get("array")
        if inner is None:
            shape, dtype = found.get("shape"), found.get("dtype", found.get("_dtype"))
            is_known = type(shape) is tuple and all(type(size) is int for size in shape)
            is_numpy = qualified_name(type(dtype)).startswith("numpy.dtypes.")
            return (
                list(shape) if is_known else None,  # type: ignore[arg-type]
                str(dtype)[:200] if is_numpy else None,
                "not loaded",
            )
        is_indexed |= "key" in found
        data = inner
    return None, None, "not loaded"


def _chunked(chunks: object) -> list[int] | None:
    if type(chunks) is not tuple or not all(type(sizes) is tuple for sizes in chunks):
        return None
    if sum(map(len, chunks)) > 100_000:
        return None
    if not all(type(size) is int for sizes in chunks for size in sizes):
        return None  # a size that dask does not know yet is a float that is no number
    return [sum(sizes) for sizes in chunks]


def _meta_dtype(meta: Any) -> str | None:
    return str(meta.dtype)[:200] if qualified_name(type(meta)) == "numpy.ndarray" else None


def _array(value: Any, limits: Limits, preview: Preview) -> Summary:
    found = attributes(value)
    return _summary(found.get("_variable"), found.get("_name"), preview)


def _variable(value: Any, limits: Limits, preview: Preview) -> Summary:
    return _summary(value, None, preview)


def _summary(variable: object, name: object, preview: Preview) -> Summary:
    data: Any = attributes(variable).get("_data")
    index = attributes(data).get("array")
    shape, dtype, where = _header(data)
    label = "" if name is None else f"{_label(name, preview)} "
    text = f"{label}{_variable_text(variable)}"
    if qualified_name(type(data)) == "numpy.ndarray":
        text += f": {preview(data)}"
    elif qualified_name(type(index)).startswith("pandas."):
        text += f": {preview(index)}"
    return Summary(
        "lazy" if where else "array",
        text,
        length=shape[0] if shape else None,
        shape=shape,
        dtype=dtype,
        nbytes=data.nbytes if qualified_name(type(data)) == "numpy.ndarray" else None,
        truncated=True,
    )


def _grouping(value: Any, limits: Limits, preview: Preview) -> Summary:
    behind = attributes(value).get("_obj")
    return Summary("lazy", f"{class_name(type(value))} of {preview(behind)}")


ADAPTERS: dict[str, Adapter] = {}

BASES: dict[str, Adapter] = {
    "xarray.core.dataset.Dataset": _dataset,
    "xarray.core.dataarray.DataArray": _array,
    "xarray.core.variable.Variable": _variable,
    "xarray.core.groupby.GroupBy": _grouping,
}
