"""Differences: what two glances at the same object say of how it changed, in a few words.

Names of keys, attributes and columns are told, and sizes; values never are.
"""

from __future__ import annotations

from livens.fingerprints import Fingerprint
from livens.passive import is_exactly

_TOLD = 3
"""How many differences are named; of more the number is told."""

_LABEL_CHARS = 60
_NOUNS = {"keys": "key", "attributes": "attribute", "columns": "column", "items": "item"}
_KINDS = {"b": "bool", "i": "int", "u": "uint", "f": "float", "c": "complex"}
_ONE = {"items": "item", "cells": "element"}
_PARTS = {"items": "items", "cells": "elements", "text": "bytes", "keys": "entries"}


def difference(before: Fingerprint | None, after: Fingerprint | None) -> str:
    """Say what is different between two glances at the same object.

    Returns
    -------
    str
        Such as ``key 'k' added`` or ``len 3 → 4``; empty where that is not to be seen.

    Examples
    --------
    >>> from livens.fingerprints import fingerprint
    >>> table = {"a": 1}
    >>> before = fingerprint(table)
    >>> table["b"] = 2
    >>> difference(before, fingerprint(table))
    "key 'b' added"
    """
    if before is None or after is None or before.form != after.form:
        return ""
    if before.form == "cells":
        return _of_cells(before, after)
    if before.form in ("keys", "attributes", "columns"):
        return _of_named(before, after)
    if before.length != after.length:
        return f"len {before.length} → {after.length}"
    return _of_items(before, after)


def difference_at(place: tuple[object, ...]) -> str:
    """Say what is different by the place that `livens.ledger` found it at.

    Examples
    --------
    >>> difference_at(("columns", "z")), difference_at(("items", 512, 1024))
    ("column 'z' changed", 'within items 512 to 1023')
    """
    if len(place) == 2 and place[0] in _NOUNS:
        return _sentence(_NOUNS[str(place[0])], [place[1]], "changed")
    if len(place) == 3 and place[0] in _PARTS:
        form, start, stop = place
        assert isinstance(start, int)
        assert isinstance(stop, int)
        if stop == start + 1 and form in _ONE:
            return f"{_ONE[str(form)]} {start} changed"
        return f"within {_PARTS[str(form)]} {start} to {stop - 1}"
    return ""


def _of_cells(before: Fingerprint, after: Fingerprint) -> str:
    if before.header != after.header:
        return ", ".join(_of_headers(before.header, after.header))
    if before.length != after.length:
        return f"len {before.length} → {after.length}"
    count = _count_cells(before, after)
    return "" if count is None else _cells(count)


def _of_headers(before: tuple[object, ...], after: tuple[object, ...]) -> list[str]:
    found = []
    if before[1:] != after[1:]:
        found.append(f"shape {before[1:]} → {after[1:]}")
    if before[:1] != after[:1]:
        found.append(f"{_dtype(before)} → {_dtype(after)}")
    return found


def _dtype(header: tuple[object, ...]) -> str:
    """Write a dtype as numpy's users know it: ``<f8`` is float64."""
    code = header[0] if header else ""
    if type(code) is not str or len(code) < 3 or code[1] not in _KINDS:
        return "object" if code == "|O" else str(code)
    kind = _KINDS[code[1]]
    return kind if kind == "bool" else f"{kind}{int(code[2:]) * 8}"


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _count_cells(before: object, after: object) -> int | None:
    """Count the cells that differ, where both glances saw all of them."""
    if type(before) is not Fingerprint or type(after) is not Fingerprint:
        return None
    if before[:3] != after[:3] or not (before.is_exact and after.is_exact):
        return None
    if before.form == "items":
        return [a != b for a, b in zip(before.marks, after.marks, strict=True)].count(True)
    if before.form != "cells" or not before.labels:
        return None
    size: int = before.labels[0]
    old, new = before.marks[0], after.marks[0]
    places = range(0, len(old), size)
    return [old[i : i + size] != new[i : i + size] for i in places].count(True)


def _of_items(before: Fingerprint, after: Fingerprint) -> str:
    if before.form != "items" or before.labels != after.labels:
        return ""
    if len(before.marks) != len(after.marks):
        return ""
    differing = [
        place for place, (a, b) in enumerate(zip(before.marks, after.marks, strict=True)) if a != b
    ]
    if not differing:
        return ""
    labels = before.labels or range(len(before.marks))
    return _sentence("item", [labels[place] for place in differing], "changed")


def _of_named(before: Fingerprint, after: Fingerprint) -> str:
    """Compare what has keys, attributes or columns."""
    noun = _NOUNS[before.form]
    old = dict(zip(before.labels, before.marks, strict=True))
    new = dict(zip(after.labels, after.marks, strict=True))
    is_all = before.length == len(old) and after.length == len(new)
    changed = [label for label in old if label in new and old[label] != new[label]]
    if before.form == "columns":
        rows = _of_rows(before, after)
        if rows:
            return rows
        counts = [_count_cells(old[label], new[label]) for label in changed]
        if counts and before.labels == after.labels and None not in counts:
            return _cells(sum(count or 0 for count in counts))
    added = [label for label in new if label not in old]
    removed = [label for label in old if label not in new]
    if not is_all and before.length >= after.length:
        # Only the newest keys of a large mapping are looked at: others may have come into view.
        added, removed = [], []
        if before.length != after.length:
            return f"len {before.length} → {after.length}"
    elif not is_all:
        removed = []
        if after.length - before.length != len(added):
            return f"len {before.length} → {after.length}"
    parts = [
        _sentence(noun, added, "added"),
        _sentence(noun, removed, "removed"),
        _changed(noun, changed, old, new),
    ]
    return ", ".join(filter(None, parts))


def _of_rows(before: Fingerprint, after: Fingerprint) -> str:
    """Say how many rows a frame got or lost."""
    if before.header[:1] != ("frame",) or after.header[:1] != ("frame",):
        return ""
    count = after.header[1] - before.header[1]
    if not count:
        return ""
    noun = "row" if abs(count) == 1 else "rows"
    return f"{abs(count)} {noun} {'added' if count > 0 else 'removed'}"


def _changed(
    noun: str, labels: list[object], old: dict[object, object], new: dict[object, object]
) -> str:
    if noun == "column" and len(labels) == 1:
        before, after = old[labels[0]], new[labels[0]]
        if type(before) is Fingerprint and type(after) is Fingerprint:
            dtypes = _dtype(before.header), _dtype(after.header)
            if dtypes[0] != dtypes[1]:
                return f"column {_label(labels[0])} {dtypes[0]} → {dtypes[1]}"
    return _sentence(noun, labels, "changed")


def _sentence(noun: str, labels: list[object], verb: str) -> str:
    if not labels:
        return ""
    if len(labels) > _TOLD:
        return f"{len(labels)} {noun}s {verb}"
    named = ", ".join(map(_label, labels))
    return f"{noun if len(labels) == 1 else noun + 's'} {named} {verb}"


def _label(label: object) -> str:
    """Write a label: a text, a number, or only that there is one."""
    if type(label) is tuple and len(label) == 2:
        label = label[1] if label[0] != "id" else "…"
    text = repr(label) if is_exactly(label, str, int, float, bool, bytes) else "…"
    return text if len(text) <= _LABEL_CHARS else text[: _LABEL_CHARS - 1] + "…"
