"""Secrets are hidden in everything that the kernel tells of a value."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from endpoints import Client

from livens.protocol.types import PARTLY, REDACTED, Variable
from livens.rules.facts import Facts, Unknown
from livens.values import adapters

TOKEN = "ghp_" + "a1B2" * 9
URL = "postgres://me:hunter2@db:5432/sales"


@dataclass
class Login:
    """Something with a secret in it."""

    user: str
    password: str


class Printed:
    """Something whose own text says more than its attributes' names."""

    def __init__(self) -> None:
        self.settings = {"auth": ("me", "pa55word")}

    def __repr__(self) -> str:
        return f"<logged in with {self.settings['auth'][1]}>"

    def _repr_html_(self) -> str:
        return f"<b>{self.settings['auth'][1]}</b>"


@pytest.fixture
def client() -> Client:
    """A client of an empty namespace, of which numpy and pandas are known."""
    adapters.register_all()
    return Client()


def previews(client: Client) -> dict[str, Any]:
    """Return the preview of each variable, and the reason beside it."""
    told = client.ask("list")["variables"]
    return {v["name"]: (v["preview"], v.get("reason", "")) for v in told}


def test_secrets_in_texts_are_hidden_wherever_the_text_is(client: Client) -> None:
    """In a text, in bytes, in containers, in attributes, in arrays and frames, and in keys."""

    class Text(str):
        """A text of the user's."""

    client.namespace.update(
        header="Bearer abc123",
        url=URL,
        raw=b"Authorization: Basic dXNlcjpwYXNz",
        sub=Text(f"a token: {TOKEN}"),
        nested={"env": [TOKEN, URL], TOKEN: 1},
        error=ValueError(f"401 for {URL}"),
        array=np.array([URL, "x"]),
        series=pd.Series([URL], name="link"),
        plain="nothing to hide: max_tokens=5",
    )
    found = previews(client)
    assert found["header"] == ("'Bearer redacted'", PARTLY)
    assert found["url"] == ("'postgres://me:redacted@db:5432/sales'", PARTLY)
    assert found["raw"] == ("b'Authorization: redacted'", PARTLY)
    assert found["plain"] == ("'nothing to hide: max_tokens=5'", "")
    assert not [text for text, _ in found.values() if TOKEN in text or "hunter2" in text]
    assert [name for name, (_, reason) in found.items() if reason != PARTLY] == ["plain"]


def test_a_secret_that_begins_before_the_cut_is_hidden(client: Client) -> None:
    """A text is cut after its secrets have been found, and not in the middle of one."""
    for length in range(150, 215):
        client.namespace["text"] = "." * length + " " + URL + " " + "x" * 1_000
        preview = previews(client)["text"][0]
        assert "hunter" not in preview
        client.namespace["frame"] = pd.DataFrame({"link": [client.namespace["text"]]})
        (row,) = client.ask("table", path=[["name", "frame"]])["rows"]
        assert "hunter" not in row[0]
        del client.namespace["frame"]


def test_children_and_their_names_show_no_secret(client: Client) -> None:
    """A child that holds one, and a key that is one, which is then found by its position."""
    client.namespace["data"] = {"n": 1, TOKEN: "ok", "link": URL}
    told = client.ask("inspect", path=[["name", "data"]])["children"]
    assert TOKEN not in json.dumps(told)
    assert "hunter2" not in json.dumps(told)
    assert [child["path"][-1] for child in told] == [
        ["key", "str", "n"],
        ["entry", 1],
        ["key", "str", "link"],
    ]
    assert client.ask("inspect", path=told[1]["path"])["variable"]["preview"] == "'ok'"


def test_cells_labels_and_figures_of_a_table_show_no_secret(client: Client) -> None:
    """Also in the smallest and the largest value of a column, and in the labels of rows."""
    frame = pd.DataFrame({"link": [URL, "a"], TOKEN: [1, 2]}, index=[f"token={TOKEN}", "b"])
    client.namespace["frame"] = frame
    for as_text in (False, True):
        table = client.ask("table", path=[["name", "frame"]], summary=True, as_text=as_text)
        assert "hunter2" not in json.dumps(table)
        assert TOKEN not in json.dumps(table)
        assert table["rows"][0][0] == "postgres://me:redacted@db:5432/sales"


def value(client: Client, thing: object, **options: Any) -> Any:
    """Ask for a value's own text."""
    client.namespace["thing"] = thing
    return client.ask("value", path=[["name", "thing"]], **options)


@pytest.mark.parametrize(
    "thing",
    [
        {"user": "me", "password": "pa55word"},
        [{"deep": ({"api_key": "pa55word"},)}],
        Login("me", "pa55word"),
        {"headers": {"Authorization": "pa55word"}},
        {"list": [1] * 2_000, "cookies": {"sid": "pa55word"}},
        Printed(),
        "https://me:pa55word@host/",
        {"more": [{"pin": 48_151_623}, "pa55word"][:1]},
    ],
)
def test_a_value_s_own_text_shows_no_secret_below_it(client: Client, thing: object) -> None:
    """The text that the value writes says `redacted` instead, and that it is not whole."""
    told = value(client, thing)
    assert "pa55word" not in told["data"]
    assert "48151623" not in told["data"]
    assert REDACTED in told["data"]
    assert told["truncated"] is True


def test_html_shows_no_secret(client: Client) -> None:
    """Nor does the HTML that a value writes of itself."""
    assert value(client, Printed(), mime="text/html")["data"] == "<b>redacted</b>"


def test_a_text_without_secrets_is_whole(client: Client) -> None:
    """Nothing is left out of other values, also where names only look alike."""
    told = value(client, {"max_tokens": 5, "author": "me", "keyboard": "de"})
    assert told["data"] == "{'max_tokens': 5, 'author': 'me', 'keyboard': 'de'}"
    assert told["truncated"] is False


@pytest.mark.parametrize("mime", ["text/plain", "text/html"])
def test_a_frame_with_a_redacted_column_writes_no_text(client: Client, mime: str) -> None:
    """Its text is refused, also below another value; a page of the table leaves the column out."""
    frame = pd.DataFrame({"user": ["me"], "password": ["pa55"]})
    for thing in (frame, {"inner": [frame]}, frame["password"], frame.set_index("password")):
        answer = value(client, thing, mime=mime)
        assert answer["code"] == -32003
        assert "pa55" not in json.dumps(answer)
    assert "column 'password', which is redacted" in answer["message"]


def test_a_text_that_is_partly_redacted_decides_no_rule_by_what_is_shown(client: Client) -> None:
    """A client that only knows the preview says that it does not know the text."""
    client.namespace["url"] = URL
    (told,) = client.ask("list")["variables"]
    variable = Variable(told["name"], told["path"], told["kind"], told["type"])
    variable.preview, variable.reason = told["preview"], told["reason"]
    with pytest.raises(Unknown, match="it is partly redacted"):
        Facts.of(variable).scalar()


def test_a_rule_that_fires_shows_no_secret(client: Client) -> None:
    """The sentence that tells of it has the text without what is secret."""
    client.ask("rule.add", condition="url != ''", action="notify")
    client.namespace["url"] = "start"
    client.namespace["url"] = ""
    client.namespace["url"] = URL
    client.watcher.flush()
    fired = [m["params"]["message"] for m in client.messages if m.get("method") == "event"]
    assert any("postgres://me:redacted@db" in message for message in fired)
    assert "hunter2" not in json.dumps(client.messages)


def test_differences_name_no_key_that_is_a_secret(client: Client) -> None:
    """A key that was added is told, and a secret among the keys is not."""
    client.ask("subscribe", names=["*"])
    client.namespace["seen"] = {}
    client.watcher.flush()
    client.namespace["seen"][TOKEN] = 1
    client.watcher.flush()
    updates = [m["params"] for m in client.messages if m.get("method") == "update"]
    changes = [v.get("change") for update in updates for v in update.get("changed", [])]
    assert "key 'redacted' added" in changes
    assert TOKEN not in json.dumps(client.messages)
