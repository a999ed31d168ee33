"""Sharing names of a kernel with other programs, both ways: what a shell shares, and by what.

`Sharing` is made by the first who shares something, and ends with the shell. Before that nothing
of this is loaded. `livens.kernel.state_sharing` is what the user's code calls.
"""

from __future__ import annotations

import logging
import os
import weakref
from collections.abc import Callable
from typing import Any

from livens.exceptions import InvalidParams, NotMonitored, VariableNotFound, bordered
from livens.kernel.shared_list import ATTRIBUTE
from livens.kernel.shared_names import Binding
from livens.kernel.store_link import StoreLink
from livens.kernel.timed_work import HAS_THREADS
from livens.state.stores.entries import Store
from livens.state.stores.opening import open_store
from livens.state.stores.shared_values import own_source
from livens.watching.watcher import Watcher

logger = logging.getLogger(__name__)

MAX_LINES = 5
"""So many lines are printed below a cell; the rest is told by number."""


class Sharing:
    """What one shell shares.

    Parameters
    ----------
    shell : InteractiveShell
        Has the ``watcher`` of its namespace.

    Attributes
    ----------
    links : dict of str to StoreLink
        By the URLs of the stores.
    """

    def __init__(self, shell: Any) -> None:
        if not HAS_THREADS:
            raise NotMonitored("Names are shared by threads, and this Python has none")
        self._shell = shell
        self._watcher: Watcher = shell.watcher
        self.links: dict[str, StoreLink] = {}
        self._lines: list[str] = []
        shell.events.register("post_run_cell", self._print_lines)
        if hasattr(os, "register_at_fork"):
            here = weakref.ref(self)
            os.register_at_fork(after_in_child=lambda: _abandon(here()))

    def share(self, url: str, bindings: list[Binding]) -> StoreLink:
        """Share names by a store; see `livens.share`."""
        link = self.links.get(url)
        if link is None:
            link = self._linked(open_store(url))
        try:
            for binding in bindings:
                self._leave_others(url, binding.pattern)
                link.share(binding)
        finally:
            if link.state.bindings:
                self.links[url] = link
            else:
                link.close()
        return link

    def _linked(self, store: Store) -> StoreLink:
        source = f"{own_source()} (kernel)"
        return StoreLink(store, source, self._watcher, _idle_runner(self._shell), self._tell)

    def _leave_others(self, url: str, pattern: str) -> None:
        """Share a pattern by one store only: two would send values around in a circle."""
        for other, link in list(self.links.items()):
            if other != url and link.unshare(pattern) and not link.state.bindings:
                del self.links[other]
                link.close()

    def unshare(self, patterns: list[str]) -> list[str]:
        """Share these no more, or nothing at all; returns which were shared.

        Raises
        ------
        VariableNotFound
            If one of them is not shared.
        """
        shared = self.patterns
        unknown = [pattern for pattern in patterns if pattern not in shared]
        if unknown:
            raise VariableNotFound(
                f"'{unknown[0][:100]}' is not shared (shared: {', '.join(shared) or 'nothing'})"
            )
        for pattern in patterns or shared:
            self._leave_others("", pattern)
        return patterns or shared

    @property
    def patterns(self) -> list[str]:
        """What is shared."""
        return [binding.pattern for link in self.links.values() for binding in link.state.bindings]

    def accept(self, names: list[str]) -> list[str]:
        """Set what was written elsewhere and waits for an answer; returns the names."""
        return [name for link in list(self.links.values()) for name in link.incoming.accept(names)]

    def close(self) -> None:
        """Write what is not written yet, and share nothing more."""
        for link in list(self.links.values()):
            link.close()
        self.links.clear()
        self._shell.events.unregister("post_run_cell", self._print_lines)

    def abandon(self) -> None:
        """Forget everything: in the child process after a fork."""
        for link in self.links.values():
            link.abandon()
        self.links.clear()
        self._lines.clear()

    # -- what is told --------------------------------------------------------------------------

    def _tell(self, name: str, message: str) -> None:
        """Tell clients who asked for it, the log, and the user below the next cell."""
        message = self._watcher.view.redactor.masked(message)
        logger.warning("%s", message)
        self._lines.append(message)
        try:
            self._watcher.tell_sharing(name, message)
        except Exception:
            # A border: the link lives on whatever one client ran into.
            logger.exception("livens could not tell what became of a shared name")

    @bordered
    def _print_lines(self, result: Any) -> None:
        lines, self._lines = self._lines, []
        for line in lines[:MAX_LINES]:
            print(f"Shared: {line}")  # noqa: T201 - below the cell
        if len(lines) > MAX_LINES:
            more = len(lines) - MAX_LINES
            print(f"Shared: {more} more; livens.shared() tells all")  # noqa: T201


def _abandon(sharing: Sharing | None) -> None:
    if sharing is not None:
        sharing.abandon()


def _idle_runner(shell: Any) -> Callable[[Callable[[], None]], None]:
    """Return what has the main thread call a function when no cell runs."""
    kernel = getattr(shell, "kernel", None)
    comms = getattr(kernel, "comms", None) or getattr(
        getattr(shell, "livens_lite_watch", None), "comms", None
    )
    if comms is not None:
        queue: Callable[[Callable[[], None]], None] = comms.host.queue
        return queue
    # A terminal's main thread waits for a line, and has no loop that others could use.
    return lambda function: function()


def sharing_of(shell: Any, *, makes: bool = True) -> Sharing | None:
    """Return what a shell shares.

    Parameters
    ----------
    shell : InteractiveShell
        Has a ``watcher``, or is none of ours.
    makes : bool
        Whether it is made where there is none.

    Raises
    ------
    NotMonitored
        If livens does not watch the shell.
    """
    found: Sharing | None = getattr(shell, ATTRIBUTE, None)
    if found is None and makes:
        if not isinstance(getattr(shell, "watcher", None), Watcher):
            raise NotMonitored(
                "Sharing names needs a livens kernel around it, and this Python has none. Start "
                "the notebook with the kernel 'Python 3 (livens)', or use livens.state.open(url)"
            )
        found = Sharing(shell)
        setattr(shell, ATTRIBUTE, found)
    return found


def close_sharing(shell: Any) -> None:
    """End what a shell shares, if it shares anything."""
    sharing: Sharing | None = getattr(shell, ATTRIBUTE, None)
    if sharing is not None:
        delattr(shell, ATTRIBUTE)
        sharing.close()


def need_store(url: object) -> str:
    """Return the URL of a store, or say that there is none.

    Raises
    ------
    InvalidParams
        If it is no text.
    """
    if type(url) is not str or not url:
        raise InvalidParams(
            "No store is named; expected a URL such as store='sqlite:///shared.db', "
            "'redis://localhost:6379/0' or 'jupyter://localhost:8765/room?token=…'"
        )
    return url
