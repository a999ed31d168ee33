"""`MonitoredShell`: what any IPython shell needs so that its namespace can be watched.

IPython runs a statement as ``exec(code, user_global_ns, user_ns)``. Here ``user_ns`` is a
`MonitoredDict` in front of the exact dict that ``user_global_ns`` is, so that whatever writes to
``get_ipython().user_ns`` is told. The user's code gets the exact dict for both:
``locals() is globals()`` as in stock, and a library that looks at its caller's frame finds what it
would find there. What a statement stored is compared when it has run, and behind the stores in the
middle of a compound statement there are probes (`livens.watching.probes`).

Two sorts of code find the exact dict where they ask for ``user_ns``: the ``exec`` of a statement,
which asks once, and magics, which take it as the *globals* of the code that they execute
(``%timeit``, ``%%time``, ``%prun``, ``%run -i``).

The exchange is seen by the code that runs inside it and by nobody else: it lives in a context
variable, so that another thread, or a task started there that lives on, sees the `MonitoredDict`.
"""

from __future__ import annotations

import ast
import copyreg
from asyncio import CancelledError, current_task
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from types import CodeType
from typing import TYPE_CHECKING, Any

from livens.kernel.probing_compiler import ProbingCompiler
from livens.kernel.tracebacks import leave_out_our_frames
from livens.watching.cells import Cells
from livens.watching.namespace import MonitoredDict

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell as _Shell

    from livens.watching.watcher import Watcher
else:
    _Shell = object


class _Exchange:
    """One stretch of code that gets the exact dict; over when it is over, for everybody."""

    is_over = False  # for all: one is made for each statement, without an `__init__`


class _ExchangeForOne(_Exchange):
    """The same, over with the first look at the namespace."""


_exchange: ContextVar[_Exchange | None] = ContextVar("livens_exchange", default=None)


class MonitoredShell(_Shell):
    """A mixin for subclasses of `IPython.core.interactiveshell.InteractiveShell`.

    Put it before the shell class. It needs no kernel and starts nothing: a shell without a
    watcher behaves as before, with a `MonitoredDict` for its namespace.

    Attributes
    ----------
    cells : Cells or None
        What is told of the code that runs.

    Examples
    --------
    >>> from IPython.core.interactiveshell import InteractiveShell
    >>> class Shell(MonitoredShell, InteractiveShell):
    ...     pass
    >>> type(Shell().user_ns).__name__
    'MonitoredDict'
    """

    cells: Cells | None = None
    _find_watcher: Callable[[], Watcher] | None = None
    _stopped: KeyboardInterrupt | None = None
    _monitored: MonitoredDict

    @property
    def watcher(self) -> Watcher | None:
        """Who watches the namespace; made by the first who asks, where that was left open."""
        return self._find_watcher() if self._find_watcher is not None else None

    def watch_with(self, watcher: Watcher) -> None:
        """Let *watcher* watch this shell's namespace, and any that takes its place."""
        self.watch_when_asked(watcher.cells, lambda: watcher)
        self.show_to(watcher)

    def watch_when_asked(self, cells: Cells, find: Callable[[], Watcher]) -> None:
        """Tell *cells* what runs; *find* makes the watcher, and calls `show_to` with it."""
        self.cells, self._find_watcher = cells, find

    def show_to(self, watcher: Watcher) -> None:
        """Have a watcher watch the namespace as it is now."""
        watcher.attach(self._monitored, self.user_ns_hidden)

    # -- the namespace ---------------------------------------------------------------------

    @property
    def user_ns(self) -> dict[str, Any]:
        """The user's variables: a `MonitoredDict`, or the exact dict within an exchange."""
        exchange = _exchange.get()
        if exchange is not None and not exchange.is_over:
            exchange.is_over = type(exchange) is _ExchangeForOne
            return self._monitored.target
        return self._monitored

    @user_ns.setter
    def user_ns(self, namespace: dict[str, Any]) -> None:
        # A launcher's own dict is used as it is, not copied: its threads go on writing into it.
        if not isinstance(namespace, MonitoredDict):
            namespace = MonitoredDict(namespace)
        self._monitored = namespace
        if self.cells is not None and self.cells.listener is not None:
            self.cells.listener.attach(namespace, self.user_ns_hidden)

    def prepare_user_module(
        self, user_module: Any = None, user_ns: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Prepare the module and the namespace; both get the exact dict."""
        if isinstance(user_ns, MonitoredDict):
            user_ns = user_ns.target
        prepared: tuple[Any, dict[str, Any]] = super().prepare_user_module(user_module, user_ns)
        return prepared

    @contextmanager
    def exact_namespace(self) -> Iterator[None]:
        """Make ``user_ns`` the exact dict for the code that runs inside."""
        exchange = _Exchange()
        token = _exchange.set(exchange)
        try:
            yield
        finally:
            exchange.is_over = True
            with suppress(ValueError):  # closed from outside, in another context than it began
                _exchange.reset(token)

    @contextmanager
    def _magic(self) -> Iterator[None]:
        with self.exact_namespace():
            try:
                yield
            finally:
                if self.cells is not None:
                    self.cells.unread_code_ran()

    # -- where user code runs --------------------------------------------------------------

    async def run_ast_nodes(
        self,
        nodelist: list[ast.stmt],
        cell_name: str,
        interactivity: str = "last_expr",
        compiler: Any = compile,
        result: Any = None,
    ) -> Any:
        """Run the statements of a cell, compiled with probes."""
        if self.cells is not None:
            compiler = ProbingCompiler(compiler, self.cells)
        return await super().run_ast_nodes(nodelist, cell_name, interactivity, compiler, result)

    async def run_code(
        self, code_obj: CodeType, result: Any = None, *, async_: bool = False
    ) -> bool:
        """Execute a statement on the exact dict, and tell what it stored."""
        # IPython asks for `user_ns` once, on its way to `exec`, and finds the exact dict; what the
        # user's code asks for afterwards is the `MonitoredDict`.
        monitored, cells = self._monitored, self.cells
        token = None
        if not monitored.may_have_functions or not monitored.has_functions:
            token = _exchange.set(_ExchangeForOne())
        try:
            if cells is None:
                return bool(await super().run_code(code_obj, result, async_=async_))
            with cells.statement(code_obj, current_coroutine() if async_ else None):
                try:
                    failed = await super().run_code(code_obj, result, async_=async_)
                finally:
                    cells.statement_ended(code_obj)
                if failed:
                    cells.statement_failed()
        finally:
            if token is not None:
                try:  # noqa: SIM105 - `suppress` takes a third of a microsecond, for each statement
                    _exchange.reset(token)
                except ValueError:  # closed from outside, in another context than it began
                    pass
        if self._stopped is not None:
            if result is not None:
                result.error_in_exec = self._stopped
            self._stopped = None
        return bool(failed)

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        """Run a line magic on the exact dict."""
        with self._magic():
            # One frame more than IPython counts on when it looks for the caller's locals.
            return super().run_line_magic(magic_name, line, _stack_depth + 1)

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
        """Run a cell magic on the exact dict."""
        with self._magic():
            return super().run_cell_magic(magic_name, line, cell)

    def get_local_scope(self, stack_depth: int) -> dict[str, Any]:
        """Return the caller's locals; the exact dict also where a statement runs on ours."""
        scope: dict[str, Any] = super().get_local_scope(stack_depth + 1)
        return scope.target if isinstance(scope, MonitoredDict) else scope

    def safe_execfile(self, fname: Any, *where: dict[str, Any], **options: Any) -> None:
        """Execute a file: startup files, which get ``user_ns`` as globals, on the exact dict."""
        exact = [ns.target if isinstance(ns, MonitoredDict) else ns for ns in where]
        super().safe_execfile(fname, *exact, **options)

    def _get_exc_info(self, exc_tuple: Any = None) -> tuple[Any, Any, Any]:
        """Return the exception to show, with our frames left out of its traceback.

        IPython leaves out its own in the same way; the user's code did not call us.
        """
        found: tuple[Any, Any, Any] = super()._get_exc_info(exc_tuple)
        if self.cells is not None and isinstance(found[1], KeyboardInterrupt | CancelledError):
            found = self._with_reason(found, self.cells.stop_reason())
        leave_out_our_frames(found[1])
        return found

    def _with_reason(self, found: tuple[Any, Any, Any], reason: str) -> tuple[Any, Any, Any]:
        """Put into an interrupt which rule it came from; a cell that awaits was cancelled by it."""
        if not reason:
            return found
        if isinstance(found[1], KeyboardInterrupt):
            found[1].args = found[1].args or (reason,)
            return found
        self._stopped = KeyboardInterrupt(reason).with_traceback(found[2])
        return KeyboardInterrupt, self._stopped, found[2]

    def reset(self, new_session: bool = True, aggressive: bool = False) -> None:
        """Clear the namespace as IPython does when ``user_ns`` is the module's own dict.

        What the variables were is forgotten too.
        """
        with self.exact_namespace():
            super().reset(new_session, aggressive)
        if self.cells is not None and self.cells.listener is not None:
            self.cells.listener.forget_history()


_woven: dict[type, type] = {}


def woven(shell_class: type[Any], **attributes: Any) -> type[Any]:
    """Return a shell class with `MonitoredShell` before it; itself, if it has that already.

    It has the name and the module of the given class, by which libraries and settings know a
    shell, and is made once, because IPython has one shell of a class.

    Parameters
    ----------
    shell_class : type
        A subclass of `IPython.core.interactiveshell.InteractiveShell`.
    **attributes
        What else the class is to have; for the first call.

    Examples
    --------
    >>> from IPython.core.interactiveshell import InteractiveShell
    >>> woven(InteractiveShell).__name__, woven(InteractiveShell) is woven(InteractiveShell)
    ('InteractiveShell', True)
    """
    if issubclass(shell_class, MonitoredShell):
        return shell_class
    if shell_class not in _woven:
        # A metaclass of its own is what pickle goes by: the name is that of another class.
        above = _above(shell_class)
        kind = type(above) if issubclass(type(above), type(shell_class)) else type(shell_class)
        metaclass: Any = type("Woven", (kind,), {})
        copyreg.pickle(metaclass, lambda cls: (woven, (cls.__bases__[1],)))
        names = ("__module__", "__qualname__", "__doc__")
        attributes |= {name: getattr(shell_class, name) for name in names}
        bases = (above, shell_class)
        _woven[shell_class] = metaclass(shell_class.__name__, bases, attributes)
    return _woven[shell_class]


def _above(shell_class: type[Any]) -> type[Any]:
    """Return what a woven class is made of: another one, if that is of a class above.

    So a shell of the lower class is one of the upper class too, as it is without livens. IPython
    asks for that: whoever wants the one shell there is gets that of a lower class, or an error.

    Examples
    --------
    >>> from ipykernel.inprocess.ipkernel import InProcessInteractiveShell
    >>> from ipykernel.zmqshell import ZMQInteractiveShell
    >>> upper = woven(ZMQInteractiveShell)
    >>> issubclass(woven(InProcessInteractiveShell), upper)
    True
    """
    return next((_woven[cls] for cls in shell_class.__mro__ if cls in _woven), MonitoredShell)


def current_coroutine() -> object:
    """Return the coroutine that the running task is, if asyncio is what runs it."""
    try:
        task = current_task()
    except RuntimeError:
        return None
    return task.get_coro() if task is not None else None
