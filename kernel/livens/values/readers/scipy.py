"""scipy.sparse: the arrays that a sparse matrix is made of.

Each is a plain attribute with a numpy array, or for ``dok`` and ``lil`` a dict and arrays of
lists. What else such a matrix has among its attributes are notes on what is already known of it
(whether its indices are sorted), which change when it is only read.
"""

from __future__ import annotations

from typing import Any

from livens.values.content import Content, Reader
from livens.values.marks import short
from livens.values.passive import instance_dict

PARTS = ("data", "coords", "row", "col", "indices", "indptr", "offsets", "rows", "_dict")


def _sparse(value: Any) -> Content:
    own = instance_dict(value) or {}
    names = [name for name in PARTS if name in own]
    shape = own.get("_shape")
    header = tuple(map(short, shape)) if type(shape) is tuple else ()

    def read(start: int, stop: int) -> Any:
        return names[start:stop], [own[name] for name in names[start:stop]]

    return Content("attributes", header, len(names), read)


BASES: dict[str, Reader] = {
    f"scipy.sparse._{form}.{form}_{kind}": _sparse
    for form in ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")
    for kind in ("array", "matrix")
}
