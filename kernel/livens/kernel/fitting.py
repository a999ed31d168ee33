"""Whether a cell can hold a value as it is: nothing is cut, or rounded to a whole number.

numpy stores 1 where 1.5 is assigned to a whole number, and cuts a text. Who types a value into a
cell is told so instead. That a float has fewer digits in the cell than in Python is no reason.
"""

from __future__ import annotations

import datetime
import decimal
import math
from collections.abc import Callable
from typing import Any

from livens.exceptions import NotAllowed
from livens.values import passive
from livens.values.tables.axes import items
from livens.values.tables.cell_values import cut
from livens.values.tables.dtypes import makes_foreign_items
from livens.values.tables.pandas import dtype_text, is_own_array
from livens.values.tables.sources import loaded_class

_PLAIN_TYPES = (
    bool, int, float, complex, str, bytes, type(None), decimal.Decimal,
    datetime.datetime, datetime.date, datetime.time, datetime.timedelta,
)  # fmt: skip
_PLAIN = frozenset(map(id, _PLAIN_TYPES))
_OF_PANDAS = ("Timestamp", "Timedelta", "Period", "Interval")
_MISSING_OF_PANDAS = ("NaT", "NA")
_NUMBERS = (int, float)


def is_plain(value: object) -> bool:
    """Return whether a value is a number, a text, a time or missing: Python's, numpy's or pandas'.

    Examples
    --------
    >>> is_plain(1.5), is_plain([1])
    (True, False)
    """
    cls = type(value)
    if id(cls) in _PLAIN:
        return True
    generic = loaded_class("numpy", "generic")
    if generic is not None and passive.is_real_instance(value, generic):
        name = passive.class_name(cls)
        return name != "void" and loaded_class("numpy", name) is cls
    pandas = passive.module_contents("pandas")
    return any(loaded_class("pandas", name) is cls for name in _OF_PANDAS) or any(
        pandas.get(name) is value for name in _MISSING_OF_PANDAS
    )


def is_same(one: Any, other: Any) -> bool:
    """Return whether two values are the same object, or equal plain values of one type.

    Examples
    --------
    >>> is_same(1.5, 1.5), is_same(1, 1.0), is_same([], []), is_same(math.nan, float("nan"))
    (True, False, False, True)
    """
    if one is other:
        return True
    if type(one) is not type(other) or not is_plain(one):
        return False
    return bool(one == other) or (_is_no_number(one) and _is_no_number(other))


def _is_no_number(value: Any) -> bool:
    """Return whether a value is NaN or NaT, which equal nothing."""
    return bool(value != value)  # noqa: PLR0124 - that is how they are known, whatever their type


def need_fit(dtype: Any, value: Any) -> None:
    """Refuse a value that an element of an array of numpy's would not hold as it is.

    Raises
    ------
    NotAllowed
        Says what it would become, or why it does not fit at all.
    """
    if dtype.kind == "O":
        return
    _need_plain(str(dtype), value)
    numpy = passive.module_contents("numpy")
    probe = numpy["empty"](1, dtype)
    with numpy["errstate"](all="ignore"):  # what it would warn of is refused below
        _try(str(dtype), value, probe.__setitem__)
    held = probe[0]
    if not _holds(dtype.kind, held, value):
        raise NotAllowed(
            f"{_shown(value)} would become {_shown(_python(held))} in an array of {dtype}",
            expected=f"a value that {dtype} can hold",
        )


def _holds(kind: str, held: Any, value: Any) -> bool:
    if value is None:  # numpy made what it calls missing of it, or raised
        return kind in "fcmM"
    if kind == "b":
        return type(value) is bool or type(value) is type(held)
    if kind in "fc":
        if type(value) is int:
            return bool(_is_finite(held)) and int(held.real) == value
        is_number = type(value) not in (str, bytes, bool)
        return is_number and (_is_finite(held) or not _is_finite(value))
    if kind in "mM":
        return str(held) == "NaT" or bool(held == type(held)(value))
    return type(value) is not bool and bool(held == value)


def _is_finite(number: Any) -> bool:
    return bool(passive.module_contents("numpy")["isfinite"](number))


def need_pandas_fit(array: Any, row: int, value: Any) -> None:
    """Refuse a value for which pandas would change the type of the column, or that it converts.

    Raises
    ------
    NotAllowed
        As `need_fit`.
    """
    if not is_own_array(array) or makes_foreign_items(array):
        raise NotAllowed(
            f"The column is of '{dtype_text(array)[:100]}', whose methods are another library's",
            expected="a column of one of pandas' own types",
            remedy="Set it in a cell.",
        )
    if passive.class_name(type(array)) in ("NumpyExtensionArray", "PandasArray"):
        need_fit(array.to_numpy().dtype, value)
        return
    dtype = dtype_text(array)
    _need_plain(dtype, value)
    probe = array[row : row + 1].copy()
    _try(dtype, value, probe.__setitem__)
    _need_same(dtype, items(probe, 0, 1)[0], value)


def need_polars_fit(series: Any, row: int, value: Any) -> None:
    """Refuse a value that a series of polars would not hold as it is.

    Raises
    ------
    NotAllowed
        As `need_fit`.
    """
    dtype = str(series.dtype)
    _need_plain(dtype, value)
    probe = series.slice(row, 1).clone()
    _try(dtype, value, probe.__setitem__)
    if probe.dtype != series.dtype:
        raise NotAllowed(f"{_shown(value)} does not fit into a column of {dtype}")
    _need_same(dtype, probe[0], value)


def _need_same(dtype: str, held: Any, value: Any) -> None:
    """Refuse what is missing now, is another number, or is a number and was none."""
    if _is_missing(value) and _is_missing(held):
        return
    are_numbers = type(held) in _NUMBERS and type(value) in _NUMBERS
    if are_numbers and (held == value or _is_rounded(held, value)):
        return
    is_other = type(held) in _NUMBERS or type(value) in _NUMBERS
    if _is_missing(held) or (is_other and passive.class_module(type(value)) == ""):
        raise NotAllowed(
            f"{_shown(value)} would become {_shown(held)} in a column of {dtype}",
            expected=f"a value that {dtype} can hold",
        )


def _is_rounded(held: Any, value: Any) -> bool:
    return type(held) is float and type(value) is float and math.isclose(held, value, rel_tol=1e-6)


def _is_missing(value: Any) -> bool:
    pandas = passive.module_contents("pandas")
    return (
        value is None
        or (type(value) is float and math.isnan(value))
        or any(pandas.get(name) is value for name in _MISSING_OF_PANDAS)
    )


def _need_plain(dtype: str, value: Any) -> None:
    if not is_plain(value):
        raise NotAllowed(
            f"A value of class '{passive.class_name(type(value))[:100]}' is no {dtype}",
            expected="a number, a text or a time",
        )


def _try(dtype: str, value: Any, store: Callable[[int, Any], None]) -> None:
    try:
        store(0, value)
    except Exception as err:  # noqa: BLE001 - a border: each library raises what it likes
        raise NotAllowed(
            f"{_shown(value)} does not fit into {dtype}: {type(err).__name__}: "
            f"{cut(passive.sendable_text(str(err)))}",
            expected=f"a value that {dtype} can hold",
        ) from None


def _python(held: Any) -> Any:
    return held.item() if hasattr(held, "item") else held


def _shown(value: Any) -> str:
    return cut(passive.sendable_text(repr(value)))
