"""torch: tensors by the version that torch counts, and where their data are.

The data are never read: they may be on a device, and reading them would wait for it. Every
operation of torch that writes into a tensor counts ``_version`` up; what writes past torch (into
the numpy array that shares the memory) is not seen.
"""

from __future__ import annotations

from typing import Any

from livens.content import Content, Reader, nothing, state


def _tensor(value: Any) -> Content:
    facts: tuple[tuple[str, Any], ...] = (
        ("dtype", str(value.dtype)),
        ("device", str(value.device)),
        ("requires_grad", bool(value.requires_grad)),
    )
    header = tuple(value.shape)
    try:
        facts += (("_version", value._version), ("_memory", value.data_ptr()))
    except RuntimeError:  # made in inference mode, or without storage
        gap = "torch counts no versions of this tensor"
        return Content("cells", header, 0, nothing, gap=gap, facts=facts)
    gradient = value.grad if value.is_leaf else None
    return Content(
        "items", header, 1, lambda start, stop: (None, [gradient][start:stop]), facts=facts
    )


def _subclass(value: Any) -> Content:
    """Read nothing: whatever is asked of a subclass goes through its ``__torch_function__``."""
    return state(gap="a subclass of torch.Tensor is not read")


READERS: dict[str, Reader] = {
    "torch.Tensor": _tensor,
    "torch.nn.parameter.Parameter": _tensor,
}

BASES: dict[str, Reader] = {"torch.Tensor": _subclass}
