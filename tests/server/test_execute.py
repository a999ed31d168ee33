"""Running code over HTTP: ``/execute``, ``/execute-stream``, ``/reset``, ``/health``."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import httpx
import pytest

SLOW = "import time\nfor n in range(600):\n    time.sleep(0.1)"


def execute(http: httpx.Client, session_id: str, code: str, **more: Any) -> dict[str, Any]:
    """Run code; returns the answer."""
    answer = http.post(f"/execute/{session_id}", json={"code": code, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def stream(http: httpx.Client, session_id: str, code: str, **more: Any) -> list[dict[str, Any]]:
    """Run code; returns the events."""
    body = {"code": code, **more}
    with http.stream("POST", f"/execute-stream/{session_id}", json=body) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        return [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]


class TestExecute:
    """``POST /execute/{sessionId}``."""

    def test_answer_has_exactly_what_was_agreed(self, http: httpx.Client, session_id: str) -> None:
        """The output in order, and no error; what goes to stderr is apart."""
        code = "import sys\nx = 42\nprint('x =', x)\nprint('oh', file=sys.stderr)\nx + 1"
        answer = execute(http, session_id, code)
        assert answer == {"output": "x = 42\n43\n", "error": None, "stderr": "oh\n"}

    @pytest.mark.parametrize(
        ("code", "error"),
        [
            ("1/0", "ZeroDivisionError: division by zero"),
            ("x ==", "SyntaxError: invalid syntax"),
            ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
            ("raise SystemExit(3)", "SystemExit: 3"),
            ("input('name? ')", "StdinNotImplementedError"),
            ("\x00", "null byte"),
        ],
    )
    def test_errors_of_the_code_are_its_answer(
        self, http: httpx.Client, session_id: str, code: str, error: str
    ) -> None:
        """HTTP 200, with a traceback without colours; the session goes on."""
        answer = execute(http, session_id, code)
        assert error in answer["error"]
        assert "\x1b" not in answer["error"]
        assert execute(http, session_id, "print('still here')")["output"] == "still here\n"

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "nonsense",
            "{}",
            "[]",
            '{"code": 3}',
            '{"code": ""}',
            '{"code": " \\n"}',
            "[" * 10_000,
            '{"code": "1", "timeout_s": 0}',
            '{"code": "1", "timeout_s": -1}',
            '{"code": "1", "timeout_s": "x"}',
            "\udce4".encode("utf-8", "surrogateescape"),
        ],
    )
    def test_bad_bodies(self, http: httpx.Client, session_id: str, body: Any) -> None:
        """They are refused with a sentence, and no session is made."""
        answer = http.post(f"/execute/{session_id}", content=body)
        assert answer.status_code == 400
        assert len(answer.json()["message"]) > 10
        assert http.get(f"/sessions/{session_id}").status_code == 404

    @pytest.mark.parametrize("name", ["a%20b", "a" * 65, "%C3%A4", "a%0A", "..%2Fa"])
    def test_what_is_no_id(self, http: httpx.Client, name: str) -> None:
        """An id that does not fit is refused."""
        answer = http.post(f"/execute/{name}", json={"code": "1"})
        assert answer.status_code == 400
        assert "no id of a session" in answer.json()["message"]

    def test_without_the_token(self, server: Any, session_id: str) -> None:
        """Nothing but health is answered."""
        with httpx.Client(base_url=server.url) as stranger:
            for path in (f"/execute/{session_id}", f"/execute-stream/{session_id}"):
                assert stranger.post(path, json={"code": "1"}).status_code == 403
            assert stranger.get("/sessions").status_code == 403
            assert stranger.get(f"/changes/{session_id}").status_code == 403
            assert stranger.get("/health").status_code == 200

    def test_sessions_do_not_share_variables(self, http: httpx.Client, session_id: str) -> None:
        """What one has is not there in another."""
        other = session_id + "-b"
        execute(http, session_id, "x = 1")
        assert "NameError: name 'x' is not defined" in execute(http, other, "x")["error"]
        assert http.delete(f"/sessions/{other}").status_code == 204

    def test_calls_of_one_session_run_in_order(self, http: httpx.Client, session_id: str) -> None:
        """Twenty at once, each whole before the next."""
        execute(http, session_id, "seen = []")
        code = "import time\nseen.append('in'); time.sleep(0.01); seen.append('out')"
        calls = [threading.Thread(target=execute, args=(http, session_id, code)) for _ in range(20)]
        for call in calls:
            call.start()
        for call in calls:
            call.join()
        answer = execute(http, session_id, "print(seen == ['in', 'out'] * 20)")
        assert answer["output"] == "True\n"

    def test_time_that_is_up(self, http: httpx.Client, session_id: str) -> None:
        """The code is interrupted, an error says so, and the next call is carried out."""
        answer = execute(http, session_id, "n = 0\nprint('a', flush=True)\n" + SLOW, timeout_s=0.5)
        assert answer["error"] == "The code took longer than 0.5 s: it was interrupted.\n"
        assert execute(http, session_id, "print(n < 600)")["output"] == "True\n"

    def test_much_output_is_cut_with_a_word(self, http: httpx.Client, session_id: str) -> None:
        """A loop that prints too much ends as any other."""
        code = "for n in range(24):\n    print('x' * 1_000_000)"
        output = execute(http, session_id, code)["output"]
        assert 9_000_000 < len(output) < 11_000_000
        assert output.endswith("[Output was cut here: one execution may tell 10,000,000 bytes.]\n")

    def test_client_that_goes(self, server: Any, http: httpx.Client, session_id: str) -> None:
        """What nobody waits for any more is interrupted."""
        execute(http, session_id, "n = 0")
        with server.client() as going, pytest.raises(httpx.ReadTimeout):
            going.post(f"/execute/{session_id}", json={"code": SLOW}, timeout=1.0)
        assert execute(http, session_id, "print(n < 600)", timeout_s=30)["output"] == "True\n"

    def test_kernel_that_dies(self, http: httpx.Client, session_id: str) -> None:
        """The answer says so, and the next call has a new kernel."""
        execute(http, session_id, "x = 1")
        answer = execute(
            http, session_id, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
        )
        assert "The kernel has died" in answer["error"]
        assert "NameError" in execute(http, session_id, "x")["error"]


class TestStream:
    """``POST /execute-stream/{sessionId}``."""

    def test_events_are_exactly_those_agreed(self, http: httpx.Client, session_id: str) -> None:
        """Output as it is printed, errors, and how it ended."""
        assert stream(http, session_id, "print(1)") == [
            {"type": "output", "content": "1\n"},
            {"type": "complete", "returnCode": 0},
        ]
        *told, last = stream(http, session_id, "1/0")
        assert last == {"type": "complete", "returnCode": 1}
        assert [event["type"] for event in told] == ["error"]

    def test_output_comes_while_the_code_runs(self, http: httpx.Client, session_id: str) -> None:
        """The code waits for a file that is made when its first line has come."""
        code = (
            "import os, time\nprint('begun', flush=True)\n"
            f"while not os.path.exists('{session_id}'): time.sleep(0.01)\nprint('ended')"
        )
        body = {"code": code, "timeout_s": 60}
        with http.stream("POST", f"/execute-stream/{session_id}", json=body) as answer:
            lines = answer.iter_lines()
            first = next(line for line in lines if line.startswith("data"))
            assert json.loads(first[6:]) == {"type": "output", "content": "begun\n"}
            made = http.put(f"/sessions/{session_id}/files/{session_id}", content=b"")
            assert made.status_code == 201
            assert [json.loads(line[6:]) for line in lines if line.startswith("data")] == [
                {"type": "output", "content": "ended\n"},
                {"type": "complete", "returnCode": 0},
            ]

    def test_changes_of_variables(self, http: httpx.Client, session_id: str) -> None:
        """If they are asked for they come in between, the last before the end."""
        events = stream(http, session_id, "x = 1\nprint(x)\ny = [1, 2]", variables=True)
        assert events[-1] == {"type": "complete", "returnCode": 0}
        changed = {
            variable["name"]: variable["preview"]
            for event in events
            if event["type"] == "change"
            for variable in event["changed"]
        }
        assert changed == {"x": "1", "y": "[1, 2]"}

    def test_pictures(self, http: httpx.Client, session_id: str) -> None:
        """What is rich comes as its MIME bundle."""
        code = "from IPython.display import HTML, display\ndisplay(HTML('<b>x</b>'))"
        assert stream(http, session_id, code)[0] == {
            "type": "display",
            "data": {"text/html": "<b>x</b>"},
        }


class TestReset:
    """``POST /reset/{sessionId}``."""

    def test_namespace_is_empty_in_the_same_kernel(
        self, http: httpx.Client, session_id: str
    ) -> None:
        """The answer is as agreed."""
        before = execute(http, session_id, "import os\nx = 1\nprint(os.getpid())")["output"]
        answer = http.post(f"/reset/{session_id}")
        assert answer.json() == {
            "message": "Namespace reset successfully",
            "sessionId": session_id,
        }
        assert "NameError" in execute(http, session_id, "x")["error"]
        after = execute(http, session_id, "import os\nprint(os.getpid())")["output"]
        assert after == before

    def test_code_that_runs_is_interrupted(self, http: httpx.Client, session_id: str) -> None:
        """Whoever waits for it is told why."""
        answers: list[dict[str, Any]] = []
        running = threading.Thread(
            target=lambda: answers.append(execute(http, session_id, "x = 1\n" + SLOW))
        )
        running.start()
        while http.get(f"/sessions/{session_id}").json().get("state") != "busy":
            time.sleep(0.05)
        assert http.post(f"/reset/{session_id}").status_code == 200
        running.join()
        assert "this code was interrupted" in answers[0]["error"]
        assert execute(http, session_id, "print('x' in globals())")["output"] == "False\n"


def test_health(http: httpx.Client) -> None:
    """It says what runs, and when."""
    health = http.get("/health").json()
    assert health["status"] == "ok"
    assert health["language"] == "python"
    assert health["stateless"] is False
    assert health["timestamp"].endswith("Z")
    assert set(health) == {"status", "language", "version", "stateless", "timestamp"}
