"""Work for one request, done beside everything else and given up after a time, or by request.

Such work may take for ever and Python cannot stop it, so each piece gets a thread of its own.
When the time is over the client is told so; the thread is a daemon whose result nobody waits for.
Code of the user's is stopped then, as far as it is Python (`TimedWork`, ``is_stopped``). Work that
asks `TimedWork.is_over` now and then ends soon after. Neither the main thread nor the channel that
the request came by ever waits for it.

Where there are no threads (Pyodide) it is done at once, and everything waits for it: only work
that asks `TimedWork.is_over` is bounded there, so what runs the user's code is refused before.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable

import msgspec

from livens.exceptions import Cancelled, RequestError, TookTooLong

logger = logging.getLogger(__name__)

HAS_THREADS = sys.platform not in ("emscripten", "wasi")
"""Whether threads can be started here."""

Answer = Callable[[msgspec.Struct | RequestError], None]
"""Called once with the result of a request, or with why there is none."""


class Stopped(SystemExit):
    """Ends work that nobody waits for; a thread that it ends says nothing of it."""


_GRACE_S = 0.05
"""So long a thread has for noticing that it is stopped."""


def _raise_in(thread: int, is_done: Callable[[bool, float], bool]) -> None:
    """Raise `Stopped` in another thread; take that back if it does not notice it in time.

    It does not while it waits in C. As long as an exception is pending for any thread, CPython 3.11
    does not get beyond the beginning of a function in other threads that are traced, by a debugger
    or for coverage. So nothing in here calls one. The interpreter learns that nothing is pending
    any more when an exception is taken: by this thread.
    """
    import ctypes

    set_exception = ctypes.pythonapi.PyThreadState_SetAsyncExc
    other, mine = ctypes.c_ulong(thread), ctypes.c_ulong(threading.get_ident())
    stopped = ctypes.py_object(Stopped)
    set_exception(other, stopped)
    if is_done(True, _GRACE_S):
        return
    try:
        set_exception(other, None)
        set_exception(mine, stopped)
        for _ in range(1_000):  # it is raised at the end of some round
            pass
    except Stopped:
        pass


def failed_inside(err: BaseException) -> RequestError:
    """Return what a client is told of a failure of ours, which is logged; in an ``except``."""
    logger.exception("livens could not answer a request")
    return RequestError(
        f"The request failed inside livens: {type(err).__name__}",
        remedy="The kernel's log has the details; please report it.",
    )


def outcome_of(work: Callable[[], msgspec.Struct]) -> msgspec.Struct | RequestError:
    """Do something in a thread of its own; returns the result, or why there is none."""
    try:
        return work()
    except RequestError as err:
        return err
    except Stopped:
        return Cancelled("The work was stopped")
    except BaseException as err:  # noqa: BLE001 - a border
        return failed_inside(err)


def in_thread(name: str, work: Callable[[], msgspec.Struct], answer: Answer) -> None:
    """Do something that ends by itself in a thread, and answer with its outcome; returns at once.

    Parameters
    ----------
    name : str
        What the thread is called; it begins with ``livens-``.
    work : callable
        Returns the result, or raises a `RequestError`.
    answer : callable
        Gets the outcome.
    """

    def run() -> None:
        answer(outcome_of(work))

    _run(name, run)


def _run(name: str, function: Callable[[], None]) -> None:
    """Call a function in a thread of its own, or at once where there is none."""
    if HAS_THREADS:
        threading.Thread(target=function, name=name, daemon=True).start()
    else:
        function()


class TimedWork:
    """Do something in a thread, and answer with its outcome or with `TookTooLong`.

    Parameters
    ----------
    name : str
        What the thread is called; it begins with ``livens-``.
    work : callable
        Returns the result, or raises a `RequestError`.
    timeout_ms : int
        How long the client waits.
    late : TookTooLong
        What it is told then.
    answer : callable
        Gets the outcome, once, from one of two threads.
    is_stopped : bool
        Whether the thread is stopped when nobody waits for it any more: `Stopped` is raised in
        what it runs, as an interrupt is. What waits in C goes on to its end.

    Examples
    --------
    >>> outcome = threading.Event()
    >>> late = TookTooLong("too long")
    >>> work = TimedWork("livens-example", msgspec.Struct, 1000, late, lambda _: outcome.set())
    >>> work.start()
    >>> outcome.wait(10), work.is_over(), work.cancel()
    (True, True, False)
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], msgspec.Struct],
        timeout_ms: int,
        late: TookTooLong,
        answer: Answer,
        *,
        is_stopped: bool = False,
    ) -> None:
        self._is_stopped = is_stopped
        self._at_work: int | None = None  # the thread, while it works
        self._at_end = threading.Lock()
        self._at_end.acquire()
        self._name = name
        self._work: Callable[[], msgspec.Struct] | None = work
        self._answer = answer
        self._lock = threading.Lock()
        self._is_answered = False
        self._seconds = timeout_ms / 1000
        self._ends_at = float("inf")
        self._timer = threading.Timer(self._seconds, self._settle, [late])
        self._timer.name, self._timer.daemon = f"{name}-timer", True

    def is_over(self) -> bool:
        """Return whether nobody waits for the work: the client has its answer, or is to have it."""
        return self._is_answered or time.monotonic() > self._ends_at

    def cancel(self) -> bool:
        """Answer that the work was cancelled; returns whether nothing was answered before."""
        return self._settle(Cancelled("The request was cancelled", remedy="Ask again."))

    def abandon(self) -> None:
        """Have nobody wait for the work any more, and answer nothing."""
        if self._take_turn():
            self._stop()

    def start(self) -> None:
        """Start to work; returns at once, where there are threads."""
        if HAS_THREADS:
            self._timer.start()
        else:
            self._ends_at = time.monotonic() + self._seconds
        _run(self._name, self._run)

    def _run(self) -> None:
        work, self._work = self._work, None
        assert work is not None
        self._at_work = threading.get_ident()
        try:
            outcome = outcome_of(work)
        finally:
            self._at_work = None
            self._at_end.release()
        del work  # it knows the user's value
        self._settle(outcome)

    def _settle(self, outcome: msgspec.Struct | RequestError) -> bool:
        is_first = self._take_turn()
        if is_first:
            self._answer(outcome)
            self._stop()  # unless it is the thread itself that is done
        return is_first

    def _stop(self) -> None:
        """Raise `Stopped` in what the thread runs, wherever in Python it is."""
        thread = self._at_work
        if self._is_stopped and thread is not None:
            arguments = (thread, self._at_end.acquire)
            threading.Thread(target=_raise_in, args=arguments, daemon=True).start()

    def _take_turn(self) -> bool:
        with self._lock:
            if self._is_answered:
                return False
            self._is_answered = True
        self._timer.cancel()
        return True
