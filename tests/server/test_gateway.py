"""Kernels behind a gateway: the same answers, and what is told when the gateway is not there.

The gateway is Jupyter's Kernel Gateway. `make prove-gateways` asks the same of Enterprise Gateway.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websocket import create_connection

from tests.server.conftest import TOKEN as SERVER_TOKEN
from tests.server.conftest import LivensServer
from tests.server.gateways import TOKEN, Gateway, Way
from tests.server.test_execute import SLOW, execute, stream
from tests.server.test_variables import events

UNTIL_SEEN = "import time\nwhile True:\n    time.sleep(0.01)"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway for all tests of this file."""
    folder = tmp_path_factory.mktemp("gateway") / "gateway"
    running = Gateway(folder, os.environ.get("LIVENS_ENTERPRISE_GATEWAY", ""))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def way(gateway: Gateway) -> Iterator[Way]:
    """The way from the server to the gateway."""
    made = Way(gateway.port)
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(way: Way, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivensServer]:
    """A server whose kernels are behind the gateway."""
    options = (f"--gateway-url={way.url}", f"--GatewayClient.auth_token={TOKEN}")
    running = LivensServer(tmp_path_factory.mktemp("server"), *options)
    yield running
    running.stop()


class TestSameAnswers:
    """What works with a kernel of the server's own works with one behind a gateway."""

    def test_execute_and_reset(self, http: httpx.Client, session_id: str) -> None:
        """Output, errors, and an empty namespace in the same kernel."""
        answer = execute(http, session_id, "x = 42\nprint('x =', x)\nx + 1")
        assert answer == {"output": "x = 42\n43\n", "error": None, "stderr": ""}
        assert "ZeroDivisionError" in execute(http, session_id, "1/0")["error"]
        kernel = http.get(f"/sessions/{session_id}").json()["kernelId"]
        assert http.post(f"/reset/{session_id}").status_code == 200
        assert "NameError" in execute(http, session_id, "x")["error"]
        assert http.get(f"/sessions/{session_id}").json()["kernelId"] == kernel

    def test_stream_with_changes(self, http: httpx.Client, session_id: str) -> None:
        """What changed comes before the end."""
        found = stream(http, session_id, "x = 1\nprint(x)", variables=True)
        assert found[-1] == {"type": "complete", "returnCode": 0}
        assert {"type": "output", "content": "1\n"} in found
        changed = [v for event in found if event["type"] == "change" for v in event["changed"]]
        assert [(v["name"], v["preview"]) for v in changed] == [("x", "1")]

    def test_code_that_runs_is_interrupted(self, http: httpx.Client, session_id: str) -> None:
        """Its time is up: the gateway interrupts it, and the next call is carried out."""
        answer = execute(http, session_id, "n = 0\n" + SLOW, timeout_s=0.5)
        assert answer["error"] == "The code took longer than 0.5 s: it was interrupted.\n"
        assert execute(http, session_id, "print(n < 600)")["output"] == "True\n"

    def test_variables_while_code_runs(self, http: httpx.Client, session_id: str) -> None:
        """They are asked for on the control channel, which the code does not hold up."""
        running = threading.Thread(target=execute, args=(http, session_id, "x = 7\n" + UNTIL_SEEN))
        running.start()
        with http.stream("GET", f"/changes/{session_id}") as answer:
            seen = (v["name"] for _, event in events(answer) for v in event.get("changed", []))
            assert "x" in seen
        assert http.get(f"/variables/{session_id}/x").json()["preview"] == "7"
        assert http.get(f"/sessions/{session_id}").json()["state"] == "busy"
        assert http.post(f"/sessions/{session_id}/interrupt").status_code == 204
        running.join()

    def test_kernel_that_dies(self, http: httpx.Client, session_id: str) -> None:
        """The gateway starts it again; the call that ran says so."""
        execute(http, session_id, "x = 1")
        answer = execute(http, session_id, "import os\nos.kill(os.getpid(), 9)")
        assert "The kernel has died" in answer["error"]
        assert "NameError" in execute(http, session_id, "x")["error"]

    def test_kernel_that_prints_faster_than_the_gateway_lets_through(
        self, http: httpx.Client, session_id: str
    ) -> None:
        """No output is lost without a word, and the word does not pass for a new kernel's."""
        execute(http, session_id, "x = 1")
        answer = execute(http, session_id, "for n in range(8): print('-' * 1_000_000)")
        is_whole = len(answer["output"]) == 8 * 1_000_001
        assert is_whole != ("iopub_data_rate_limit" in answer["stderr"])
        assert answer["error"] is None
        assert execute(http, session_id, "x")["output"] == "1\n"


class TestGatewayThatGoes:
    """Everybody is told, nothing hangs, and what the gateway still has is used again."""

    def test_cut_connection(self, http: httpx.Client, way: Way, session_id: str) -> None:
        """What ran is told of it; the next call finds the kernel and its variables."""
        execute(http, session_id, "x = 1")
        answers: list[dict[str, Any]] = []
        code = "began = 1\n" + UNTIL_SEEN
        running = threading.Thread(target=lambda: answers.append(execute(http, session_id, code)))
        running.start()
        told = []
        with http.stream("GET", f"/changes/{session_id}") as answer:
            for _, event in events(answer):
                told.append(event)
                if "began" in [v["name"] for v in event.get("changed", [])]:
                    way.cut()
        running.join()
        assert told[-1]["type"] == "error"
        for text in (told[-1]["content"], answers[0]["error"]):
            assert f"The connection to the gateway at {way.url} has ended" in text
        assert http.post(f"/sessions/{session_id}/interrupt").status_code == 204
        assert execute(http, session_id, "x")["output"] == "1\n"

    def test_socket_is_closed_with_the_reason(
        self, server: LivensServer, http: httpx.Client, way: Way, session_id: str
    ) -> None:
        """A client of a WebSocket sees why, and may connect again."""
        url = f"{server.url.replace('http', 'ws')}/sessions/{session_id}/socket"
        header = [f"Authorization: token {SERVER_TOKEN}"]
        client = create_connection(url, header=header, timeout=60)
        way.cut()
        opcode, data = client.recv_data()
        assert (opcode, data[:2]) == (8, (1011).to_bytes(2, "big"))
        assert b"gateway" in data
        client.shutdown()
        client = create_connection(url, header=header, timeout=60)
        client.send(json.dumps({"method": "execute", "params": {"code": "1"}, "id": 1}))
        while "id" not in (message := json.loads(client.recv())):
            pass
        assert message["result"]["returnCode"] == 0
        client.close()

    @pytest.mark.long_because(
        "the gateway is started again, and Jupyter tries requests three times"
    )
    def test_no_gateway(
        self, http: httpx.Client, gateway: Gateway, way: Way, session_id: str
    ) -> None:
        """503 and a sentence with its address, for old and new sessions; then all goes on."""
        execute(http, session_id, "x = 1")
        with http.stream("GET", f"/changes/{session_id}") as answer:
            coming = events(answer)
            next(coming)
            gateway.kill()
            assert [event["type"] for _, event in coming] == ["error"]
        calls = [
            ("POST", f"/execute/{session_id}", {"code": "x"}),
            ("POST", f"/execute-stream/{session_id}", {"code": "x"}),
            ("POST", f"/execute/{session_id}-new", {"code": "x"}),
            ("POST", f"/reset/{session_id}", None),
            ("POST", f"/sessions/{session_id}/interrupt", None),
            ("GET", f"/sessions/{session_id}", None),
            ("GET", f"/variables/{session_id}", None),
            ("GET", f"/changes/{session_id}", None),
            ("DELETE", f"/sessions/{session_id}", None),
        ]
        try:
            for method, path, body in calls:
                answer = http.request(method, path, json=body)
                assert answer.status_code == 503, (path, answer.text)
                assert way.url in answer.json()["message"]
            assert http.get("/health").status_code == 200
            assert [s["state"] for s in http.get("/sessions").json()["sessions"]] == [None]
        finally:
            gateway.start()
        assert "NameError" in execute(http, session_id, "x")["error"]

    def test_server_that_stops_without_its_gateway(self, tmp_path: Path) -> None:
        """It ends, although it cannot end its kernels."""
        gateway = Gateway(tmp_path / "gateway", os.environ.get("LIVENS_ENTERPRISE_GATEWAY", ""))
        options = (f"--gateway-url={gateway.url}", f"--GatewayClient.auth_token={TOKEN}")
        running = LivensServer(tmp_path / "server", *options)
        try:
            with running.client() as http:
                execute(http, "a", "1")
        finally:
            gateway.kill()
            running.stop()  # fails if it takes too long
        assert running.process.returncode is not None

    def test_gateway_that_does_not_let_the_server_in(
        self, way: Way, tmp_path: Any, session_id: str
    ) -> None:
        """It is the gateway's token that is wrong, not the client's, and the answer says so."""
        options = (f"--gateway-url={way.url}", "--GatewayClient.auth_token=wrong")
        running = LivensServer(tmp_path / "server", *options)
        try:
            with running.client() as http:
                answer = http.post(f"/execute/{session_id}", json={"code": "1"})
            assert answer.status_code == 503
            assert "JUPYTER_GATEWAY_AUTH_TOKEN" in answer.json()["message"]
        finally:
            running.stop()
