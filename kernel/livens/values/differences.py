"""Differences: what two glances at the same object say of how it changed, in a few words.

Names of keys, attributes and columns are told, and sizes; values never are.
"""

from __future__ import annotations

import re

from livens.values.content import CONTENT
from livens.values.fingerprints import Fingerprint
from livens.values.marks import short
from livens.values.passive import is_exactly

_TOLD = 3
"""How many differences are named; of more the number is told."""

_LABEL_CHARS = 60
_NOUNS = {"keys": "key", "attributes": "attribute", "columns": "column", "items": "item"}
_SHOWN = frozenset({"dtype", "state", "position", "length", "dims"})
"""Facts whose values are told, for they are no data of the user's."""

_FACT_CHARS = 100
_NUMPY_CODE = re.compile(r"[<>|=]([biufc])(\d+)")
_NUMPY_TIME = re.compile(r"[<>|=]([Mm])8(\[.*\])?")
_KINDS = {"b": "bool", "i": "int", "u": "uint", "f": "float", "c": "complex"}
_CONTENT = short(CONTENT)
_Facts = tuple[tuple[str, object], ...]
_ONE = {"items": "item", "cells": "element"}
_PARTS = {"items": "items", "cells": "elements", "text": "bytes", "keys": "entries"}


def difference(before: Fingerprint | None, after: Fingerprint | None) -> str:
    """Return in words what is different between two glances at the same object.

    Returns
    -------
    str
        Such as ``key 'k' added`` or ``len 3 → 4``; empty where that is not to be seen.

    Examples
    --------
    >>> from livens.values.fingerprints import fingerprint
    >>> table = {"a": 1}
    >>> before = fingerprint(table)
    >>> table["b"] = 2
    >>> difference(before, fingerprint(table))
    "key 'b' added"
    """
    if before is None or after is None or before.form != after.form:
        return ""
    parts = [_of_parts(before, after), *_of_facts(before.facts, after.facts)]
    return ", ".join(filter(None, parts)) or _of_order(before, after)


def _of_parts(before: Fingerprint, after: Fingerprint) -> str:
    if before.form == "cells":
        return _of_cells(before, after)
    if before.form in ("keys", "attributes", "columns"):
        return _of_named(before, after)
    if before.form == "state":
        return ""
    if before.length != after.length:
        return f"len {before.length} → {after.length}"
    return _of_items(before, after)


def _of_facts(before: _Facts, after: _Facts) -> list[str]:
    """Compare what has a name of its own: a dtype, a state."""
    old, new = dict(before), dict(after)
    found = []
    for noun in {**old, **new}:
        a, b = old.get(noun), new.get(noun)
        if a == b or noun.startswith("_"):  # what says that, but not in the user's words
            continue
        if noun.rpartition(" ")[2] in _SHOWN and a is not None and b is not None:
            prefix = "" if noun in ("dtype", "state") else f"{noun} "
            found.append(prefix + _from_to(noun, a, b))
        else:
            found.append(f"{noun} changed")
    return found


def _from_to(noun: str, before: object, after: object) -> str:
    texts = [_fact(noun, before), _fact(noun, after)]
    if texts[0] == texts[1]:  # dtypes that differ in the order of bytes only
        texts = [str(before), str(after)]
    return " → ".join(texts)


def _fact(noun: str, value: object) -> str:
    text = _dtype(value) if noun.endswith("dtype") else str(value)
    return text if len(text) <= _FACT_CHARS else text[: _FACT_CHARS - 1] + "…"


def _of_order(before: Fingerprint, after: Fingerprint) -> str:
    """Return in words that the same keys are in another order; empty if they are not."""
    if before.length != after.length or before.labels == after.labels:
        return ""
    if set(before.labels) != set(after.labels) or before.form not in _NOUNS:
        return ""
    return f"order of {_NOUNS[before.form]}s changed"


def difference_at(place: tuple[object, ...]) -> str:
    """Return in words what is different at the place that `livens.values.checksums` found.

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
        return f"shape {before.header} → {after.header}"
    if before.length != after.length:
        return f"len {before.length} → {after.length}"
    count = _count_cells(before, after)
    return "" if not count else _cells(count)


def _dtype(value: object) -> str:
    """Write a dtype as its users know it: numpy's ``<f8`` is float64."""
    text = str(value)
    code = _NUMPY_CODE.fullmatch(text)
    if code is None:
        time = _NUMPY_TIME.fullmatch(text)
        if time is not None:
            return f"{'datetime64' if time[1] == 'M' else 'timedelta64'}{time[2]}"
        return "object" if text == "|O" else text
    kind = _KINDS[code[1]]
    return kind if kind == "bool" else f"{kind}{int(code[2]) * 8}"


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _count_cells(before: object, after: object) -> int | None:
    """Count the cells that differ, where both glances saw all of them."""
    if type(before) is not Fingerprint or type(after) is not Fingerprint:
        return None
    if before[:3] != after[:3] or before.facts != after.facts:
        return None
    if not (before.is_exact and after.is_exact):
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
    if changed == [_CONTENT] and old.keys() == new.keys():
        inner = old[_CONTENT], new[_CONTENT]
        if type(inner[0]) is Fingerprint and type(inner[1]) is Fingerprint:
            return difference(inner[0], inner[1])
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
    """Return in words how many rows a frame got or lost; empty if none."""
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
            dtypes = dict(before.facts).get("dtype"), dict(after.facts).get("dtype")
            if dtypes[0] != dtypes[1] and None not in dtypes:
                return f"column {_label(labels[0])} {_from_to('dtype', *dtypes)}"
    return _sentence(noun, labels, "changed")


def _sentence(noun: str, labels: list[object], verb: str) -> str:
    named = [label for label in labels if not _is_part(label)]
    found = [f"{label[1]} {verb}" for label in labels if _is_part(label)]  # type: ignore[index]
    if len(named) > _TOLD:
        found.insert(0, f"{len(named)} {noun}s {verb}")
    elif named:
        shown = ", ".join(map(_label, named))
        found.insert(0, f"{noun if len(named) == 1 else noun + 's'} {shown} {verb}")
    return ", ".join(found)


def _is_part(label: object) -> bool:
    """Return whether a label is no name of the user's, but ours for a part such as the index."""
    return type(label) is tuple and label[0] == "part"


def _label(label: object) -> str:
    """Write a label: a text, a number, a tuple of them, or only that there is one."""
    text = _label_text(label)
    return text if len(text) <= _LABEL_CHARS else text[: _LABEL_CHARS - 1] + "…"


def _label_text(label: object) -> str:
    if type(label) is tuple and len(label) == 2:
        kind, label = label
        if kind == "tuple" and type(label) is tuple:
            inner = ", ".join(map(_label_text, label))
            return f"({inner})"
        if kind in ("id", "type"):
            return "…"
        if kind in ("float", "complex") and type(label) is str:  # what `short` writes out
            return label
    return repr(label) if is_exactly(label, str, int, float, bool, bytes) else "…"
