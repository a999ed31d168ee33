"""Which code is the user's: what an interrupt may end, where ours and the libraries' goes on."""

from __future__ import annotations

from collections.abc import Mapping
from types import FrameType
from typing import Any

_LIBRARIES = "/lib/"
"""Where Python's own modules, IPython's and ours are in Pyodide."""


def is_below(frame: FrameType | None, namespace: Mapping[str, Any]) -> bool:
    """Return whether a frame has *namespace* for its globals, or was called by one that has.

    Examples
    --------
    >>> import sys
    >>> users = {"frame": sys._getframe}
    >>> is_below(sys._getframe(), users), is_below(eval("(lambda: frame())()", users), users)
    (False, True)
    """
    while frame is not None and frame.f_globals is not namespace:
        frame = frame.f_back
    return frame is not None


class UsersCode:
    """Tells the user's code by the frames that called what runs.

    Parameters
    ----------
    namespace : dict
        The user's variables: the globals of cells and of functions that are defined there.
    libraries : str
        How the paths of files begin that are not the user's.

    Examples
    --------
    >>> import sys
    >>> users = {"frame": sys._getframe}
    >>> code = UsersCode(users, "")
    >>> code.is_below(sys._getframe()), code.is_below(eval("(lambda: frame())()", users))
    (False, True)
    """

    def __init__(self, namespace: Mapping[str, Any], libraries: str = _LIBRARIES) -> None:
        self._namespace, self._libraries = namespace, libraries

    def is_below(self, frame: FrameType | None) -> bool:
        """Return whether a frame is the user's, or was called by one that is.

        That is code of a cell, of a function from one, or of a module of the user's own. What
        libraries make of texts, such as the methods of a data class, has no file.
        """
        while frame is not None:
            if frame.f_globals is self._namespace:
                return True
            file = frame.f_code.co_filename
            if not file.startswith(("<", self._libraries)):
                return True
            frame = frame.f_back
        return False
