"""`LOOKS`: how kept values of libraries are compared, for `livens.state.plain.comparing`.

An array is equal to a view of an equal part of another one. A frame is equal to one with the same
columns, however these are put together in memory.
"""

from __future__ import annotations

from typing import Any

from livens.exceptions import DocumentUnreadable
from livens.state.encoding import arrays, arrow
from livens.state.plain import comparing
from livens.state.plain.comparing import Look, Side, Walk, same_bytes, same_data, same_node
from livens.state.plain.document import Node

_MOST_HEAD = 1 << 18

# -- arrays --------------------------------------------------------------------------------------


def _same_array(walk: Walk, one: Any, other: Any) -> bool:
    """Compare two arrays, each of which may be a view of the memory of others."""
    first, second = walk.one.node(one), walk.other.node(other)
    if not walk.is_one(_memory(one, first), _memory(other, second)):
        return False
    return _same_numbers(walk, first, second)


def _same_own_array(walk: Walk, one: Any, other: Any) -> bool:
    """Compare two arrays whose memory nothing else shares, of numbers or of objects."""
    first, second = walk.one.node(one), walk.other.node(other)
    if first.kind == second.kind == "objects":
        return _same_objects(walk, one, other)
    return first.kind == second.kind == "ndarray" and _same_numbers(walk, first, second)


def _memory(ref: Any, node: Node) -> tuple[str, int]:
    """Return what stands for the memory of an array, apart from the array itself."""
    return "memory", node.args[0][0] if node.kind == "view" else ref[0]


def _same_numbers(walk: Walk, first: Node, second: Node) -> bool:
    """Compare what two arrays hold, of which class they are, and whether they can be written to."""
    if not same_data(first.data[:2], second.data[:2]):
        return False
    if first.kind == second.kind == "ndarray":
        if same_bytes(walk, first, second):
            return True
        if _head(walk.one, first) == _head(walk.other, second):
            return False
    return same_array(_loaded(walk.one, first), _loaded(walk.other, second))


def _head(side: Side, node: Node) -> bytes:
    """Return the header of an npy file, which says all but the items."""
    head = side.blob(node.data[2], _MOST_HEAD)
    return bytes(head[: 12 + int.from_bytes(head[8:12], "little")])


def same_array(ours: Any, theirs: Any) -> bool:
    """Return whether two arrays have the same shape, dtype and items, to the last bit."""
    is_like = ours.shape == theirs.shape and ours.dtype == theirs.dtype
    is_like = is_like and ours.dtype.str == theirs.dtype.str
    return bool(is_like and ours.tobytes() == theirs.tobytes())


def _loaded(side: Side, node: Node) -> Any:
    """Return the array of a node."""
    if node.kind == "ndarray":
        return arrays.read_npy(side.blob(node.data[2]))
    memory = arrays.read_npy(side.blob(side.node(node.args[0]).data))
    return arrays.view_of(memory, node.data, arrays.read_npy(side.blob(node.data[2])).dtype)


def _same_objects(walk: Walk, one: Any, other: Any) -> bool:
    """Compare two arrays of objects, in whatever order they lie in memory."""
    first, second = walk.one.node(one), walk.other.node(other)
    return same_data(first.data[:3], second.data[:3]) and walk.meet(_rows(first), _rows(second))


def _rows(node: Node) -> list[Any]:
    """Return the refs of an array of objects, row by row."""
    _, _, dims, order = node.data
    if order != "F":
        return node.fill
    np = arrays.numpy()
    places = np.arange(len(node.fill)).reshape(dims, order="F").ravel().tolist()
    return [node.fill[place] for place in places]


# -- pandas --------------------------------------------------------------------------------------


def _same_holder(walk: Walk, one: Any, other: Any) -> bool:
    """Compare two objects of pandas, which hold arrays that are theirs alone."""
    first, second = walk.one.node(one), walk.other.node(other)
    return (
        first.kind == second.kind
        and same_data(first.data, second.data)
        and walk.meet(first.fill, second.fill)
        and _same_held(walk, first.args, second.args)
    )


def _same_held(walk: Walk, ones: list[Any], others: list[Any]) -> bool:
    """Compare what is held: numpy's arrays, or anything else."""
    if len(ones) != len(others):
        return False
    for one, other in zip(ones, others, strict=True):
        if _is_array(walk.one, one) and _is_array(walk.other, other):
            if not _same_own_array(walk, one, other):
                return False
        elif not walk.meet([one], [other], is_own=True):
            return False
    return True


def _is_array(side: Side, ref: Any) -> bool:
    return type(ref) is list and side.node(ref).kind in ("ndarray", "objects")


def _same_frame(walk: Walk, one: Any, other: Any) -> bool:
    """Compare two frames column by column."""
    first, second = walk.one.node(one), walk.other.node(other)
    if first.kind != second.kind or not walk.meet(first.fill, second.fill):
        return False
    if not walk.meet(first.args[:2], second.args[:2]) or first.data[2] != second.data[2]:
        return False
    if same_data(first.data, second.data):
        return _same_held(walk, first.args[2:], second.args[2:])
    ours, theirs = _columns(walk.one, first), _columns(walk.other, second)
    if len(ours) != len(theirs):
        return False
    pairs = [(column, theirs.get(place)) for place, column in ours.items()]
    return all(second is not None and first.is_same(walk, second) for first, second in pairs)


class _Column:
    """A column of a frame: a row of a block, or an array of its own.

    Parameters
    ----------
    side : Side
        The document.
    dtype : str
        What pandas calls its dtype.
    refs : list
        Those of the block, and of the dtype if it is of times.
    row : int
        Which row of the block it is.
    rows : dict
        Blocks that have been read.
    """

    def __init__(
        self, side: Side, dtype: str, refs: list[Any], row: int, rows: dict[int, Any]
    ) -> None:
        self._side, self._dtype, self._refs, self._row, self._rows = side, dtype, refs, row, rows

    def is_same(self, walk: Walk, other: _Column) -> bool:
        """Return whether it is equal to a column of the other document."""
        if self._dtype != other._dtype or not walk.meet(self._refs[1:], other._refs[1:]):
            return False
        ours, theirs = self._items(), other._items()
        if ours is None or theirs is None:
            return ours is theirs and walk.meet(self._refs[:1], other._refs[:1], is_own=True)
        if type(ours) is list or type(theirs) is list:
            return type(ours) is type(theirs) and walk.meet(ours, theirs)
        return same_array(ours, theirs)

    def _items(self) -> Any:
        """Return its items: an array, a list of refs, or None if it is an array of pandas."""
        node = self._side.node(self._refs[0])
        if node.kind not in ("ndarray", "objects"):
            return None
        index = self._refs[0][0]
        if index not in self._rows:
            self._rows[index] = _block(self._side, node)
        return self._rows[index][self._row]


def _block(side: Side, node: Node) -> Any:
    """Return the rows of a block."""
    if node.kind == "ndarray":
        values = _loaded(side, node)
        return values if values.ndim == 2 else values.reshape(1, -1)
    items, dims = _rows(node), node.data[2]
    width = dims[-1]
    return [items[start : start + width] for start in range(0, len(items), width)] or [[]] * dims[0]


def _columns(side: Side, node: Node) -> dict[int, _Column]:
    """Return the columns of a frame by their places."""
    places, dtypes, _ = node.data
    rows: dict[int, Any] = {}
    if len(node.args) != 2 + 2 * len(places):
        raise DocumentUnreadable("columns of it are missing; the document is damaged")
    return {
        place: _Column(side, dtypes[number], node.args[2 * number + 2 :][:2], row, rows)
        for number, where in enumerate(places)
        for row, place in enumerate(where)
    }


# -- Arrow ---------------------------------------------------------------------------------------


def _same_arrow(walk: Walk, one: Any, other: Any) -> bool:
    """Compare values of pyarrow or polars by what they hold, if their bytes differ."""
    first, second = walk.one.node(one), walk.other.node(other)
    if same_node(walk, one, other):
        return True
    if first.kind != second.kind or not same_data(first.data[:-1], second.data[:-1]):
        return False
    ours, theirs = arrow.loaded(walk.one, first), arrow.loaded(walk.other, second)
    return bool(ours.equals(theirs))


LOOKS: dict[str, Look] = {
    **comparing.LOOKS,
    **dict.fromkeys(("ndarray", "view"), _same_array),
    **dict.fromkeys(("index", "series", "pdarray"), _same_holder),
    **dict.fromkeys(("arrow", "polars"), _same_arrow),
    "objects": _same_objects, "frame": _same_frame,
}  # fmt: skip
