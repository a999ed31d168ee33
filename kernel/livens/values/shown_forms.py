"""As what a value can be shown, told by its class and its form, without running code of its own."""

from __future__ import annotations

from typing import Any, Literal

from livens.protocol.types import Kind
from livens.values.passive import base_named, class_attribute
from livens.values.pictures import may_be_picture
from livens.values.tables.opening import is_shown_table

Form = Literal["table", "image", "html"]

_IMAGES = ("PIL.Image.Image", "matplotlib.figure.Figure", "IPython.core.display.Image")


def forms_of(value: Any, kind: Kind) -> list[Form]:
    """Return as what a value can be shown, the best first.

    Examples
    --------
    >>> forms_of([{"a": 1}], "sequence"), forms_of({"a": 1}, "mapping")
    (['table'], [])
    """
    cls = type(value)
    if kind == "object" and base_named(cls, *_IMAGES) is not None:
        return ["image"]
    found: list[Form] = []
    if kind == "array" and may_be_picture(value):
        found.append("image")
    if kind not in ("object", "lazy") and is_shown_table(value):
        found.append("table")
    if class_attribute(cls, "_repr_html_") is not None:
        found.append("html")
    return found
