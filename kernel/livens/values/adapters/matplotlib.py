"""matplotlib: figures by their axes, axes by title and what was drawn; nothing is rendered.

Read from the instance's ``__dict__``: asking an axes for its limits computes them.
"""

from __future__ import annotations

from typing import Any

from livens.values.passive import class_name, instance_dict
from livens.values.summaries import Adapter, Limits, Preview, Summary


def _titled(parts: str, noun: str, title: str) -> Adapter:
    """Return the adapter of what has parts and a title, which are in these attributes."""

    def adapter(value: Any, limits: Limits, preview: Preview) -> Summary:
        found = instance_dict(value) or {}
        held = found.get(parts)
        count = len(held) if type(held) is list else 0
        shown = f"{class_name(type(value))}, {count} {noun}{_written(found.get(title), preview)}"
        return Summary("object", shown, length=count)

    return adapter


def _written(text: object, preview: Preview) -> str:
    written = (instance_dict(text) or {}).get("_text")
    return f", {preview(written)}" if type(written) is str and written else ""


def _artist(value: Any, limits: Limits, preview: Preview) -> Summary:
    label = (instance_dict(value) or {}).get("_label")
    told = f" {preview(label)}" if type(label) is str and label else ""
    return Summary("object", f"{class_name(type(value))}{told}")


ADAPTERS: dict[str, Adapter] = {}

BASES: dict[str, Adapter] = {
    "matplotlib.figure.FigureBase": _titled("_localaxes", "axes", "_suptitle"),
    "matplotlib.axes._base._AxesBase": _titled("_children", "artists", "title"),
    "matplotlib.artist.Artist": _artist,
}
