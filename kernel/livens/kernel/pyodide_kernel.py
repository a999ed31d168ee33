"""The kernel in Pyodide under Node: takes Jupyter's requests in turn, and lets clients look beside.

There is one thread. Requests come from the thread of the sockets (``kernel/pyodide/kernel``) to
`take`, and are carried out one after the other. Comm messages of livens come to `take_aside`: while
the event loop is free at once, while code computes by a signal that comes some times a second
(`LoopDriver.look` lives on the same). So clients are told and answered while a cell runs.
"""

from __future__ import annotations

import asyncio
import fnmatch
import json
import logging
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from platform import python_version
from types import FrameType
from typing import Any

import livens
from livens.kernel.embedding import EmbeddedHost
from livens.kernel.endpoint import Endpoint
from livens.kernel.magics import WatchMagics
from livens.kernel.pyodide_port import Port, Request, read_request
from livens.kernel.pyodide_settings import SettingsError, read_settings
from livens.kernel.pyodide_shell import Stream, encoded, error_content, make_shell
from livens.kernel.sleeping import SLICE_S, Sleep, meet_signals
from livens.kernel.users_code import UsersCode
from livens.protocol import TARGET
from livens.protocol.capabilities import NEED_THREADS, all_but, only
from livens.protocol.redaction import Redactor
from livens.protocol.types import Cell
from livens.watching.budgets import Budgets
from livens.watching.cells import Cells
from livens.watching.driver import LoopDriver
from livens.watching.running import Running
from livens.watching.watcher import Watcher

logger = logging.getLogger(__name__)


class PyodideKernel:
    """Carries out requests.

    Parameters
    ----------
    port : Port
        The way to those who ask.
    budgets : Budgets
        What watching may cost.
    redactor : Redactor
        Which values are not to be shown.
    """

    def __init__(self, port: Port, budgets: Budgets, redactor: Redactor) -> None:
        self._port = port
        self._parent = ""
        self._waiting: asyncio.Queue[Request] = asyncio.Queue()
        self._task: asyncio.Task[Any] | None = None
        self._aborts_until = 0
        self._is_begun = False
        self._is_looking = False
        self._may_ask = False
        self._clients: dict[str, Endpoint] = {}
        sys.stdout, sys.stderr = Stream("stdout", self.write), Stream("stderr", self.write)
        self.shell = make_shell(self)
        self._comm_manager = self.shell.kernel.comm_manager
        self.cells = Cells()
        self.driver = LoopDriver(asyncio.get_event_loop().call_later)
        self.watcher = Watcher(
            budgets,
            redactor,
            capabilities=all_but(*NEED_THREADS) | only("answers-while-busy"),
            cells=self.cells,
            driver=self.driver,
        )
        self._host = EmbeddedHost(self.cells)
        self.shell.watch_with(self.watcher)
        self._users_code = UsersCode(self.shell.user_global_ns)
        self.shell.register_magics(WatchMagics(self.shell))

    def start(self) -> None:
        """Begin to take requests."""
        signal.signal(signal.SIGINT, self._on_interrupt)
        signal.signal(signal.SIGUSR1, self._on_tick)
        time.sleep = Sleep(self._port.rest)  # type: ignore[assignment]
        # A task of the user's that is interrupted, or that exits, ends nothing but itself.
        loop: Any = asyncio.get_event_loop()
        loop._keyboard_interrupt_handler = lambda: None
        loop._system_exit_handler = lambda code: None
        self._serving = asyncio.ensure_future(self._serve())
        self._port.ready(encoded(_information(self.shell.banner)))

    # -- what is told ------------------------------------------------------------------------

    def write(self, name: str, text: str) -> None:
        """Print on a stream."""
        self.publish("stream", {"name": name, "text": text})

    def publish(self, kind: str, content: dict[str, Any], **more: Any) -> None:
        """Tell all clients, as the doing of the request that is carried out."""
        metadata = encoded(more["metadata"]) if more.get("metadata") else None
        topic, buffers = more.get("topic"), more.get("buffers")
        self._port.publish(self._parent, kind, encoded(content), topic, metadata, buffers)

    def read_input(self, prompt: str, is_password: bool) -> str:
        """Return what the user types.

        Raises
        ------
        RuntimeError
            If the client that runs this cannot ask its user.
        KeyboardInterrupt
            If the user interrupts instead.
        """
        if not self._may_ask:
            raise RuntimeError("input() was called, but this frontend does not support it")
        content = encoded({"prompt": prompt, "password": is_password})
        self._port.ask(self._parent, content)
        while (typed := self._port.answer()) is None:
            self._port.rest(SLICE_S)
            meet_signals()
        return typed

    # -- signals -----------------------------------------------------------------------------

    # The thread of the sockets sends the signal of an interrupt again until it is taken. So where
    # it is met at a wrong moment, it is left to the next.

    def _on_interrupt(self, number: int, frame: FrameType | None) -> None:
        """Interrupt the user's code where it computes: a cell's, a task's, that of a ``set``.

        Our own code around it is not interrupted, which has to answer.
        """
        if self._port.interruptedTurn() < 0 or self._is_looking:
            return
        if self._users_code.is_below(frame):
            self._port.takeInterrupt()
            raise KeyboardInterrupt

    def interrupted(self) -> None:
        """Interrupt a cell that awaits; called by the event loop."""
        if self._port.interruptedTurn() < 0:
            return
        if self._is_begun and self._task is not None:
            self._port.takeInterrupt()
            self._task.cancel()
        elif self._task is None and self._waiting.empty():
            self._port.takeInterrupt()  # Nothing runs. A cell that is about to begin finds it.

    def _on_tick(self, number: int, frame: FrameType | None) -> None:
        """Answer who asks, and look at the variables, in the middle of any code.

        Raises
        ------
        KeyboardInterrupt
            At the end, if there was an interrupt meanwhile, or a rule stops the cell.
        """
        if self._is_looking:
            return
        self._is_looking = True
        try:
            if not self.watcher.is_at_work_here:
                while aside := self._port.nextAside():
                    self.take_aside(*aside)
            if self._users_code.is_below(frame):  # else the event loop looks by itself
                self.driver.look()
        finally:
            self._is_looking = False
        self._on_interrupt(number, frame)

    # -- requests ----------------------------------------------------------------------------

    def take(self, *request: Any) -> None:
        """Take a request for its turn, as `read_request` does."""
        self._waiting.put_nowait(read_request(*request))

    def take_aside(self, *request: Any) -> None:
        """Carry out a request beside what runs; never raises."""
        told = read_request(*request)
        with self._stated(told):
            self._carry_out(told)

    async def _serve(self) -> None:
        while True:
            try:
                await self._serve_next()
            except GeneratorExit:
                raise
            except BaseException:
                # A border: the kernel goes on, also if code cancels all tasks that there are.
                logger.exception("livens could not carry out a request")

    async def _serve_next(self) -> None:
        request = await self._waiting.get()
        with self._stated(request):
            try:
                if request.type == "execute_request":
                    await self._execute(request)
                else:
                    self._carry_out(request)
            except BaseException as err:  # noqa: BLE001 - a border: every request is answered
                self._refuse(request, err)
            finally:
                if self._port.interruptedTurn() <= request.turn:
                    self._port.takeInterrupt()  # It came too late, and is for no other cell.
        self._host.run_queued()

    @contextmanager
    def _stated(self, request: Request) -> Iterator[None]:
        """Say that a request is begun and done; what is told in between is its doing."""
        before, self._parent = self._parent, request.id
        self._port.status(request.id, "busy")
        try:
            yield
        finally:
            self._port.status(request.id, "idle")
            # What a cell has left running goes on as its doing.
            self._parent = before if request.type != "execute_request" else request.id

    def _carry_out(self, request: Request) -> None:
        handler = getattr(self, f"_on_{request.type}", None)
        if handler is None:
            return
        try:
            if request.failure is not None:
                raise request.failure
            content = handler(request)
        except BaseException as err:  # noqa: BLE001 - a border: the kernel lives on
            self._refuse(request, err)
        else:
            if content is not None:
                self._answer(request, content)

    def _refuse(self, request: Request, error: BaseException) -> None:
        """Answer a request with an error."""
        self._answer(request, {"status": "error", **error_content(error)})

    def _answer(self, request: Request, content: dict[str, Any]) -> None:
        if request.type.endswith("_request"):
            kind = request.type.replace("_request", "_reply")
            self._port.reply(request.id, kind, encoded(content))

    def _on_kernel_info_request(self, request: Request) -> dict[str, Any]:
        return {"status": "ok"}  # the rest is said by the thread of the sockets

    def _on_complete_request(self, request: Request) -> dict[str, Any]:
        content = request.content
        found: dict[str, Any] = self.shell.kernel.complete(
            content["code"], content.get("cursor_pos")
        )
        return found

    def _on_inspect_request(self, request: Request) -> dict[str, Any]:
        content = request.content
        cursor = content.get("cursor_pos", len(content["code"]))
        found: dict[str, Any] = self.shell.kernel.inspect(
            content["code"], cursor, content.get("detail_level", 0)
        )
        return found

    def _on_is_complete_request(self, request: Request) -> dict[str, Any]:
        found: dict[str, Any] = self.shell.kernel.is_complete(request.content["code"])
        return found

    def _on_history_request(self, request: Request) -> dict[str, Any]:
        return {"status": "ok", "history": _history(self.shell, request.content)}

    # -- comms -------------------------------------------------------------------------------

    def _on_comm_info_request(self, request: Request) -> dict[str, Any]:
        wanted = request.content.get("target_name")
        comms = dict.fromkeys(self._clients, TARGET)
        comms |= {key: comm.target_name for key, comm in self._comm_manager.comms.items()}
        chosen = {
            key: {"target_name": target}
            for key, target in comms.items()
            if not wanted or target == wanted
        }
        return {"status": "ok", "comms": chosen}

    def _on_comm_open(self, request: Request) -> None:
        if request.content.get("target_name") != TARGET:
            self._comm_manager.comm_open(None, None, _message(request))
            return
        comm_id = request.content["comm_id"]
        prefix = b'{"comm_id":%s,"data":' % json.dumps(comm_id).encode()

        def send(data: bytes, cell: Cell | None) -> None:
            parent = cell.msg_id if cell is not None else ""
            content = (prefix + data + b"}").decode()
            self._port.publish(parent, "comm_msg", content, f"comm-{comm_id}", None, None)

        endpoint = self._clients.get(comm_id) or Endpoint(self.watcher, self._host, send)
        self._clients[comm_id] = endpoint
        endpoint.open(request.content.get("data"))
        self._port.watched(True)

    def _on_comm_msg(self, request: Request) -> None:
        client = self._clients.get(request.content.get("comm_id", ""))
        if client is not None:
            client.receive(request.content.get("data"))
        else:
            self._comm_manager.comm_msg(None, None, _message(request))

    def _on_comm_close(self, request: Request) -> None:
        client = self._clients.pop(request.content.get("comm_id", ""), None)
        if client is not None:
            client.close()
            self._port.watched(bool(self._clients))
        else:
            self._comm_manager.comm_close(None, None, _message(request))

    # -- cells -------------------------------------------------------------------------------

    async def _execute(self, request: Request) -> None:
        if request.turn <= self._aborts_until:
            self._answer(request, _ABORTED)
            return
        if request.failure is not None:
            raise request.failure
        content = request.content
        code = content.get("code")
        if not isinstance(code, str):
            raise TypeError("The request has no code")
        silent = bool(content.get("silent", False))
        count = None if silent else self.shell.execution_count
        if not silent:
            self.publish("execute_input", {"code": code, "execution_count": count})
        self._may_ask = bool(content.get("allow_stdin", False))
        above = code[: len(code) - len(code.lstrip())].count("\n")
        cell = Running(request.id, count, request.metadata.get("cellId"), first_line=above + 1)
        self._port.cell(count, cell.started_at)
        try:
            with self.cells.running(cell):
                self._is_begun = False
                self._task = asyncio.ensure_future(self._run(request, code, silent))
                cell.cancel = self._task.cancel
                reply = await self._outcome(self._task, count, silent)
        finally:
            self._task = None
            self._port.cell(None, 0)
        if reply["status"] == "error" and not silent and content.get("stop_on_error", True):
            self._aborts_until = self._port.taken()
        self._answer(request, reply)

    async def _outcome(
        self, task: asyncio.Task[Any], count: int | None, silent: bool
    ) -> dict[str, Any]:
        """Return the reply when the code has ended, whatever ended it."""
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError:
                task.cancel()  # Code that cancels all tasks cancels this one too.
        try:
            reply: dict[str, Any] = task.result()
        except BaseException as err:  # noqa: BLE001 - a border: whatever the user's code raises
            shown = error_content(err)
            if not silent:
                self.publish("error", shown)
            reply = {"status": "error", "execution_count": count, **shown}
            reply |= {"user_expressions": {}, "payload": []}
        return reply

    async def _run(self, request: Request, code: str, silent: bool) -> dict[str, Any]:
        """Run the code of a cell, and return the reply.

        Raises
        ------
        KeyboardInterrupt
            If there was an interrupt before it began.
        """
        self._is_begun = True
        interrupted = self._port.interruptedTurn()
        if interrupted >= 0:
            self._port.takeInterrupt()
            if interrupted >= request.turn:
                raise KeyboardInterrupt
        shell = self.shell
        shell._last_traceback = None
        store = bool(request.content.get("store_history", not silent))
        options: dict[str, Any] = {"store_history": store, "silent": silent}
        options["cell_id"] = request.metadata.get("cellId")
        failed = None
        try:
            transformed = shell.transform_cell(code)
        except Exception:  # noqa: BLE001 - whatever it is, it is shown as the cell's
            transformed, failed = code, sys.exc_info()
        if shell.should_run_async(
            code, transformed_cell=transformed, preprocessing_exc_tuple=failed
        ):
            options |= {"transformed_cell": transformed, "preprocessing_exc_tuple": failed}
            result = None
            try:
                result = await shell.run_cell_async(code, **options)
            finally:
                shell.events.trigger("post_execute")
                if not silent:
                    shell.events.trigger("post_run_cell", result)
        else:
            result = shell.run_cell(code, **options)
        return self._reply_of(result, request)

    def _reply_of(self, result: Any, request: Request) -> dict[str, Any]:
        shell, shown = self.shell, self.shell._last_traceback
        error = result.error_before_exec or result.error_in_exec
        reply: dict[str, Any] = {"execution_count": shell.execution_count - 1}
        if result.success:
            wanted = request.content.get("user_expressions") or {}
            reply |= {"status": "ok", "user_expressions": shell.user_expressions(wanted)}
        else:
            told = shown or error_content(error)
            reply |= {"status": "error", "user_expressions": {}, **told}
        reply["payload"] = shell.payload_manager.read_payload()
        shell.payload_manager.clear_payload()
        return reply


_ABORTED = {"status": "aborted"}


def _message(request: Request) -> dict[str, Any]:
    """Return a request as comm managers take it."""
    header = {"msg_id": request.id, "msg_type": request.type}
    return {
        "header": header,
        "parent_header": {},
        "metadata": request.metadata,
        "content": request.content,
        "buffers": request.buffers,
    }


def make_kernel(port: Port, settings: str = "[]") -> PyodideKernel | str:
    """Return a kernel, or why it cannot be made: one line.

    Parameters
    ----------
    port : Port
        The way to those who ask.
    settings : str
        JSON: pairs of the name and the text of a setting, as on the command line.
    """
    try:
        budgets, redactor, notes = read_settings(json.loads(settings))
    except SettingsError as err:
        return f"The kernel does not start: {err}"
    for note in notes:
        port.note(note)
    return PyodideKernel(port, budgets, redactor)


def _information(banner: str) -> dict[str, Any]:
    """Return what ``kernel_info_reply`` says of the kernel."""
    return {
        "implementation": "livens",
        "implementation_version": livens.__version__,
        "banner": banner,
        "language_info": {
            "name": "python",
            "version": python_version(),
            "mimetype": "text/x-python",
            "codemirror_mode": {"name": "ipython", "version": sys.version_info[0]},
            "pygments_lexer": "ipython3",
            "nbconvert_exporter": "python",
            "file_extension": ".py",
        },
    }


def _history(shell: Any, content: dict[str, Any]) -> list[Any]:
    """Return what was run in this session: there is no file of others."""
    raw, output = content.get("raw", True), content.get("output", False)
    manager = shell.history_manager
    kind = content.get("hist_access_type")
    if kind == "range":
        found = manager.get_range(
            content.get("session", 0), content.get("start", 0), content.get("stop"), raw, output
        )
        return list(found)
    cells = list(manager.get_range(0, 1, None, raw, output))
    if kind == "search":
        pattern = content.get("pattern") or "*"
        cells = [
            cell
            for cell in cells
            if fnmatch.fnmatchcase(cell[2][0] if output else cell[2], pattern)
        ]
        if content.get("unique"):
            cells = list({str(cell[2]): cell for cell in cells}.values())
    many = content.get("n")
    return cells[-many:] if many else cells
