"""Puts chosen variables into a notebook as scraps, which scrapbook reads.

A scrap is an output with a MIME type of scrapbook's (``scrapbook.schemas``, version 1). It gets a
cell of its own at the end of the notebook. Numbers and short texts are known from their previews;
of others the kernel is asked for the value's own text, which only plain values have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import nbformat
from nbformat import NotebookNode

from livens.client.asynchronous import AsyncWatch
from livens.exceptions import LivensError
from livens.protocol import requests
from livens.protocol.previews import value_of
from livens.protocol.types import PARTLY, REDACTED, Variable
from livens.recording.notebooks import new_code_cell

TAG = "livens-scraps"
"""The tag of the cell that has the scraps; one from an earlier run is replaced."""

MAX_CHARS = 1_000_000
"""How long the text of a value may be."""

MIME = "application/scrapbook.scrap.{encoder}+json"


async def glue(
    notebook: NotebookNode,
    names: Sequence[str],
    variables: Mapping[str, Variable],
    watch: AsyncWatch | None,
) -> list[str]:
    """Put variables into a notebook, in a cell at its end.

    Returns
    -------
    list of str
        What could not be put there, and why.
    """
    outputs, notes = [], []
    for name in names:
        try:
            outputs.append(scrap(name, await _value(name, variables, watch)))
        except (ValueError, LivensError, TimeoutError) as err:
            notes.append(f"{name} is not in the notebook: {err}")
    notebook.cells = [cell for cell in notebook.cells if TAG not in cell.metadata.get("tags", [])]
    source = f"# {', '.join(names)}: read by scrapbook"
    notebook.cells.append(new_code_cell(notebook, source, TAG, outputs))
    return notes


async def _value(name: str, variables: Mapping[str, Variable], watch: AsyncWatch | None) -> Any:
    variable = variables.get(name)
    if variable is None:
        raise ValueError("there is no such variable at the end")
    if variable.reason in (REDACTED, PARTLY):
        raise ValueError(f"it is {variable.reason}")
    if variable.kind == "none":  # one such scrap, and scrapbook refuses the whole notebook
        raise ValueError("it is None, which scrapbook does not read")
    if variable.kind in ("number", "bool", "text") and not variable.truncated:
        return value_of(variable.preview)
    if variable.kind not in ("text", "number", "sequence", "mapping") or watch is None:
        raise ValueError(f"it is of type {variable.type}, expected a plain value")
    answer = await watch.request("value", path=variable.path, max_chars=MAX_CHARS)
    assert isinstance(answer, requests.ValueText)
    if answer.truncated:
        raise ValueError(
            f"its text is longer than {MAX_CHARS} characters, or a part of it is redacted"
        )
    return value_of(answer.data)


def scrap(name: str, value: Any) -> NotebookNode:
    """Return the output that scrapbook takes for a scrap.

    Examples
    --------
    >>> scrap("loss", 0.5).data["application/scrapbook.scrap.json+json"]["data"]
    0.5
    """
    encoder = "text" if isinstance(value, str) else "json"
    payload = {"name": name, "data": value, "encoder": encoder, "version": 1}
    output: NotebookNode = nbformat.v4.new_output(
        "display_data",
        data={MIME.format(encoder=encoder): payload},
        metadata={"scrapbook": {"name": name, "data": True, "display": False}},
    )
    return output
