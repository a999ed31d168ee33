"""Digests: what two runs can compare a value by, when neither has the other's value.

`digest_of` returns a hash of the content, which is equal for equal content in every process, and
figures of the columns of tables and arrays. docs/records.md says what the hash of each kind is of.
A large value is read at evenly spaced places, which depend on its size alone: two runs read the
same ones, and the digest says how many.

Nothing of the user's runs. The work is done beside the user's, and is given up by a ``check`` that
raises.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from livens.exceptions import RequestError
from livens.protocol.types import ColumnDigest, Digest
from livens.values.array_digests import (
    MAX_ELEMENTS,
    add_sparse,
    array_adder,
    has_no_numbers,
    masked_parts,
    sampled,
    step_for,
    tensor_array,
)
from livens.values.canonical import MAX_ITEMS, Canonical, Full
from livens.values.readers.numpy import is_mapped
from livens.values.table_digests import TOLD_COLUMNS, TableReader, figures
from livens.values.tables.columns import ColumnValues, is_array
from livens.values.tables.numpy import plain
from livens.values.tables.opening import source_of
from livens.values.tensors import tensor_base

Check = Callable[[], None]
Hides = Callable[[str], bool]


def digest_of(name: str, value: object, hides: Hides, check: Check) -> Digest:
    """Return the digest of a variable.

    Parameters
    ----------
    name : str
        The variable.
    value : object
        What it holds.
    hides : callable
        Told the labels of columns and the keys of dicts; what it says yes to is left out.
    check : callable
        Called again and again; what it raises ends the work.

    Examples
    --------
    >>> first, second = (digest_of("x", {"a": [1, n]}, lambda s: False, int) for n in (2, 3))
    >>> first.hash == second.hash
    False
    """
    maker = _Maker(hides, check)
    found = Digest(name)
    canonical = maker.canonical
    try:
        maker.add(value)
    except Full:
        found.sampled = canonical.items
    except (IndexError, KeyError, ValueError, RuntimeError) as err:
        found.gap = f"it changed while it was read ({type(err).__name__})"
        return found
    found.gap = canonical.gap
    found.hash = canonical.hexdigest() if canonical.has_content else ""
    found.columns, found.more = maker.columns, maker.more
    found.sampled = maker.sampled or found.sampled
    return found


class _Maker:
    """Adds what is of libraries to a hash; of the value itself, keeps what is told of columns."""

    def __init__(self, hides: Hides, check: Check) -> None:
        self.canonical = Canonical(check, self._add_other, hides)
        self.columns: list[ColumnDigest] = []
        self.more = 0
        self.sampled: int | None = None
        self._hides = hides
        self._check = check
        self._top: object = None

    def add(self, value: Any) -> None:
        """Add the value that the digest is of."""
        self._top = value
        if type(value) is list:
            self._tell_records(value)
        self.canonical.add(value)

    def _add_other(self, canonical: Canonical, value: Any) -> bool:
        is_top = value is self._top
        add = array_adder(value)
        if add is not None:
            step = add(canonical, value)
            if is_top:
                self._tell_array(value)
            self._note_step(step, _size(value), is_top=is_top)
            return True
        try:
            source = source_of(value)
        except RequestError as err:
            if "is no table" in str(err):
                return False
            canonical.leave_out(f"{str(err)[:1].lower()}{str(err)[1:200]}")
            return True
        reader = TableReader(value, source, self._hides)
        reader.add_to(canonical)
        if is_top:
            self.columns, self.more = reader.columns, source.shape[1] - len(reader.columns)
        self._note_step(reader.step, source.shape[0], is_top=is_top)
        return True

    def _note_step(self, step: int, count: int, *, is_top: bool) -> None:
        if step == 1:
            return
        if is_top:
            self.sampled = -(-count // step)
        else:
            self.canonical.leave_out(f"of {count:,} items in it every {step}th is read")

    # -- figures ---------------------------------------------------------------------------

    def _tell_records(self, records: list[Any]) -> None:
        """Keep the figures of the columns of a list of dicts or tuples."""
        try:
            source = source_of(records)
        except RequestError:
            return
        told = min(source.shape[1], TOLD_COLUMNS)
        step = step_for(source.shape[0] * told * told, MAX_ITEMS)
        rows = range(0, source.shape[0], step)
        for column in range(told):
            label = str(source.label(column))[:_LABEL_CHARS]
            if not self._hides(label):
                self._check()
                piece = source.piece(column, rows)
                self._tell(label, source.dtype(column), piece, is_part=step > 1)
        self.more = source.shape[1] - told

    def _tell_array(self, value: Any) -> None:
        """Keep the figures of an array: of each column of a narrow one, else of all elements."""
        array, nulls = _elements(value)
        is_known = is_array(array) and array.dtype.kind in "biufmM" and not is_mapped(array)
        if not is_known or not array.size:
            return
        step = step_for(array.size, MAX_ELEMENTS)
        dtype = str(array.dtype)
        if array.ndim == 2 and array.shape[1] <= TOLD_COLUMNS and nulls is None:
            for column in range(array.shape[1]):
                self._check()
                self._tell(str(column), dtype, plain(array[::step, column]))
        else:
            missing = None if nulls is None else sampled(nulls, step)[:]
            self._tell("", dtype, plain(sampled(array, step)[:])._replace(nulls=missing))

    def _tell(self, label: str, dtype: str, piece: ColumnValues, *, is_part: bool = False) -> None:
        told = figures(label, dtype, piece, self._check)
        if is_part:
            told.nulls = None  # of some rows only, and not of those that the hash is of
        self.columns.append(told)


def _elements(value: Any) -> tuple[Any, Any]:
    """Return an array of the elements that can be summed up, and which are missing."""
    if is_array(value):
        return value, None
    if tensor_base(value) is not None:
        return (None if has_no_numbers(value) else tensor_array(value)), None
    return (None, None) if array_adder(value) is add_sparse else masked_parts(value)


def _size(value: Any) -> int:
    array = tensor_array(value) if tensor_base(value) is not None else value
    return int(getattr(array, "size", 0))


_LABEL_CHARS = 200
