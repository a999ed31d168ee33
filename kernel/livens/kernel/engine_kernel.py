"""Engines of ipyparallel: `apply`, of which IPython hears nothing, and what they must not say.

A function that is applied runs by ``do_apply``, without a word to IPython's events. `Applying`
stands around it, so that it counts as a cell.

What an engine publishes as the doing of a request reaches the controller, which warns of messages
it does not know in its log, and the client, which hands them on to the front end of its notebook.
So what livens publishes there is nobody's doing (`is_engine`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

_ENGINE = ("ipyparallel.engine.kernel", "IPythonParallelKernel")


def is_engine(kernel: Any) -> bool:
    """Return whether a kernel is an engine of ipyparallel, or of a class made from it.

    Examples
    --------
    >>> is_engine(object())
    False
    """
    return any((kind.__module__, kind.__qualname__) == _ENGINE for kind in type(kernel).__mro__)


class Applying:
    """Has functions that a kernel applies count as cells.

    Parameters
    ----------
    kernel : object
        Any kernel; of one that is no engine, nothing is changed.
    begin, end : callable
        Called around each function, on its thread; they never raise.
    """

    def __init__(self, kernel: Any, begin: Callable[[], object], end: Callable[[], object]) -> None:
        self._kernel = kernel
        self._is_wrapped = is_engine(kernel) and "do_apply" not in vars(kernel)
        if not self._is_wrapped:
            return
        do_apply = kernel.do_apply

        @wraps(do_apply)
        def watched(*args: Any, **kwargs: Any) -> Any:
            begin()
            try:
                return do_apply(*args, **kwargs)
            finally:
                end()

        kernel.do_apply = watched

    def close(self) -> None:
        """Leave the kernel as it was."""
        if self._is_wrapped:
            del self._kernel.do_apply
