"""Looking deeper through the protocol: cycles, secrets by position, forms of a value."""

from __future__ import annotations

import asyncio
import base64
import sqlite3
from typing import Any

import numpy as np
import pandas as pd
import pytest
from endpoints import Client

from livens.kernel.own_text import MAX_IMAGE_BYTES
from livens.values import adapters

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


class Picture:
    """Something like an image."""

    def __init__(self, data: Any = PNG) -> None:
        self.data = data

    def _repr_png_(self) -> Any:
        return self.data


class Page:
    """Something with HTML."""

    def _repr_html_(self) -> str:
        return "<b>page</b>"


@pytest.fixture
def client() -> Client:
    """A client of an empty namespace, of which numpy and pandas are known."""
    adapters.register_all()
    return Client()


def inspect(client: Client, *path: Any, **options: Any) -> Any:
    """Ask for the first page below a value."""
    return client.ask("inspect", path=[["name", path[0]], *path[1:]], **options)


def value(client: Client, thing: object, **options: Any) -> Any:
    """Ask for a form of something."""
    client.namespace["thing"] = thing
    return client.ask("value", path=[["name", "thing"]], **options)


# -- inspect -------------------------------------------------------------------------------


def test_cycles_are_marked(client: Client) -> None:
    """A child that is above itself says so, has no children, and its path stays good."""
    loop: list[Any] = [1]
    loop.append({"back": loop, "self": None})
    loop[1]["self"] = loop[1]
    client.namespace["loop"] = loop
    inner = inspect(client, "loop", ["index", 1])["children"]
    assert [c["reason"] for c in inner] == [
        "a cycle: the object 2 levels above",
        "a cycle: the object 1 level above",
    ]
    assert not any(c.get("has_children") for c in inner)
    again = inspect(client, "loop", *inner[0]["path"][1:])
    assert [c["name"] for c in again["children"]] == ["0", "1"]
    assert again["children"][1]["reason"] == "a cycle: the object 2 levels above"


def test_the_same_object_twice_is_no_cycle(client: Client) -> None:
    """Two items that are one object are both shown, with children."""
    shared = [1]
    client.namespace["pair"] = [shared, shared]
    children = inspect(client, "pair")["children"]
    assert [(c["has_children"], "reason" in c) for c in children] == [(True, False)] * 2


def test_properties_are_skipped(client: Client) -> None:
    """With `all`, properties are listed as skipped with the reason, and not run."""

    class Loud:
        @property
        def password(self) -> int:
            raise AssertionError("ran")

    client.namespace["loud"] = Loud()
    assert inspect(client, "loud")["children"] == []
    (child,) = (c for c in inspect(client, "loud", all=True)["children"])
    assert (child["status"], child["reason"]) == ("skipped", "a property: not run")
    assert inspect(client, "loud", ["attribute", "password"])["code"] == -32001


def test_columns_and_items_have_children(client: Client) -> None:
    """Frames and arrays can be opened, a level at a time."""
    client.namespace.update(
        df=pd.DataFrame([[1, 2.5]], columns=["a", "a"]), m=np.arange(4).reshape(2, 2)
    )
    got = inspect(client, "df")
    assert got["variable"]["has_children"]
    assert [(c["name"], c["has_children"]) for c in got["children"]] == [("a", True), ("a", True)]
    items = inspect(client, "df", ["column", 1])["children"]
    assert [c["preview"] for c in items] == ["2.5"]
    assert inspect(client, "m", ["index", 1], ["index", 0])["variable"]["preview"] == "2"
    listed = client.ask("list")["variables"]
    assert [v["has_children"] for v in listed] == [True, True]


def test_secrets_are_hidden_by_their_name_not_by_their_key(client: Client) -> None:
    """A column or a field with a secret's name is hidden also from who asks by its position."""
    from collections import namedtuple

    login = namedtuple("login", "user password")("me", "pa55")
    frame = pd.DataFrame({"user": ["me"], "password": ["pa55"]})
    records = np.array([("me", "pa55")], dtype=[("user", "U5"), ("password", "U5")])
    client.namespace.update(login=login, frame=frame, records=records)
    for name, tag in (("login", "index"), ("frame", "column"), ("records", "column")):
        hidden = inspect(client, name)["children"][1]
        assert (hidden["preview"], hidden["reason"]) == ("redacted", "redacted")
        path = [["name", name], [tag, 1]]
        for method in ("inspect", "value", "table"):
            assert client.ask(method, path=path)["code"] == -32003
    assert client.ask("table", path=[["name", "frame"]])["rows"] == [["me", "redacted"]]
    assert client.ask("table", path=[["name", "records"]])["rows"] == [["me", "redacted"]]


def test_keys_of_the_user_s_are_not_printed(client: Client) -> None:
    """A key that is an object is shown passively, and its secrets are not."""

    class Key:
        def __init__(self) -> None:
            self.password = "pa55"

        def __repr__(self) -> str:
            raise AssertionError("ran")

    client.namespace["d"] = {Key(): 1, (1, "a"): 2}
    children = inspect(client, "d")["children"]
    assert [c["name"] for c in children] == ["<Key password=redacted>", "(1, 'a')"]
    assert [c["path"][1] for c in children] == [["entry", 0], ["entry", 1]]


# -- value ---------------------------------------------------------------------------------


def test_html(client: Client) -> None:
    """What a notebook would show of a frame or of any object with `_repr_html_`."""
    assert value(client, Page(), mime="text/html")["data"] == "<b>page</b>"
    frame = value(client, pd.DataFrame({"a": [1]}), mime="text/html")
    assert frame["data"].startswith("<div>")
    assert "<th>a</th>" in frame["data"]


def test_html_is_not_cut(client: Client) -> None:
    """HTML that is longer than the client takes is refused with its length."""
    answer = value(client, Page(), mime="text/html", max_chars=5)
    assert (answer["code"], "11 characters" in answer["message"]) == (-32003, True)


@pytest.mark.parametrize("data", [PNG, base64.encodebytes(PNG).decode(), (PNG, {"width": 1})])
def test_png(client: Client, data: Any) -> None:
    """Bytes, base64, or either with metadata: the client gets base64 on one line."""
    got = value(client, Picture(data), mime="image/png")
    assert base64.b64decode(got["data"], validate=True) == PNG
    assert got["truncated"] is False


def test_large_image_is_refused(client: Client) -> None:
    """An image beyond the limit is refused with its size."""
    answer = value(client, Picture(bytes(MAX_IMAGE_BYTES + 1)), mime="image/png")
    assert (answer["code"], "2000001 bytes" in answer["message"]) == (-32003, True)


@pytest.mark.parametrize(
    ("thing", "mime", "forms"),
    [
        (5, "text/html", "text/plain"),
        (Page(), "image/png", "text/plain or text/html"),
        (Picture(), "text/html", "text/plain or image/png"),
        (Picture(None), "image/png", "text/plain"),
    ],
)
def test_form_that_is_not_there(client: Client, thing: object, mime: str, forms: str) -> None:
    """The refusal names the forms that the value has."""
    answer = value(client, thing, mime=mime)
    assert (answer["code"], answer["data"]["expected"]) == (-32003, forms)


def test_form_that_raises_shows_nothing(client: Client, capsys: Any) -> None:
    """An error in a form is an error of the request; no traceback is printed."""

    class Broken:
        def _repr_html_(self) -> str:
            raise ValueError("no")

    answer = value(client, Broken(), mime="text/html")
    assert (answer["code"], "ValueError" in answer["message"]) == (-32004, True)
    assert capsys.readouterr() == ("", "")


class Says:
    """An object that belongs to its thread, and says so."""

    _livens_thread_bound_ = "a handle of the instrument"

    def __repr__(self) -> str:
        raise AssertionError("ran")


def test_what_belongs_to_a_thread_is_refused(client: Client) -> None:
    """Connections, loops, futures, windows and what says so are not touched, with the reason."""
    connection = sqlite3.connect(":memory:")
    loop = asyncio.new_event_loop()
    Window = type("Window", (), {"__module__": "PyQt6.QtWidgets"})  # as Qt's classes are named
    things = {
        "connection of sqlite3": connection,
        "cursor of sqlite3": connection.cursor(),
        "event loop": loop,
        "future of asyncio": loop.create_future(),
        "object of Qt": Window(),
        "handle of the instrument": Says(),
    }
    for reason, thing in things.items():
        answer = value(client, thing)
        assert answer["code"] == -32003
        assert reason in answer["message"]
    loop.close()
    connection.close()


@pytest.mark.parametrize(
    ("module", "canvas", "code"),
    [
        ("matplotlib.backends.backend_agg", "FigureCanvasAgg", None),
        ("matplotlib.backends.backend_qtagg", "FigureCanvasQTAgg", -32003),
    ],
)
def test_figures_in_a_window_are_refused(
    client: Client, module: str, canvas: str, code: int | None
) -> None:
    """A figure is drawn where its canvas belongs to no window.

    The figure is a stand-in with matplotlib's names: it shows by which names it is decided and
    that `savefig` is asked, not that matplotlib draws.
    """

    class Figure:
        def __init__(self) -> None:
            self.canvas = type(canvas, (), {"__module__": module})()

        def savefig(self, file: Any, format: str) -> None:
            file.write(PNG)

    Figure.__module__, Figure.__qualname__ = "matplotlib.figure", "Figure"
    answer = value(client, Figure(), mime="image/png")
    assert answer.get("code") == code
    if code is None:
        assert base64.b64decode(answer["data"]) == PNG
