"""Runs a person's code without IPython: statement by statement, with probes, told to `Cells`.

For hosts that have no Jupyter (`livens.kernel.embedding`). It does what a console does: the value
of the last expression is shown, ``await`` works at the top level, and an error is formatted from
the person's own frames. What is printed goes where `sys.stdout` goes.
"""

from __future__ import annotations

import ast
import builtins
import linecache
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import CO_COROUTINE
from types import CodeType
from typing import Any

import msgspec

from livens.kernel.probing_compiler import ProbingCompiler
from livens.kernel.tracebacks import leave_out_our_frames
from livens.values import passive
from livens.watching.cells import Cells
from livens.watching.running import Running

MAX_RESULT_CHARS = 100_000
"""Of a result's text no more is kept."""


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

    extra_flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

    def __call__(self, module: Any, filename: str, mode: str) -> CodeType:
        code: CodeType = compile(module, filename, mode, flags=self.extra_flags, dont_inherit=True)
        return code


class Interpreter:
    """One namespace and what runs in it.

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

    async def run(self, code: str, run_id: str = "") -> Outcome:
        """Run code to its end; what it raises is in the outcome, an interrupt too.

        Parameters
        ----------
        code : str
            Any number of statements.
        run_id : str
            What changes are told to belong to; made up by default.
        """
        self._count += 1
        count = self._count
        filename = f"<input {count}>"
        # As `linecache` keeps what a console runs: tracebacks and `inspect` find the lines.
        linecache.cache[filename] = len(code), None, code.splitlines(keepends=True), filename
        shown: list[str] = []
        cell = Running(run_id or f"run-{count}", count)
        try:
            statements = ast.parse(code, filename).body
            with self._cells.running(cell), self._showing(shown):
                for number, statement in enumerate(statements, 1):
                    await self._run_statement(statement, filename, number == len(statements))
        except BaseException as err:  # noqa: BLE001 - a border: the person's code, SystemExit too
            return self._failed(err, count, self._cells.interrupts.reason(cell))
        return Outcome(status="ok", execution_count=count, result=shown[-1] if shown else None)

    async def _run_statement(self, statement: ast.stmt, filename: str, is_last: bool) -> None:
        tree: Any = ast.Module([statement], [])
        mode = "exec"
        if is_last and isinstance(statement, ast.Expr):
            tree, mode = ast.Interactive([statement]), "single"
        code = ProbingCompiler(_Compiler(), self._cells)(tree, filename, mode)
        with self._cells.statement(code):
            try:
                if code.co_flags & CO_COROUTINE:
                    await eval(code, self.namespace)
                else:
                    exec(code, self.namespace)
            finally:
                self._cells.statement_ended(code)

    @contextmanager
    def _showing(self, shown: list[str]) -> Iterator[None]:
        """Have the values of expressions kept as text, and the last one as ``_``."""
        before: Callable[[Any], Any] = sys.displayhook

        def show(value: object) -> None:
            if value is not None:
                shown.append(_text(value))
                builtins._ = value  # type: ignore[attr-defined]

        sys.displayhook = show
        try:
            yield
        finally:
            sys.displayhook = before

    def _failed(self, err: BaseException, count: int, reason: str) -> Outcome:
        if reason:
            err.args = err.args or (reason,)
        leave_out_our_frames(err)
        frames = err.__traceback__
        while frames is not None and frames.tb_frame.f_globals is not self.namespace:
            frames = frames.tb_next
        lines = traceback.format_exception(type(err), err, frames)
        return Outcome(
            status="error",
            execution_count=count,
            ename=passive.class_name(type(err)),
            evalue=passive.sendable_text(_message(err)),
            traceback=passive.sendable_text("".join(lines)),
        )


def _text(value: object) -> str:
    text = repr(value)
    cut = text if len(text) <= MAX_RESULT_CHARS else text[:MAX_RESULT_CHARS] + "…"
    return passive.sendable_text(cut)


def _message(err: BaseException) -> str:
    try:
        return str(err)
    except Exception:  # noqa: BLE001 - a border: an exception's own text
        return "its message cannot be read"
