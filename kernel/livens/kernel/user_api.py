"""`on_change`: a function of the user's that is called when a variable changes."""

from __future__ import annotations

import logging
from collections.abc import Callable

from livens.exceptions import NotMonitored
from livens.protocol import messages, requests
from livens.protocol.types import Cell, Variable
from livens.watching.watcher import Watcher

logger = logging.getLogger(__name__)

Callback = Callable[[Variable | None], None]


class ChangeHandle:
    """What `on_change` returns: close it and the calls end. It works as a context manager."""

    def __init__(self, watcher: Watcher, name: str, callback: Callback) -> None:
        self._watcher = watcher
        self._name = name
        self._callback = callback
        self._has_failed = False
        subscription = requests.Subscription(names=[name])
        self._subscriber = watcher.subscribe(subscription, self._take)

    def close(self) -> None:
        """End the calls; does nothing the second time."""
        self._watcher.unsubscribe(self._subscriber)

    def __enter__(self) -> ChangeHandle:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def _take(self, message: messages.Notification, cell: Cell | None) -> None:
        if not isinstance(message, messages.Update):
            return
        for variable in message.params.changed:
            self._call(variable)
        for _ in message.params.removed:
            self._call(None)

    def _call(self, variable: Variable | None) -> None:
        try:
            self._callback(variable)
        except Exception:
            # A border: the callback is the user's.
            if not self._has_failed:
                self._has_failed = True
                logger.exception(
                    "The callback for %r raised; it is called again, and not logged again",
                    self._name,
                )


def on_change(name: str, callback: Callback) -> ChangeHandle:
    """Call a function when a variable changes.

    Parameters
    ----------
    name : str
        The variable, or a pattern such as ``"df*"``.
    callback : callable
        Gets the description of the variable (`livens.protocol.types.Variable`), or None when it is
        gone. It is called at most every 50 ms, with the latest state, and at the end of each
        cell: from the thread that made the change, or from livens' own. Keep it short.

    Returns
    -------
    ChangeHandle
        Close it to end the calls.

    Raises
    ------
    NotMonitored
        If there is no livens kernel around.

    Examples
    --------
    In a notebook on a livens kernel::

        import livens
        losses = []
        handle = livens.on_change("loss", lambda variable: losses.append(variable))
    """
    from IPython import get_ipython

    watcher = getattr(get_ipython(), "watcher", None)
    if watcher is None:
        raise NotMonitored(
            f"on_change({name!r}) needs a livens kernel around it, and this Python has none. "
            "Start the notebook with the kernel 'Python 3 (livens)'."
        )
    return ChangeHandle(watcher, name, callback)
