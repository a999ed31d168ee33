"""The frames: which functions of the user's are running, where they are, and with which locals.

``train() line 12: epoch=3, loss=0.41``: loops live in functions, and their variables are in no
namespace that could be watched. While a cell runs, the watcher asks for the frames at the rate of
its subscribers; nothing is traced, and no hook is installed, so the running code pays nothing.

The user's code is what has the user's namespace for its globals (functions defined in cells), and
what is from a file that is neither of the standard library, nor of an installed package, nor ours.
The frames of libraries between two of the user's are left out. So are the cell's own statements,
whose variables are watched anyway, class bodies, and comprehensions, which Python runs within the
function around them from 3.12 on.

Where there are no threads the user's own thread looks, in the middle of their code: then the
functions below ours count.

No frame and no value is held beyond the call. What a thread's frames are is looked at while the
thread may go on: line and locals can be of two moments a few microseconds apart.
"""

from __future__ import annotations

import logging
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import CodeType, FrameType
from typing import Any

import livens
from livens.exceptions import reason_of
from livens.protocol.types import Frame, Variable
from livens.values.passive import instance_dict, sendable_text
from livens.watching.frame_locals import read_locals

logger = logging.getLogger(__name__)

MAX_FRAMES = 10
"""Functions that are told of each thread, the innermost."""

MAX_THREADS = 20
"""Threads that are told."""

MAX_VARIABLES = 30
"""Locals that are told of each function."""

MAX_DEPTH = 200
"""How far to look for the user's code below that of libraries, such as a progress bar's."""

_OPTIMIZED = 1
"""The flag of code whose locals are no namespace: functions, not modules and class bodies."""

_SENT = ("<dynamic-code>", "<ipython-input", "<stdin>")
"""What code has for its file after cloudpickle, and in a terminal."""

_FOREIGN = ("site-packages", "dist-packages")

DescribeLocal = Callable[[str, object], Variable]
"""Describes a local by its name and value; must hold neither."""


class Frames:
    """Finds the functions that run, for one namespace.

    Parameters
    ----------
    describe : callable
        Describes a local.
    cells : mapping
        The number of a cell, and how many lines are above its code, by the file name of that.

    Attributes
    ----------
    cell_of : callable
        From the file name of compiled code to the number of its cell, for cells that are not in
        *cells*.
    looks_always : bool
        Whether functions are told also while no cell runs, as in a process that runs none.
    takes_sent_code : bool
        Whether code is the user's that another process has sent, whose file is not told.
    thread_names : callable, optional
        Which threads are told, and under which names; by default all of them under their own.
    """

    def __init__(
        self, describe: DescribeLocal, cells: Mapping[str, tuple[int | None, int]]
    ) -> None:
        self.cell_of: Callable[[str], int | None] = lambda filename: None
        self.looks_always = False
        self.takes_sent_code = False
        self.thread_names: Callable[[], Mapping[int, str]] | None = None
        self._describe = describe
        self._cells = cells
        self._is_theirs: dict[str, bool] = {}
        self._skipped: dict[tuple[str, str, str], tuple[int, Variable]] = {}

    def running(
        self,
        namespace: dict[Any, Any],
        *,
        depth: int = MAX_FRAMES,
        waiting: Iterable[FrameType] = (),
        is_over_budget: Callable[[], bool] = lambda: False,
    ) -> list[list[Frame]]:
        """Return what runs now: for each thread its functions, the innermost first.

        Parameters
        ----------
        namespace : dict
            The exact dict with the user's variables.
        depth : int
            Functions of a thread at the most.
        waiting : iterable of FrameType
            The functions that the cell awaits, the innermost first; they are on no stack.
        is_over_budget : callable
            Asked after each function; when it says yes, locals are left out.
        """
        stacks: dict[int, FrameType | None] = dict(sys._current_frames())
        # Else this frame would have a reference to itself, and all of them live until the
        # next garbage collection.
        stacks[threading.get_ident()] = self._below_us(namespace)
        main: int | None = threading.main_thread().ident
        names: Mapping[int, str] = _thread_names()
        if self.thread_names is not None:
            main, names = None, self.thread_names()
            stacks = {ident: stacks[ident] for ident in names if ident in stacks}
        found: list[list[Frame]] = []
        try:
            for ident in sorted(stacks, key=lambda ident: (ident != main, names.get(ident, ""))):
                name = "" if ident == main else names.get(ident, f"thread {ident}")
                theirs = list(self._theirs(_outwards(stacks.pop(ident)), namespace, depth))
                if ident == main and not theirs:
                    theirs = list(self._theirs(waiting, namespace, depth))
                if theirs:
                    found.append([self._frame(f, name, is_over_budget()) for f in theirs])
                if len(found) >= MAX_THREADS:
                    break
        finally:
            stacks.clear()
        return found

    def _below_us(self, namespace: dict[Any, Any]) -> FrameType | None:
        """Return the frame that called `running`, if that is in the middle of a cell."""
        below: FrameType | None = sys._getframe(2)
        frame = below
        while frame is not None and not self._is_statement(frame, namespace):
            frame = frame.f_back
        return below if frame is not None else None

    def _is_statement(self, frame: FrameType, namespace: dict[Any, Any]) -> bool:
        """Return whether a frame is that of a cell's own statement."""
        code = frame.f_code
        is_module = not code.co_flags & _OPTIMIZED and frame.f_globals is namespace
        return is_module and self._is_cell(code.co_filename)

    def _theirs(
        self, frames: Iterable[FrameType], namespace: dict[Any, Any], limit: int
    ) -> Iterator[FrameType]:
        """Choose the functions of the user's, down to the cell's own statement."""
        for frame in frames:
            code = frame.f_code
            if self._is_statement(frame, namespace):
                return
            if code.co_flags & _OPTIMIZED and not _is_comprehension(code):
                is_theirs = frame.f_globals is namespace
                if is_theirs or self._is_their_file(code.co_filename, frame.f_globals):
                    yield frame
                    limit -= 1
                    if not limit:
                        return

    def _is_their_file(self, filename: str, module: dict[str, Any]) -> bool:
        known = self._is_theirs.get(filename)
        if known is None:
            is_sent = self.takes_sent_code and filename.startswith(_SENT)
            known = is_sent or is_own_file(filename, dict.get(module, "__name__"))
            if len(self._is_theirs) < 10_000:
                self._is_theirs[filename] = known
        return known

    def _is_cell(self, filename: str) -> bool:
        return filename in self._cells or self.cell_of(filename) is not None

    def _frame(self, frame: FrameType, thread: str, is_late: bool) -> Frame:
        code = frame.f_code
        count, above = self._cells.get(code.co_filename) or (self.cell_of(code.co_filename), 0)
        is_cell = self._is_cell(code.co_filename) or code.co_filename.startswith("<")
        line = (frame.f_lineno or code.co_firstlineno) + above
        read = None if is_late else _read_locals(frame)
        pairs, has_more = read or ([], True)
        return Frame(
            sendable_text(code.co_qualname),
            "" if is_cell else sendable_text(code.co_filename),
            line,
            thread,
            count,
            [self._variable(code, name, value) for name, value in pairs],
            has_more,
        )

    def _variable(self, code: CodeType, name: str, value: object) -> Variable:
        """Describe a local; one that took too long or raised is not described again."""
        where = code.co_filename, code.co_qualname, name
        known = self._skipped.get(where)
        if known is not None and known[0] == id(value):
            return known[1]
        variable = self._describe(name, value)
        if variable.status == "skipped" and len(self._skipped) < 1_000:
            self._skipped[where] = id(value), variable
        return variable


def _read_locals(frame: FrameType) -> tuple[list[tuple[str, Any]], bool] | None:
    """Read the locals of a function, or none: the other functions are told all the same."""
    try:
        return read_locals(frame, MAX_VARIABLES)
    except BaseException as err:  # noqa: BLE001 - a border
        logger.debug("The locals of %r: %s", frame.f_code.co_name, reason_of(err, "reading them"))
        return None


def is_own_file(filename: str, module: object) -> bool:
    """Return whether a file of code is the user's own.

    Examples
    --------
    >>> is_own_file("/home/me/model.py", "model"), is_own_file(threading.__file__, "threading")
    (True, False)
    """
    if filename.startswith("<") or (type(module) is str and module.split(".")[0] == "livens"):
        return False
    path = filename.replace("\\", "/")
    parts = path.split("/")
    return not any(part in parts for part in _FOREIGN) and not path.startswith(_LIBRARY)


_OURS = str(livens.__file__)

_LIBRARY = tuple(
    {
        sysconfig.get_path(name).replace("\\", "/").rstrip("/") + "/"
        for name in ("stdlib", "platstdlib")
    }
    | {file.replace("\\", "/").rpartition("/")[0] + "/" for file in (threading.__file__, _OURS)}
)


def _is_comprehension(code: CodeType) -> bool:
    return code.co_name in ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    """Go from a frame to the one that called it, and on."""
    for _ in range(MAX_DEPTH):
        if frame is None:
            return
        yield frame
        frame = frame.f_back


def awaited(coroutine: object) -> list[FrameType]:
    """Find the frames of a coroutine that waits, and of what it awaits, the innermost first."""
    found: list[FrameType] = []
    while len(found) < MAX_DEPTH:
        names = _AWAITS.get(id(type(coroutine)))
        if names is None:
            break
        frame = getattr(coroutine, names[0])
        if frame is None:
            break
        found.append(frame)
        coroutine = getattr(coroutine, names[1])
    return found[::-1]


async def _coroutine() -> None:
    """Be of the type of coroutines."""


_made = _coroutine()
_made.close()
_AWAITS = {
    id(type(_made)): ("cr_frame", "cr_await"),
    id(type(_ for _ in ())): ("gi_frame", "gi_yieldfrom"),
}
"""How exact types of code that waits tell where it is, and for what."""


def _thread_names() -> dict[int, str]:
    """Read the names of the threads, without running a property of anybody's subclass."""
    names = {}
    for thread in threading.enumerate():
        fields = instance_dict(thread) or {}
        ident, name = fields.get("_ident"), fields.get("_name")
        if type(ident) is int and type(name) is str:
            names[ident] = sendable_text(name)
    return names
