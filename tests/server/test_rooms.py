"""Rooms of a server: stores over HTTP, for programs, kernels and pages."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import livens.state
from livens.exceptions import StoreAway, StoreRefused
from livens.state.stores.opening import open_store
from tests.server.conftest import TOKEN, LivensServer


@pytest.fixture
def room() -> str:
    """The name of a room that is not there yet."""
    return f"room-{uuid.uuid4().hex[:8]}"


def url_of(server: LivensServer, room: str, token: str = TOKEN) -> str:
    """Return the URL of a room as a store."""
    return f"{server.url.replace('http://', 'jupyter://')}/{room}?token={token}"


def test_a_page_and_a_program_share_values(
    server: LivensServer, http: httpx.Client, room: str
) -> None:
    """The page sends and reads plain JSON."""
    body = {"values": {"lr": 0.1, "names": ["a", None]}, "source": "a page"}
    written = http.patch(f"/rooms/{room}", json=body).json()
    with livens.state.open(url_of(server, room), source="a program") as store:
        assert store.get("lr") == 0.1
        assert store.get_many()["names"].source == "a page"
        assert store.set_many({"lr": (1, 2)}, delete=("names",)) > written["position"]
        found = http.get(f"/rooms/{room}", params={"since": written["position"]}).json()
    entries = {entry["name"]: entry for entry in found["entries"]}
    assert entries["lr"]["value"] == {"$livens": "tuple", "items": [1, 2]}
    assert (entries["lr"]["source"], entries["lr"]["deleted"]) == ("a program", False)
    assert (entries["names"]["value"], entries["names"]["deleted"]) == (None, True)


def test_who_writes_is_named_by_the_client_if_nobody_else_does(
    http: httpx.Client, room: str
) -> None:
    """As with everything that clients of the server do."""
    headers = {"X-Livens-Client": "my page"}
    http.patch(f"/rooms/{room}", json={"values": {"x": 1}}, headers=headers)
    assert http.get(f"/rooms/{room}").json()["entries"][0]["source"] == "my page"


def events(lines: Iterator[str], count: int) -> list[tuple[int, Any]]:
    """Return so many server-sent events, with their ids."""
    found: list[tuple[int, Any]] = []
    number = 0
    for line in lines:
        if line.startswith("id: "):
            number = int(line[4:])
        if line.startswith("data: "):
            found.append((number, json.loads(line[6:])))
        if len(found) == count:
            break
    return found


def test_changes_come_as_events(http: httpx.Client, room: str) -> None:
    """First what is there; who comes again with the last id misses nothing."""
    first = http.patch(f"/rooms/{room}", json={"values": {"x": 1}}).json()["position"]
    with http.stream("GET", f"/rooms/{room}/changes") as answer:
        lines = answer.iter_lines()
        [(number, told)] = events(lines, 1)
        assert (number, told["entries"][0]["value"]) == (first, 1)
        http.patch(f"/rooms/{room}", json={"values": {"x": 2, "y": 3}})
        [(_, told)] = events(lines, 1)
        assert {entry["name"]: entry["value"] for entry in told["entries"]} == {"x": 2, "y": 3}
    headers = {"Last-Event-ID": str(first)}
    with http.stream("GET", f"/rooms/{room}/changes", headers=headers) as answer:
        [(_, told)] = events(answer.iter_lines(), 1)
        assert [entry["value"] for entry in told["entries"]] in ([2, 3], [3, 2])


def test_without_the_token_nobody_is_let_in(server: LivensServer, room: str) -> None:
    """Neither by HTTP nor as a store; the error has the remedy, and not the token."""
    with httpx.Client(base_url=server.url) as stranger:
        for answer in (
            stranger.get(f"/rooms/{room}"),
            stranger.get(f"/rooms/{room}/changes"),
            stranger.patch(f"/rooms/{room}", json={"values": {"x": 1}}),
        ):
            assert answer.status_code == 403
            assert "expected the header `Authorization: token TOKEN`" in answer.json()["message"]
    for token in ("", "wrong-one"):
        with pytest.raises(StoreRefused, match=r"no token, or a wrong one; name the") as caught:
            open_store(url_of(server, room, token))
        assert "wrong-one" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "Nothing is to be written"),
        ({"values": {"": 1}}, "not empty"),
        ({"values": {"a\0b": 1}}, "NUL"),
        ({"values": {"n" * 1001: 1}}, "1,001 characters"),
        ({"delete": [""]}, "not empty"),
        ({"value": {"x": 1}}, "unknown field"),
        ({"values": [1]}, "Expected `object`"),
        ({"values": {"x": 1}, "source": "s" * 201}, "length <= 200"),
    ],
)
def test_a_write_that_does_not_fit_is_refused(
    http: httpx.Client, room: str, body: dict[str, Any], reason: str
) -> None:
    """As a whole."""
    answer = http.patch(f"/rooms/{room}", json=body)
    assert answer.status_code == 400
    assert reason in answer.json()["message"]
    assert http.get(f"/rooms/{room}").json() == {"entries": [], "position": 0}


@pytest.mark.parametrize("name", ["a b", "x" * 65, "ä", "a%2Fb", "a%5Cb"])
def test_what_is_no_name_of_a_room_makes_no_file(
    server: LivensServer, http: httpx.Client, name: str
) -> None:
    """And is told what is."""
    answer = http.get(f"/rooms/{name}")
    assert answer.status_code == 400
    assert "expected 1 to 64 of A-Za-z0-9._-" in answer.json()["message"]
    assert all(len(path.name) < 65 for path in (server.folder / ".livens-rooms").glob("*"))


def test_rooms_are_files_that_nobody_else_may_read(
    server: LivensServer, http: httpx.Client, room: str
) -> None:
    """In a folder that nobody else may enter."""
    http.patch(f"/rooms/{room}", json={"values": {"x": 1}})
    folder = server.folder / ".livens-rooms"
    assert oct(folder.stat().st_mode)[-3:] == "700"
    assert oct((folder / f"{room}.room").stat().st_mode)[-3:] == "600"


def test_there_are_no_more_rooms_than_may_be(
    server_class: type[LivensServer], tmp_path: Path
) -> None:
    """Those that are there can be used; a write that is too large is refused by its size."""
    options = ["--LivensServer.max_rooms=2", "--LivensServer.max_body_bytes=1000"]
    running = server_class(tmp_path, *options)
    try:
        with running.client() as http:
            assert http.get("/rooms/a").status_code == http.get("/rooms/b").status_code == 200
            assert http.get("/rooms/c").status_code == 429
            assert http.patch("/rooms/a", json={"values": {"x": 1}}).status_code == 200
        with pytest.raises(StoreAway, match="There are 2 rooms"):
            open_store(url_of(running, "c"))
        with livens.state.open(url_of(running, "a")) as store:
            with pytest.raises(StoreRefused, match="expected 1,000 or less"):
                store.set("x", "x" * 2000)
            assert store.get("x") == 1
    finally:
        running.stop()


@pytest.mark.parametrize(
    "url",
    [
        "jupyter://",
        "jupyter://host/room",
        "jupyter://host:8765",
        "jupyter://host:8765/",
        "jupyter://host:port/room",
        "jupyter://host:1/room?token=a&x=1",
        "jupyter://host:1/room#x",
    ],
)
def test_a_url_that_names_no_room_is_refused(url: str) -> None:
    """With what was expected."""
    with pytest.raises(StoreRefused, match=r"expected jupyter://HOST:PORT/NAME"):
        open_store(url)


def test_a_server_that_is_none_of_livens_is_told_so(server: LivensServer) -> None:
    """By a path that has no rooms, and by an address where nobody is."""
    address = server.url.replace("http://", "jupyter://")
    with pytest.raises(StoreRefused, match=r"has no rooms: it answers with 404. Start `jupyter"):
        open_store(f"{address}/elsewhere/room?token={TOKEN}")
    with pytest.raises(StoreAway, match="cannot be reached now"):
        open_store("jupyter://127.0.0.1:1/room")
