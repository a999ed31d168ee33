"""Sessions of a jupyter_server: busy, restarted, interrupted, flooded, and replays."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from servers import UNTIL_STOPPED, Notebook, Server, takes_connections, wait_until_ready

from livens.recorder import RecordingNotebookClient
from livens.testing import DEFAULT_TIMEOUT_S, KernelClient

pytestmark = pytest.mark.every_python("processes that are killed and restarted")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, own_address: str) -> Iterator[Server]:
    """A jupyter_server on a free port of this machine, with folders of its own."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as probe:
        probe.bind((own_address, 0))
        port = probe.getsockname()[1]
    token = uuid.uuid4().hex
    kinds = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    environment = os.environ | {f"JUPYTER_{kind}": str(folder / kind.lower()) for kind in kinds}
    options = {
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.ip": own_address,
        "ServerApp.root_dir": folder,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,
        "ServerApp.jpserver_extensions": "{}",
        "ServerApp.allow_external_kernels": True,
        "IdentityProvider.token": token,
    }
    command = [sys.executable, "-m", "jupyter_server"]
    command += [f"--{name}={value}" for name, value in options.items()]
    log = folder / "log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr
        )
        while not takes_connections(own_address, port):
            assert process.poll() is None, log.read_text()
        yield Server(f"{own_address}:{port}", token, environment)
        process.terminate()
        process.wait(60)


@pytest.fixture
def notebook(server: Server) -> Iterator[Notebook]:
    """A new session with a livens kernel; deleted in the end."""
    session = Notebook(server)
    yield session
    server.ask("DELETE", f"sessions/{session.id}")


def test_session_on_a_server_is_watched_while_its_cell_runs(notebook: Notebook) -> None:
    """A comm opened over the websocket brings updates before the cell is done."""
    with notebook.connected() as client:
        client.open()
        cell = client.start(UNTIL_STOPPED)
        client.wait_for(lambda: len(set(client.seen("n"))) > 2)
        notebook.wait_until("busy")
        notebook.server.ask("POST", f"{notebook.kernel_path}/interrupt")
        assert client.finish(cell).error == "KeyboardInterrupt"
        assert client.misses() == {}
        client.close()


def test_kernel_on_a_server_outlives_its_client(notebook: Notebook) -> None:
    """When the websocket is gone the cell runs on; who comes back is told all, in one epoch."""
    with notebook.connected() as client:
        client.open()
        client.execute("import threading\nstop = threading.Event()")
        epoch = client.replica.epoch
        client.start("n = 0\nwhile not stop.wait(0.005): n += 1\ndone = True")
        client.wait_for(lambda: client.previews.get("n"))
        client.close()
    notebook.server.ask("POST", f"{notebook.kernel_path}/interrupt")
    with notebook.connected() as client:
        client.open()
        assert client.replica.epoch == epoch
        assert client.variables.keys() == {"threading", "stop", "n"}
        client.execute("last = n")
        assert client.previews["last"] == client.previews["n"]
        assert client.misses() == {}
        client.close()


def test_restart_on_a_server_begins_a_new_epoch(notebook: Notebook) -> None:
    """A restart by REST keeps the kernel's id and the websocket; the epoch is new."""
    with notebook.connected() as client:
        client.open()
        client.execute("x = 1")
        epoch, kernel_id = client.replica.epoch, notebook.kernel["id"]
        notebook.server.ask("POST", f"{notebook.kernel_path}/restart")
        assert notebook.kernel["id"] == kernel_id
        wait_until_ready(client)
        client.open()
        assert client.replica.epoch != epoch
        assert client.variables == {}
        assert client.execute("y = 2").error is None
        assert client.previews == {"y": "2"}
        client.close()


def changed_by_a_thread(client: KernelClient, folder: Path) -> Callable[[], None]:
    """Let a thread of the kernel wait for its start; returns what starts it and waits for its end.

    It changes variables 200 times, in half a second, while no cell runs. The kernel is spoken to
    by two named pipes, so that no message of Jupyter's is needed.
    """
    start, end = folder / "start", folder / "end"
    os.mkfifo(start)
    os.mkfifo(end)
    client.execute(
        "import threading, time\ncounter = 0\nitems = []\n"
        "def work():\n    global counter\n"
        f"    open({str(start)!r}).read()\n"
        "    for _ in range(200):\n"
        "        counter += 1; items.append(counter); time.sleep(0.0025)\n"
        f"    open({str(end)!r}, 'w').close()\n"
        "thread = threading.Thread(target=work); thread.start()"
    )

    def run() -> None:
        start.write_text("")
        end.read_text()

    return run


def test_nothing_is_published_when_nobody_watches(notebook: Notebook, tmp_path: Path) -> None:
    """Without a comm, changes between cells move no last_activity and fill no buffer."""
    session_id = uuid.uuid4().hex
    with notebook.connected(session_id) as client:
        client.open()
        run_thread = changed_by_a_thread(client, tmp_path)
        client.close()
        notebook.wait_until("idle")
    before = notebook.kernel["last_activity"]
    run_thread()
    assert notebook.kernel["last_activity"] == before
    notebook.wait_until("idle")
    # The server replays what it kept for this session: nothing of ours is there.
    with notebook.connected(session_id) as client:
        kinds = {message["msg_type"] for message in client.client.arrived}
        assert "comm_msg" not in kinds
        assert client.execute("counter, len(items)").result == "(200, 200)"


def test_changes_between_cells_are_published_while_somebody_watches(
    notebook: Notebook, tmp_path: Path
) -> None:
    """The same thread is seen through the server as long as a comm is open."""
    with notebook.connected() as client:
        client.open()
        run_thread = changed_by_a_thread(client, tmp_path)
        before = notebook.kernel["last_activity"]
        run_thread()
        client.wait_for(lambda: client.previews.get("counter") == "200")
        assert notebook.kernel["last_activity"] > before
        client.close()


FLOOD = """
for i in range(25_000):
    globals()[f'v{i % 500}'] = i
    if i % 5_000 == 0: print('loop', i)
lines = [f'w{i % 500} = {i}' for i in range(25_000)]
def statements(start):
    exec(chr(10).join(lines[start:start + 5_000]), globals(), get_ipython().user_ns)
    print('statements', start)
statements(0)
statements(5_000)
statements(10_000)
statements(15_000)
statements(20_000)
'done'
"""


def test_flood_of_assignments_loses_nothing_of_the_users(notebook: Notebook) -> None:
    """After 50,000 assignments in a cell all prints, the result, idle and all values are there."""
    with notebook.connected() as client:
        client.open()
        run = client.execute(FLOOD, timeout_s=60)
        steps = range(0, 25_000, 5_000)
        printed = [f"{kind} {n}" for kind in ("loop", "statements") for n in steps]
        assert run.stdout.split("\n")[:-1] == printed
        assert run.result == "'done'"
        assert run.reply["status"] == "ok"
        expected = {f"{kind}{n % 500}": str(n) for kind in "vw" for n in range(24_500, 25_000)}
        client.wait_for(lambda: expected.items() <= client.previews.items())
        assert client.misses() == {}
        client.close()


def test_interrupt_in_the_middle_of_a_flood(notebook: Notebook) -> None:
    """An interrupt by REST ends a cell that stores without end; the client is in step after it."""
    with notebook.connected() as client:
        client.open()
        for name in "abc":
            code = f"{name} = 0\nwhile True: {name} += 1; globals()[f'v{{{name} % 300}}'] = {name}"
            cell = client.start(code)
            client.wait_for(lambda: int(client.previews.get(name, 0)) > 1000)  # noqa: B023
            notebook.server.ask("POST", f"{notebook.kernel_path}/interrupt")
            assert client.finish(cell).error == "KeyboardInterrupt"
            assert client.execute("'next'").result == "'next'"
            assert client.misses() == {}
        client.close()


def test_kernel_stays_busy_while_questions_are_answered(notebook: Notebook) -> None:
    """An answer on the control channel in the middle of a cell does not make it look idle."""
    with notebook.connected() as client:
        client.open()
        cell = client.start(UNTIL_STOPPED)
        client.wait_for(lambda: client.previews.get("n"))
        for _ in range(5):
            assert client.request("list")["total"] >= 3
            client.wait_for(lambda: last_status(client) == ("busy", cell))
            notebook.wait_until("busy")
        client.wait_until_idle(client.send("usage_request", {}, "control"))
        client.wait_for(lambda: last_status(client) == ("busy", cell))
        notebook.server.ask("POST", f"{notebook.kernel_path}/interrupt")
        client.finish(cell)
        assert last_status(client) == ("idle", cell)
        notebook.wait_until("idle")
        client.close()


def last_status(client: KernelClient) -> tuple[str, str]:
    """Return the newest status that arrived, and the request that it belongs to."""
    for message in reversed(client.client.arrived):
        if message["msg_type"] == "status":
            return message["content"]["execution_state"], message["parent_header"]["msg_id"]
    raise AssertionError("no status arrived")


# -- a replay on a server ------------------------------------------------------------------


@contextmanager
def replayed(server: Server, record: Path, *options: str) -> Iterator[str]:
    """Replay a record as a kernel of the server; gives the id that the kernel has there."""
    before = {kernel["id"] for kernel in server.ask("GET", "kernels")}
    command = [sys.executable, "-m", "livens.cli", "replay", record, "--lab", "--no-live", *options]
    with subprocess.Popen(command, env=server.environment, stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + DEFAULT_TIMEOUT_S
        while not (new := {kernel["id"] for kernel in server.ask("GET", "kernels")} - before):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)  # the server's list is asked for, it tells nobody
        yield new.pop()
        process.send_signal(signal.SIGINT)
        assert process.wait(DEFAULT_TIMEOUT_S) in (0, 130)


def test_replay_is_watched_as_a_kernel_of_a_server(server: Server, tmp_path: Path) -> None:
    """A front end finds a replay among the kernels, is told the run, and runs no code in it."""
    record = tmp_path / "a.livens.jsonl"
    made = nbformat.v4.new_notebook()
    for source in ("x = 1", "x = 2\ny = [1, 2]", "del y"):
        made.cells.append(nbformat.v4.new_code_cell(source))
    RecordingNotebookClient(made, record_file=str(record)).execute()
    with replayed(server, record) as kernel_id:
        notebook = Notebook(server, id=kernel_id)
        assert notebook.kernel["id"] == kernel_id
        with notebook.connected() as client:
            client.open()
            client.wait_for(lambda: client.previews == {"x": "2"} and client.seen("y"))
            assert client.seen("x") == ["1", "2"]
            assert client.seen("y") == ["[1, 2]"]
            assert client.execute("x = 3").error == "NotAllowed"
            client.close()
        assert [kernel["id"] for kernel in server.ask("GET", "kernels")].count(kernel_id) == 1
    assert kernel_id not in [kernel["id"] for kernel in server.ask("GET", "kernels")]
