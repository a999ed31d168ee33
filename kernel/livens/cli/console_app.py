"""jupyter console with a place for the variables; needs jupyter_console."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any, NoReturn

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.consoleapp import JupyterConsoleApp
from jupyter_console.app import ZMQTerminalIPythonApp
from jupyter_console.ptshell import ZMQTerminalInteractiveShell
from traitlets import List, Unicode
from traitlets.config.loader import KVArgParseConfigLoader

from livens.cli.live_toolbar import Feed, StatusRow, is_ascii_only
from livens.cli.parser import did_you_mean
from livens.exceptions import RunFailed


def launch(argv: Sequence[str], names: Sequence[str]) -> None:
    """Run the console until the user leaves it.

    Raises
    ------
    RunFailed
        If the console has no such option.
    """
    LivensConsoleApp.launch_instance(list(argv), names=list(names))


class LivensTerminalShell(ZMQTerminalInteractiveShell):  # type: ignore[misc]
    """The console's shell, with a toolbar below its prompt and a status row below its output."""

    feed: Feed | None = None
    status_row: StatusRow | None = None

    def show(self, feed: Feed) -> None:
        """Show the variables of a feed."""
        self.feed = feed
        if self.pt_cli is None:  # a simple prompt has no place for it
            return
        self.pt_cli.bottom_toolbar = self._toolbar
        if StatusRow.is_possible(sys.stdout):
            self.status_row = StatusRow(self._line, sys.stdout)

    def on_change(self) -> None:
        """Draw the toolbar again; may be called from any thread."""
        if self.pt_cli is not None:
            self.pt_cli.app.invalidate()

    def run_cell(self, cell: str, store_history: bool = True) -> None:
        """Run a cell, with the status row below its output."""
        if self.status_row is None:
            super().run_cell(cell, store_history)
            return
        self.status_row.begin()
        try:
            super().run_cell(cell, store_history)
        finally:
            self.status_row.end()

    def handle_iopub(self, msg_id: str = "") -> None:
        """Print what has come; while a cell runs this is called all the time."""
        super().handle_iopub(msg_id)
        if self._executing and self.status_row is not None:
            self.status_row.paint()

    def _line(self, width: int) -> str:
        return self.feed.line(width, ascii_only=is_ascii_only()) if self.feed else ""

    def _toolbar(self) -> list[tuple[str, str]]:
        # Pairs of style and text: nothing in them is markup.
        return [("", self._line(shutil.get_terminal_size().columns - 1))]


_OWN_OPTIONS = ("--existing", "--kernel", "--names", "--help")
"""What `jupyter livens console` takes itself, for suggestions."""

_SEE = "see `jupyter livens console --help` and `jupyter console --help-all`"


class _Parser(KVArgParseConfigLoader.parser_class):  # type: ignore[misc, valid-type]
    """traitlets' parser, whose errors do not begin with the usage of a hundred options."""

    def error(self, message: str) -> NoReturn:
        raise RunFailed(f"{message}; {_SEE}")


class _Loader(KVArgParseConfigLoader):
    parser_class = _Parser


def _names(keys: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of a flag or an alias, which may have several."""
    return (keys,) if isinstance(keys, str) else keys


class LivensConsoleApp(ZMQTerminalIPythonApp):  # type: ignore[misc]
    """``jupyter console``, with its configuration, and a shell of ours."""

    classes = List([LivensTerminalShell, *JupyterConsoleApp.classes])
    names = List(Unicode(), ["*"], help="Names or patterns of the variables to show.")

    feed: Feed | None = None

    def parse_command_line(self, argv: Sequence[str] | None = None) -> None:
        """Read the options; what is wrong is said in a sentence, and not by the whole usage."""
        ours = list(argv or [])
        interpreted = ours[: ours.index("--")] if "--" in ours else ours
        known = {text for keys in (*self.flags, *self.aliases) for text in _names(keys)}
        for word in interpreted:
            name = word.lstrip("-").partition("=")[0]
            if word.startswith("-") and name and name not in known and "." not in name:
                options = [*_OWN_OPTIONS, *(f"--{text}" for text in known if len(text) > 1)]
                hint = did_you_mean(f"--{name}", options)
                raise RunFailed(f"no option {word}{hint or ';'} {_SEE}")
        super().parse_command_line(argv)
        if self.extra_args and interpreted is ours:
            raise RunFailed(f"{self.extra_args[0]!r} is no option, expected only options; {_SEE}")

    def _create_loader(
        self, argv: list[str] | None, aliases: Any, flags: Any, classes: Any
    ) -> KVArgParseConfigLoader:
        return _Loader(argv, aliases, flags, classes=classes, log=self.log)

    def init_kernel_client(self) -> None:
        """Connect; to a kernel that ran before with its CurveZMQ keys as well."""
        if self.existing:
            self.kernel_client_class = partial(
                BlockingKernelClient,
                curve_publickey=self.curve_publickey,
                curve_secretkey=self.curve_secretkey,
            )
        super().init_kernel_client()

    def init_shell(self) -> None:
        """Make our shell; the base class names its own."""
        JupyterConsoleApp.initialize(self)
        signal.signal(signal.SIGINT, self.handle_sigint)
        self.shell: Any = LivensTerminalShell.instance(
            parent=self,
            manager=self.kernel_manager,
            client=self.kernel_client,
            confirm_exit=self.confirm_exit,
        )
        self.shell.own_kernel = not self.existing

    def start(self) -> None:
        """Run, with the feed beside it."""
        self.feed = Feed(self.kernel_client, self.names, self.shell.on_change)
        self.shell.show(self.feed)
        self.feed.start()
        try:
            super().start()
        finally:
            self.feed.stop()
