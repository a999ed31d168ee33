"""A plain Python process that can be watched: its module's variables, and the functions that run.

`join` is one line in a script, ``jupyter livens join`` needs none. Nothing of the script is changed
and no code of it is traced: a thread looks at the module's dict, as in a stock kernel between
cells, and at the frames of all threads. It looks only while somebody watches.

Nothing can be changed from outside: a script has no moment between two cells.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from livens.exceptions import NotAllowed, NotMonitored
from livens.kernel.endpoint import Endpoint
from livens.kernel.process_server import ProcessServer
from livens.protocol.capabilities import all_but
from livens.watching.budgets import Budgets
from livens.watching.driver import ThreadDriver
from livens.watching.namespace import MonitoredDict
from livens.watching.watcher import Watcher

if TYPE_CHECKING:
    from livens.kernel.state_actions import StateActions
    from livens.protocol.sharing_requests import SharedNames

logger = logging.getLogger(__name__)

_STATE = tuple(name for name in all_but() if name.startswith("state."))

CAPABILITIES = all_but(
    "cells", "lines", "stop", "set", "delete", "rename", "sharing", "sharing.list", *_STATE
)
"""What clients may ask for in a process that runs no cells."""

BUDGETS = Budgets(idle_poll_ms=50)
"""A script has no cells, so all of its time is time between cells, in which kernels look seldom."""

_REMEDY = "Run the code in a kernel, or change the script."


class WatchOnlyHost:
    """The `livens.kernel.endpoint.Host` of a process in which nothing can be changed."""

    def call_on_main_thread(self, function: Callable[[], None]) -> None:
        """Refuse: the main thread is the script's."""
        raise NotAllowed("This process can only be watched", remedy=_REMEDY)

    def queue(self, function: Callable[[], None]) -> None:
        """Refuse: there is no moment between cells."""
        raise NotAllowed("This process can only be watched", remedy=_REMEDY)

    def nothing_kept(self) -> None:
        """Return None: whoever asks is refused."""

    def shared_names(self) -> SharedNames:
        """Refuse: nothing is shared here."""
        raise NotAllowed("No names are shared here", expected="a kernel")

    def state_actions(self) -> StateActions:
        """Refuse: nothing is kept here."""
        raise NotAllowed("No states are kept here", expected="a kernel")

    def form(self, value: object, mime: str) -> str | bytes:
        """Refuse: nothing here knows how a value is shown but by its text."""
        raise NotAllowed("Nothing here shows values but by their text", remedy="Print it.")

    def forms(self, value: object) -> list[str]:
        """Return none: a value has its text here."""
        return []


class JoinedProcess:
    """This process, for as long as it can be watched.

    Parameters
    ----------
    namespace : dict
        The variables of a module.
    title : str
        What people know the process by.

    Raises
    ------
    OSError
        If there can be no sockets or no connection file.
    """

    def __init__(self, namespace: dict[str, Any], title: str) -> None:
        self._driver = ThreadDriver()
        self._watcher = Watcher(
            BUDGETS, mode="lite", capabilities=CAPABILITIES, driver=self._driver
        )
        self._watcher.frames.looks_always = True
        hidden = {name: value for name, value in namespace.items() if name.startswith("__")}
        self._watcher.attach(MonitoredDict(namespace), hidden)
        host = WatchOnlyHost()
        self._server = ProcessServer(lambda send: Endpoint(self._watcher, host, send), title)

    @property
    def connection_file(self) -> str:
        """The path of the file by which clients find this process."""
        return str(self._server.connection_file)

    def close(self) -> None:
        """Tell the last values, and end all watches; it can be called twice."""
        try:
            self._watcher.flush()
        except Exception:
            # A border: the script ends as it would without us.
            logger.exception("livens could not tell the last changes")
        self._server.close()
        self._driver.stop()


_joined: list[JoinedProcess] = []


def join(module: ModuleType | None = None) -> str:
    """Have this process be watched like a kernel, until it ends.

    Parameters
    ----------
    module : module, optional
        Whose variables are watched; by default those of the script, ``__main__``.

    Returns
    -------
    str
        The path of a connection file, for ``jupyter livens watch`` and `livens.watch`. A second
        call returns the same.

    Raises
    ------
    NotMonitored
        If it cannot be: there is no place for the file, or no socket.

    Examples
    --------
    ::

        import livens.cluster

        livens.cluster.join()
        for epoch in range(100):
            loss = train(epoch)
    """
    if _joined and os.getpid() == _joined[0]._server.pid:
        return _joined[0].connection_file
    _joined.clear()  # those of the process that this was forked from
    watched = module or sys.modules["__main__"]
    title = str(getattr(watched, "__file__", "") or "")
    try:
        joined = JoinedProcess(vars(watched), title)
    except OSError as err:
        raise NotMonitored(
            f"This process cannot be watched: {err.strerror or err}; expected a directory for its "
            "connection file, which JUPYTER_RUNTIME_DIR can name, and sockets on this machine"
        ) from None
    _joined.append(joined)
    atexit.register(joined.close)
    return joined.connection_file
