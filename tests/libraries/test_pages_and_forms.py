"""`inspect`, `table` and `value` of the libraries' values, through the protocol."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
import torch
import xarray as xr
from IPython.core.interactiveshell import InteractiveShell
from PIL import Image

from livens.exceptions import NotAllowed
from livens.kernel.ipython_forms import form
from livens.protocol.requests import Table, TableParams
from livens.protocol.table_requests import Filter, SortKey
from livens.values import adapters
from livens.values.children import children
from livens.values.tables.opening import source_of
from livens.values.tables.page import PageReader

adapters.register_all()

ROWS = {
    "n": [3, 1, None, 2],
    "x": [0.5, float("nan"), 2.5, float("inf")],
    "t": ["b", "a", None, "ab"],
    "ok": [True, False, None, True],
}


def polars_frame() -> pl.DataFrame:
    """Make a frame with what is missing in every column."""
    return pl.DataFrame(ROWS)


def arrow_table() -> pa.Table:
    """Make the same as a table of pyarrow."""
    return pa.table(ROWS)


def read(value: object, **params: Any) -> Table:
    """Read a page of a table."""
    reader = PageReader(source_of(value), lambda label: label == "password", repr, lambda: 0.0)
    return reader.read(TableParams(path=[["name", "x"]], **params))


def below(value: object) -> dict[str, Any]:
    """Return what is below a value, by name."""
    return {child.name: child.value for child in children(value, 0, 100)[0]}


# -- table ---------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [polars_frame, arrow_table])
def test_page_of_a_frame(make: Any) -> None:
    """Missing values are null, infinities text; the shape is the whole table's."""
    page = read(make(), limit=3)
    assert [column.label for column in page.columns] == list(ROWS)
    assert page.shape == [4, 4]
    assert page.total == 4
    assert page.rows[0] == [3, 0.5, "b", True]
    assert page.rows[1] == [1, None, "a", False]
    assert page.rows[2] == [None, 2.5, None, None]
    assert read(make(), start=3).rows == [[2, "inf", "ab", True]]


@pytest.mark.parametrize("make", [polars_frame, arrow_table])
def test_sorted_filtered_and_summed_up(make: Any) -> None:
    """Missing values go last, filters leave them out, and the figures are of what is left."""
    value = make()
    ascending = read(value, sort=[SortKey(0)], columns=[0])
    assert [row[0] for row in ascending.rows] == [1, 2, 3, None]
    descending = read(value, sort=[SortKey(2, descending=True)], columns=[2])
    assert [row[0] for row in descending.rows] == ["b", "ab", "a", None]
    kept = read(value, filters=[Filter(2, "contains", "B")], columns=[2], summary=True)
    assert [row[0] for row in kept.rows] == ["b", "ab"]
    assert kept.total == 2
    figures = read(value, columns=[0], summary=True).columns[0]
    assert (figures.nulls, figures.min, figures.max, figures.mean) == (1, 1, 3, 2.0)


def test_table_is_left_alone() -> None:
    """Sorting and filtering a page change nothing in the frame."""
    frame, table = polars_frame(), arrow_table()
    for value in (frame, table):
        read(value, sort=[SortKey(1)], filters=[Filter(0, ">", 1)], summary=True)
    assert frame.equals(polars_frame(), null_equal=True)
    assert [column.to_pylist()[0] for column in table.columns] == [3, 0.5, "b", True]


def test_column_that_is_redacted_shows_nothing() -> None:
    """Neither its values nor their order."""
    for value in (pl.DataFrame({"password": ["x"]}), pa.table({"password": ["x"]})):
        assert read(value).rows == [["redacted"]]
        with pytest.raises(NotAllowed):
            read(value, sort=[SortKey(0)])


@pytest.mark.parametrize(
    "value",
    [
        pl.DataFrame({"a": [1]}).lazy(),
        torch.zeros(2, 2),
        Image.new("L", (2, 2)),
        xr.Dataset({"a": ("x", [1, 2])}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_table_is_refused(value: object) -> None:
    """With the reason; nothing is collected, copied or converted for it."""
    with pytest.raises(NotAllowed):
        source_of(value)


# -- inspect -------------------------------------------------------------------------------


def test_columns_are_below_a_frame_of_polars() -> None:
    """By position, and each is what polars gives for it."""
    found = below(polars_frame())
    assert list(found) == list(ROWS)
    assert found["n"].to_list() == ROWS["n"]


def test_variables_are_below_a_dataset() -> None:
    """Data and coordinates, neither loaded nor computed."""
    data = xr.Dataset({"a": (("x", "y"), np.zeros((2, 3)))}, coords={"x": [5, 6]})
    found = below(data)
    assert set(found) == {"a", "x"}
    assert found["a"].dims == ("x", "y")
    chunked = data.chunk({"x": 1})
    assert type(below(chunked)["a"]._data).__module__.startswith("dask")


def test_lazy_frame_has_nothing_below_that_was_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what the object keeps; its schema is not worked out."""
    ran: list[str] = []
    for name in ("collect", "collect_schema", "__len__", "columns", "schema", "width"):
        if hasattr(pl.LazyFrame, name):
            monkeypatch.setattr(
                pl.LazyFrame, name, property(lambda self, name=name: ran.append(name))
            )
    below(pl.DataFrame({"a": [1]}).lazy())
    assert ran == []


def test_image_is_not_loaded_to_be_looked_into(tmp_path: Any) -> None:
    """Its pixels stay in the file."""
    Image.new("RGB", (4, 3), "red").save(tmp_path / "red.png")
    with Image.open(tmp_path / "red.png") as picture:
        below(picture)
        assert picture._im is None
        assert picture.load() is not None


# -- value ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shell() -> InteractiveShell:
    """A shell with IPython's formatters."""
    return InteractiveShell()


def test_image_comes_as_png(shell: InteractiveShell) -> None:
    """As the picture itself would be shown."""
    data = form(shell, Image.new("RGB", (4, 3), "red"), "image/png")
    raw = data if isinstance(data, bytes) else base64.b64decode(data)
    assert raw.startswith(b"\x89PNG\r\n")


@pytest.mark.parametrize(
    "value",
    [polars_frame(), xr.Dataset({"a": ("x", [1, 2])})],
    ids=lambda value: type(value).__name__,
)
def test_html_is_the_librarys_own(shell: InteractiveShell, value: Any) -> None:
    """What a cell would show of it."""
    html = form(shell, value, "text/html")
    assert isinstance(html, str)
    assert len(html) == len(value._repr_html_())  # xarray numbers its sections at random
    assert html.startswith("<div>")


@pytest.mark.parametrize("value", [polars_frame(), arrow_table(), xr.DataArray([1, 2])])
def test_text_is_the_librarys_own(shell: InteractiveShell, value: Any) -> None:
    """As IPython prints it."""
    assert form(shell, value, "text/plain") == repr(value)


def test_form_that_a_value_does_not_have_is_refused(shell: InteractiveShell) -> None:
    """The refusal names those that it has."""
    with pytest.raises(NotAllowed, match="image/png") as refused:
        form(shell, polars_frame(), "image/png")
    assert refused.value.expected == "text/plain or text/html"
