"""Notebooks: read them, set their parameters, encode them as `jupyter execute` writes them."""

from __future__ import annotations

import json
import keyword
import math
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.warnings import MissingIDFieldWarning

from livens.exceptions import RunFailed

SKIP_TAG = "skip-execution"
"""nbclient leaves cells with this tag out, and so does `jupyter execute`."""

INCOMPLETE = "incomplete"
"""The key in the notebook's metadata, under ``livens``, of what is saved before the end."""

INJECTED_TAG = "injected-parameters"
"""papermill gives it to the cell that sets the parameters."""

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

Parameter = None | bool | int | float | str


def read(path: Path) -> NotebookNode:
    """Read a notebook, of any version that nbformat can convert.

    Raises
    ------
    RunFailed
        If there is none, or it is none.
    """
    try:
        text = path.read_text("utf-8")
        data = json.loads(text)
    except FileNotFoundError:
        raise RunFailed(f"No notebook {path}; expected the path of an .ipynb file") from None
    except (OSError, UnicodeDecodeError) as err:
        raise RunFailed(f"{path} cannot be read: {err}; expected an .ipynb file") from None
    except (ValueError, RecursionError) as err:
        raise RunFailed(
            f"{path} is not JSON: {err}; expected a notebook as Jupyter writes it. Open it in "
            "JupyterLab and save it again, or convert it by jupytext if it is a script."
        ) from None
    if not isinstance(data, dict) or not ("cells" in data or "worksheets" in data):
        raise RunFailed(f"{path} is JSON, but no notebook: expected an object with 'cells'")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MissingIDFieldWarning)  # it adds them by itself
            notebook: NotebookNode = nbformat.reads(text, as_version=4)
        for cell in notebook.cells:
            _ = cell.cell_type, cell.metadata.get("tags"), cell.source.strip()
        _without_mark(notebook)
    except Exception as err:  # noqa: BLE001
        # A border: on broken notebooks nbformat raises whatever its converters happen to. What it
        # can read but calls invalid is executed all the same, as `jupyter execute` does.
        reason = f"{type(err).__name__}: {err}".splitlines()[0]
        raise RunFailed(
            f"{path} is JSON, but no notebook that can be read ({reason}); expected cells with "
            "'cell_type', 'metadata' and 'source'. Open it in JupyterLab and save it again."
        ) from None
    return notebook


def encode(notebook: NotebookNode) -> bytes:
    """Return what a notebook is on disk, byte for byte as ``nbformat.write``.

    Half of a surrogate pair, which UTF-8 cannot carry, becomes JSON's escape for it.
    """
    text: str = nbformat.writes(notebook)
    text = text if text.endswith("\n") else text + "\n"
    return text.encode("utf-8", "backslashreplace")


def encode_incomplete(notebook: NotebookNode, ended: int, total: int) -> bytes:
    """Return what a notebook is on disk while it runs: its metadata say how many cells have ended.

    It is not validated, which takes most of the time of `encode`.
    """
    livens = {**_ours(notebook), INCOMPLETE: {"cells_ended": ended, "cells": total}}
    metadata = NotebookNode({**notebook.metadata, "livens": livens})
    text = nbformat.v4.writes(NotebookNode({**notebook, "metadata": metadata}))
    return f"{text}\n".encode("utf-8", "backslashreplace")


def _ours(notebook: NotebookNode) -> dict[str, Any]:
    found = notebook.metadata.get("livens")
    return dict(found) if isinstance(found, dict) else {}


def _without_mark(notebook: NotebookNode) -> None:
    """Remove the mark of an earlier run that was killed."""
    ours = _ours(notebook)
    if ours.pop(INCOMPLETE, None) is not None:
        notebook.metadata.pop("livens")
        if ours:
            notebook.metadata["livens"] = ours


def parse_parameters(given: Iterable[tuple[str, str] | str]) -> dict[str, Parameter]:
    """Return the parameters of the command line, by name.

    Parameters
    ----------
    given : iterable
        Pairs of a name and a value, and texts ``NAME=VALUE``; the last one of a name wins.

    Raises
    ------
    RunFailed
        If one has no name that Python could take, or no value.

    Examples
    --------
    >>> parse_parameters([("year", "2024"), "rate=-1e-3", "city=Bern", "dry=True", "year=7"])
    {'rate': -0.001, 'city': 'Bern', 'dry': True, 'year': 7}
    """
    found: dict[str, Parameter] = {}
    for each in given:
        name, equals, value = (
            each.partition("=") if isinstance(each, str) else (each[0], "=", each[1])
        )
        if not equals:
            raise RunFailed(
                f"{name!r} is no parameter: expected NAME=VALUE. Give NOTEBOOK before --parameters."
            )
        if not name.isidentifier() or keyword.iskeyword(name):
            raise RunFailed(f"{name!r} cannot be the name of a parameter: expected a Python name")
        found.pop(name, None)  # the last assignment of the cell is the last of the command line
        found[name] = parse_value(value)
    return found


def parse_value(text: str) -> Parameter:
    """Return a value as papermill reads it: as a constant or a number if it looks like one.

    Examples
    --------
    >>> [parse_value(text) for text in ("None", "False", "12", "1e3", "nine")]
    [None, False, 12, 1000.0, 'nine']
    """
    constants: dict[str, Parameter] = {"None": None, "True": True, "False": False}
    if text in constants:
        return constants[text]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def inject_parameters(notebook: NotebookNode, parameters: Mapping[str, Any]) -> bool:
    """Add a cell that sets the parameters, as papermill does.

    An injected cell that is already there is replaced; else it goes after the cell that is tagged
    ``parameters``; else to the top.

    Returns
    -------
    bool
        Whether the notebook had a place for it.
    """
    source = "# Parameters\n" + "".join(
        f"{name} = {_literal(value)}\n" for name, value in parameters.items()
    )
    cell = new_code_cell(notebook, source, INJECTED_TAG)
    injected = _first_tagged(notebook, INJECTED_TAG)
    tagged = _first_tagged(notebook, "parameters")
    if injected is not None:
        notebook.cells[injected] = cell
    elif tagged is not None:
        notebook.cells.insert(tagged + 1, cell)
    else:
        notebook.cells.insert(0, cell)
    return injected is not None or tagged is not None


def new_code_cell(
    notebook: NotebookNode, source: str, tag: str, outputs: Sequence[NotebookNode] = ()
) -> NotebookNode:
    """Return a new code cell with a tag, in the format of a notebook's version."""
    cell: NotebookNode = nbformat.v4.new_code_cell(
        source, outputs=list(outputs), metadata={"tags": [tag]}
    )
    if (notebook.nbformat, notebook.nbformat_minor) < (4, 5):
        del cell["id"]  # cells have ids since version 4.5
    return cell


def _first_tagged(notebook: NotebookNode, tag: str) -> int | None:
    for index, cell in enumerate(notebook.cells):
        if tag in cell.metadata.get("tags", []):
            return index
    return None


def _literal(value: Any) -> str:
    if isinstance(value, str):
        escaped = value.encode("unicode_escape").decode().replace('"', r"\"")
        return f'"{escaped}"'
    if isinstance(value, float) and not math.isfinite(value):
        return f"float('{value}')"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, dict):
        items = (f"{_literal(key)}: {_literal(item)}" for key, item in value.items())
        return f"{{{', '.join(items)}}}"
    return repr(value)


def without_colours(text: str) -> str:
    r"""Return a text, such as a traceback of IPython, without terminal colours.

    Examples
    --------
    >>> without_colours("\x1b[31mKeyError\x1b[0m: 'x'")
    "KeyError: 'x'"
    """
    return _COLOURS.sub("", text)


def language_and_kernel(notebook: NotebookNode) -> tuple[str, str]:
    """Return the language and the kernel that a notebook names; empty where it names none."""

    def text(section: str, key: str) -> str:
        found = notebook.metadata.get(section)
        return str(found.get(key) or "") if isinstance(found, dict) else ""

    language = text("kernelspec", "language") or text("language_info", "name")
    return language, text("kernelspec", "name")


def is_python(notebook: NotebookNode) -> bool:
    """Return whether the language that a notebook names is Python, or it names none."""
    return language_and_kernel(notebook)[0].lower() in ("", "python", "ipython")


def count_cells(notebook: NotebookNode, skip_tag: str = SKIP_TAG) -> int:
    """Return how many cells nbclient will execute."""
    return sum(is_executed(cell, skip_tag) for cell in notebook.cells)


def is_executed(cell: NotebookNode, skip_tag: str = SKIP_TAG) -> bool:
    """Return whether nbclient will execute a cell."""
    is_code = cell.cell_type == "code" and bool(cell.source.strip())
    return is_code and skip_tag not in cell.metadata.get("tags", [])
