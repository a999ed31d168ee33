"""A value is sent as what it is; what takes its code to run can be stopped, or left out."""

from __future__ import annotations

import base64
import threading
from typing import Any

import numpy as np
import pandas as pd
from endpoints import Client

V = [["name", "v"]]


class Html:
    """Has HTML, and says when its code runs."""

    ran = 0

    def _repr_html_(self) -> str:
        type(self).ran += 1
        return "<b>bold</b>"


class NoHtml:
    """Says that it has HTML, and has none."""

    def _repr_html_(self) -> None:
        return None

    def __repr__(self) -> str:
        return "only text"


def best(value: Any, **more: Any) -> Any:
    return Client(v=value).ask("value", path=V, mime="best", **more)


def test_best_form_is_an_image_html_lines_or_text() -> None:
    """In this order; the answer says which it is, and which there are."""
    array = np.zeros((20, 30, 3))
    assert {k: v for k, v in best(array).items() if k != "data"} == {
        "mime": "image/png",
        "truncated": False,
        "forms": ["image/png", "text/plain"],
        "size": [30, 20],
    }
    assert base64.b64decode(best(array)["data"])[1:4] == b"PNG"
    html = best(Html())
    assert (html["mime"], html["data"]) == ("text/html", "<b>bold</b>")
    lines = best("a\nb\t'c'")
    assert (lines["mime"], lines["data"]) == ("lines", "a\nb\t'c'")
    assert lines["forms"] == ["lines", "text/plain"]
    for value, text in ((NoHtml(), "only text"), ([1, 2], "[1, 2]"), (np.zeros((2, 2)), "array(")):
        answer = best(value)
        assert (answer["mime"], answer["data"][: len(text)]) == ("text/plain", text)
    assert best(pd.DataFrame({"a": [1]}))["mime"] == "text/html"


def test_text_is_cut_and_its_secrets_are_left_out_in_lines_too() -> None:
    """As in what Python writes for it."""
    answer = best("x" * 20, max_chars=5)
    assert (answer["data"], answer["truncated"]) == ("xxxxx", True)
    answer = best("url = postgres://me:hunter2@db/sales\nnext")
    assert (answer["data"], answer["truncated"]) == (
        "url = postgres://me:redacted@db/sales\nnext",
        True,
    )
    assert Client(v=5).ask("value", path=V, mime="lines")["code"] == -32003


def test_no_code_runs_where_that_is_asked_for() -> None:
    """Then only what is in memory is sent, and the rest is refused."""
    before = Html.ran
    error = best(Html(), passive=True)
    assert (error["code"], Html.ran) == (-32003, before)
    assert Client(v=Html()).ask("value", path=V, mime="text/plain", passive=True)["code"] == -32003
    picture = Client(v=np.zeros((90, 90), "u1")).ask(
        "value", path=V, mime="image/png", passive=True, max_px=30
    )
    assert (picture["mime"], picture["size"]) == ("image/png", [90, 90])
    assert best("a\nb", passive=True)["data"] == "a\nb"


class Slow:
    """Writes for ever, in Python; says when it is over."""

    def __init__(self) -> None:
        self.begun, self.over = threading.Event(), threading.Event()

    def __repr__(self) -> str:
        try:
            self.begun.set()
            while True:
                self.begun.wait(0.001)
        finally:
            self.over.set()


def test_slow_code_of_a_value_is_stopped_when_nobody_waits_for_it() -> None:
    """By the client, or when its time is over: the thread ends too."""
    for timeout_ms in (60_000, 50):
        slow = Slow()
        client = Client(v=slow)
        client.endpoint.receive(
            {"id": 1, "method": "value", "params": {"path": V, "timeout_ms": timeout_ms}}
        )
        assert slow.begun.wait(60)
        if timeout_ms > 50:
            assert client.ask("cancel", id=1)["cancelled"] is True
        assert slow.over.wait(60)
        for thread in threading.enumerate():
            if thread.name == "livens-value":
                thread.join(60)
        codes = [m["error"]["code"] for m in client.messages if m.get("id") == 1]
        assert codes == [-32008 if timeout_ms > 50 else -32005]
