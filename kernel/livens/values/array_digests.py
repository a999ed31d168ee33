"""Arrays in a digest: numpy's by their elements in C order, tensors of torch, sparse matrices.

dtype and shape count; strides, flags and where the memory lies do not. Of more than
`MAX_ELEMENTS` elements evenly spaced ones are read. A memory map is not read, for that could read a
disk, and neither is a tensor on a device, which would have to be waited for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from livens.values.canonical import MAX_ITEMS, Canonical
from livens.values.canonical_scalars import has_padding
from livens.values.passive import class_dict, class_name, instance_dict, qualified_name
from livens.values.readers.numpy import is_mapped
from livens.values.readers.scipy import BASES as SPARSE
from livens.values.readers.scipy import PARTS
from livens.values.tables.columns import is_array, loaded_numpy
from livens.values.tensors import is_lazy_clone, tensor_base, unhooked

MAX_ELEMENTS = 4_000_000
"""So many numbers are read: 32 MB of floats, about 40 ms."""

_PIECE = 1 << 17
"""How many elements are hashed between two looks at the clock: a millisecond."""

_TENSORS = ("torch.Tensor", "torch.nn.parameter.Parameter")
_MASKED = ("numpy.ma.MaskedArray", "numpy.ma.core.MaskedArray")


def step_for(count: int, limit: int) -> int:
    """Return how far apart the parts have to be of which no more than *limit* are read.

    Examples
    --------
    >>> step_for(10, 10), step_for(11, 10), step_for(0, 10)
    (1, 2, 1)
    """
    return max(1, -(-count // limit))


def add_array(canonical: Canonical, array: Any) -> int:
    """Add an exact `numpy.ndarray`; returns how far apart the elements are that were read."""
    dtype = array.dtype
    canonical.write(b"a%s%s;" % (_dtype_text(dtype).encode(), repr(array.shape).encode()))
    if is_mapped(array):
        canonical.leave_out("a memory map is not read")
    elif dtype.names is not None:
        canonical.count(1)
        return max([1, *(add_array(canonical, array[name]) for name in dtype.names)])
    elif dtype.kind == "T":
        canonical.leave_out("an array of StringDType is not read")
    elif has_padding(dtype):
        canonical.leave_out(f"the bytes of a {dtype} are not all of its value")
    elif dtype.hasobject:
        step = step_for(array.size, MAX_ITEMS // 2)
        canonical.add_list(sampled(array, step)[:].tolist())
        return step
    else:
        step = step_for(array.size, MAX_ELEMENTS)
        add_elements(canonical, sampled(array, step))
        return step
    return 1


def _dtype_text(dtype: Any) -> str:
    return "records" if dtype.names is not None else str(dtype.str)


def sampled(array: Any, step: int) -> Any:
    """Return elements in C order, without a copy where all of them are wanted or lie so."""
    if array.flags.c_contiguous or array.ndim == 1:
        return array.reshape(-1)[::step]
    return array.flat if step == 1 else array.flat[::step]


def add_elements(canonical: Canonical, flat: Any) -> None:
    """Add the elements of an array of one dimension, or of its ``flat``, piece by piece."""
    for start in range(0, len(flat), _PIECE):
        canonical.check()
        canonical.write(flat[start : start + _PIECE].tobytes())


def add_masked(canonical: Canonical, value: Any) -> int:
    """Add a masked array; what is masked counts as masked, whatever is below."""
    data, nulls = masked_parts(value)
    canonical.write(b"masked;")
    if nulls is None:
        return add_array(canonical, data)
    if data.dtype.names is not None or data.dtype.hasobject or data.size > MAX_ELEMENTS:
        return max(add_array(canonical, data), add_array(canonical, nulls))
    data = data.copy()
    data[nulls] = 0
    return max(add_array(canonical, data), add_array(canonical, nulls))


def masked_parts(value: Any) -> tuple[Any, Any]:
    """Return the data and the mask of a `MaskedArray`; None for a mask that masks nothing."""
    ndarray = loaded_numpy().ndarray
    data = class_dict(ndarray)["view"](value, ndarray)
    mask: Any = (instance_dict(value) or {}).get("_mask")
    return data, mask if is_array(mask) and mask.shape == data.shape else None


def tensor_array(value: Any) -> Any:
    """Return the memory of a tensor of torch as an array of numpy, or the reason why not.

    No hook of the user's runs, and nothing is copied or waited for.
    """
    base = tensor_base(value)
    read = class_dict(base)
    with unhooked():
        device = str(read["device"].__get__(value))
        if device != "cpu":
            return f"a tensor on {device} is not read"
        layout = str(read["layout"].__get__(value))
        if layout != "torch.strided" or is_lazy_clone(value):
            return f"a tensor of layout {layout} is not read"
        try:
            plain = read["detach"](value)
            if str(read["dtype"].__get__(value)) == "torch.bfloat16":
                plain = read["view"](plain, sys.modules["torch"].int16)
            return read["numpy"](plain)
        except (RuntimeError, TypeError) as err:
            return f"a tensor of {read['dtype'].__get__(value)} is not read: {type(err).__name__}"


def has_no_numbers(value: Any) -> bool:
    """Return whether the bytes of a tensor are numbers that numpy does not know."""
    with unhooked():
        dtype = str(class_dict(tensor_base(value))["dtype"].__get__(value))
    return dtype == "torch.bfloat16"


def add_tensor(canonical: Canonical, value: Any) -> int:
    """Add an exact tensor of torch, with its dtype; returns how far apart what is read is."""
    array = tensor_array(value)
    with unhooked():
        dtype = str(class_dict(tensor_base(value))["dtype"].__get__(value))
    canonical.write(b"tensor %s;" % dtype.encode())
    if type(array) is str:
        canonical.leave_out(array)
        return 1
    return add_array(canonical, array)


def add_sparse(canonical: Canonical, value: Any) -> int:
    """Add a sparse matrix of scipy by the arrays that it is made of."""
    own = instance_dict(value) or {}
    canonical.write(b"sparse %s;" % class_name(type(value)).encode())
    canonical.add(own.get("_shape"))
    canonical.add_all([own[name] for name in PARTS if name in own])
    return 1


def array_adder(value: object) -> Callable[[Canonical, Any], int] | None:
    """Return what adds a value of one of these classes; None for any other."""
    if is_array(value):
        return add_array
    name = qualified_name(type(value))
    if name in _MASKED:
        return add_masked
    if name in _TENSORS and tensor_base(value) is not None:
        return add_tensor
    return add_sparse if name in SPARSE else None
