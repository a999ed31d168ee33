"""xarray: the variables of arrays and datasets, as far as they are numpy arrays in memory.

All that is read are slots of the instances. What is not in memory (a file's array that is loaded
when it is indexed, a dask graph) is compared by identity: loading it is not ours to do.
"""

from __future__ import annotations

from typing import Any

from livens.fingerprints import Content, Reader, short
from livens.passive import slot_values


def _named(labels: list[str], parts: list[Any], header: tuple[Any, ...] = ()) -> Content:
    return Content(
        "columns",
        header,
        len(labels),
        lambda start, stop: (labels[start:stop], parts[start:stop]),
    )


def _array(value: Any) -> Content:
    own = slot_values(value)
    name = own.get("_name")
    coordinates = own.get("_coords") or {}
    return _named(
        ["values", *coordinates],
        [own.get("_variable"), *coordinates.values()],
        (name if type(name) is str else "",),
    )


# An `attrs` that is asked for becomes an empty dict where there was None: that is no change.


def _dataset(value: Any) -> Content:
    own = slot_values(value)
    variables = own.get("_variables") or {}
    return _named([*variables, "attrs"], [*variables.values(), own.get("_attrs") or {}])


def _variable(value: Any) -> Content:
    own = slot_values(value)
    dims = own.get("_dims")
    header = tuple(map(short, dims)) if type(dims) is tuple else ()
    return _named(["data", "attrs"], [own.get("_data"), own.get("_attrs") or {}], header)


def _wrapped(value: Any) -> Content:
    """Read what holds an index of pandas in the place of an array."""
    own = slot_values(value)
    return _named(["array"], [own.get("array")])


READERS: dict[str, Reader] = {
    "xarray.core.dataarray.DataArray": _array,
    "xarray.core.dataset.Dataset": _dataset,
    "xarray.core.variable.Variable": _variable,
    "xarray.core.variable.IndexVariable": _variable,
    "xarray.core.indexing.PandasIndexingAdapter": _wrapped,
}
