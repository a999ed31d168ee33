"""dtypes: what pandas and numpy call them, written here.

To ask pandas for the text of a dtype would run what the user put into it: a time zone, what a
sparse array is filled with, an extension type, a frequency; and some arrays keep the answer in a
cache. So each dtype of theirs is written by its fields, and what in there is of another class is
written by the name of that class. `foreign_parts` has their identities.
"""

from __future__ import annotations

from typing import Any

from livens.values.passive import class_name, instance_dict, is_exactly, qualified_name
from livens.values.tables.arrowtypes import arrow_type_text, is_plain_type

_ZONES = ("datetime.", "zoneinfo.", "pytz.", "dateutil.", "pandas.")
"""Where a time zone may be from for its code to be run."""

_SELF_TOLD = frozenset(
    ("StringDtype", "NumpyEADtype", "PandasDtype", "BooleanDtype", "Float32Dtype", "Float64Dtype",
     *(f"{sign}Int{bits}Dtype" for sign in ("", "U") for bits in (8, 16, 32, 64)))
)  # fmt: skip
"""dtypes of pandas that hold nothing of the user's."""

_SPARSE_SIGNS = 100


def masked_dtype(name: str) -> str:
    """Return what pandas calls the dtype with missing values that has numpy's *name* inside.

    Examples
    --------
    >>> masked_dtype("uint8"), masked_dtype("float64"), masked_dtype("bool")
    ('UInt8', 'Float64', 'boolean')
    """
    if name == "bool":
        return "boolean"
    return f"UI{name[2:]}" if name.startswith("ui") else name.capitalize()


def is_own(thing: object) -> bool:
    """Return whether an array or a dtype is of pandas or numpy, and of nobody else.

    Examples
    --------
    >>> is_own(5)
    False
    """
    return qualified_name(type(thing)).startswith(("pandas.", "numpy."))


def is_known_zone(zone: object) -> bool:
    """Return whether a time zone is of a known library, so that its code may run.

    Examples
    --------
    >>> import datetime
    >>> is_known_zone(datetime.timezone.utc), is_known_zone(None), is_known_zone("UTC")
    (True, True, False)
    """
    return zone is None or qualified_name(type(zone)).startswith(_ZONES)


def array_dtype(values: Any) -> str:
    """Return the text of the dtype of an array; of one of another class, the name of the class.

    Examples
    --------
    >>> array_dtype(b"")
    'bytes'
    """
    if not is_own(values):
        return class_name(type(values))
    own = instance_dict(values) or {}
    if "_mask" in own:  # it would keep its dtype in a cache, to be asked for it
        return masked_dtype(own["_data"].dtype.name)
    return dtype_text(dtype_of(values))


def dtype_of(values: Any) -> Any:
    """Return the dtype of an array of pandas' or numpy's own."""
    return values._dtype if hasattr(values, "_dtype") else values.dtype


def dtype_text(dtype: Any) -> str:
    """Return the text of a dtype, without asking anything that the user may have put into it."""
    name, cls = qualified_name(type(dtype)), class_name(type(dtype))
    if name.startswith("numpy."):
        return numpy_dtype(dtype)
    if not name.startswith("pandas."):
        return cls
    own = instance_dict(dtype) or {}
    if cls == "DatetimeTZDtype":
        return f"datetime64[{own['_unit']}, {_zone(own['_tz'])}]"
    if cls == "CategoricalDtype":
        return "category"
    if cls == "IntervalDtype":
        closed = own.get("_closed")
        ends = f", {closed}" if type(closed) is str else ""
        return f"interval[{dtype_text(own['_subtype'])}{ends}]"
    if cls == "SparseDtype":
        return f"Sparse[{dtype_text(own['_dtype'])}, {_fill_value(own['_fill_value'])}]"
    if cls == "ArrowDtype":
        return f"{arrow_type_text(own['pyarrow_dtype'])}[pyarrow]"
    if cls == "PeriodDtype":
        freq = own.get("_freq")
        return str(dtype) if is_own(freq) else f"period[{class_name(type(freq))}]"
    return str(dtype) if cls in _SELF_TOLD else cls


def _zone(zone: object) -> str:
    return str(zone) if is_known_zone(zone) else class_name(type(zone))


def _fill_value(value: Any) -> str:
    if is_exactly(value, int, float, bool, complex, type(None)):
        is_long = type(value) is int and value.bit_length() > _SPARSE_SIGNS
        return "int" if is_long else repr(value)
    if is_exactly(value, str, bytes) and len(value) <= _SPARSE_SIGNS:
        return repr(value)
    name = qualified_name(type(value))
    is_number = name.startswith("numpy.") and getattr(value, "dtype", None) is not None
    if is_number and not value.shape and value.dtype.kind in "biufcmM":
        return repr(value)
    return class_name(type(value))


def foreign_parts(values: Any) -> tuple[int, ...]:
    """Return the identities of what is not pandas' own in the dtype of an array of pandas."""
    own = instance_dict(values) or {}
    return () if "_mask" in own or not is_own(values) else _foreign(dtype_of(values))


def _foreign(dtype: Any) -> tuple[int, ...]:
    cls = class_name(type(dtype))
    own = (instance_dict(dtype) or {}) if is_own(dtype) else {}
    if cls == "DatetimeTZDtype":
        return () if is_known_zone(own["_tz"]) else (id(own["_tz"]),)
    if cls == "IntervalDtype":
        return _foreign(own["_subtype"])
    if cls == "SparseDtype":
        fill = own["_fill_value"]
        is_told = is_exactly(fill, int, float, bool, complex, type(None)) or is_own(fill)
        return () if is_told else (id(fill),)
    if cls == "ArrowDtype":
        told = own["pyarrow_dtype"]
        return () if is_plain_type(told) else (id(told),)
    return ()


def makes_foreign_items(values: Any) -> bool:
    """Return whether the items of an array of pandas are made by code of the user's.

    Times in a zone of the user's are: pandas asks it for each of them. So are the items of
    an extension type of pyarrow, and of a sparse array those that are not stored.
    """
    if not is_own(values):
        return True
    if class_name(type(values)) == "Categorical":
        categories = (instance_dict(values._dtype) or {}).get("_categories")
        data = (instance_dict(categories) or {}).get("_data")
        return data is not None and makes_foreign_items(data)
    if class_name(type(values)) == "IntervalArray":
        own = instance_dict(values) or {}
        return any(
            makes_foreign_items((instance_dict(own.get(side)) or {}).get("_data", own.get(side)))
            for side in ("_left", "_right")
        )
    return _items_are_foreign(values)


def _items_are_foreign(values: Any) -> bool:
    own = instance_dict(values) or {}
    if "_mask" in own:
        return False
    dtype = dtype_of(values)
    if class_name(type(dtype)) == "SparseDtype":
        return False
    if class_name(type(dtype)) == "PeriodDtype":
        return not is_own((instance_dict(dtype) or {}).get("_freq"))
    return bool(_foreign(dtype))


def numpy_dtype(dtype: Any) -> str:
    """Return the text of a dtype of numpy; one whose names are of the user's classes in a word."""
    if dtype.kind == "T":
        return "StringDType"  # its own text has what stands for a missing one
    return str(dtype) if has_plain_names(dtype) else "records"


def has_plain_names(dtype: Any) -> bool:
    """Return whether the fields of a dtype of numpy are named by exact texts, titles and all."""
    while dtype.subdtype is not None:
        dtype = dtype.subdtype[0]
    if dtype.names is None:
        return True
    for name, field in dtype.fields.items():
        if type(name) is not str or not has_plain_names(field[0]):
            return False
        if len(field) > 2 and not is_exactly(field[2], str, type(None)):
            return False
    return True
