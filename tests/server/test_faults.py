"""What breaks in the middle: a server that is killed, and clients that read slowly."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.server.conftest import TOKEN, LivensServer
from tests.server.test_execute import execute

DIES_AT_PORT = """
import json, os, pathlib, sys
port = str(json.loads(pathlib.Path(sys.argv[1]).read_text())["shell_port"])
taken = pathlib.Path({taken!r})
if not taken.exists():
    taken.write_text(port)
if {always} or taken.read_text() == port:
    sys.exit(1)
os.execv(sys.executable, [sys.executable, "-m", "livens", "-f", sys.argv[1]])
"""


def kernelspec(folder: Path, name: str, program: str) -> None:
    """Put a kernel in a folder that Jupyter searches."""
    spec = folder / "kernels" / name
    spec.mkdir(parents=True)
    argv = [sys.executable, "-c", program, "{connection_file}"]
    kernel = {"argv": argv, "display_name": name, "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(kernel))


@pytest.mark.parametrize("always", [False, True])
def test_kernel_that_dies_as_it_starts(tmp_path: Path, always: bool) -> None:
    """Where many start, a port may be taken meanwhile: it is tried again once, at other ports."""
    program = DIES_AT_PORT.format(taken=str(tmp_path / "taken"), always=always)
    kernelspec(tmp_path / "jupyter", "dies", program)
    server = LivensServer(
        tmp_path / "server",
        "--LivensServer.kernel_name=dies",
        environment={"JUPYTER_PATH": str(tmp_path / "jupyter")},
    )
    try:
        with server.client() as http:
            if always:
                answer = http.post("/execute/s", json={"code": "1"})
                assert answer.status_code == 503
                assert "has died as it started" in answer.text
                assert http.get("/sessions").json() == {"sessions": []}
            else:
                assert execute(http, "s", "print(6 * 7)")["output"] == "42\n"
    finally:
        server.stop()


@pytest.mark.long_because("it starts two servers, and waits until a kernel has ended")
def test_server_that_is_killed_and_started_again(tmp_path: Path) -> None:
    """Its kernels end; of a session its files are found again, and that it is new is said."""
    first = LivensServer(tmp_path / "first")
    with first.client() as http:
        pid = int(execute(http, "s", "import os\nx = 1\nprint(os.getpid())")["output"])
        assert http.put("/sessions/s/files/kept", content=b"here").status_code == 201
        http.post("/execute/s", json={"code": "x"})
        kernel = psutil.Process(pid)
        first.process.kill()
        first.process.wait()
        with pytest.raises(httpx.HTTPError):
            http.get("/health")
    kernel.wait(30)
    again = LivensServer(tmp_path / "again", f"--LivensServer.files_dir={first.folder / 'livens'}")
    try:
        with again.client() as http:
            assert http.get("/sessions").json() == {"sessions": []}
            assert http.get("/sessions/s").status_code == 404
            assert http.get("/sessions/s/files/kept").content == b"here"
            answer = http.post("/execute/s", json={"code": "print(open('kept').read())\nx"})
            assert answer.headers["Livens-Session"] == "new"
            assert answer.json()["output"] == "here\n"
            assert "NameError" in answer.json()["error"]
    finally:
        again.stop()


def test_slow_reader_of_a_stream_holds_nobody_up(
    server: Any, http: httpx.Client, session_id: str
) -> None:
    """Others go on while 9 MB wait for it; then it gets all of them, in order."""
    code = "for n in range(90):\n    print(str(n) + 'x' * 100_000)"
    body = json.dumps({"code": code}).encode()
    host, port = server.url.removeprefix("http://").split(":")
    head = (
        f"POST /execute-stream/{session_id} HTTP/1.1\r\nHost: {host}:{port}\r\n"
        f"Authorization: token {TOKEN}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=60) as slow:
        slow.sendall(head.encode() + body)
        slow.recv(10)  # it has begun, and reads no more for now
        assert execute(http, session_id, "print('next')")["output"] == "next\n"
        came = bytearray()
        while piece := slow.recv(1_000_000):
            came += piece
    assert b'"returnCode":0' in came
    places = [came.find(f"{n}xxxx".encode()) for n in range(90)]
    assert -1 not in places
    assert places == sorted(places)


def test_client_that_leaves_a_stream_ends_its_code(http: httpx.Client, session_id: str) -> None:
    """In the middle of its output; the next code has its turn soon."""
    code = "import time\nfor n in range(10_000):\n    print(n, flush=True)\n    time.sleep(0.05)"
    body = {"code": code}
    with http.stream("POST", f"/execute-stream/{session_id}", json=body) as answer:
        next(answer.iter_lines())
    assert execute(http, session_id, "print(n < 10_000)")["output"] == "True\n"
