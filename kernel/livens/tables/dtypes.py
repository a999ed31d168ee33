"""dtypes: what pandas calls them, where asking it would fill a cache of the user's array."""

from __future__ import annotations


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
