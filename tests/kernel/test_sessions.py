"""Sessions are kept by Jupyter's own managers and servers; watching lives on with them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import nbformat
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.ioloop.manager import AsyncIOLoopKernelManager
from jupyter_client.multikernelmanager import AsyncMultiKernelManager
from jupyter_client.session import Session
from tornado.httpclient import HTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from livens.protocol import TARGET
from livens.recorder import RecordingNotebookClient
from livens.testing import DEFAULT_TIMEOUT_S, KernelClient

pytestmark = pytest.mark.every_python("processes that are killed and restarted")

Start = Callable[..., AbstractContextManager[tuple[Any, KernelClient]]]


@contextmanager
def connected(manager: Any) -> Iterator[KernelClient]:
    """Connect one more client to the kernel of a manager; the kernel may be busy."""
    client = BlockingKernelClient(session=Session())
    client.load_connection_file(manager.connection_file)
    client.start_channels(hb=False)
    try:
        wait_until_subscribed(client)
        yield KernelClient(client)
    finally:
        client.stop_channels()


def wait_until_subscribed(client: BlockingKernelClient) -> None:
    """Ask on the control channel until something comes on IOPub, as jupyter_client does."""
    while True:
        client.control_channel.send(client.session.msg("kernel_info_request", {}))
        client.get_control_msg(timeout=60)
        with suppress(Empty):
            client.get_iopub_msg(timeout=0.2)
            return


UNTIL_STOPPED = (
    "import threading\nstop = threading.Event(); n = 0\nwhile not stop.wait(0.005): n += 1"
)


# -- one kernel ----------------------------------------------------------------------------


def test_client_comes_back(fresh: tuple[Any, KernelClient]) -> None:
    """A client that left in the middle of a cell finds the same epoch and all the variables."""
    manager, _ = fresh
    with connected(manager) as client:
        client.open()
        client.execute("before = 1")
        cell = client.start(UNTIL_STOPPED)
        client.wait_for(lambda: client.previews.get("n"))
        epoch = client.replica.epoch
    with connected(manager) as client:
        client.open()
        assert client.replica.epoch == epoch
        assert {"before", "threading", "stop", "n"} == client.variables.keys()
        seen = int(client.previews["n"])
        client.wait_for(lambda: int(client.previews["n"]) > seen)
        assert client.request("refresh")["epoch"] == epoch
        manager.interrupt_kernel()
        client.wait_until_idle(cell)
        client.execute("after = 2")
        assert client.previews["after"] == "2"
        assert client.misses() == {}


def test_client_takes_its_comm_up_again(fresh: tuple[Any, KernelClient]) -> None:
    """A comm that was never closed can be opened again under its id, and is no second one."""
    manager, first = fresh
    first.open(names=["x"])
    first.execute("x = 1")
    with connected(manager) as client:
        client.comm_id = first.comm_id
        data = {"names": ["x", "y"]}
        content = {"comm_id": first.comm_id, "target_name": TARGET, "data": data}
        client.send("comm_open", content)
        client.wait_for(lambda: client.replica.seq)
        assert client.previews == {"x": "1"}
        assert client.replica.epoch == first.replica.epoch
        client.execute("y = 2")
        assert client.previews == {"x": "1", "y": "2"}
        run = client.execute("len(get_ipython().watcher._publisher.subscribers)", silent=False)
        assert run.result == "1"


def test_two_clients_have_their_own_subscriptions(fresh: tuple[Any, KernelClient]) -> None:
    """Each client is told what it asked for, numbered for itself; both see the same epoch."""
    manager, one = fresh
    with connected(manager) as two:
        one.open(names=["a*"])
        two.open(names=["b*"], interval_ms=200)
        one.execute("a1 = b1 = c1 = 1\nfor b2 in range(1000): a2 = b2")
        two.wait_for(lambda: two.previews.get("b2") == "999")
        assert one.previews == {"a1": "1", "a2": "999"}
        assert two.previews == {"b1": "1", "b2": "999"}
        assert one.replica.epoch == two.replica.epoch
        one.close()
        two.execute("b1 = 2; a1 = 2")
        assert two.previews["b1"] == "2"
        assert one.previews["a1"] == "1"
        two.close()


def test_restart_begins_a_new_epoch(fresh: tuple[Any, KernelClient]) -> None:
    """After restart_kernel the connection stands, the epoch is new and the namespace empty."""
    manager, client = fresh
    client.open()
    client.execute("x = 1")
    epoch = client.replica.epoch
    for now in (False, True):
        manager.restart_kernel(now=now)
        client.client.wait_for_ready(timeout=60)
        client.open()
        assert client.replica.epoch != epoch
        assert client.variables == {}
        client.execute("x = 2")
        assert client.previews == {"x": "2"}
        epoch = client.replica.epoch


# -- managers ------------------------------------------------------------------------------


@pytest.fixture
def run() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """Run coroutines in a loop that lives in a thread, as the managers of a server do."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="managers")
    thread.start()
    yield lambda coroutine: asyncio.run_coroutine_threadsafe(coroutine, loop).result(60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_many_kernels_are_isolated(run: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
    """Four kernels of one manager, busy at the same time, have their own epochs and variables."""

    async def start_all() -> list[str]:
        starts = [kernels.start_kernel(kernel_name="livens") for _ in range(4)]
        return list(await asyncio.gather(*starts))

    kernels = AsyncMultiKernelManager()
    try:
        with ExitStack() as stack:
            managers = [kernels.get_kernel(kernel_id) for kernel_id in run(start_all())]
            clients = [stack.enter_context(connected(manager)) for manager in managers]
            for client in clients:
                client.open()
            cells = [
                client.start(f"mine = {number}\nfor i in range(1000): n{number} = i")
                for number, client in enumerate(clients)
            ]
            for client, cell in zip(clients, cells, strict=True):
                client.finish(cell)
            assert len({client.replica.epoch for client in clients}) == 4
            for number, client in enumerate(clients):
                expected = {"mine": str(number), "i": "999", f"n{number}": "999"}
                assert client.previews == expected
    finally:
        run(kernels.shutdown_all(now=True))


def test_killed_kernel_is_started_again_and_watched_again(
    run: Callable[[Coroutine[Any, Any, Any]], Any],
) -> None:
    """After kill -9 the restarter starts a new process: a new epoch on the same connection."""
    manager = AsyncIOLoopKernelManager(kernel_name="livens")
    restarted = threading.Event()

    async def start() -> None:
        await manager.start_kernel()
        manager.stop_restarter()
        manager._restarter.time_to_dead = 0.1
        manager.start_restarter()
        manager.add_restart_callback(restarted.set, "restart")

    run(start())
    try:
        with connected(manager) as client:
            client.open()
            client.execute("x = 1")
            epoch, pid = client.replica.epoch, manager.provisioner.pid
            os.kill(pid, signal.SIGKILL)
            assert restarted.wait(DEFAULT_TIMEOUT_S)
            client.client.wait_for_ready(timeout=60)
            assert manager.provisioner.pid != pid
            client.open()
            assert client.replica.epoch != epoch
            assert client.variables == {}
            client.execute("y = 2")
            assert client.previews == {"y": "2"}
    finally:
        run(manager.shutdown_kernel(now=True))


# -- a server ------------------------------------------------------------------------------


class Server:
    """A jupyter_server of the tests' own, and its REST interface."""

    def __init__(self, address: str, token: str, environment: dict[str, str]) -> None:
        self.address = address
        self.token = token
        self.environment = environment

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send a REST request; returns what the answer says."""
        request = HTTPRequest(
            f"http://{self.address}/api/{path}",
            method,
            {"Authorization": f"token {self.token}"},
            body=None if body is None else json.dumps(body),
            allow_nonstandard_methods=True,
        )
        client = HTTPClient()
        try:
            answer = client.fetch(request).body
        finally:
            client.close()
        return json.loads(answer) if answer else None


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


def takes_connections(address: str, port: int) -> bool:
    """Tell whether somebody listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex((address, port)) == 0


class WebsocketChannel:
    """Sends to one channel of a kernel over the websocket."""

    def __init__(self, client: WebsocketClient, name: str) -> None:
        self._client = client
        self._name = name

    def send(self, message: dict[str, Any]) -> None:
        """Send a message."""
        self._client.send({**message, "channel": self._name, "buffers": []})


class WebsocketClient:
    """A kernel's websocket on a server, as `livens.testing.KernelClient` wants its client.

    A thread of its own takes the messages and sorts them by channel.
    """

    def __init__(self, server: Server, kernel_id: str, session_id: str) -> None:
        self.session = Session(session=session_id)
        self.shell_channel = WebsocketChannel(self, "shell")
        self.control_channel = WebsocketChannel(self, "control")
        self.arrived: list[dict[str, Any]] = []
        path = f"api/kernels/{kernel_id}/channels?session_id={session_id}&token={server.token}"
        self._url = f"ws://{server.address}/{path}"
        self._queues: dict[str, Queue[Any]] = {
            name: Queue() for name in ("iopub", "shell", "control", "stdin")
        }
        self._loop = asyncio.new_event_loop()
        self._socket: WebSocketClientConnection
        self._is_open = threading.Event()
        self._thread = threading.Thread(target=self._run, name="websocket")
        self._thread.start()
        assert self._is_open.wait(DEFAULT_TIMEOUT_S)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._receive())
        finally:
            self._loop.close()

    async def _receive(self) -> None:
        self._socket = await websocket_connect(self._url, max_message_size=2**26)
        self._is_open.set()
        while (text := await self._socket.read_message()) is not None:
            message = json.loads(text)
            self.arrived.append(message)
            self._queues[message["channel"]].put(message)

    def send(self, message: dict[str, Any]) -> None:
        """Send a message, from any thread."""
        text = json.dumps(message, default=str)
        self._loop.call_soon_threadsafe(self._socket.write_message, text)

    def close(self) -> None:
        """Close the websocket; the kernel is the server's, and stays."""
        self._loop.call_soon_threadsafe(self._socket.close)
        self._thread.join()

    def get_iopub_msg(self, timeout: float) -> dict[str, Any]:
        """Wait for a message on IOPub."""
        return dict(self._queues["iopub"].get(timeout=timeout))

    def get_shell_msg(self, timeout: float) -> dict[str, Any]:
        """Wait for a reply on the shell channel."""
        return dict(self._queues["shell"].get(timeout=timeout))

    def execute(self, code: str, silent: bool = False, store_history: bool = True) -> str:
        """Start to run code."""
        content = {
            "code": code,
            "silent": silent,
            "store_history": store_history,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        message = self.session.msg("execute_request", content)
        self.shell_channel.send(message)
        return str(message["header"]["msg_id"])


class Notebook:
    """A session on a server, made by its REST interface as a front end makes it."""

    def __init__(self, server: Server, **kernel: str) -> None:
        self.server = server
        body = {
            "path": f"{uuid.uuid4().hex}.ipynb",
            "name": "test",
            "type": "notebook",
            "kernel": kernel or {"name": "livens"},
        }
        self.id = server.ask("POST", "sessions", body)["id"]
        self.kernel_path = f"kernels/{self.kernel['id']}"

    @property
    def kernel(self) -> dict[str, Any]:
        """What the server says of the session's kernel."""
        return dict(self.server.ask("GET", f"sessions/{self.id}")["kernel"])

    def wait_until(self, execution_state: str) -> None:
        """Ask until the server says so: it hears of a status a little after its clients."""
        until = time.monotonic() + DEFAULT_TIMEOUT_S
        while (found := self.kernel["execution_state"]) != execution_state:
            assert time.monotonic() < until, f"still {found}, not {execution_state}"

    @contextmanager
    def connected(self, session_id: str | None = None) -> Iterator[KernelClient]:
        """Connect to the kernel's websocket, and wait until the kernel answers."""
        client = WebsocketClient(self.server, self.kernel["id"], session_id or uuid.uuid4().hex)
        try:
            kernel_client = KernelClient(client)
            wait_until_ready(kernel_client)
            yield kernel_client
        finally:
            client.close()


def wait_until_ready(client: KernelClient) -> None:
    """Ask until the kernel's own status arrives: after a restart IOPub is connected anew."""
    while True:
        msg_id = client.send("kernel_info_request", {}, "shell")
        with suppress(Empty):
            client.wait_until_idle(msg_id, timeout_s=1)
            return


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
        client.wait_for(lambda: int(client.previews.get("n", 0)) > 20)
        assert len(set(client.seen("n"))) > 2
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
