"""The one place that puts the parts of the kernel together.

`LivensKernel` is ipykernel's `IPythonKernel` with a `MonitoredShell`, a `Watcher` on its
namespace, a `ThreadDriver` that drives the watcher, and `Comms` that carry the protocol. Everything
that is not watching is ipykernel's.

The watcher and all that it needs is loaded and made when somebody first asks for it: a client, a
rule, ``%watch``. Until then `Cells` take note of what runs, so that the first client may come in
the middle of a cell, and a kernel that nobody watches starts almost as fast as ipykernel's.

It needs no application class of its own: launchers on clusters start kernels by
``IPKernelApp.instance(kernel_class=…, user_ns=…)``, and that has to be enough.
"""

from __future__ import annotations

import asyncio
import atexit
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec  # noqa: F401 - here: no library is to be loaded because somebody watches
from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell
from traitlets import Bool, Enum, Float, Integer, List, TraitError, Unicode, default, validate

import livens
from livens.kernel import log_handler
from livens.kernel.cell_text import OnceTransformer
from livens.kernel.comms import KERNEL_INFO, Comms
from livens.kernel.keeping_settings import KeepingSettings, stop_keeping
from livens.kernel.magics import WatchMagics
from livens.kernel.shell import woven
from livens.kernel.state_magics import StateMagics
from livens.protocol import client_of, redaction
from livens.watching.budgets import Budgets, settings
from livens.watching.cells import Cells
from livens.watching.running import Running

if TYPE_CHECKING:
    from livens.watching.driver import Driver
    from livens.watching.watcher import Watcher

PREPARE_S = 0.02
"""How long after the start `LivensKernel.prepare` has its effect: the first question of the client
that waits for the kernel, which has come by then, is answered before."""

CONTROL_END_S = 2.0
"""How long the end of the process waits for the last word on the control channel."""

NO_SIGN = frozenset(
    {
        "comm_info_request",
        "debug_request",
        "interrupt_request",
        "kernel_info_request",
        "shutdown_request",
    }
)
"""Requests whose statuses say nothing of the kernel: the requests among the
``untracked_message_types`` of jupyter_server, which JupyterLab goes by as well."""

_NOBODY = "a-cell-still-runs"
"""The id of no request, for a status that is the kernel's alone."""


LivensShell: Any = woven(
    ZMQInteractiveShell,
    # The decorator finds the trait by its name, when the class is made.
    _transform_once=default("input_transformer_manager")(lambda self: OnceTransformer()),
)
"""ipykernel's shell with a namespace that can be watched."""


def _traits() -> dict[str, Any]:
    """Make a setting of each budget."""
    traits = {}
    for name, (kind, default_value, setting) in settings().items():
        cls = Float if kind is float else Integer
        trait = cls(default_value, min=setting.least, max=setting.most, help=setting.help)
        traits[name] = trait.tag(config=True)
    return traits


class LivensKernel(IPythonKernel):
    """IPython whose variables can be watched while code runs.

    Settings are traits, for ``ipython_kernel_config.py`` or the command line, for example
    ``c.LivensKernel.poll_ms = 50``; ``docs/reference.md`` lists them.
    """

    implementation = "livens"
    implementation_version = livens.__version__

    vars().update(_traits())  # one for each of the `Budgets`, under its name
    redact = List(
        Unicode(),
        list(redaction.DEFAULT_PATTERNS),
        help="Regular expressions; a variable, attribute or key whose name one of them is found "
        "in shows as 'redacted' (names in lower case, camelCase divided by underscores).",
    ).tag(config=True)

    redact_extra = List(
        Unicode(), help="More of these regular expressions, beside those of `redact`."
    ).tag(config=True)

    redact_texts = Bool(
        True,
        help="Show 'redacted' in texts in the place of what looks like a secret: keys with a "
        "known prefix, `Bearer …`, passwords in URLs, private keys.",
    ).tag(config=True)

    prepare = Bool(
        False,
        help="Load what watching needs right after the start, while the client still waits for "
        "the kernel to be quiet, and not when somebody subscribes. For programs that start a "
        "kernel in order to watch it, as recorders do.",
    ).tag(config=True)

    keep_state = Bool(
        False,
        help="Keep what each cell changes in an archive, so that it can be restored in another "
        "kernel, and gone back to.",
    ).tag(config=True)

    restore_state = Enum(
        ("ask", "always"),
        "ask",
        help="What is done at the start with what an earlier kernel of the notebook kept: it is "
        "offered, or `always` restored. For `keep_state`.",
    ).tag(config=True)

    state_file = Unicode(
        "",
        help="The archive; by default `livens/archive.sqlite` in Jupyter's folder for data.",
    ).tag(config=True)

    state_name = Unicode(
        "",
        help="What the session is found by again in the archive; by default the kernel, and then "
        "the path of the notebook.",
    ).tag(config=True)

    state_interval_s = Float(
        10.0,
        min=0.1,
        help="Seconds after which something of a cell that still runs is kept: what can be read "
        "safely then, such as numbers and texts.",
    ).tag(config=True)

    state_max_bytes = Integer(
        2_000_000_000,
        min=1_000_000,
        help="Bytes that the archive may take. What happened first is merged to make room.",
    ).tag(config=True)

    state_max_age_days = Float(
        30.0,
        min=0.0,
        help="Days after which it cannot be gone back to a state any more.",
    ).tag(config=True)

    state_pickles = Bool(
        False,
        help="Keep by cloudpickle what nothing else keeps. This runs code of the values, and what "
        "it keeps is restored by the same Python and the same packages only.",
    ).tag(config=True)

    @validate("shell_class")
    def _watchable(self, proposal: Any) -> Any:
        """Have any shell class watched: that of an in-process kernel, or an embedder's own."""
        return proposal["value"] and woven(proposal["value"])

    @validate("redact", "redact_extra")
    def _check_redact(self, proposal: Any) -> list[str]:
        try:
            redaction.Redactor(proposal["value"])
        except ValueError as err:
            raise TraitError(str(err)) from None
        return list(proposal["value"])

    def __init__(self, **kwargs: Any) -> None:
        self._status_lock = threading.Lock()
        self._executing: dict[str, Any] = {}
        self.shell_class = self.shell_class  # a default is not validated, what is set is
        super().__init__(**kwargs)
        log_handler.install(self.log)
        self.cells = Cells()
        self.driver: Driver | None = None
        self._watcher: Watcher | None = None
        self._making = threading.RLock()
        self.comms = Comms(self, self.cells, lambda: self.watcher)
        self._hide_from_debugger()
        shell: Any = self.shell
        shell.watch_when_asked(self.cells, lambda: self.watcher)
        shell.register_magics(WatchMagics(shell), StateMagics(shell))

    @property
    def watcher(self) -> Watcher:
        """Who watches the namespace; made by the first who asks, from any thread."""
        if self._watcher is None:
            with self._making:
                if self._watcher is None:
                    self._watcher = self._made_watcher()
        return self._watcher

    def _made_watcher(self) -> Watcher:
        from livens.watching.driver import ThreadDriver
        from livens.watching.watcher import Watcher

        redactor = redaction.Redactor(self.redact, self.redact_extra, in_texts=self.redact_texts)
        self.driver = ThreadDriver(told_first=self.comms.iopub.hand_over)
        watcher = Watcher(self._budgets(), redactor, cells=self.cells, driver=self.driver)
        shell: Any = self.shell
        shell.show_to(watcher)
        return watcher

    @property
    def kernel_info(self) -> dict[str, Any]:
        """What ``kernel_info_reply`` says; under ``livens``, which cell runs."""
        return {**super().kernel_info, "livens": self.comms.information()}

    def start(self) -> None:
        """Begin to take messages, and before that to keep the state, where that is wanted."""
        if self.keep_state:
            from livens.kernel.keeping_start import start_keeping

            start_keeping(self.shell, self.restore_state)
        super().start()
        if self.control_thread is not None:
            atexit.register(self._end_control)
        if self.prepare:
            self.io_loop.call_later(PREPARE_S, self.comms.prepare)

    def keeping_settings(self) -> KeepingSettings:
        """Return where, how much and under which name the state is kept."""
        return KeepingSettings(
            path=self.state_file,
            name=self.state_name,
            interval_s=self.state_interval_s,
            max_bytes=self.state_max_bytes,
            max_age_days=self.state_max_age_days,
            has_pickles=self.state_pickles,
        )

    def _end_control(self) -> None:
        """Wait for the control thread before ipykernel ends the IOPub thread.

        ipykernel 7.4 does it in the other order: it closes the socket by which the control thread
        publishes the ``idle`` of the ``shutdown_request`` while it may be in use, and once in
        thousands of times libzmq aborts the process.
        """
        if self.control_thread.is_alive():
            self.control_thread.stop()
            self.control_thread.join(CONTROL_END_S)

    def _hide_from_debugger(self) -> None:
        """Keep steps out of livens, also out of modules that are loaded later.

        ipykernel hides what is loaded when the kernel is made.
        """
        if self.debugger is not None:
            self.debugger.kernel_modules.append(str(Path(livens.__file__).parent / "**"))

    def _budgets(self) -> Budgets:
        return Budgets(**{name: getattr(self, name) for name in Budgets._fields})

    async def do_execute(
        self,
        code: str,
        silent: bool,
        store_history: bool = True,
        user_expressions: Any = None,
        allow_stdin: bool = False,
        *,
        cell_meta: Any = None,
        cell_id: str | None = None,
    ) -> Any:
        """Execute a cell; what it changed is told before its reply and its ``idle``."""
        parent = self.get_parent("shell")
        msg_id = parent.get("header", {}).get("msg_id", "")
        above = code[: len(code) - len(code.lstrip())].count("\n")
        count = None if silent else self.execution_count
        client = client_of(parent)
        cell = Running(msg_id, count, cell_id, first_line=above + 1, client=client)
        self.comms.iopub.cell_started(msg_id, parent)
        try:
            with self.cells.running(cell):
                return await super().do_execute(
                    code,
                    silent,
                    store_history,
                    user_expressions,
                    allow_stdin,
                    cell_meta=cell_meta,
                    cell_id=cell_id,
                )
        finally:
            self.comms.iopub.cell_ended(msg_id)

    @contextmanager
    def _cancel_on_sigint(self, future: Any) -> Iterator[None]:
        """Let SIGINT cancel a cell that awaits, also while nothing else happens.

        ipykernel 7.4 schedules the cancellation from the handler of the signal by `call_soon`,
        which does not wake a loop that waits: ``await asyncio.sleep(100)`` could not be
        interrupted before the next message. The loop's own way to take signals wakes it.
        """
        loop = asyncio.get_running_loop()
        with super()._cancel_on_sigint(future):
            cancel: Any = signal.getsignal(signal.SIGINT)
            with suppress(NotImplementedError):  # on Windows
                loop.add_signal_handler(signal.SIGINT, cancel)
            try:
                yield
            finally:
                with suppress(NotImplementedError):
                    loop.remove_signal_handler(signal.SIGINT)

    async def interrupt_request(self, stream: Any, ident: Any, parent: dict[str, Any]) -> None:
        """Interrupt the cell; the traceback says which client did, if that said its name."""
        client = client_of(parent)
        if client:
            self.cells.interrupts.explain(f"Interrupted by {client}")
        await super().interrupt_request(stream, ident, parent)

    async def process_control(self, msg: list[Any]) -> None:
        """Take a message on the control channel."""
        if not self._answer_quietly(msg, "control", self.control_stream):
            await super().process_control(msg)

    async def dispatch_shell(
        self, msg: list[Any], /, subshell_id: str | None = None, **options: Any
    ) -> None:
        """Take a message on the main shell or on a subshell."""
        if subshell_id is None or not self._answer_quietly(msg, "shell"):
            await super().dispatch_shell(msg, subshell_id=subshell_id, **options)
        if subshell_id is None:
            try:
                self.comms.host.run_queued()
            except Exception:
                # A border: the shell lives on whatever a client asked for.
                self.log.exception("livens could not do what a client asked for")

    def _answer_quietly(self, frames: list[Any], channel: str, stream: Any = None) -> bool:
        """Carry out a message of ours that came beside a cell; return whether it was one.

        The question which kernel this is belongs to them, where there is a stream to answer on.

        ipykernel flushes stdout and stderr after every message. In the middle of a cell that
        would cut what the user prints in two, and the notebook that is written would differ.
        It also makes the message the parent of what the user's threads print.
        """
        found = self.comms.read_ours(frames) if self.session is not None else None
        if found is None:
            return False
        idents, message = found
        kind = message["header"]["msg_type"]
        if kind == KERNEL_INFO and stream is None:
            return False
        if channel == "control":  # as ipykernel does; what users print has the shell's parent
            self.set_parent(idents, message, channel)
        self._publish_status("busy", channel, message)
        try:
            if kind == KERNEL_INFO:
                session: Any = self.session
                content = {"status": "ok", **self.kernel_info}
                session.send(stream, "kernel_info_reply", content, message, idents)
            else:
                getattr(self.comm_manager, kind)(None, idents, message)
        except Exception:
            # A border: the channel lives on whatever one message ran into.
            self.log.exception("livens could not take a message")
        self._publish_status("idle", channel, message)
        return True

    def _publish_status(self, status: str, channel: str, parent: Any = None) -> None:
        """Publish a status; say "busy" again where front ends would take the kernel for idle.

        JupyterLab and jupyter_server take the newest status for the kernel's: after the ``idle``
        of a comm message, of the status bar's question for memory on the control channel, or of
        a cell in a subshell, they would show, and cull, a kernel that is computing. The
        statuses of some requests they leave out (`NO_SIGN`), and so does this. The
        lock sees to it that the last word on a cell is its own ``idle``.
        """
        message = parent or self.get_parent(channel)
        header = message.get("header", {})
        kind = str(header.get("msg_type", ""))
        with self._status_lock:
            if kind == "execute_request" and status == "busy":
                self._executing[str(header.get("msg_id"))] = message
            elif kind == "execute_request":
                self._executing.pop(str(header.get("msg_id")), None)
            super()._publish_status(status, channel, message)
            if status == "idle" and self._executing and kind not in NO_SIGN:
                running = next(iter(self._executing.values()))
                if kind == "execute_request":
                    # As in ipykernel each cell has one busy and one idle: this is nobody's.
                    running = {**running, "header": {**running["header"], "msg_id": _NOBODY}}
                super()._publish_status("busy", "shell", running)

    def do_shutdown(self, restart: bool) -> Any:
        """End all subscriptions and the thread, then shut down."""
        stop_keeping(self.shell)
        if hasattr(self.shell, "livens_sharing"):  # it is loaded by the first who shares something
            from livens.kernel.sharing import close_sharing

            close_sharing(self.shell)
        self.comms.close()
        if self.driver is not None:
            self.driver.stop()
        return super().do_shutdown(restart)
