"""polars, pyarrow, xarray and scipy: tables and arrays by their headers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet
import pytest
import scipy.sparse
import xarray as xr

from livens.protocol.redaction import Redactor
from livens.values import adapters
from livens.values.descriptions import describe

adapters.register_all()


def shown(value: Any) -> tuple[str, str]:
    """Return kind and preview."""
    found = describe("v", value, hides=Redactor().hides)
    return found.kind, found.preview


def test_polars_frame_and_series() -> None:
    """Columns and dtypes, first items of plain series, no secret."""
    frame = pl.DataFrame({"a": [1, 2], "s": ["x", "y"]})
    found = describe("df", frame)
    assert (found.kind, found.shape, found.nbytes) == ("table", [2, 2], frame.estimated_size())
    assert found.preview == "2 rows × 2 columns: a Int64, s String"
    assert shown(frame["s"]) == ("table", "s: ['x', 'y']")
    assert shown(pl.Series("n", range(9))) == ("table", "n: [0, 1, 2, 3, 4, …]")
    assert shown(pl.Series("l", [[1], [2]])) == ("table", "l: 2 items")
    assert shown(pl.Series("t", ["x" * 2_000_000])) == ("table", "t: 1 items")
    assert shown(pl.Series("password", ["abc"])) == ("table", "password: redacted")
    assert shown(pl.DataFrame()) == ("table", "0 rows × 0 columns")


def test_polars_lazy_frame_is_not_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is its schema worked out, nor its plan written."""
    ran: list[str] = []

    def count(series: pl.Series) -> pl.Series:
        ran.append("mapped")
        return series

    lazy = pl.DataFrame({"a": [1]}).lazy().with_columns(
        pl.col("a").map_batches(count, return_dtype=pl.Int64)
    )  # fmt: skip
    for name in ("collect", "collect_schema", "explain", "__repr__", "_repr_html_", "fetch"):
        if hasattr(pl.LazyFrame, name):
            monkeypatch.setattr(pl.LazyFrame, name, lambda *args, name=name, **kw: ran.append(name))
    for name in ("schema", "columns", "dtypes", "width"):
        monkeypatch.setattr(pl.LazyFrame, name, property(lambda self, name=name: ran.append(name)))
    assert shown(lazy) == ("lazy", "LazyFrame, not collected")
    assert shown([lazy]) == ("sequence", "[LazyFrame, not collected]")
    assert shown(pl.col("a").sum()) == ("lazy", "Expr, not collected")
    assert shown(lazy.group_by("a")) == ("lazy", "LazyGroupBy, not collected")
    assert shown(pl.DataFrame({"a": [1]}).group_by("a"))[0] == "lazy"
    assert ran == []
    monkeypatch.undo()
    lazy.collect()
    assert ran == ["mapped"]


@pytest.mark.parametrize(
    ("value", "preview"),
    [
        (pa.table({"a": [1], "s": ["x"]}), "1 row × 2 columns: a int64, s string"),
        (pa.record_batch({"a": [1]}), "1 row × 1 column: a int64"),
        (pa.array([1, None]), "[1, None]"),
        (pa.array(["x"]), "['x']"),
        (pa.array([1.5, 2]), "[1.5, 2]"),
        (pa.chunked_array([[1], [2, 3]]), "[1, 2, 3]"),
        (pa.array([[1]]), "1 items"),
        (pa.array([1], pa.timestamp("ns")), "1 items"),
        (pa.array(["x" * 1_000_000]), "1 items"),
        (pa.array(["a"]).dictionary_encode(), "1 items"),
        (pa.schema({"a": pa.int64()}), "Schema: a int64"),
        (pa.field("a", pa.int64()), "a int64"),
        (pa.list_(pa.int8()), None),
        (pa.int64(), "type int64"),
        (pa.py_buffer(b"abc"), "buffer of 3 bytes"),
        (pa.table({f"c{n}": [n] for n in range(20)}), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_pyarrow(value: Any, preview: str | None) -> None:
    """Schemas, sizes, and the first items of plain arrays."""
    found = describe("v", value)
    assert found.kind in ("table", "array", "other", "bytes", "object")
    assert preview is None or found.preview == preview
    assert len(found.preview) < 200


def test_pyarrow_dataset_is_not_scanned(tmp_path: Path) -> None:
    """It shows its schema after its file is gone: nothing is read."""
    path = tmp_path / "x.parquet"
    pa.parquet.write_table(pa.table({"a": [1]}), path)
    data = pa.dataset.dataset(path)
    scanner = data.scanner()
    path.unlink()
    assert shown(data) == ("lazy", "FileSystemDataset, not scanned: a int64")
    assert shown(scanner) == ("lazy", "Scanner, not read")
    with pytest.raises(FileNotFoundError):
        data.count_rows()
    reader = pa.table({"a": [1]}).to_reader()
    assert shown(reader) == ("lazy", "RecordBatchReader, not read")
    assert reader.read_all().num_rows == 1


def test_pyarrow_extension_is_not_asked() -> None:
    """Types that users define run in Python."""
    ran: list[str] = []

    class Coin(pa.ExtensionType):
        def __init__(self) -> None:
            super().__init__(pa.int64(), "tests.coin")

        def __arrow_ext_serialize__(self) -> bytes:
            return b""

        def __str__(self) -> str:
            ran.append("str")
            return "coin"

        __repr__ = __str__

        def __arrow_ext_scalar_class__(self) -> Any:
            ran.append("scalar")
            return pa.ExtensionScalar

    coins = pa.ExtensionArray.from_storage(Coin(), pa.array([1]))
    table = pa.table({"a": coins})
    ran.clear()
    for value in (coins, table, table["a"], Coin(), table.schema):
        describe("v", value)
    assert ran == []
    assert shown(table) == ("table", "1 row × 1 column: a")


class Disk:
    """Data that count how often they are read, as a file's would."""

    def __init__(self) -> None:
        self.read: list[str] = []


def lazily_loaded(disk: Disk) -> xr.Variable:
    """Make a variable whose data are behind the wrappers that a file's are behind."""
    from xarray.backends.common import BackendArray
    from xarray.core import indexing

    class Stored(BackendArray):
        def __init__(self) -> None:
            self.shape = (3,)
            self.dtype = np.dtype("f8")

        def __getitem__(self, key: Any) -> Any:
            disk.read.append("item")
            return np.zeros(3)

    inner = indexing.CopyOnWriteArray(indexing.LazilyIndexedArray(Stored()))
    return xr.Variable("x", indexing.MemoryCachedArray(inner))


def test_xarray() -> None:
    """Dimensions, variables, dtypes; items where they are in memory."""
    data = xr.Dataset({"a": ("x", [1, 2]), "b": (("x", "y"), np.zeros((2, 3)))}, {"x": [5, 6]})
    assert shown(data) == ("table", "Dataset (x: 2, y: 3) a (x) int64, b (x, y) float64")
    found = describe("a", data.a)
    assert (found.kind, found.shape, found.dtype, found.nbytes) == ("array", [2], "int64", 16)
    assert found.preview == "a (x) int64: [1, 2]"
    assert shown(data.x) == ("array", "x (x): Index([5, 6])")
    assert shown(data.a.variable) == ("array", "(x) int64: [1, 2]")
    assert shown(data.groupby("x"))[0] == "lazy"


def test_xarray_is_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Data that are on a disk or in a dask graph stay there."""
    disk, ran = Disk(), list[str]()
    lazy = xr.DataArray(lazily_loaded(disk))
    chunked = xr.Dataset({"a": ("x", np.arange(4))}).chunk({"x": 2})
    for cls in (xr.DataArray, xr.Variable, xr.Dataset):
        for name in ("values", "data", "dtype", "load", "compute", "__repr__", "__array__"):
            if hasattr(cls, name):
                monkeypatch.setattr(cls, name, property(lambda self, name=name: ran.append(name)))
    found = describe("d", lazy)
    assert (found.kind, found.preview) == ("lazy", "(x) float64 not loaded")
    assert shown(chunked) == ("table", "Dataset (x: 4) a (x) int64 dask")
    assert (disk.read, ran) == ([], [])
    monkeypatch.undo()
    found = describe("a", chunked.a)
    assert (found.kind, found.shape, found.preview) == ("lazy", [4], "a (x) int64 dask")
    assert lazy.values.sum() == 0
    assert disk.read == ["item"]


@pytest.mark.parametrize("kind", ["matrix", "array"])
@pytest.mark.parametrize("name", ["csr", "csc", "coo", "lil", "dok", "dia", "bsr"])
def test_scipy_sparse(name: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shape, dtype and what is stored, without counting or converting."""
    value = getattr(scipy.sparse, f"{name}_{kind}")(np.eye(4))

    def fail(*args: Any, **kwargs: Any) -> NoReturn:
        raise AssertionError("it was asked")

    cls = type(value)
    for method in ("nnz", "getnnz", "toarray", "tocsr", "tocoo", "count_nonzero", "__repr__"):
        monkeypatch.setattr(cls, method, fail if method != "nnz" else property(fail), raising=False)
    found = describe("m", value)
    assert (found.shape, found.dtype) == ([4, 4], "float64")
    stored = "" if name == "lil" else ", 4 stored"
    assert found.preview == f"{name}_{kind}, 4 × 4{stored}"
