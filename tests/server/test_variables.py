"""Variables over HTTP: what there is, and what changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from livens.protocol.capabilities import ALL
from tests.server.test_execute import execute


def events(answer: httpx.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the ids and the data of server-sent events."""
    event_id = ""
    for line in answer.iter_lines():
        if line.startswith("id: "):
            event_id = line[4:]
        elif line.startswith("data: "):
            yield event_id, json.loads(line[6:])


class TestVariables:
    """``/variables/{sessionId}[/{name}]``."""

    def test_list_describe_set_delete(self, http: httpx.Client, session_id: str) -> None:
        """One variable through its life."""
        execute(http, session_id, "x = 1\ny = 'a'")
        listed = http.get(f"/variables/{session_id}").json()
        assert [v["name"] for v in listed["variables"]] == ["x", "y"]
        assert http.get(f"/variables/{session_id}", params={"limit": 1}).json()["total"] == 2
        path = f"/variables/{session_id}/x"
        assert http.get(path).json()["preview"] == "1"
        assert http.put(path, json={"expression": "x + 41"}).json()["preview"] == "42"
        assert execute(http, session_id, "x")["output"] == "42\n"
        assert http.delete(path).status_code == 204
        assert http.get(path).status_code == 404

    def test_details(self, http: httpx.Client, session_id: str) -> None:
        """Children, tables, values and history, with the params of the protocol."""
        execute(
            http, session_id, "import numpy as np\na = np.arange(6).reshape(3, 2)\nd = {'k': 1}"
        )
        at = f"/variables/{session_id}"
        table = http.get(f"{at}/a/table", params={"start": 1, "limit": 1}).json()
        assert table["rows"] == [[2, 3]]
        inside = http.get(f"{at}/d/inspect").json()["children"][0]
        assert inside["preview"] == "1"
        path = json.dumps(inside["path"][1:])
        assert http.get(f"{at}/d/value", params={"path": path}).json()["data"] == "1"
        assert http.get(f"{at}/d/history").json()["name"] == "d"

    @pytest.mark.parametrize(
        ("asked", "status"),
        [
            (("GET", "nope", None), 404),
            (("GET", "x/table?limit=a", None), 400),
            (("GET", "x/inspect?path=3", None), 400),
            (("GET", "x/inspect?path=%5B1%5D", None), 400),
            (("GET", "x/inspect?colour=red", None), 400),
            (("PUT", "x", {"expression": "1/0"}), 422),
            (("PUT", "x", {"expression": ""}), 400),
            (("PUT", "x", {}), 400),
            (("PUT", "not-a-name", {"expression": "1"}), 403),
            (("DELETE", "nope", None), 404),
        ],
    )
    def test_what_cannot_be(
        self, http: httpx.Client, session_id: str, asked: tuple[str, str, Any], status: int
    ) -> None:
        """The status of HTTP that fits, with a sentence."""
        method, path, body = asked
        execute(http, session_id, "x = 1")
        answer = http.request(method, f"/variables/{session_id}/{path}", json=body)
        assert answer.status_code == status, answer.text
        assert len(answer.json()["message"]) > 10

    def test_of_no_session(self, http: httpx.Client, session_id: str) -> None:
        """To look makes no session."""
        assert http.get(f"/variables/{session_id}").status_code == 404


class TestChanges:
    """``GET /changes/{sessionId}``."""

    def test_state_then_changes_and_on_after_a_cut(
        self, http: httpx.Client, session_id: str
    ) -> None:
        """A reader that comes back with the last id gets what it has missed, and no more."""
        execute(http, session_id, "x = 1")
        with http.stream("GET", f"/changes/{session_id}") as answer:
            coming = events(answer)
            first_id, first = next(coming)
            assert first["complete"]
            assert first["capabilities"] == ALL
            assert [v["preview"] for v in first["changed"]] == ["1"]
            execute(http, session_id, "x = 2")
            seen_id, change = next(coming)
            assert [v["preview"] for v in change["changed"]] == ["2"]
            assert change["changed"][0]["changed_by"] == {"execution_count": 2, "line": 1}
            assert "capabilities" not in change
        execute(http, session_id, "y = 3\ndel x")
        headers = {"Last-Event-ID": seen_id}
        with http.stream("GET", f"/changes/{session_id}", headers=headers) as answer:
            found: dict[str, str] = {}
            removed: list[str] = []
            for event_id, change in events(answer):
                assert event_id not in (first_id, seen_id)
                assert not change.get("complete")
                found |= {v["name"]: v["preview"] for v in change.get("changed", [])}
                removed += change.get("removed", [])
                if found and removed:
                    break
            assert found == {"y": "3"}
            assert removed == ["x"]

    def test_chosen_names(self, http: httpx.Client, session_id: str) -> None:
        """Patterns choose; what else changes is not told."""
        execute(http, session_id, "loss_a = 1\nother = 1")
        url = f"/changes/{session_id}"
        with http.stream("GET", url, params={"names": "loss*,step"}) as answer:
            coming = events(answer)
            assert [v["name"] for v in next(coming)[1]["changed"]] == ["loss_a"]
            execute(http, session_id, "other = 2")
            execute(http, session_id, "step = 1")
            assert [v["name"] for v in next(coming)[1]["changed"]] == ["step"]

    def test_unknown_last_id(self, http: httpx.Client, session_id: str) -> None:
        """Whatever it is, the whole state comes."""
        execute(http, session_id, "x = 1")
        for last_id in ("nonsense", "a-1", "-", "a-99999999999999999999", "\x00"[:0]):
            headers = {"Last-Event-ID": last_id}
            with http.stream("GET", f"/changes/{session_id}", headers=headers) as answer:
                assert next(events(answer))[1]["complete"]
