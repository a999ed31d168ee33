"""Arrays and images in memory are pictures: the very pixels, no code of theirs, within limits."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from livens.values import pictures
from livens.values.pictures import may_be_picture, picture_of

RANDOM = np.random.default_rng(7)


def pixels(value: Any, max_px: int = 2_000) -> np.ndarray[Any, Any]:
    """Return the pixels of a value's picture, as Pillow reads the file."""
    picture = picture_of(value, max_px)
    assert picture is not None
    return np.asarray(Image.open(BytesIO(picture.data)))


@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 3), (20, 30, 4), (2, 5, 3)])
@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32", "float64"])
def test_array_is_a_picture_of_its_pixels(shape: tuple[int, ...], dtype: str) -> None:
    """Bytes are what they are; floats from 0 to 1 are rounded to 256 steps."""
    whole = RANDOM.integers(0, 256, shape, "uint8")
    array = whole if dtype == "uint8" else (whole / 255).astype(dtype)
    assert may_be_picture(array)
    assert np.abs(pixels(array).astype(int) - whole).max() <= (1 if dtype == "float16" else 0)
    assert np.array_equal(pixels(np.asfortranarray(array)), pixels(array))
    assert np.array_equal(pixels(array[::-1]), pixels(array)[::-1])


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((15, 100), "u1"),  # rather a table
        np.zeros((20, 20), "u2"),
        np.zeros((20, 20), int),
        np.zeros((20, 20), bool),
        np.zeros((20, 20, 2), "u1"),
        np.zeros((20, 20, 5)),
        np.zeros((1, 20, 3)),
        np.zeros((3, 20, 20)),
        np.zeros((0, 20)),
        np.zeros(400),
        np.full((20, 20), 1.01),
        np.full((20, 20), -0.01),
        np.full((20, 20), np.nan),
        np.zeros((20, 20), complex),
        np.zeros((20, 20)).view(np.matrix),
        "text",
        [[0.5] * 20] * 20,
        None,
    ],
    ids=lambda value: f"{getattr(value, 'dtype', '')}{getattr(value, 'shape', value)}"[:20],
)
def test_other_values_are_none(array: Any) -> None:
    """Not by their form, or not by what is in them."""
    assert picture_of(array, 2_000) is None


def test_one_pixel_outside_of_the_range_makes_it_no_picture() -> None:
    """All of them are looked at, not some."""
    array = np.zeros((300, 300))
    array[211, 107] = 1.5
    assert picture_of(array, 2_000) is None


def test_large_array_is_made_smaller_until_it_may_be_sent(monkeypatch: Any) -> None:
    """By leaving out pixels; the size that is told is that of the value."""
    array = RANDOM.integers(0, 256, (300, 400, 3), "uint8")
    picture = picture_of(array, 100)
    assert picture is not None
    assert picture.size == (400, 300)
    assert np.array_equal(pixels(array, 100), array[::4, ::4])
    monkeypatch.setattr(pictures, "MAX_BYTES", 20_000)
    smaller = picture_of(array, 2_000)
    assert smaller is not None
    assert len(smaller.data) <= 20_000


def test_memory_map_is_not_read(tmp_path: Path) -> None:
    """Nor an array on top of one: its pixels are on a disk."""
    memmap = np.memmap(tmp_path / "file", "u1", "w+", shape=(20, 20))
    on_top = np.asarray(memmap).view(np.ndarray)
    assert picture_of(memmap, 100) is None
    assert picture_of(on_top, 100) is None


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "HSV", "YCbCr"])
def test_image_of_pillow_in_memory_is_a_picture(mode: str) -> None:
    """In any mode; smaller than it is where that was asked for."""
    image = Image.new(mode, (40, 20))
    assert may_be_picture(image)
    assert pixels(image).shape[:2] == (20, 40)
    assert pixels(image, 20).shape[:2] == (10, 20)


def test_image_of_pillow_that_is_a_file_is_not_loaded(tmp_path: Path) -> None:
    """To read it is the user's to do."""
    Image.new("RGB", (40, 20), "red").save(tmp_path / "red.png")
    with Image.open(tmp_path / "red.png") as image:
        assert not may_be_picture(image)
        assert picture_of(image, 100) is None
        image.load()
        assert pixels(image)[0, 0].tolist() == [255, 0, 0]


def test_image_of_a_class_of_the_users_is_none() -> None:
    """Its methods are anybody's."""
    own = type("Own", (Image.Image,), {"copy": lambda self: 1 / 0})()
    assert not may_be_picture(own)
    assert picture_of(own, 100) is None


def test_file_in_an_image_of_ipython_is_sent_as_it_is() -> None:
    """With its own type."""
    from IPython.display import Image as Shown

    file = BytesIO()
    Image.new("RGB", (4, 4)).save(file, "JPEG")
    picture = picture_of(Shown(data=file.getvalue(), format="jpeg"), 100)
    assert picture is not None
    assert (picture.mime, picture.data) == ("image/jpeg", file.getvalue())
