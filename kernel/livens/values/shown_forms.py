"""As what a value can be shown, told by its class and its form, without running code of its own.

It is told of every variable, so what depends on the class alone is found out once for each class.
"""

from __future__ import annotations

import weakref
from typing import Any, Literal

from livens.protocol.types import Kind
from livens.values.passive import base_named, class_attribute, class_module

Form = Literal["table", "image", "html"]

_IMAGES = ("PIL.Image.Image", "matplotlib.figure.Figure", "IPython.core.display.Image")
_MAX_CLASSES = 10_000

_of_classes: dict[int, tuple[weakref.ref[type], tuple[Form, ...]]] = {}
"""The forms of classes that were asked for, which are not kept alive by it."""


def forms_of(value: Any, kind: Kind) -> list[Form]:
    """Return as what a value can be shown, the best first.

    Examples
    --------
    >>> forms_of([{"a": 1}], "sequence"), forms_of({"a": 1}, "mapping")
    (['table'], [])
    """
    cls = type(value)
    if cls is list or cls is tuple:
        return ["table"] if len(value) else []
    if kind in ("array", "table") or (kind == "sequence" and class_module(cls)):
        return [*_of_data(value, kind), *_of_class(cls)]
    return list(_of_class(cls))


def _of_data(value: Any, kind: Kind) -> list[Form]:
    # Not before there is such a value: these know the tables.
    from livens.values.pictures import may_be_picture
    from livens.values.tables.opening import is_shown_table

    found: list[Form] = ["image"] if kind == "array" and may_be_picture(value) else []
    return [*found, "table"] if is_shown_table(value) else found


def _of_class(cls: type) -> tuple[Form, ...]:
    known = _of_classes.get(id(cls))
    if known is not None and known[0]() is cls:
        return known[1]
    found: tuple[Form, ...] = ()
    if base_named(cls, *_IMAGES) is not None:
        found = ("image",)
    elif class_attribute(cls, "_repr_html_") is not None:
        found = ("html",)
    if len(_of_classes) >= _MAX_CLASSES:
        _of_classes.clear()
    _of_classes[id(cls)] = (weakref.ref(cls), found)
    return found
