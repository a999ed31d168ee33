"""Limits of a server, its culling, and which web pages may call it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from tornado.httpclient import HTTPClientError

from tests.server.test_execute import execute
from tests.server.test_socket import Open, with_sockets


class TestCulling:
    """What Jupyter's culling ends, on a server that culls after two seconds."""

    @pytest.mark.long_because("Jupyter culls whole seconds after the last activity")
    def test_idle_session_ends_and_one_that_is_used_stays(
        self, strict_server: Any, session_id: str
    ) -> None:
        """Who listens, and who runs code, keeps a session; the next call to another is told."""
        with strict_server.client() as http, ThreadPoolExecutor(1) as pool:
            names = {part: f"{session_id}-{part}" for part in ("idle", "busy", "heard")}
            for name in names.values():
                execute(http, name, "x = 1")
            code = "import time\nfor n in range(60):\n    time.sleep(0.1)\nprint(x)"
            running = pool.submit(execute, http, names["busy"], code)
            with http.stream("GET", f"/changes/{names['heard']}"):
                # A request for variables makes the kernel say that it is idle.
                while http.get(f"/sessions/{names['idle']}").status_code == 200:
                    assert http.get(f"/variables/{names['busy']}").status_code == 200
                    time.sleep(0.2)
                assert running.result()["output"] == "1\n"
                assert execute(http, names["heard"], "x")["output"] == "1\n"
            answer = http.post(f"/execute/{names['idle']}", json={"code": "x"})
            assert answer.headers["Livens-Session"] == "new"
            assert "NameError" in answer.json()["error"]
            # When the last listener has gone, its session ends as well.
            while http.get(f"/sessions/{names['heard']}").status_code == 200:
                time.sleep(0.2)
            assert http.get("/health").status_code == 200

    def test_listeners_are_told_that_the_session_has_ended(
        self, http: httpx.Client, session_id: str
    ) -> None:
        """A stream of changes ends with the reason."""
        execute(http, session_id, "x = 1")
        with http.stream("GET", f"/changes/{session_id}") as answer:
            lines = answer.iter_lines()
            next(lines)
            http.delete(f"/sessions/{session_id}")
            assert "The session has ended" in [line for line in lines if line][-1]


def test_number_of_sessions(strict_server: Any, session_id: str) -> None:
    """Of six that are asked for at once there are four; the others are told to end one first."""
    with strict_server.client() as http, ThreadPoolExecutor(6) as pool:
        calls = [pool.submit(http.post, f"/sessions/{session_id}-n{n}") for n in range(6)]
        answers = [call.result() for call in calls]
        assert {answer.status_code for answer in answers} == {201, 429}
        refused = [answer for answer in answers if answer.status_code == 429]
        assert "There are 4 sessions" in refused[0].json()["message"]
        listed = [session["sessionId"] for session in http.get("/sessions").json()["sessions"]]
        assert len(listed) <= 4
        for name in listed:
            assert http.delete(f"/sessions/{name}").status_code in (204, 404)


def test_large_bodies(strict_server: Any, session_id: str) -> None:
    """Also one of 20 MB is answered, and makes no session."""
    with strict_server.client() as http:
        for size in (1_001, 20_000_000):
            body = b'{"code": "' + b"x" * size + b'"}'
            answer = http.post(f"/execute/{session_id}", content=body)
            assert answer.status_code == 413
            assert "expected 1,000 or less" in answer.json()["message"]
        chunks = (b"x" * 500 for _ in range(3))  # nothing says before how many there will be
        assert http.post(f"/execute/{session_id}", content=chunks).status_code == 413
        assert http.get(f"/sessions/{session_id}").status_code == 404


def test_number_of_listeners(strict_server: Any, session_id: str) -> None:
    """Streams and sockets count as one; whoever has gone makes room."""
    with strict_server.client() as http:
        execute(http, session_id, "x = 1")
        with ExitStack() as stack:
            for _ in range(2):
                stream = stack.enter_context(http.stream("GET", f"/changes/{session_id}"))
                assert stream.status_code == 200
            refused = http.get(f"/changes/{session_id}")
            assert refused.status_code == 429
            assert refused.headers["retry-after"] == "1"
            assert "There are 2 sockets and streams" in refused.json()["message"]

            async def body(connect: Open) -> None:
                with pytest.raises(HTTPClientError) as no_socket:
                    await connect()
                assert no_socket.value.code == 429

            with_sockets(strict_server, session_id, body)
        while http.post(f"/execute-stream/{session_id}", json={"code": "1"}).status_code == 429:
            time.sleep(0.05)


def test_rate_of_requests(rated_server: Any) -> None:
    """Of many at once some are refused, and told when to come again; health is always answered."""
    with rated_server.client() as http:
        answers = [http.get("/sessions") for _ in range(50)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert {answer.status_code for answer in answers} == {200, 429}
        assert "At most 5 requests a second" in refused[0].json()["message"]
        assert refused[0].headers["retry-after"] == "1"
        assert {http.get("/health").status_code for _ in range(20)} == {200}


def preflight(server: Any, origin: str) -> str | None:
    """Return which origin a browser is told may call."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,last-event-id",
    }
    answer = httpx.options(f"{server.url}/execute/x", headers=headers)
    assert "last-event-id" in answer.headers["access-control-allow-headers"]
    return answer.headers.get("access-control-allow-origin")


def test_origins(strict_server: Any, rated_server: Any) -> None:
    """In production those that are listed, in development all."""
    assert preflight(strict_server, "https://a.example") == "https://a.example"
    for origin in ("https://b.example", "https://a.example.b.example", "http://a.example", "null"):
        assert preflight(strict_server, origin) is None
    assert preflight(rated_server, "https://b.example") in ("*", "https://b.example")
    headers = {"Origin": "https://a.example"}
    with strict_server.client() as http:
        answer = http.get("/sessions", headers=headers)
        assert answer.headers["access-control-allow-origin"] == "https://a.example"
        assert "Livens-Session" in answer.headers["access-control-expose-headers"]
        answer = http.get("/sessions", headers={"Origin": "https://b.example"})
        assert "access-control-allow-origin" not in answer.headers
