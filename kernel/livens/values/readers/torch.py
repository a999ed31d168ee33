"""torch: tensors by the version that torch counts, and where their data are.

The data are never read: they may be on a device, and reading them would wait for it. Every
operation of torch that writes into a tensor counts ``_version`` up; what writes past torch (into
the numpy array that shares the memory) is not seen. Where the data are is told by the storage: its
address in memory would have a lazy clone copied, and changes when memory is shared with others.
"""

from __future__ import annotations

import sys
from typing import Any

from livens.values.content import Content, Reader, nothing, state
from livens.values.passive import class_dict
from livens.values.tensors import is_lazy_clone, tensor_base, unhooked


def _tensor(value: Any) -> Content:
    base = tensor_base(value)
    if base is None:
        return state(gap="a tensor that is not torch's own is not read")
    read = class_dict(base)
    with unhooked():
        facts: tuple[tuple[str, Any], ...] = tuple(
            (name, str(read[name].__get__(value))) for name in ("dtype", "device")
        )
        facts += (("requires_grad", read["requires_grad"].__get__(value) is True),)
        header: tuple[int, ...] = ()
        try:
            header = tuple(map(int, read["shape"].__get__(value)))
            memory = _memory(value, read)
            facts += (("_version", read["_version"].__get__(value)), ("_memory", memory))
        except RuntimeError:  # made in inference mode, without storage, or nested
            gap = "torch counts no versions of this tensor"
            return Content("cells", header, 0, nothing, gap=gap, facts=facts)
        gradient = read["grad"].__get__(value) if read["is_leaf"].__get__(value) else None
    return Content(
        "items", header, 1, lambda start, stop: (None, [gradient][start:stop]), facts=facts
    )


def _memory(value: Any, read: Any) -> tuple[int, int]:
    """Return where a tensor lies: in which storage, which remains when it is moved, and where."""
    offset = int(read["storage_offset"](value))
    address = getattr(sys.modules["torch"]._C, "_storage_address", None)
    if address is not None:
        return int(address(value)), offset
    return (0 if is_lazy_clone(value) else int(read["data_ptr"](value))), offset


def _subclass(value: Any) -> Content:
    """Read nothing: whatever is asked of a subclass goes through its ``__torch_function__``."""
    return state(gap="a subclass of torch.Tensor is not read")


READERS: dict[str, Reader] = {
    "torch.Tensor": _tensor,
    "torch.nn.parameter.Parameter": _tensor,
}

BASES: dict[str, Reader] = {"torch.Tensor": _subclass}
