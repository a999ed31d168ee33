"""Databases, graphs of tasks and queries: nothing is executed to describe them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import dask
import dask.array
import dask.bag
import dask.dataframe
import duckdb
import ibis
import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from livens.protocol.redaction import Redactor
from livens.values import adapters
from livens.values.descriptions import describe

adapters.register_all()


def shown(value: Any) -> tuple[str, str]:
    """Return kind and preview."""
    found = describe("v", value, hides=Redactor().hides)
    return found.kind, found.preview


def test_sqlite() -> None:
    """State and columns; the trace callback sees no statement, and no row is taken."""
    traced: list[str] = []
    connection = sqlite3.connect(":memory:")
    cursor = connection.execute("SELECT 1 AS a, 2 AS password")
    connection.set_trace_callback(traced.append)
    connection.row_factory = sqlite3.Row
    assert shown(connection) == ("object", "sqlite3 connection")
    assert shown(cursor) == ("lazy", "sqlite3 cursor: 'a', 'password', not fetched")
    assert shown(connection.cursor()) == ("lazy", "sqlite3 cursor, no columns")
    row = sqlite3.Row(cursor, (1, 2))
    assert shown(row) == ("mapping", "Row({'a': 1, 'password': redacted})")
    assert traced == []
    assert cursor.fetchall() == [(1, 2)]
    connection.close()
    assert shown(connection) == ("object", "sqlite3 connection, closed")


class Base(DeclarativeBase):
    """The declarative base."""


class User(Base):
    """A mapped class."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


@pytest.fixture
def engine() -> Iterator[sa.Engine]:
    """An engine with one user in its database."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(User(id=1, name="joe"))
        session.commit()
    yield engine
    engine.dispose()


def test_sqlalchemy_sends_nothing(engine: sa.Engine) -> None:
    """An event listener hears of no statement, not even for an expired object."""
    with engine.connect() as connection, Session(engine) as session:
        result = connection.execute(sa.text("SELECT id, name FROM users"))
        scalars = connection.execute(sa.text("SELECT name FROM users")).scalars()
        user = session.get_one(User, 1)
        session.expire(user)
        sent: list[str] = []
        sa.event.listen(engine, "before_cursor_execute", lambda *args: sent.append(args[2]))
        assert shown(engine) == ("object", "Engine sqlite:///")
        assert shown(connection) == ("object", "Connection sqlite:///, in a transaction")
        assert shown(session) == ("object", "Session, 0 new, 0 deleted, 1 known")
        assert shown(result) == ("lazy", "CursorResult: 'id', 'name', not fetched")
        assert shown(scalars) == ("lazy", "ScalarResult: 'name', not fetched")
        assert shown(sa.select(User)) == ("lazy", "Select, not executed")
        assert shown(session.query(User)) == ("lazy", "Query, not executed")
        assert shown(User.__table__) == ("object", "Table 'users'")
        assert shown(user) == ("object", "<User>")
        assert sent == []
        assert user.name == "joe"
        assert len(sent) == 1
        assert set(shown(user)[1][6:-1].split(", ")) == {"id=1", "name='joe'"}
        row = result.one()
        assert shown(row) == ("sequence", "Row({'id': 1, 'name': 'joe'})")
        assert scalars.one() == "joe"
    assert shown(connection) == ("object", "Connection sqlite:///, closed")


def test_password_of_a_url_is_not_shown() -> None:
    """Nor the user: an engine tells where it connects to."""
    from sqlalchemy.dialects.sqlite import pysqlite

    engine = sa.create_engine("sqlite://")
    engine.url = sa.make_url("postgresql://joe:abc@db.example:5432/shop?sslkey=abc")
    assert engine.dialect.name == pysqlite.dialect.name
    assert shown(engine) == ("object", "Engine postgresql://db.example:5432/shop")
    assert "abc" not in shown({"e": engine})[1]


def test_duckdb_runs_no_query() -> None:
    """A relation over a function that counts its calls."""
    calls: list[int] = []

    def count(number: int) -> int:
        calls.append(number)
        return number

    connection = duckdb.connect()
    connection.create_function("count_calls", count, ["BIGINT"], "BIGINT", side_effects=True)
    relation = connection.sql("SELECT count_calls(range) AS a FROM range(3)")
    calls.clear()
    assert shown(relation) == ("lazy", "duckdb relation, not executed")
    assert shown([relation])[1] == "[duckdb relation, not executed]"
    assert shown(connection) == ("object", "duckdb connection")
    assert calls == []
    assert len(relation.fetchall()) == 3
    assert sorted(calls) == [0, 1, 2]


def test_dask_computes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks and partitions that are known are told; no task runs, no graph is optimised."""
    ran: list[str] = []

    def task(x: Any) -> Any:
        ran.append("task")
        return x

    array = dask.array.from_array(np.zeros((4, 6)), chunks=(2, 3)).map_blocks(task, dtype="f8")
    frame = dask.dataframe.from_pandas(pd.DataFrame({"a": [1, 2]}), npartitions=2)
    bag = dask.bag.from_sequence([1, 2], npartitions=2).map(task)
    delayed = dask.delayed(task)(1)
    values = [frame, frame.a, frame.a.sum(), frame.groupby("a"), bag, bag.sum(), delayed]
    ran.clear()
    for cls in {type(value) for value in [array, *values]}:
        for name in (
            "compute",
            "persist",
            "__dask_graph__",
            "__repr__",
            "__len__",
            "_meta",
            "dask",
        ):
            if isinstance(cls.__dict__.get(name), property) or callable(cls.__dict__.get(name)):
                monkeypatch.setattr(cls, name, property(lambda self, n=name: ran.append(n)))
    found = describe("a", array)
    assert (found.kind, found.shape, found.dtype) == ("lazy", [4, 6], "float64")
    assert found.preview == "dask Array 4 × 6 in 4 chunks, not computed"
    previews = [shown(value) for value in values]
    assert ran == []
    monkeypatch.undo()
    assert {kind for kind, _ in previews} == {"lazy"}
    assert [text.split(",")[0].split(" 'task")[0] for _, text in previews] == [
        "dask DataFrame", "dask Series", "dask Scalar", "dask GroupBy", "dask Bag", "dask Item",
        "dask Delayed",
    ]  # fmt: skip
    assert delayed.compute(scheduler="synchronous") == 1
    assert "task" in ran


# ibis calls a method of DuckDB's that newer versions call by another name.
@pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
def test_ibis_executes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in interactive mode, where an expression's own text runs its query."""
    connection = ibis.duckdb.connect()
    connection.raw_sql("CREATE TABLE prices (a INT)")
    table = connection.table("prices")
    ran: list[str] = []
    for name in ("execute", "to_pyarrow", "compile", "raw_sql", "to_pyarrow_batches"):
        monkeypatch.setattr(type(connection), name, lambda *args, n=name, **kw: ran.append(n))
    monkeypatch.setattr(ibis.options, "interactive", True)
    assert shown(table) == ("lazy", "ibis Table (DatabaseTable 'prices'), not executed")
    assert shown(table.a.sum()) == ("lazy", "ibis IntegerScalar (Sum), not executed")
    assert shown(table.filter(ibis._.a > 1)) == ("lazy", "ibis Table (Filter), not executed")
    assert shown(ibis._.a) == ("lazy", "ibis Deferred")
    assert shown(connection) == ("object", "ibis Backend")
    assert ran == []
    with suppress(TypeError):  # those above return nothing
        repr(table)
    assert ran != []
