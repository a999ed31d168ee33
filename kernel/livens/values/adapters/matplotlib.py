"""matplotlib: figures by their axes, axes by title and what was drawn; nothing is rendered.

Read from the instance's ``__dict__``: asking an axes for its limits computes them.
"""

from __future__ import annotations

from typing import Any

from livens.values.passive import class_name, instance_dict
from livens.values.summaries import Adapter, Limits, Preview, Summary


def _figure(value: Any, limits: Limits, preview: Preview) -> Summary:
    found = instance_dict(value) or {}
    axes = found.get("_localaxes")
    count = len(axes) if type(axes) is list else 0
    title = _written(found.get("_suptitle"), preview)
    return Summary("object", f"{class_name(type(value))}, {count} axes{title}", length=count)


def _axes(value: Any, limits: Limits, preview: Preview) -> Summary:
    found = instance_dict(value) or {}
    children = found.get("_children")
    count = len(children) if type(children) is list else 0
    title = _written(found.get("title"), preview)
    return Summary("object", f"{class_name(type(value))}, {count} artists{title}", length=count)


def _written(text: object, preview: Preview) -> str:
    written = (instance_dict(text) or {}).get("_text")
    return f", {preview(written)}" if type(written) is str and written else ""


def _artist(value: Any, limits: Limits, preview: Preview) -> Summary:
    label = (instance_dict(value) or {}).get("_label")
    told = f" {preview(label)}" if type(label) is str and label else ""
    return Summary("object", f"{class_name(type(value))}{told}")


ADAPTERS: dict[str, Adapter] = {}

BASES: dict[str, Adapter] = {
    "matplotlib.figure.FigureBase": _figure,
    "matplotlib.axes._base._AxesBase": _axes,
    "matplotlib.artist.Artist": _artist,
}
