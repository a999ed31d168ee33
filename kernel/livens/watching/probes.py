"""Probes: points in the code of a statement that say at once which names were just stored.

A statement runs on the exact dict, so no store of it is told by the dict. What it stored is
compared when it ends (`livens.watching.watcher`); that is soon enough for ``x = f()``, and too late
for the first line of a ``with`` block that takes an hour. Such a statement gets a probe behind each
store, before it is compiled: an expression whose value is thrown away, ``-probe``, where the probe
is a constant of the code, so that no name is needed for it. CPython compiles a text there, which is
then replaced by the `Probe`: an object cannot stand in a syntax tree.

Where there are probes:

- behind the stores of a compound statement that happen once: what a loop stores can be a
  million times, and is the poller's;
- behind every store of a name that has a rule, in loops too, so that a rule sees each value and
  stops the cell at the very line.

Functions and classes keep their code as it is. The syntax tree of the cell is never changed:
what is different is a copy, and what stays is shared.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from types import CodeType
from typing import Any, TypeVar
from uuid import uuid4

_Node = TypeVar("_Node", bound=ast.AST)

Told = Callable[[Mapping[str, int], bool], None]
"""Called with the names that were just stored, each with its line in the cell's code, and whether
they were not bound before, so that what they hold is new for certain."""

_BLOCKS = frozenset(
    {
        ast.If,
        ast.For,
        ast.AsyncFor,
        ast.While,
        ast.With,
        ast.AsyncWith,
        ast.Try,
        ast.TryStar,
        ast.Match,
    }
)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_MINUS, _PLUS = ast.USub(), ast.UAdd()
_PLACEHOLDER = f"\0livens probe {uuid4().hex}"
"""What stands for a probe until the code is compiled: a text that no program has."""

_BODIES = ("body", "orelse", "finalbody")
_INSIDE = (ast.expr, ast.stmt, ast.withitem, ast.keyword, ast.comprehension)


def is_compound(statement: ast.stmt) -> bool:
    """Return whether a statement has statements inside that run with it."""
    return type(statement) in _BLOCKS


def adds_rule(statement: ast.stmt) -> bool:
    """Return whether a statement is a ``with add_rule(…):``, whose block the rule is for."""
    if type(statement) is not ast.With:
        return False
    heads = [node for item in statement.items for node in ast.walk(item.context_expr)]
    return any("add_rule" in (getattr(n, "id", ""), getattr(n, "attr", "")) for n in heads)


def names_stored_in(statement: ast.stmt) -> set[str]:
    """Return the names that a statement binds or deletes anywhere, also in functions.

    Examples
    --------
    >>> sorted(names_stored_in(ast.parse("for i in a: b = c").body[0]))
    ['b', 'i']
    """
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }


class Probe:
    """A constant in the code of a statement, whose operations say what was stored.

    ``-probe`` stands behind a store, ``+probe`` behind one to a name that was not bound, and
    ``probe[value]`` around a ``:=``, whose value it returns.

    Parameters
    ----------
    told : callable
        What is told. What it raises is raised in the statement, at the store.
    names : dict of int to list of str
        The names that are stored, by line.
    """

    __slots__ = ("_names", "_told")

    def __init__(self, told: Told, names: Mapping[int, list[str]]) -> None:
        self._told, self._names = told, names

    def __neg__(self) -> None:
        self._tell(sys._getframe(1).f_lineno, is_new=False)

    def __pos__(self) -> None:
        self._tell(sys._getframe(1).f_lineno, is_new=True)

    def __getitem__(self, value: Any) -> Any:
        """Return *value*, which ``:=`` has just stored."""
        self._tell(sys._getframe(1).f_lineno, is_new=False)
        return value

    def _tell(self, line: int, *, is_new: bool) -> None:
        self._told(dict.fromkeys(self._names.get(line, ()), line), is_new)


class Probes:
    """The probes of one statement.

    Parameters
    ----------
    told : callable
        What the probes tell. A name that it is told of may be about to be stored: it looks.
    ruled : set of str
        Names of which every store counts.
    has_walrus : bool
        Whether there may be a ``:=`` anywhere: looking for it takes longer than all the rest.
    is_interactive : bool
        Whether expressions of the statement are shown, as in the mode ``single``.

    Examples
    --------
    >>> seen = []
    >>> probes = Probes(lambda lines, is_new: seen.append(dict(lines)), {"n"})
    >>> (loop,) = ast.parse("for n in range(3):\\n    other = n").body
    >>> tree = ast.Module(probes.in_statement(loop), [])
    >>> exec(probes.in_code(compile(tree, "<cell>", "exec")), {})
    >>> seen
    [{'n': 1}, {'n': 1}, {'n': 1}]
    """

    def __init__(
        self,
        told: Told,
        ruled: Iterable[str] = (),
        *,
        has_walrus: bool = True,
        is_interactive: bool = False,
    ) -> None:
        self._ruled = frozenset(ruled)
        self._has_walrus = has_walrus
        self._is_interactive = is_interactive
        self._names: dict[int, list[str]] = {}
        self._probe = Probe(told, self._names)

    # -- the syntax tree -------------------------------------------------------------------

    def in_statement(self, statement: ast.stmt) -> list[ast.stmt]:
        """Return a statement of the top level with its probes.

        Returns
        -------
        list of ast.stmt
            The statement, or a copy of it with probes inside, and a probe behind it if it stores.
            A simple statement needs one only for names that have a rule.
        """
        return self._statement(statement, ruled_only=not is_compound(statement))

    def _statement(self, statement: ast.stmt, *, ruled_only: bool) -> list[ast.stmt]:
        if ruled_only and not self._ruled:
            return [statement]
        if is_compound(statement):
            return [self._block(statement, ruled_only=ruled_only)]
        if self._ruled and not isinstance(statement, _SCOPES):
            statement = self._with_walruses(statement, ruled_only=ruled_only)
        names = self._wanted(stored_by(statement), ruled_only=ruled_only)
        return [statement, self._probe_behind(statement, names)] if names else [statement]

    def _block(self, block: ast.stmt, *, ruled_only: bool) -> ast.stmt:
        new = _shallow_copy(block)
        is_loop = isinstance(block, _LOOPS)
        for field in _BODIES:
            statements = getattr(block, field, None)
            if statements:
                inside = ruled_only or (is_loop and field == "body")
                setattr(new, field, self._body(statements, ruled_only=inside))
        if isinstance(new, ast.If | ast.While) and (self._ruled or not ruled_only):
            new.test = self._with_walruses(new.test, ruled_only=ruled_only or is_loop)
        elif isinstance(new, ast.For | ast.AsyncFor):
            new.iter = self._with_ruled_walruses(new.iter)
            self._probe_first(new, bound_by(new.target), ruled_only=True)
        elif isinstance(new, ast.With | ast.AsyncWith):
            new.items = [self._with_ruled_walruses(item) for item in new.items]
            bound = [item.optional_vars for item in new.items]
            names = [name for target in bound if target is not None for name in bound_by(target)]
            self._probe_first(new, names, ruled_only=ruled_only)
        elif isinstance(new, ast.Match):
            new.subject = self._with_ruled_walruses(new.subject)
            new.cases = [self._case(case, ruled_only=ruled_only) for case in new.cases]
        elif isinstance(new, ast.Try | ast.TryStar):
            new.handlers = [self._handler(each, ruled_only=ruled_only) for each in new.handlers]
        return new

    def _body(self, statements: list[ast.stmt], *, ruled_only: bool) -> list[ast.stmt]:
        if ruled_only and not self._ruled:
            return statements
        return [
            each
            for statement in statements
            for each in self._statement(statement, ruled_only=ruled_only)
        ]

    def _case(self, case: ast.match_case, *, ruled_only: bool) -> ast.match_case:
        new = _shallow_copy(case)
        new.body = self._body(case.body, ruled_only=ruled_only)
        if new.guard is not None:
            new.guard = self._with_ruled_walruses(new.guard)
        self._probe_first(new, _captured_by(case.pattern), ruled_only=ruled_only)
        return new

    def _handler(self, handler: ast.ExceptHandler, *, ruled_only: bool) -> ast.ExceptHandler:
        new = _shallow_copy(handler)
        new.body = self._body(handler.body, ruled_only=ruled_only)
        names = self._wanted([handler.name] if handler.name else [], ruled_only=ruled_only)
        if names:  # the name is deleted behind each handler, and the next object may lie there
            new.body = [self._probe_behind(new, names, _PLUS), *new.body]
        return new

    def _probe_first(self, block: Any, names: Iterable[str], *, ruled_only: bool) -> None:
        """Put a probe before the body of a block whose head stores."""
        wanted = self._wanted(names, ruled_only=ruled_only)
        if wanted:
            at = block.pattern if isinstance(block, ast.match_case) else block
            block.body = [self._probe_behind(at, wanted), *block.body]

    def _wanted(self, names: Iterable[str], *, ruled_only: bool) -> list[str]:
        return [name for name in names if not ruled_only or name in self._ruled]

    def _probe_behind(
        self, node: Any, names: Iterable[str], sign: ast.unaryop = _MINUS
    ) -> ast.stmt:
        self._names.setdefault(node.lineno, []).extend(names)
        place = _place(node)
        probe = ast.UnaryOp(sign, ast.Constant(_PLACEHOLDER, **place), **place)
        if self._is_interactive:  # where an expression would be handed to `sys.displayhook`
            return ast.If(probe, [ast.Pass(**place)], [], **place)
        return ast.Expr(probe, **place)

    # -- stores inside of expressions --------------------------------------------------------

    def _with_ruled_walruses(self, node: Any) -> Any:
        return self._with_walruses(node, ruled_only=True) if self._ruled else node

    def _with_walruses(self, node: Any, *, ruled_only: bool) -> Any:
        """Return a node with a probe at each ``:=`` in it that is wanted; itself if none is."""
        if not self._has_walrus or not any(True for _ in _walruses(node)):
            return node
        adder = _WalrusProbes(
            lambda each, is_looped: self._probe_at(each, ruled_only=is_looped or ruled_only)
        )
        return adder.visit(deepcopy(node))

    def _probe_at(self, walrus: ast.NamedExpr, *, ruled_only: bool) -> ast.expr:
        names = self._wanted([walrus.target.id], ruled_only=ruled_only)
        if not names:
            return walrus
        self._names.setdefault(walrus.lineno, []).extend(names)
        place = _place(walrus)
        return ast.Subscript(ast.Constant(_PLACEHOLDER, **place), walrus, ast.Load(), **place)

    # -- the code ----------------------------------------------------------------------------

    def in_code(self, code: CodeType) -> CodeType:
        """Return compiled code with the probe in the place of the text that stood for it."""
        if not self._names:
            return code
        return code.replace(co_consts=tuple(map(self._replaced, code.co_consts)))

    def _replaced(self, const: object) -> object:
        if type(const) is CodeType:
            return self.in_code(const)
        return self._probe if type(const) is str and const == _PLACEHOLDER else const


class _WalrusProbes(ast.NodeTransformer):
    """Hands each ``:=`` that stores at the top level to a function, and takes what it returns."""

    def __init__(self, replace: Callable[[ast.NamedExpr, bool], ast.expr]) -> None:
        self._replace = replace
        self._is_looped = False

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, _SCOPES):
            return node
        outer, self._is_looped = self._is_looped, self._is_looped or _is_comprehension(node)
        self.generic_visit(node)
        self._is_looped = outer
        return self._replace(node, outer) if isinstance(node, ast.NamedExpr) else node


def _is_comprehension(node: ast.AST) -> bool:
    return isinstance(node, _COMPREHENSIONS)


def _walruses(node: ast.AST) -> Iterable[ast.NamedExpr]:
    """Find the ``:=`` in a node that store at the top level."""
    waiting: list[Any] = [node]
    while waiting:
        each = waiting.pop()
        if type(each) is list:
            waiting += each
        elif type(each) is ast.NamedExpr:
            yield each
            waiting.append(each.value)
        elif isinstance(each, _INSIDE) and not isinstance(each, _SCOPES):
            waiting += vars(each).values()  # three times as fast as `ast.iter_child_nodes`


def stored_by(statement: ast.stmt) -> list[str]:
    """Return the names that a simple statement binds or deletes, but for those of a ``:=``.

    Examples
    --------
    >>> stored_by(ast.parse("(a, *b), c.d = e = f").body[0])
    ['a', 'b', 'e']
    """
    match statement:
        case ast.Assign() | ast.Delete():
            return [name for target in statement.targets for name in bound_by(target)]
        case ast.AugAssign():
            return bound_by(statement.target)
        case ast.AnnAssign():
            return bound_by(statement.target) if statement.value is not None else []
        case ast.Import() | ast.ImportFrom():
            names = [each.asname or each.name.partition(".")[0] for each in statement.names]
            return [name for name in names if name != "*"]
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [statement.name]
    alias = getattr(statement, "name", None)  # ``type X = …``, from 3.12 on
    return [alias.id] if isinstance(alias, ast.Name) else []


def bound_by(target: ast.expr) -> list[str]:
    """Return the names that an assignment to *target* binds."""
    match target:
        case ast.Name():
            return [target.id]
        case ast.Starred():
            return bound_by(target.value)
        case ast.Tuple() | ast.List():
            return [name for each in target.elts for name in bound_by(each)]
    return []


def _captured_by(pattern: ast.pattern) -> list[str]:
    """Return the names that a pattern of a ``match`` statement binds."""
    found: list[str] = []
    for node in ast.walk(pattern):
        name = getattr(node, "rest" if isinstance(node, ast.MatchMapping) else "name", None)
        if isinstance(name, str):
            found.append(name)
    return found


def _shallow_copy(node: _Node) -> _Node:
    cls = type(node)
    new = cls.__new__(cls)  # not by calling it, which warns of fields that are missing
    new.__dict__.update(node.__dict__)
    return new


def _place(node: Any) -> dict[str, Any]:
    """Return where a node is, for a new one that an error is to be shown at."""
    return {
        "lineno": node.lineno,
        "col_offset": node.col_offset,
        "end_lineno": node.end_lineno,
        "end_col_offset": node.end_col_offset,
    }
