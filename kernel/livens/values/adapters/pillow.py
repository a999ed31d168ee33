"""Pillow: images by mode and size, never by a pixel.

Read from the instance's ``__dict__``, since the properties of a file's image may load it. An
image that was opened is a file until its pixels are asked for, which nobody does here.
"""

from __future__ import annotations

from typing import Any

from livens.values.passive import class_attribute, class_name, instance_dict
from livens.values.summaries import Adapter, Limits, Preview, Summary


def _image(value: Any, limits: Limits, preview: Preview) -> Summary:
    found = instance_dict(value) or {}
    mode = found.get("_mode", found.get("mode"))
    size = found.get("_size", found.get("size"))
    form = class_attribute(type(value), "format")
    parts = [mode if type(mode) is str else class_name(type(value))]
    shape = None
    if type(size) is tuple and len(size) == 2 and all(type(side) is int for side in size):
        parts.append(f"{size[0]} × {size[1]}")
        shape = [size[1], size[0]]
    if type(form) is str:
        parts.append(form)
    if found.get("_im", found.get("im")) is None:
        parts.append("not loaded")
    return Summary("object", f"image {', '.join(parts)}", shape=shape)


ADAPTERS: dict[str, Adapter] = {}

BASES: dict[str, Adapter] = {"PIL.Image.Image": _image}
