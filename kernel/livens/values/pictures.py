"""Pictures: values that are images, as PNG, without running any code of the user's.

Arrays of numpy of height x width, and of height x width x 3 or 4, are images if they hold bytes
(``uint8``) or floats from 0 to 1. Images of Pillow are read if their pixels are in memory: to load
them is the user's to do. Images of IPython's hold the data of a file already.

A picture that is larger than asked for, or than may be sent, is made smaller by leaving pixels out.
"""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any, NamedTuple

from livens.values.passive import (
    base_named,
    class_module,
    instance_dict,
    module_contents,
    qualified_name,
)
from livens.values.tables.sources import loaded_class

MAX_BYTES = 2_000_000
"""A larger picture would hold up everything else that the kernel has to tell."""

LEAST_SIDE = 16
"""A smaller matrix is rather a table of numbers."""

_MOST_PIXELS_READ = 100_000_000
_FORMATS = ("png", "jpeg", "gif", "webp")


class Picture(NamedTuple):
    """An image.

    Attributes
    ----------
    mime : str
        What the data are.
    data : bytes
        The file.
    size : tuple of int
        Width and height of the value, in pixels; the picture may have fewer.
    """

    mime: str
    data: bytes
    size: tuple[int, int]


def may_be_picture(value: Any) -> bool:
    """Return whether a value looks like an image, as far as that is known without its pixels.

    Examples
    --------
    >>> may_be_picture([[0, 255]])
    False
    """
    if loaded_class("numpy", "ndarray") is type(value):
        return _has_form(value)
    return _pixels(value) is not None or _file(value) is not None


def picture_of(value: Any, max_px: int) -> Picture | None:
    """Return a value as a picture; None if it is none.

    Parameters
    ----------
    value : object
        Anything.
    max_px : int
        How wide and high the picture may be.
    """
    if loaded_class("numpy", "ndarray") is type(value):
        return _of_array(value, max_px) if _has_form(value) and _is_in_range(value) else None
    file = _file(value)
    if file is not None:
        return file
    return _of_pillow(value, max_px) if _pixels(value) is not None else None


# -- arrays --------------------------------------------------------------------------------


def _has_form(array: Any) -> bool:
    if array.dtype.kind not in "fu" or (array.dtype.kind == "u" and array.dtype.itemsize != 1):
        return False
    shape = array.shape
    if len(shape) == 2:
        return bool(min(shape) >= LEAST_SIDE)
    return bool(len(shape) == 3 and shape[2] in (3, 4) and min(shape[:2]) > 1)


def _is_in_range(array: Any) -> bool:
    """Return whether floats are from 0 to 1, all of them; of a memory map nothing is read."""
    if _lies_on_a_map(array):
        return False
    if array.dtype.kind == "u":
        return True
    # One row after the other: no copy of the whole, and others get the GIL in between.
    return array.size <= _MOST_PIXELS_READ and all(
        row.min() >= 0 and row.max() <= 1 for row in array
    )


def _lies_on_a_map(array: Any) -> bool:
    below: Any = array
    while below is not None:
        if qualified_name(type(below)) in ("numpy.memmap", "mmap.mmap"):
            return True
        is_array = loaded_class("numpy", "ndarray") is type(below)
        below = getattr(below, "base", None) if is_array else None
    return False


def _of_array(array: Any, max_px: int) -> Picture:
    height, width = array.shape[:2]
    step = max(1, -(-max(height, width) // max_px))
    while True:
        data = _png(array[::step, ::step])
        if len(data) <= MAX_BYTES:
            return Picture("image/png", data, (width, height))
        step *= 2


def _png(pixels: Any) -> bytes:
    """Write an array of bytes, or of floats from 0 to 1, as a PNG."""
    numpy = module_contents("numpy")
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    lines = numpy["zeros"]((height, 1 + width * channels), "u1")  # each begins with its filter: 0
    if pixels.dtype.kind == "f":
        pixels = pixels * 255 + 0.5
    lines[:, 1:] = pixels.astype("u1").reshape(height, width * channels)
    color = {1: 0, 3: 2, 4: 6}[channels]
    head = struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(lines.tobytes(), 6)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


# -- images of libraries -------------------------------------------------------------------


def _pixels(value: Any) -> Any:
    """Return what an image of Pillow has in memory; None if it is none, or is not loaded."""
    cls = type(value)
    if not class_module(cls).startswith("PIL.") or base_named(cls, "PIL.Image.Image") is None:
        return None
    own = instance_dict(value) or {}
    return own.get("_im", own.get("im"))


def _of_pillow(image: Any, max_px: int) -> Picture:
    make = base_named(type(image), "PIL.Image.Image")
    width, height = make.size.__get__(image)
    side = max_px
    while True:
        copy = make.copy(image)
        copy.thumbnail((side, side))
        if copy.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
            copy = copy.convert("RGB")
        file = BytesIO()
        copy.save(file, "PNG")
        if file.tell() <= MAX_BYTES:
            return Picture("image/png", file.getvalue(), (width, height))
        side = max(copy.size) // 2


def _file(value: Any) -> Picture | None:
    """Return the file in an image of IPython's; None if it is none, or larger than may be sent."""
    if qualified_name(type(value)) != "IPython.core.display.Image":
        return None
    own = instance_dict(value) or {}
    data, form = own.get("data"), own.get("format")
    form = "jpeg" if form == "jpg" else form
    if type(data) is not bytes or form not in _FORMATS or not 0 < len(data) <= MAX_BYTES:
        return None
    return Picture(f"image/{form}", data, (0, 0))
