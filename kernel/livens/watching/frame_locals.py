"""The locals of a running function, read without leaving a trace in it.

Each version of CPython has another way that is harmless, and the obvious one is not: until 3.12,
``frame.f_locals`` makes a dict that stays with the frame until the function ends. It would keep
values alive that the function has let go of, and if the function called ``locals()`` before, it is
the very dict that it got.

- **3.13 and later** give a view of the frame's own variables; nothing is copied or kept.
- **3.12** has ``PyFrame_GetVar`` in its C API, which reads one variable.
- **3.11** has nothing but the dict. It is copied and emptied again, each within one call of C code
  that lets no other thread in between; the function's own ``locals()``, later, fills it anew. Where
  somebody could hold that dict, nothing is read: in code that mentions ``locals``, ``eval`` and the
  like, and in frames that a debugger traces. Should somebody get hold of it between the two calls,
  which takes a garbage collection or a switch of threads at that very point, it is filled again.

Without a GIL another thread's frame cannot be read safely at all; then there are no locals.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice, repeat
from operator import attrgetter
from types import CodeType, FrameType
from typing import Any

_MENTIONS = frozenset(
    ("locals", "vars", "dir", "eval", "exec", "f_locals", "_getframe", "currentframe", "breakpoint")
)
"""Code with one of these names may hold the dict of its frame, in 3.11."""


def variable_names(code: CodeType) -> Iterator[str]:
    """Name the arguments, locals and variables of enclosing functions that *code* has.

    Examples
    --------
    >>> def f(a, b=1):
    ...     c = a
    >>> list(variable_names(f.__code__))
    ['a', 'b', 'c']
    """
    for name in dict.fromkeys(code.co_varnames + code.co_cellvars + code.co_freevars):
        if not name.startswith((".", "__")):
            yield name


def read_locals(frame: FrameType, limit: int) -> tuple[list[tuple[str, Any]], bool] | None:
    """Read the first variables of a running function.

    Parameters
    ----------
    frame : FrameType
        Of a function, a lambda or a generator, in any thread.
    limit : int
        How many at the most.

    Returns
    -------
    tuple of list and bool, or None
        Pairs of name and value, and whether there are more; None where reading would do harm.

    Examples
    --------
    >>> def look():
    ...     return read_locals(sys._getframe(1), 10)
    >>> def f(a):
    ...     b = a + 1
    ...     return look()
    >>> f(1)
    ([('a', 1), ('b', 2)], False)
    """
    found = _read(frame, limit + 1)
    return None if found is None else (found[:limit], len(found) > limit)


if sys.version_info >= (3, 13):

    def _read(frame: FrameType, count: int) -> list[tuple[str, Any]] | None:
        if not sys._is_gil_enabled():
            return None
        view = frame.f_locals
        found = ((name, _in_view(view, name)) for name in variable_names(frame.f_code))
        return list(islice((pair for pair in found if pair[1] is not _UNBOUND), count))

    _UNBOUND: Any = object()

    def _in_view(view: Any, name: str) -> Any:
        try:
            return view[name]
        except KeyError:
            return _UNBOUND

elif sys.version_info >= (3, 12):
    import ctypes

    _get_variable = ctypes.pythonapi.PyFrame_GetVar
    _get_variable.argtypes = (ctypes.py_object, ctypes.py_object)
    _get_variable.restype = ctypes.py_object

    def _read(frame: FrameType, count: int) -> list[tuple[str, Any]] | None:
        return list(islice(_bound(frame), count))

    def _bound(frame: FrameType) -> Iterator[tuple[str, Any]]:
        for name in variable_names(frame.f_code):
            try:
                yield name, _get_variable(frame, name)
            except NameError:
                continue

else:
    from operator import call

    _locals_of = attrgetter("f_locals")
    _UNSHARED = 2
    """References to the dict that nobody else has: the frame's own, and that of the call."""

    def _with_count(frame: FrameType, method: Any) -> tuple[int, Any]:
        """Count the references to the dict of a frame, and call a method of it, all in C."""
        steps = map(call, (sys.getrefcount, method), map(_locals_of, repeat(frame)))
        count, result = list(steps)
        return count, result

    def _read(frame: FrameType, count: int) -> list[tuple[str, Any]] | None:
        code = frame.f_code
        if frame.f_trace is not None or not _MENTIONS.isdisjoint(code.co_names):
            return None
        references, copied = _with_count(frame, dict.copy)
        if references > _UNSHARED:
            return None
        references, _ = _with_count(frame, dict.clear)
        if references > _UNSHARED:
            _locals_of(frame)
        found = ((name, copied[name]) for name in variable_names(code) if name in copied)
        return list(islice(found, count))
