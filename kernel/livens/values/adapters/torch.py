"""torch: tensors by shape, dtype and device; modules by their parameters; never an operation.

The header of a tensor is read by the descriptors of torch's own C class, with torch's hooks
(``__torch_function__``) switched off for the moment: a mode of the user's sees nothing. A class
with a ``__torch_dispatch__`` of its own answers even for the shape, so it is told by its name.

The first items are shown of dense tensors on the CPU, and are read from memory: any way through
torch (``item``, ``tolist``, an index) is an operation, which modes, profilers and the graph see,
and ``numpy()`` marks the storage. What is on another device is never read, copied or waited for,
nor is memory that is not torch's own: it may be a file's. (A tensor that shares its memory with a
numpy array is among those, since nothing tells the two apart.)
"""

from __future__ import annotations

import struct
from itertools import islice
from typing import Any

from livens.values.gauges import Gauge, Reading, number
from livens.values.passive import (
    base_named,
    class_attribute,
    class_dict,
    class_name,
    copied_items,
    instance_dict,
    is_real_instance,
)
from livens.values.summaries import Adapter, Limits, Preview, Summary
from livens.values.tensors import is_lazy_clone, tensor_base, unhooked

_FORMATS = {
    "torch.float32": "f", "torch.float64": "d", "torch.float16": "e", "torch.bfloat16": "bf",
    "torch.int8": "b", "torch.uint8": "B", "torch.int16": "h", "torch.int32": "i",
    "torch.int64": "q", "torch.bool": "?",
}  # fmt: skip
"""How `struct` reads items; the rest is not shown."""

_MAX_MODULES = 1_000
"""Modules within a module whose parameters are counted."""


def _tensor(value: Any, limits: Limits, preview: Preview) -> Summary:
    base = tensor_base(value)
    if base is None or _answers_itself(type(value)):
        return Summary("tensor", class_name(type(value)))
    with unhooked():
        read = class_dict(base)
        shape = [int(size) for size in read["shape"].__get__(value)]
        dtype = str(read["dtype"].__get__(value))
        device = str(read["device"].__get__(value))
        layout = str(read["layout"].__get__(value))
        needs_grad = read["requires_grad"].__get__(value)
        nbytes = None
        items: list[Any] = []
        if layout == "torch.strided" and device != "meta":
            nbytes = read["element_size"](value) * read["numel"](value)
            if device == "cpu":
                items = _items(value, read, shape, dtype, limits.items)
    more = _size(shape) > len(items)
    return Summary(
        "tensor",
        _text(items, shape, more, layout) + (" requires_grad" if needs_grad else ""),
        length=shape[0] if shape else None,
        shape=shape,
        dtype=dtype.removeprefix("torch."),
        nbytes=nbytes,
        device=device,
        truncated=more,
    )


def _answers_itself(cls: type) -> bool:
    hook = class_attribute(cls, "__torch_dispatch__")
    base = base_named(cls, "torch.Tensor")
    return (
        base is not None
        and hook is not class_dict(base).get("__torch_dispatch__")
        and hook is not class_attribute(base, "__torch_dispatch__")
    )


def _size(shape: list[int]) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


def _items(value: Any, read: Any, shape: list[int], dtype: str, limit: int) -> list[Any]:
    """Read the first items from memory, in the order of the shape."""
    form = _FORMATS.get(dtype)
    count = min(_size(shape), limit)
    if form is None or not count or read["is_neg"](value):
        return []
    try:
        if not read["untyped_storage"](value).resizable():
            return []  # not torch's own
        if "const_data_ptr" not in read and is_lazy_clone(value):
            return []
        # That of a lazy clone would be copied for whoever asks for the address to write to it.
        address = read.get("const_data_ptr", read["data_ptr"])(value)
    except (AttributeError, RuntimeError, NotImplementedError):
        return []  # a tensor without memory of its own, as in `torch.func.vmap`
    if not address:
        return []
    import ctypes

    size = 2 if form == "bf" else struct.calcsize(form)
    strides = read["stride"](value)
    places = islice(_offsets(shape, strides), count)
    return [_decoded(form, ctypes.string_at(address + place * size, size)) for place in places]


def _offsets(shape: list[int], strides: tuple[int, ...]) -> Any:
    """Yield where the items are, counted in items from the first."""
    position = [0] * len(shape)
    while True:
        yield sum(n * stride for n, stride in zip(position, strides, strict=True))
        for axis in reversed(range(len(shape))):
            position[axis] += 1
            if position[axis] < shape[axis]:
                break
            position[axis] = 0
        else:
            return


def _decoded(form: str, data: bytes) -> Any:
    if form == "bf":  # the upper half of a float32
        return struct.unpack("<f", b"\0\0" + data)[0]
    return struct.unpack(f"={form}", data)[0]


def _text(items: list[Any], shape: list[int], more: bool, layout: str) -> str:
    if not items:
        return "[]" if not _size(shape) else f"not read{_layout(layout)}"
    told = [f"{item:.6g}" if type(item) is float else repr(item) for item in items]
    return f"[{', '.join(told)}{', …' if more else ''}]" if shape else told[0]


def _layout(layout: str) -> str:
    return "" if layout == "torch.strided" else f" ({layout.removeprefix('torch.')})"


def _module(value: Any, limits: Limits, preview: Preview) -> Summary:
    count, is_whole, device, parts = _parameters(value)
    told = f"{count:,}{'' if is_whole else ' or more'} parameters"
    named = f": {', '.join(parts)}" if parts else ""
    return Summary(
        "object",
        f"{class_name(type(value))}, {told}{named}",
        device=device,
        has_children=True,
        truncated=not is_whole,
    )


def _parameters(module: Any) -> tuple[int, bool, str | None, list[str]]:
    """Count the items of all parameters, each tensor once; name the parts of the module."""
    seen: set[int] = set()
    count, looked_at = 0, 0
    device: str | None = None
    waiting = [module]
    parts = [
        f"{name} {class_name(type(part))}"
        for name, part in _held(module, "_modules")[:5]
        if type(name) is str
    ]
    counters: dict[int, Any] = {}  # by class, of which there are few
    with unhooked():
        while waiting and looked_at < _MAX_MODULES:
            current = waiting.pop()
            looked_at += 1
            if id(current) in seen:
                continue
            seen.add(id(current))
            waiting += [part for _, part in _held(current, "_modules") if part is not None]
            for _, parameter in _held(current, "_parameters"):
                cls = type(parameter)
                if id(cls) not in counters:
                    base = None if _answers_itself(cls) else tensor_base(parameter)
                    counters[id(cls)] = base and class_dict(base)["numel"]
                    if base is not None and device is None:
                        device = str(class_dict(base)["device"].__get__(parameter))
                if counters[id(cls)] is not None and id(parameter) not in seen:
                    seen.add(id(parameter))
                    count += int(counters[id(cls)](parameter))
    return count, not waiting, device, parts


def _held(module: Any, name: str) -> list[tuple[Any, Any]]:
    held: Any = (instance_dict(module) or {}).get(name)
    return copied_items(held) if is_real_instance(held, dict) else []


def _optimizer(value: Any, limits: Limits, preview: Preview) -> Summary:
    defaults = (instance_dict(value) or {}).get("defaults")
    rate = defaults.get("lr") if type(defaults) is dict else None
    told = "" if rate is None else f", lr={preview(rate)}"
    return Summary("object", f"{class_name(type(value))}{told}", has_children=True)


def _name(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("other", str(value))


ADAPTERS: dict[str, Adapter] = {
    "torch.device": _name,
    "torch.dtype": _name,
}

BASES: dict[str, Adapter] = {
    "torch._C.TensorBase": _tensor,
    "torch._C._TensorBase": _tensor,
    "torch.nn.modules.module.Module": _module,
    "torch.optim.optimizer.Optimizer": _optimizer,
}


def _measured(value: Any) -> Reading:
    base = tensor_base(value)
    read = class_dict(base)
    with unhooked():
        shape = [int(size) for size in read["shape"].__get__(value)]
        if shape or str(read["device"].__get__(value)) != "cpu":
            return Reading(None, shape, read["element_size"](value) * read["numel"](value))
        if str(read["layout"].__get__(value)) != "torch.strided":
            return Reading(None, shape)
        items = _items(value, read, shape, str(read["dtype"].__get__(value)), 1)
    return Reading(number(items[0])) if items else Reading(None, shape)


GAUGES: dict[str, Gauge] = {"torch.Tensor": _measured}
