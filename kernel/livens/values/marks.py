"""Marks: what stands for a value that must not be held, so that two looks can be compared.

The `id` of an object tells whether it was exchanged, as long as something else keeps it alive
between the two looks. It tells nothing of an object that is made anew for each look, as pandas
makes the labels of a `MultiIndex`, and it lies where an address is used again. So what has no
state but its value is marked by that value: numbers, texts, dates, tuples of them, numpy's and
pandas' scalars. What remains is marked by its `id`, or by its class alone if it was made for us.

Marks are numbers, texts, bytes and tuples of them. None of this runs the user's code.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from types import GenericAlias, NotImplementedType
from typing import Any, NamedTuple

from livens.values import passive

SHORT = 200
"""Up to so many characters a text is its own mark."""

_LONG_TEXT = 100_000
_MAX_INT_BITS = 256
_MAX_PARTS = 16
_MAX_LEVELS = 4

SCALARS = frozenset(map(id, (int, float, bool, complex, type(None))))  # see `summaries`
"""The classes, by id, of values that are their own marks."""

_STR, _BYTES = id(str), id(bytes)


class Part(NamedTuple):
    """The label of a part that has no name of the user's, such as a frame's index."""

    name: str


ValueMark = Callable[[Any], Any]
"""From a value of one class to the text or number that says all about it."""


def is_harmless(value: object) -> bool:
    """Return whether to remember the value itself: small, immutable, of an exact builtin type."""
    kind = id(type(value))
    if kind in SCALARS:
        return type(value) is not int or value.bit_length() <= _MAX_INT_BITS
    return (kind in (_STR, _BYTES)) and len(value) <= SHORT  # type: ignore[arg-type]


def short(value: object, *, is_made: bool = False, level: int = 0) -> Any:
    """Return what stands for a value.

    Parameters
    ----------
    value : object
        Anything.
    is_made : bool
        Whether it was made for this look, so that its identity says nothing.
    level : int
        How many tuples it is in.

    Examples
    --------
    >>> short(1.5), short("a"), short(("a", datetime.date(2020, 1, 1)))
    (('float', 1.5), 'a', ('tuple', ('a', ('date', '2020-01-01'))))
    >>> short(object(), is_made=True) == short(object(), is_made=True)
    True
    """
    kind = type(value)
    if kind is int:
        size = value.bit_length()  # type: ignore[attr-defined]
        return value if size <= _MAX_INT_BITS else ("int", hash(value), size)
    if kind is str:
        return value if len(value) <= SHORT else _long(value, is_made)  # type: ignore[arg-type]
    number = id(kind)
    if number in SCALARS:
        # 1, 1.0 and True are equal, and not the same to the one who looks. So are 0.0 and -0.0,
        # and NaN equals nothing, not even what a reader makes of the same NaN the next time.
        is_written = kind is complex or (kind is float and not (value and value == value))  # noqa: PLR0124 - for NaN
        return (kind.__name__, repr(value) if is_written else value)
    if kind is bytes:
        is_short = len(value) <= SHORT  # type: ignore[arg-type]
        return ("bytes", value) if is_short else _long(value, is_made)
    if kind is tuple and level < _MAX_LEVELS and len(value) <= _MAX_PARTS:  # type: ignore[arg-type]
        parts = (short(part, is_made=is_made, level=level + 1) for part in value)  # type: ignore[attr-defined]
        return ("tuple", tuple(parts))
    if kind is Part:
        return ("part", value.name)  # type: ignore[attr-defined]
    found = value_mark(value)
    if found is not None:
        return found
    return ("type", number) if is_made else ("id", id(value))


def _long(value: Any, is_made: bool) -> Any:
    length = len(value)
    if length <= _LONG_TEXT:  # the hash is kept in the object, so that this is long only once
        return ("long", length, hash(value))
    ends = ("long", length, value[:64], value[-64:])
    return ends if is_made else (*ends, id(value))


def value_mark(value: object) -> tuple[str, Any] | None:
    """Return the mark of a value that is nothing but its value; None if it may be more."""
    cls = type(value)
    mark = _BY_CLASS.get(id(cls))
    if mark is None:
        mark = _BY_NAME.get(passive.qualified_name(cls))
        if mark is None:
            return None
    try:
        found = mark(value)
    except Exception:  # noqa: BLE001 - a border: a library's code for its own scalar
        return None
    return (passive.class_name(cls), found)


def has_value(cls: type) -> bool:
    """Return whether objects of a class say by a hash of their own that they do not change.

    Examples
    --------
    >>> has_value(datetime.date), has_value(list), has_value(type("Own", (), {}))
    (True, False, False)
    """
    if id(cls) in _CONSTANT or passive.qualified_name(cls) in _CONSTANT_NAMES:
        return True
    own_hash = passive.class_attribute(cls, "__hash__")
    return own_hash is not None and own_hash is not _IDENTITY_HASH


_IDENTITY_HASH = object.__dict__["__hash__"]


def _zoned(value: Any) -> Any:
    """Write a date and time; of the zone its identity, for asking it may run the user's code."""
    zone = value.tzinfo
    naive = str(value.replace(tzinfo=None)) if zone is not None else str(value)
    return naive if zone is None else (naive, value.fold, id(zone))


def _by_text(value: Any) -> str:
    return str(value)


def _item(value: Any) -> Any:
    """Take the exact number out of numpy's scalar."""
    return short(value.item(), is_made=True)


def _interval(value: Any) -> Any:
    return (str(value.closed), short(value.left, is_made=True), short(value.right, is_made=True))


def _timestamp(value: Any) -> Any:
    zone = value.tzinfo
    return str(value) if zone is None else (value._value, value.unit, value.fold, id(zone))


def _timedelta(value: Any) -> Any:
    return (value._value, value.unit)  # writing it fills caches in it


def _period(value: Any) -> Any:
    return (value.ordinal, value.freqstr)


def _decimal(value: Any) -> Any:
    if value.__sizeof__() <= SHORT:
        return str(value)
    return (value.adjusted(), hash(value))


_BY_CLASS: dict[int, ValueMark] = {
    id(datetime.datetime): _zoned,
    id(datetime.time): _zoned,
    id(datetime.date): _by_text,
    id(datetime.timedelta): _by_text,
    id(range): lambda value: (short(value.start), short(value.stop), short(value.step)),
}
_BY_NAME: dict[str, ValueMark] = {
    "decimal.Decimal": _decimal,
    "fractions.Fraction": lambda value: (short(value._numerator), short(value._denominator)),
    "uuid.UUID": lambda value: short(value.int),
    **{
        f"numpy.{name}": _item
        for name in (
            "bool", "bool_", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32",
            "uint64", "longlong", "ulonglong", "intc", "uintc", "float16", "float32", "float64",
            "complex64", "complex128", "str_", "bytes_",
        )
    },
    **dict.fromkeys(  # dates are written as precisely as they are kept
        ("numpy.datetime64", "numpy.timedelta64", "numpy.longdouble", "numpy.clongdouble"),
        _by_text,
    ),
    # pandas 3 names its classes by the public module, pandas 2 by the private one.
    **dict.fromkeys(("pandas.Timestamp", "pandas._libs.tslibs.timestamps.Timestamp"), _timestamp),
    **dict.fromkeys(("pandas.Timedelta", "pandas._libs.tslibs.timedeltas.Timedelta"), _timedelta),
    **dict.fromkeys(("pandas.Period", "pandas._libs.tslibs.period.Period"), _period),
    **dict.fromkeys(("pandas.Interval", "pandas._libs.interval.Interval"), _interval),
    **dict.fromkeys(
        ("pandas.api.typing.NaTType", "pandas._libs.tslibs.nattype.NaTType",
         "pandas.api.typing.NAType", "pandas._libs.missing.NAType"),
        _by_text,
    ),
}  # fmt: skip
"""Scalars of exact classes, whose text is made in C or by their own library from their own data."""

_CONSTANT = frozenset(
    map(
        id,
        (object, slice, type(Ellipsis), NotImplementedType, property, classmethod, staticmethod,
         GenericAlias, super),
    )
)  # fmt: skip
_CONSTANT_NAMES = frozenset(
    {
        "classmethod_descriptor",
        "getset_descriptor",
        "member_descriptor",
        "method_descriptor",
        "wrapper_descriptor",
        "_struct.Struct",
        "functools._lru_cache_wrapper",
        "numpy.ufunc",
        "polars.expr.expr.Expr",
        "re.Match",
        "torch.dtype",
        "torch.layout",
        "torch.memory_format",
        "typing.ParamSpec",
        "typing.TypeVar",
    }
)
"""Classes whose objects never change, although their hash is not of their value."""
