"""`Block`: an array of numpy that belongs to a frame, which no other array shares afterwards."""

from __future__ import annotations

from typing import Any

from livens.state.encoding import arrays
from livens.state.plain.document import Node
from livens.state.plain.writer import Writer


class Block:
    """Stands for an array of numpy, so that it is encoded without what it shares.

    Parameters
    ----------
    values : numpy.ndarray
        What a frame, an index or an array of pandas holds.
    """

    def __init__(self, values: Any) -> None:
        self.values = values


def encode_block(writer: Writer, block: Block) -> Node:
    """Return the node of a block: as that of an array."""
    values = block.values
    if values.dtype.hasobject and not values.dtype.names:
        order = "F" if values.flags.f_contiguous and not values.flags.c_contiguous else "C"
        fill = writer.refs(list(values.ravel(order=order)))
        return Node("objects", fill=fill, data=["", True, list(values.shape), order])
    writer.count_nbytes(values.nbytes)
    return Node("ndarray", data=["", True, arrays.npy_blob(writer, values)])
