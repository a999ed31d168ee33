"""Whether two runs had the same value, by what their records have of it.

There are three answers: the same, different, and not compared. Scalars and short texts are in the
record as they are. Of everything else a record has a digest (`livens.protocol.types.Digest`). Equal
hashes of all of a value mean the same value. Where a part was not read, or no digest is there, only
a difference can be told, and everything else is "not compared", with the reason.

Numbers may differ within a tolerance, also where they stand in a preview. What differs in every run
is left out: object addresses in previews.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

import msgspec

from livens.protocol.digests import needs_digest
from livens.protocol.types import ColumnDigest, Digest, Variable

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")

MAX_COLUMNS = 20
"""So many columns are told one by one."""


class Tolerance(msgspec.Struct, frozen=True):
    """How far numbers may be apart, as in `math.isclose`.

    Attributes
    ----------
    rel : float
        Relative to the larger one.
    abs : float
        In any case.
    """

    rel: float = 0.0
    abs: float = 0.0

    @property
    def is_exact(self) -> bool:
        """Whether numbers may not differ at all."""
        return not (self.rel or self.abs)

    def allows(self, a: float, b: float) -> bool:
        """Return whether two numbers count as the same; not-a-number is the same as itself."""
        both_nan = math.isnan(a) and math.isnan(b)
        return both_nan or math.isclose(a, b, rel_tol=self.rel, abs_tol=self.abs)


class Held(NamedTuple):
    """What a record has of a value.

    Attributes
    ----------
    variable : Variable, optional
        Its description; None where there was no such variable.
    digest : Digest, optional
        Its digest, if the kernel was asked for it.
    """

    variable: Variable | None = None
    digest: Digest | None = None


class Verdict(NamedTuple):
    """Whether two values are the same.

    Attributes
    ----------
    differs : bool
        Whether they are not.
    columns : list of str
        Which of their columns differ, and how.
    reason : str
        Why it is not known whether they are the same; empty where it is.
    """

    differs: bool = False
    columns: list[str] = []  # noqa: RUF012 - nobody adds to it
    reason: str = ""


_SAME = Verdict()
_REDACTED = Verdict(reason="it is redacted")


def compare_values(a: Held, b: Held, tolerance: Tolerance) -> Verdict:
    """Return whether two runs had the same value.

    Examples
    --------
    >>> x, y = (Held(Variable("x", [], "number", "float", preview=f"{n}")) for n in (2.0, 2.001))
    >>> compare_values(x, y, Tolerance(rel=0.01)).differs, compare_values(x, y, Tolerance()).differs
    (False, True)
    """
    x, y = a.variable, b.variable
    if x is None or y is None:
        return Verdict(differs=x is not y)
    columns = column_differences(a.digest, b.digest, tolerance)
    sizes = ("kind", "type", "length", "shape", "dtype")
    if any(getattr(x, size) != getattr(y, size) for size in sizes):
        return Verdict(differs=True, columns=columns)
    if x.reason == "redacted" or y.reason == "redacted":
        return _REDACTED
    if not (needs_digest(x) or needs_digest(y)):
        if x.status == "skipped" or y.status == "skipped":
            return Verdict(reason=f"it was not looked at: {x.reason or y.reason}")
        return _SAME if same_text(x.preview, y.preview, tolerance) else Verdict(differs=True)
    has_text = same_text(x.preview, y.preview, tolerance) or x.kind == "set"
    return _by_digests(a.digest, b.digest, tolerance, columns, has_same_text=has_text)


def _by_digests(
    x: Digest | None,
    y: Digest | None,
    tolerance: Tolerance,
    columns: list[str],
    *,
    has_same_text: bool,
) -> Verdict:
    """Compare two values of the same type and size by their digests."""
    if x is None or y is None or not x.hash or not y.hash:
        if not has_same_text or columns:
            return Verdict(differs=True, columns=columns)
        told = next((d.gap for d in (x, y) if d is not None and not d.hash and d.gap), "")
        return Verdict(reason=told or "the record has no digest of it")
    if x.hash == y.hash:
        if x.gap or y.gap:
            return Verdict(reason=x.gap or y.gap)
        if x.sampled is not None:
            return Verdict(reason=f"only {x.sampled:,} of its rows or items were read")
        return _SAME
    if columns or not has_same_text:
        return Verdict(differs=True, columns=columns)
    if x.sampled != y.sampled or x.gap != y.gap:
        return Verdict(reason="another part of it was read in either run")
    if not tolerance.is_exact:
        return Verdict(reason="it differs, and maybe within the tolerance: only its columns' "
                       "figures and its preview are compared by that")  # fmt: skip
    return Verdict(differs=True)


# -- columns -------------------------------------------------------------------------------


def column_differences(x: Digest | None, y: Digest | None, tolerance: Tolerance) -> list[str]:
    """Return in a text for each column how it differs.

    Examples
    --------
    >>> def digest(nulls, mean):
    ...     column = ColumnDigest("v", "float64", nulls=nulls, mean=mean)
    ...     return Digest("df", f"{mean}", columns=[column])
    >>> column_differences(digest(0, 3.1), digest(12, 9.7), Tolerance())
    ['column v: nulls 0 → 12, mean 3.1 → 9.7']
    """
    if x is None or y is None or not x.hash or not y.hash:
        return []
    is_same_part = x.sampled == y.sampled
    pairs, found = _pairs(x.columns, y.columns)
    for a, b in pairs:
        changed = _figures(a, b, tolerance) if is_same_part else []
        if a.dtype != b.dtype:
            changed.insert(0, f"dtype {a.dtype} → {b.dtype}")
        if a.hash != b.hash and not changed and is_same_part and tolerance.is_exact:
            changed.append("other values, of the same nulls, min, max and mean")
        if changed:
            found.append(f"{_title(a)}: {', '.join(changed)}")
    if len(found) > MAX_COLUMNS:
        found[MAX_COLUMNS:] = [f"and {len(found) - MAX_COLUMNS} more columns"]
    return found


def _title(column: ColumnDigest) -> str:
    return f"column {column.label}" if column.label else "all values"


def _pairs(
    x: list[ColumnDigest], y: list[ColumnDigest]
) -> tuple[list[tuple[ColumnDigest, ColumnDigest]], list[str]]:
    """Return the columns that are in both, and in a text for each other one where it is."""
    labels = [column.label for column in x], [column.label for column in y]
    if labels[0] == labels[1]:
        return list(zip(x, y, strict=True)), []
    theirs = {column.label: column for column in y}
    pairs = [(column, theirs[column.label]) for column in x if column.label in theirs]
    lone = [f"column {label}: only in A" for label in labels[0] if label not in labels[1]]
    lone += [f"column {label}: only in B" for label in labels[1] if label not in labels[0]]
    return pairs, lone


def _figures(a: ColumnDigest, b: ColumnDigest, tolerance: Tolerance) -> list[str]:
    changed = []
    for name in ("nulls", "min", "max", "mean"):
        x, y = getattr(a, name), getattr(b, name)
        is_number = type(x) in (int, float) and type(y) in (int, float) and name != "nulls"
        if x != y and not (is_number and tolerance.allows(x, y)):
            changed.append(f"{name} {_written(x)} → {_written(y)}")
    return changed


def _written(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:.6g}" if type(value) is float else str(value)


# -- texts ---------------------------------------------------------------------------------


def same_text(a: str, b: str, tolerance: Tolerance) -> bool:
    """Return whether two texts are the same but for numbers within the tolerance.

    Examples
    --------
    >>> same_text("<A at 0x7f0001>", "<A at 0x7f0002>", Tolerance())
    True
    """
    a, b = _ADDRESS.sub("0x", a), _ADDRESS.sub("0x", b)
    if a == b:
        return True
    if _NUMBER.split(a) != _NUMBER.split(b):
        return False
    pairs = zip(_NUMBER.findall(a), _NUMBER.findall(b), strict=True)
    return all(x == y or tolerance.allows(float(x), float(y)) for x, y in pairs)
