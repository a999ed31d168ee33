"""Tensors of torch: how they are asked past the user's hooks, and which share memory for now."""

from __future__ import annotations

import sys
from typing import Any

from livens.values.passive import base_named


def tensor_base(value: object) -> Any:
    """Return torch's own class in C, from the classes that a tensor's class inherits from."""
    return base_named(type(value), "torch._C.TensorBase", "torch._C._TensorBase")


def unhooked() -> Any:
    """Return a context in which what is asked of a tensor goes past the user's hooks."""
    return sys.modules["torch"]._C.DisableTorchFunction()


def is_lazy_clone(value: Any) -> bool:
    """Return whether a tensor shares its memory until one of those that do is written to."""
    ask = getattr(sys.modules["torch"]._C, "_is_cow_tensor", None)
    return ask is not None and ask(value) is True
