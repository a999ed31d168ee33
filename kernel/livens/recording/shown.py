"""What a record may show of a notebook: the source of its cells, and its parameters."""

from __future__ import annotations

from collections.abc import Mapping

from livens.recording.notebooks import Parameter


def shown_source(source: str) -> str:
    """Return the source of a cell as records, reports and titles show it."""
    return source


def shown_parameters(parameters: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """Return the parameters of a run as records and tables show them."""
    return dict(parameters)
