"""xarray: the variables of arrays and datasets, as far as they are numpy arrays in memory.

All that is read are slots of the instances. What is not in memory (a file's array that is loaded
when it is indexed, a dask graph) is compared by identity: loading it is not ours to do.
"""

from __future__ import annotations

from typing import Any

from livens.values.content import Content, Reader
from livens.values.marks import Part, short
from livens.values.passive import qualified_name, slot_values


def _named(labels: list[Any], parts: list[Any], facts: tuple[tuple[str, Any], ...] = ()) -> Content:
    return Content(
        "columns",
        (),
        len(labels),
        lambda start, stop: (labels[start:stop], parts[start:stop]),
        facts=facts,
    )


_VALUES, _DATA, _ARRAY = Part("values"), Part("data"), Part("array")
_ATTRS, _ENCODING = Part("attrs"), Part("encoding")


def _array(value: Any) -> Content:
    own = slot_values(value)
    coordinates = own.get("_coords") or {}
    return _named(
        [_VALUES, *coordinates],
        [own.get("_variable"), *coordinates.values()],
        (("name", short(own.get("_name"))), *_dims(own.get("_variable"))),
    )


# `attrs` and `encoding` that are asked for become empty dicts where there was None: no change.


def _dataset(value: Any) -> Content:
    own = slot_values(value)
    variables = own.get("_variables") or {}
    coordinates = own.get("_coord_names")
    names = [short(name) for name in coordinates] if type(coordinates) is set else []
    return _named(
        [*variables, _ATTRS, _ENCODING],
        [*variables.values(), own.get("_attrs") or {}, own.get("_encoding") or {}],
        (("coordinates", tuple(sorted(names, key=repr))),),
    )


def _dims(variable: Any) -> tuple[tuple[str, Any], ...]:
    dims = slot_values(variable).get("_dims")
    return (("dims", ", ".join(map(_text, dims))),) if type(dims) is tuple else ()


def _text(name: object) -> str:
    return name if type(name) is str else repr(short(name))


def _variable(value: Any) -> Content:
    own = slot_values(value)
    parts = [own.get("_data"), own.get("_attrs") or {}, own.get("_encoding") or {}]
    return _named([_DATA, _ATTRS, _ENCODING], parts, _dims(value))


def _wrapped(value: Any) -> Content:
    """Read what holds an index of pandas in the place of an array."""
    own = slot_values(value)
    dtype = own.get("_dtype")
    is_numpy = qualified_name(type(dtype)).startswith("numpy.dtypes.")
    return _named([_ARRAY], [own.get("array")], (("dtype", str(dtype)),) if is_numpy else ())


READERS: dict[str, Reader] = {
    "xarray.core.indexing.PandasIndexingAdapter": _wrapped,
    "xarray.core.indexing.PandasMultiIndexingAdapter": _wrapped,
}

BASES: dict[str, Reader] = {
    "xarray.core.dataarray.DataArray": _array,
    "xarray.core.dataset.Dataset": _dataset,
    "xarray.core.variable.Variable": _variable,
}
