"""Libraries that are too large for the tests: classes that have their names.

A stand-in shows that the adapter is found by the name and touches only what the real objects
keep beside their data. It cannot show that the names are those of other versions, nor that
reading them costs nothing in the real library. Those of jax were read from jax 0.10.2 on a CPU,
where the adapter was tried by hand with the methods that read or wait taken away; those of
pyspark are from its documentation, and no session of it has been described.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from livens.values import adapters
from livens.values.descriptions import describe

adapters.register_all()


def touched(self: Any, *args: Any) -> Any:
    """Stand for what must not be asked."""
    raise AssertionError("it was asked")


def stand_in(module: str, name: str, bases: tuple[type, ...] = (), **fields: Any) -> Any:
    """Make an object of a class of that name; whatever else is asked of it raises."""
    methods = dict.fromkeys(
        ("__repr__", "__len__", "__array__", "__iter__", "__getattr__"), touched
    )
    cls = type(name, bases, {"__module__": module, **methods})
    value = cls()
    vars(value).update(fields)
    return value


@pytest.mark.parametrize("module", ["jaxlib._jax", "jaxlib.xla_extension"])
def test_jax_array(module: str) -> None:
    """Shape, dtype and device; its values are not read, wherever it is."""
    shaped = stand_in("jax._src.core", "ShapedArray", shape=(2, 3), dtype=np.dtype("float32"))
    device = stand_in("jaxlib._jax", "Device", platform="gpu", id=1)
    sharding = stand_in("jax.sharding", "SingleDeviceSharding", _device=device)
    array = stand_in(module, "ArrayImpl", aval=shaped, _sharding=sharding)
    found = describe("a", array)
    assert (found.kind, found.shape, found.dtype) == ("tensor", [2, 3], "float32")
    assert (found.nbytes, found.device, found.preview) == (24, "gpu:1", "not read")
    vars(array)["_sharding"] = stand_in("jax.sharding", "NamedSharding")
    assert describe("a", array).device == "NamedSharding"


def test_jax_tracer() -> None:
    """A tracer is told by its class."""
    tracer = type(stand_in("jax._src.core", "Tracer"))
    inner = stand_in("jax._src.interpreters.partial_eval", "DynamicJaxprTracer", (tracer,))
    assert describe("t", inner).preview == "DynamicJaxprTracer, traced"


@pytest.mark.parametrize(
    ("module", "parent"),
    [
        ("pyspark.sql.dataframe", None),
        ("pyspark.sql.classic.dataframe", "pyspark.sql.dataframe"),
        ("pyspark.sql.connect.dataframe", "pyspark.sql.dataframe"),
    ],
)
def test_pyspark_frame(module: str, parent: str | None) -> None:
    """Nothing is asked of the JVM or a server; a schema that is kept is shown."""
    bases = (type(stand_in(parent, "DataFrame")),) if parent else ()
    frame = stand_in(module, "DataFrame", bases, _jdf=stand_in("py4j.java_gateway", "JavaObject"))
    found = describe("df", frame)
    assert (found.kind, found.preview) == ("lazy", "spark DataFrame, not computed")
    vars(frame)["_schema"] = stand_in("pyspark.sql.types", "StructType", names=["a", "b"])
    assert describe("df", frame).preview == "spark DataFrame, not computed: 'a', 'b'"


def test_pyspark_session() -> None:
    """A session and what came of it are told by their class."""
    assert describe("s", stand_in("pyspark.sql.session", "SparkSession")).preview == (
        "spark SparkSession"
    )
    assert describe("r", stand_in("pyspark.core.rdd", "RDD")).preview == "spark RDD, not computed"


@pytest.mark.parametrize("module", ["duckdb", "duckdb.duckdb", "_duckdb"])
def test_duckdb_of_other_versions(module: str) -> None:
    """DuckDB has moved its classes between modules; the one that is installed is tested too."""
    relation = stand_in(module, "DuckDBPyRelation")
    assert describe("r", relation).preview == "duckdb relation, not executed"


def test_pandas_2_names() -> None:
    """pandas 2 names its classes by the private modules; here pandas 3 is installed."""
    import pandas as pd

    frame = pd.DataFrame({"a": [1]})
    old = type("DataFrame", (), {"__module__": "pandas.core.frame"})()
    vars(old).update(vars(frame))
    assert describe("df", old).preview == describe("df", frame).preview
