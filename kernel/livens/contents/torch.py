"""torch: tensors by the version that torch counts, and where their data are.

The data are never read: they may be on a device, and reading them would wait for it. Every
operation of torch that writes into a tensor counts ``_version`` up; what writes past torch (into
the numpy array that shares the memory) is not seen.
"""

from __future__ import annotations

from typing import Any

from livens.fingerprints import Content, Reader, nothing


def _tensor(value: Any) -> Content:
    header = (str(value.dtype), str(value.device), bool(value.requires_grad), *value.shape)
    try:
        header += (value._version, value.data_ptr())
    except RuntimeError:  # made in inference mode, or without storage
        return Content("cells", header, 0, nothing, gap="torch counts no versions of this tensor")
    gradient = value.grad if value.is_leaf else None
    return Content("items", header, 1, lambda start, stop: (None, [gradient][start:stop]))


READERS: dict[str, Reader] = {
    "torch.Tensor": _tensor,
    "torch.nn.parameter.Parameter": _tensor,
}
