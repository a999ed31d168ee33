"""jax: arrays by shape, dtype and where they are; never an item.

An item comes to Python through a copy from the device and a wait for the computation that makes
it, also on the CPU, so none is shown. ``aval`` is the abstract value that every array carries,
``_sharding`` says where it lies; both are kept beside the data. A tracer stands for a value that
does not exist, and is told by its class.
"""

from __future__ import annotations

from typing import Any

from livens.values.passive import class_name, qualified_name
from livens.values.summaries import Adapter, Limits, Preview, Summary

_SINGLE = ("jax.sharding.SingleDeviceSharding", "jax._src.sharding_impls.SingleDeviceSharding")
"""Where there is one device; other shardings are told by their class."""


def _array(value: Any, limits: Limits, preview: Preview) -> Summary:
    shaped = value.aval
    shape = [int(size) for size in shaped.shape]
    dtype = shaped.dtype
    is_plain = qualified_name(type(dtype)).startswith("numpy.dtype")
    size = 1
    for length in shape:
        size *= length
    return Summary(
        "tensor",
        "not read",
        length=shape[0] if shape else None,
        shape=shape,
        dtype=str(dtype) if is_plain else class_name(type(dtype)),
        nbytes=size * int(dtype.itemsize) if is_plain else None,
        device=_device(value._sharding),
        truncated=True,
    )


def _device(sharding: Any) -> str:
    device: Any = None
    if qualified_name(type(sharding)) in _SINGLE:
        device = sharding._device  # a field that Python and C++ share
    if qualified_name(type(device)).startswith(("jaxlib.", "jax.")):
        return f"{device.platform}:{device.id}"
    return class_name(type(sharding))


def _tracer(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("lazy", f"{class_name(type(value))}, traced")


def _key(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("tensor", "random key, not read")


ADAPTERS: dict[str, Adapter] = {
    "jaxlib._jax.ArrayImpl": _array,
    "jaxlib.xla_extension.ArrayImpl": _array,
    "jax._src.array.ArrayImpl": _array,
    "jax._src.prng.PRNGKeyArray": _key,
    "jax._src.random.prng.PRNGKeyArray": _key,
}

BASES: dict[str, Adapter] = {"jax._src.core.Tracer": _tracer}
