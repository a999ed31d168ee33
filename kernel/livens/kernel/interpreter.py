"""Runs a person's code without IPython: statement by statement, with probes, told to `Cells`.

For hosts that have no Jupyter (`livens.kernel.embedding`). It does what a console does: the value
of the last expression is shown, ``await`` works at the top level, and an error is formatted from
the person's own frames. What is printed goes where `sys.stdout` goes.
"""

from __future__ import annotations
import __future__

import ast
import asyncio
import traceback
from asyncio import CancelledError
from functools import partial, reduce
from inspect import CO_COROUTINE
from operator import or_
from types import CodeType, FrameType
from typing import Any

import msgspec

from livens.kernel.probing_compiler import ProbingCompiler
from livens.kernel.results import shown_to
from livens.kernel.sources import Sources
from livens.kernel.tracebacks import end_at_our_frames, leave_out_our_frames
from livens.kernel.users_code import is_below
from livens.values import passive
from livens.watching.cells import Cells
from livens.watching.running import Running

MAX_TEXT_CHARS = 100_000
"""Of a result, a message or a traceback no more is kept."""

_FUTURE_FLAGS: int = reduce(
    or_, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
)


class Outcome(msgspec.Struct, kw_only=True, omit_defaults=True):
    """How a run ended.

    Attributes
    ----------
    status : {"ok", "error"}
        Whether it ran to its end.
    execution_count : int
        Its number.
    result : str, optional
        The text of the last expression's value, unless that is None.
    ename, evalue, traceback : str
        The error: its class, its message, and all of it as Python prints it.
    """

    status: str
    execution_count: int
    result: str | None = None
    ename: str = ""
    evalue: str = ""
    traceback: str = ""


class _Compiler:
    """Compiles a statement as IPython's compiler does, for `ProbingCompiler`."""

    def __init__(self) -> None:
        self.extra_flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

    def __call__(self, module: Any, filename: str, mode: str) -> CodeType:
        code: CodeType = compile(module, filename, mode, flags=self.extra_flags, dont_inherit=True)
        return code

    def learn(self, code: CodeType) -> None:
        """Compile as a statement asks for that is ``from __future__ import …``."""
        self.extra_flags |= code.co_flags & _FUTURE_FLAGS


class Interpreter:
    """One namespace and what runs in it, one run after the other.

    Parameters
    ----------
    namespace : dict
        The person's variables, an exact dict.
    cells : Cells
        What is told of the code that runs.

    Examples
    --------
    >>> import asyncio
    >>> interpreter = Interpreter({}, Cells())
    >>> asyncio.run(interpreter.run("x = 20\\nx + 1")).result
    '21'
    >>> asyncio.run(interpreter.run("1 / 0")).ename
    'ZeroDivisionError'
    """

    def __init__(self, namespace: dict[str, Any], cells: Cells) -> None:
        self.namespace, self._cells = namespace, cells
        self._count = 0
        self._compiler = _Compiler()
        self._sources = Sources()
        self._turn = asyncio.Lock()
        self._task: asyncio.Task[Outcome] | None = None
        self._statement: CodeType | None = None
        self._is_interrupted = False
        self._cancels = 0

    async def run(self, code: str, run_id: str = "") -> Outcome:
        """Run code after what runs already; what it raises is in the outcome, an interrupt too.

        Parameters
        ----------
        code : str
            Any number of statements.
        run_id : str
            What changes are told to belong to; made up by default.

        Raises
        ------
        RuntimeError
            If the code that runs asks for this itself, which would wait for its own end.
        CancelledError
            If the task that runs it is cancelled, but not by `interrupt` or a rule.
        """
        outer = asyncio.current_task()
        if outer is not None and outer is self._task:
            raise RuntimeError("Code that runs cannot wait for a run after it: start a task for it")
        async with self._turn:
            # A task of its own: code may cancel the one that it runs in.
            self._task = asyncio.ensure_future(self._run(code, run_id))
            self._is_interrupted = False
            try:
                return await self._task
            except CancelledError:
                if not self._task.cancelled() or (outer is not None and outer.cancelling()):
                    raise
                return self._failed(CancelledError(), self._count, 0, "")
            finally:
                self._task = None

    def is_computing(self, frame: FrameType | None) -> bool:
        """Return whether a frame is below a statement that runs, and not in the event loop."""
        while frame is not None and frame.f_code is not self._statement:
            frame = frame.f_back
        return frame is not None

    def interrupt(self, frame: FrameType | None) -> None:
        """Interrupt what runs, as Ctrl-C does: code that computes here, or a run that awaits.

        Parameters
        ----------
        frame : FrameType, optional
            Where Python is: what a handler of signals gets.

        Raises
        ------
        KeyboardInterrupt
            In the middle of the code, if that is where Python is.
        """
        if self._task is None:
            return
        if self._is_persons(frame):
            if asyncio.current_task() is not self._task:  # a task in the background computes
                self._cells.interrupts.cancel()
            raise KeyboardInterrupt
        is_between = frame is not None and asyncio.current_task() is self._task
        if is_between or not self._cells.interrupts.cancel():
            self._is_interrupted = True  # `_begin` is still to come

    def _is_persons(self, frame: FrameType | None) -> bool:
        """Return whether code of the person's is on the stack, in whatever task."""
        is_begun = frame is not None and frame.f_code in _BEGINS
        return is_begun or is_below(frame, self.namespace)

    async def _run(self, code: str, run_id: str) -> Outcome:
        task = asyncio.current_task()
        assert task is not None
        self._count += 1
        count = self._count
        filename = self._sources.keep(code, count)
        shown: list[str] = []
        cell = Running(run_id or f"run-{count}", count)
        before = task.cancelling()
        cell.cancel = partial(self._cancel, task)
        failed: Outcome | None = None
        with self._cells.running(cell), shown_to(lambda value: shown.append(_text(value))):
            try:
                statements = ast.parse(code, filename).body
                for number, statement in enumerate(statements, 1):
                    await self._run_statement(statement, filename, number == len(statements))
            except BaseException as err:
                # A border: whatever the person's code raises, SystemExit too.
                is_others = task.cancelling() > before + self._cancels
                if is_others and isinstance(err, CancelledError):
                    raise
                failed = self._failed(
                    err, count, self._cancels, self._cells.interrupts.reason(cell)
                )
            finally:
                self._take_back(task)
        return failed or Outcome(
            status="ok", execution_count=count, result=shown[-1] if shown else None
        )

    def _cancel(self, task: asyncio.Task[Any]) -> None:
        self._cancels += 1
        task.cancel()

    def _take_back(self, task: asyncio.Task[Any]) -> None:
        """Have the task go on that was cancelled to end the run."""
        for _ in range(self._cancels):
            task.uncancel()
        self._cancels = 0

    async def _run_statement(self, statement: ast.stmt, filename: str, is_last: bool) -> None:
        tree: Any = ast.Module([statement], [])
        mode = "exec"
        if is_last and isinstance(statement, ast.Expr):
            tree, mode = ast.Interactive([statement]), "single"
        code = ProbingCompiler(self._compiler, self._cells)(tree, filename, mode)
        self._compiler.learn(code)
        coroutine: Any = eval(code, self.namespace) if code.co_flags & CO_COROUTINE else None
        self._statement = code
        try:
            with self._cells.statement(code, coroutine):
                try:
                    if coroutine is not None:
                        await self._begin_to_await(coroutine)
                    else:
                        self._begin(code)
                except BaseException:
                    self._cells.statement_ended(code)
                    self._cells.statement_failed()
                    raise
                self._cells.statement_ended(code)
        finally:
            self._statement = None
            if coroutine is not None:
                coroutine.close()  # where it was not even begun

    def _begin(self, code: CodeType) -> None:
        """Run a statement: from here on an interrupt is raised where it comes."""
        if self._is_interrupted:
            raise KeyboardInterrupt
        exec(code, self.namespace)

    async def _begin_to_await(self, coroutine: Any) -> None:
        if self._is_interrupted:
            raise KeyboardInterrupt
        await coroutine

    def _failed(self, err: BaseException, count: int, cancels: int, reason: str) -> Outcome:
        """Return how a run failed; if it was cancelled to end it, that is an interrupt."""
        if cancels and isinstance(err, CancelledError):
            err = KeyboardInterrupt().with_traceback(err.__traceback__)
        if reason and isinstance(err, KeyboardInterrupt):
            err.args = err.args or (reason,)
        leave_out_our_frames(err)
        frames = err.__traceback__
        while frames is not None and frames.tb_frame.f_globals is not self.namespace:
            frames = frames.tb_next
        if isinstance(err, KeyboardInterrupt):
            end_at_our_frames(frames)
        lines = traceback.format_exception(type(err), err, frames)
        return Outcome(
            status="error",
            execution_count=count,
            ename=passive.class_name(type(err)),
            evalue=_cut(_message(err)),
            traceback=_cut("".join(lines)),
        )


_BEGINS = (Interpreter._begin.__code__, Interpreter._begin_to_await.__code__)
"""In a frame of these an interrupt may be raised: there is only the statement to run."""


def _text(value: object) -> str:
    return _cut(repr(value))


def _cut(text: str) -> str:
    text = passive.exact_text(text)
    cut = text if len(text) <= MAX_TEXT_CHARS else text[:MAX_TEXT_CHARS] + "…"
    return passive.sendable_text(cut)


def _message(err: BaseException) -> str:
    try:
        return str(err)
    except BaseException:  # noqa: BLE001 - a border: an exception's own text
        return "its message cannot be read"
