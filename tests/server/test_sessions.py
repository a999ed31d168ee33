"""Sessions: what is told of them, and what becomes of code when others come and go."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.server.test_execute import SLOW, execute

BEGUN = "open('begun', 'w').close()\n"


def until_begun(http: httpx.Client, session_id: str) -> None:
    """Wait until code has run `BEGUN`. What Jupyter says of a new kernel's state may come late."""
    while http.get(f"/sessions/{session_id}/files/begun").status_code != 200:
        time.sleep(0.02)


class TestState:
    """The header ``Livens-Session``, and the status of ``POST /sessions``."""

    def test_who_runs_code_is_told_whether_the_session_is_new(
        self, http: httpx.Client, session_id: str
    ) -> None:
        """New for the first, then continued; after a kernel that died, restarted."""

        def state(code: str) -> str:
            answer = http.post(f"/execute/{session_id}", json={"code": code})
            return str(answer.headers["Livens-Session"])

        assert state("import os, signal, threading") == "new"
        assert state("x = 1") == "continued"
        # It dies when no call is there to hear of it.
        die = "os.kill(os.getpid(), signal.SIGKILL)"
        assert state(f"threading.Timer(0.2, lambda: {die}).start()") == "continued"
        seen = {state("x") for _ in range(20) if time.sleep(0.1) is None}
        assert seen <= {"continued", "restarted"}
        assert "restarted" in seen
        assert state("x") == "continued"

    def test_to_make_one_that_is_there_changes_nothing(
        self, http: httpx.Client, session_id: str
    ) -> None:
        """The status is 201 the first time, and 200 from then on."""
        first = http.post("/sessions", json={"sessionId": session_id})
        again = http.post("/sessions", json={"sessionId": session_id})
        path = http.post(f"/sessions/{session_id}")
        assert [answer.status_code for answer in (first, again, path)] == [201, 200, 200]
        assert len({answer.json()["kernelId"] for answer in (first, again, path)}) == 1

    def test_twenty_that_come_at_once_share_one_kernel(
        self, http: httpx.Client, session_id: str
    ) -> None:
        """A session is made once, however many ask for it."""
        with ThreadPoolExecutor(20) as pool:
            calls = [pool.submit(http.post, f"/sessions/{session_id}") for _ in range(20)]
        answers = [call.result() for call in calls]
        assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
        assert len({answer.json()["kernelId"] for answer in answers}) == 1


class TestQueue:
    """Code that waits for its turn."""

    def test_who_gives_up_waiting_interrupts_nobody(
        self, http: httpx.Client, session_id: str
    ) -> None:
        """Neither a time that is up, nor a client that goes, ends what runs for others."""
        answers: list[dict[str, Any]] = []
        code = BEGUN + "import time\nfor n in range(25):\n    time.sleep(0.1)\nprint('whole')"
        first = threading.Thread(target=lambda: answers.append(execute(http, session_id, code)))
        first.start()
        until_begun(http, session_id)
        late = execute(http, session_id, "print('late')", timeout_s=0.3)
        assert "did not begin within 0.3 s" in late["error"]
        with pytest.raises(httpx.ReadTimeout):
            http.post(f"/execute/{session_id}", json={"code": "x = 1"}, timeout=0.3)
        first.join()
        assert answers == [{"output": "whole\n", "error": None, "stderr": ""}]
        assert execute(http, session_id, "print('x' in globals())")["output"] == "False\n"

    def test_session_that_is_ended_in_the_middle(self, http: httpx.Client, session_id: str) -> None:
        """What ran and what waited is told so; none of it is called a success."""
        with ThreadPoolExecutor(2) as pool:
            running = pool.submit(execute, http, session_id, BEGUN + SLOW)
            until_begun(http, session_id)
            waiting = pool.submit(execute, http, session_id, "1")
            time.sleep(0.2)
            assert http.delete(f"/sessions/{session_id}").status_code == 204
            for call in (running, waiting):
                assert "The session has ended" in str(call.result()["error"])


class TestReset:
    """``POST /reset``, where the user's names are in its way."""

    def test_names_of_ours_that_the_user_has_taken(
        self, http: httpx.Client, session_id: str
    ) -> None:
        """The namespace is empty afterwards, whatever it held."""
        execute(http, session_id, "get_ipython = IPython = None\nx = 1")
        assert http.post(f"/reset/{session_id}").status_code == 200
        assert execute(http, session_id, "print('x' in dir())")["output"] == "False\n"

    def test_one_that_fails_is_not_called_done(self, http: httpx.Client, session_id: str) -> None:
        """The answer is an error that says why."""
        execute(http, session_id, "import IPython\nIPython.get_ipython = None\nx = 1")
        answer = http.post(f"/reset/{session_id}")
        assert answer.status_code == 503
        assert "TypeError" in answer.json()["message"]


def test_long_traceback_is_cut(http: httpx.Client, session_id: str) -> None:
    """Its end is what counts."""
    error = execute(http, session_id, "raise ValueError('x' * 11_000_000 + 'the end')")["error"]
    assert error.startswith("[The beginning was cut")
    assert error.endswith("the end")
    assert len(error) < 10_001_000
