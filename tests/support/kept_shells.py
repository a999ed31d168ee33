"""IPython shells in this process whose variables are kept, as in a kernel: with real threads."""

from __future__ import annotations

import types
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from livens.kernel.keeping import Keeping, keeping_of
from livens.kernel.keeping_settings import ATTRIBUTE, KeepingSettings
from livens.kernel.shell import woven
from livens.kernel.state_actions import StateActions
from livens.kernel.state_magics import StateMagics
from livens.protocol import state_requests as requests
from livens.watching.cells import Cells
from livens.watching.driver import ThreadDriver
from livens.watching.running import Running
from livens.watching.watcher import Watcher


class KeptShell:
    """A shell, and what is kept of it.

    Parameters
    ----------
    path : pathlib.Path
        The archive.
    name : str
        What its session is found by again.
    **settings
        Others of `KeepingSettings`.
    """

    def __init__(self, path: Path, name: str = "s", **settings: Any) -> None:
        module = types.ModuleType("__main__")
        config = Config({"HistoryManager": {"enabled": False}})
        self.shell: Any = woven(InteractiveShell)(
            user_module=module, user_ns=module.__dict__, config=config
        )
        self.cells = Cells()
        self.driver = ThreadDriver()
        self.watcher = Watcher(cells=self.cells, driver=self.driver)
        self.shell.watch_with(self.watcher)
        self.shell.register_magics(StateMagics(self.shell))
        setattr(
            self.shell,
            ATTRIBUTE,
            Keeping(self.shell, KeepingSettings(path=str(path), name=name, **settings)),
        )
        self.keeping = keeping_of(self.shell)
        self.actions = StateActions(self.keeping)

    @property
    def namespace(self) -> dict[str, Any]:
        """The user's variables."""
        return self.watcher.namespace.target

    def run(self, code: str) -> str:
        """Run a cell as a kernel does, and wait until it is kept, or that has failed.

        Returns what it printed, on both streams.

        Raises
        ------
        Exception
            What the cell has raised.
        """
        printed = StringIO()
        cell = Running("a request", self.shell.execution_count)
        with redirect_stdout(printed), redirect_stderr(printed), self.cells.running(cell):
            result = self.shell.run_cell(code, store_history=True)
        if self.keeping._active is not None:
            self.keeping._active.worker.wait(60)
        result.raise_error()
        return printed.getvalue()

    def wait(self) -> None:
        """Wait until everything is in the archive, as it is between two cells of a user's."""
        active = self.keeping._active
        assert active is not None
        self.watcher.tick()
        assert active.worker.wait(60), self.keeping.report.failure

    def outcomes(self, **params: Any) -> dict[str, str]:
        """Restore, and return what has become of each name."""
        done = self.actions.restore(requests.StateRestoreParams(**params))
        return {name.name: name.outcome for name in done.names}

    def back(self, cell: int | None = None, *, after: bool = False) -> dict[str, str]:
        """Go back, and return what has become of each name."""
        done = self.actions.back(requests.StateBackParams(cell=cell, after=after))
        return {name.name: name.outcome for name in done.names}

    def kept(self) -> dict[str, str]:
        """Return what is said of each name."""
        found = self.actions.show(requests.StateListParams())
        return {name.name: name.outcome for name in found.names}

    def close(self) -> None:
        """End it in good order."""
        self.keeping.stop()
        self.driver.stop()


@contextmanager
def kept_shell(path: Path, *, is_on: bool = True, **settings: Any) -> Iterator[KeptShell]:
    """Return a shell that is kept from its start, and end it."""
    shell = KeptShell(path, **settings)
    if is_on:
        shell.keeping.start()
    try:
        yield shell
    finally:
        shell.close()
