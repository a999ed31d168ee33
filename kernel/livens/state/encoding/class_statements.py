"""The statement that defines a class: found in the cells, and made safe to run again.

A class statement is taken for that of a class if the methods of the class have the very code that
the statement compiles to. A class without methods is known by the number of its bases, its
annotations and its docstring.

Run again, a body is only to define. What it computes is left out: those attributes are kept as the
values that they have, and are put into the class afterwards.
"""

from __future__ import annotations

import ast
import builtins
import linecache
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from livens.exceptions import DocumentUnreadable
from livens.state.encoding.origins import MAIN
from livens.state.encoding.sources import FUTURES, text_of, tree_of
from livens.state.plain.writer import Refused
from livens.values import passive

_DEFINING = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign, ast.Pass),
    *(ast.Import, ast.ImportFrom),
)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BODIES = (ast.stmt, ast.ExceptHandler, ast.match_case)
_DESCRIBERS = frozenset({"property", "classmethod", "staticmethod"})
_MAX_TEXTS = 2_000

ANNOTATIONS = 0x1000000
"""The flag of ``from __future__ import annotations``."""


class Statement:
    """A class statement in a text, with what it takes to run it.

    Attributes
    ----------
    source : str
        The statement with its decorators, from the first column on.
    codes : frozenset of code objects
        Those of the functions that it defines.
    """

    def __init__(self, node: ast.ClassDef, text: str, tree: ast.Module, flags: int) -> None:
        self.node, self._text, self.flags = node, text, flags
        imports = [item for item in tree.body if isinstance(item, ast.Import | ast.ImportFrom)]
        # Calls of what the same text imports are compiled in another way.
        found = [code for before in ([], imports) for code in _compiled([*before, node], flags)]
        self.codes = frozenset(found)

    @property
    def source(self) -> str:
        """The statement with its decorators, from the first column on."""
        lines = self._text.splitlines(keepends=True)
        first = min([self.node.lineno, *(d.lineno for d in self.node.decorator_list)])
        column = self.node.col_offset
        found = "".join(lines[first - 1 : self.node.end_lineno])
        return f"if 1:\n{found}" if column else found

    def bound(self) -> set[str]:
        """Return the names that the body binds."""
        return {name for statement in self.node.body for name in _targets(statement)}


def _compiled(body: list[ast.stmt], flags: int) -> Iterator[CodeType]:
    module = ast.Module(body, [])
    return _codes(compile(module, "<check>", "exec", flags & FUTURES, dont_inherit=True))


def _codes(code: CodeType) -> Iterator[CodeType]:
    for item in code.co_consts:
        if type(item) is CodeType:
            yield item
            yield from _codes(item)


def _targets(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name))
    elif isinstance(statement, ast.AnnAssign):
        if isinstance(statement.target, ast.Name) and statement.value is not None:
            yield statement.target.id
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        for alias in statement.names:
            yield alias.asname or alias.name.partition(".")[0]


# -- finding it ------------------------------------------------------------------------------


def statement_of(cls: type) -> Statement:
    """Return the statement that defines a class of the user's.

    Raises
    ------
    Refused
        If no text has it, or has it as it was.
    """
    name = passive.class_name(cls)
    codes = frozenset(_codes_in_body(cls, name))
    files = list(dict.fromkeys(code.co_filename for code in codes))
    flags = next(iter(codes)).co_flags if codes else 0
    is_found = False
    for filename in files or reversed(_cells()):
        for statement in reversed(list(_statements(text_of(filename), name, flags))):
            is_found = True
            if statement.codes >= codes if codes else _is_alike(statement, cls):
                return statement
    state = "has changed since it was defined" if is_found else "is not found"
    raise Refused(f"the source of class {name} {state}")


def _codes_in_body(cls: type, name: str) -> Iterator[CodeType]:
    """Yield the code of functions of a class that stood in its own body."""
    for item in list(passive.class_dict(cls).values()):
        for code in own_codes(item):
            outer, _, last = code.co_qualname.rpartition(".")
            if last and outer == name and text_of(code.co_filename):
                yield code


def own_codes(item: Any) -> Iterator[CodeType]:
    """Yield the code of functions in an attribute of a class."""
    if type(item) is FunctionType:
        yield item.__code__
        wrapped = (passive.instance_dict(item) or {}).get("__wrapped__")
        if type(wrapped) is FunctionType:
            yield wrapped.__code__
    elif type(item) is property:
        for part in (item.fget, item.fset, item.fdel):
            yield from own_codes(part)
    elif type(item) is staticmethod or type(item) is classmethod:
        yield from own_codes(item.__func__)
    elif passive.qualified_name(type(item)) in (
        "functools._lru_cache_wrapper", "functools.cached_property"
    ):  # fmt: skip
        held = passive.attributes(item)
        yield from own_codes(held.get("__wrapped__") or held.get("func"))


def _cells() -> list[str]:
    """Return the file names of the program that runs, and of the texts that are no files."""
    main = passive.module_contents(MAIN).get("__file__")
    found = [main] if type(main) is str else []
    cached = list(linecache.cache.items())[-_MAX_TEXTS:]
    return found + [name for name, entry in cached if len(entry) == 4 and entry[1] is None]


def _statements(text: str, name: str, flags: int) -> Iterator[Statement]:
    """Yield the statements of a text that define a class of this name at its top."""
    tree = tree_of(text) if text else None
    if tree is None or f"class {name}" not in text.replace("  ", " "):
        return
    waiting: list[Any] = [tree]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.ClassDef) and node.name == name:
            try:
                yield Statement(node, text, tree, flags)
            except (SyntaxError, ValueError, RecursionError):
                continue
        elif not isinstance(node, _SCOPES):
            waiting += [item for item in ast.iter_child_nodes(node) if isinstance(item, _BODIES)]


def _is_alike(statement: Statement, cls: type) -> bool:
    """Return whether a statement may be that of a class without methods.

    Its attributes are kept as values, so what matters are bases, annotations and docstring.
    """
    own = passive.class_dict(cls)
    annotated = [n.target.id for n in statement.node.body
                 if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)]  # fmt: skip
    annotations = own.get("__annotations__", {})
    if list(dict.fromkeys(annotated)) != list(annotations):
        return False
    if annotations and all(type(held) is str for held in annotations.values()):
        statement.flags |= ANNOTATIONS
    if ast.get_docstring(statement.node, clean=False) not in (own.get("__doc__"), None):
        return False
    return len(statement.node.bases) == len(own.get("__orig_bases__") or _bases(cls))


def _bases(cls: type) -> list[type]:
    return [base for base in passive.class_bases(cls) if base is not object]


# -- making it safe to run -------------------------------------------------------------------


def without_computing(tree: ast.Module, kept: frozenset[str]) -> None:
    """Replace what a class body computes by None, for attributes that are kept as values.

    Parameters
    ----------
    tree : ast.Module
        With a class statement; changed in place.
    kept : frozenset of str
        The attributes that are put into the class afterwards.
    """
    for statement in class_in(tree).body:
        if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
            continue
        if kept.issuperset(_targets(statement)):
            statement.value = ast.copy_location(ast.Constant(None), statement.value)


def class_in(tree: ast.Module) -> ast.ClassDef:
    """Return the class statement of a source.

    Raises
    ------
    DocumentUnreadable
        If it is another statement.
    """
    node = tree.body[0]
    node = node.body[0] if isinstance(node, ast.If) else node
    if len(tree.body) != 1 or not isinstance(node, ast.ClassDef):
        raise DocumentUnreadable("the source of a class is damaged")
    return node


def computed(statement: ast.stmt) -> bool:
    """Return whether an assignment of a class body does more than name what is there.

    Constants, lambdas and descriptors, such as ``property(get)``, only define.
    """
    value = getattr(statement, "value", None)
    if value is None or isinstance(value, ast.Constant | ast.Lambda):
        return False
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return value.func.id not in _DESCRIBERS
    return True


def need_definitions(node: ast.ClassDef) -> None:
    """Refuse a class whose body does more than to define.

    Raises
    ------
    Refused
        With the line of the statement.
    """
    for statement in node.body:
        is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not is_text and not isinstance(statement, _DEFINING):
            raise Refused(
                f"the body of class {node.name} does more than to define, in its line "
                f"{statement.lineno - node.lineno + 1}"
            )
        if isinstance(statement, ast.ClassDef):
            need_definitions(statement)


def names_needed(tree: ast.Module) -> list[str]:
    """Return the global names that are looked up while a class statement runs.

    Names in methods are not among them: these are looked up when the method is called.
    """
    node = class_in(tree)
    found = {n.id: None for part in _evaluated(node) for n in ast.walk(part)
             if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}  # fmt: skip
    found.pop("__class__", None)
    return [name for name in found if not hasattr(builtins, name)]


def _evaluated(node: Any) -> Iterator[ast.AST]:
    """Yield the expressions that a definition evaluates."""
    yield from node.decorator_list
    if isinstance(node, ast.ClassDef):
        yield from node.bases
        yield from (keyword.value for keyword in node.keywords)
        for statement in node.body:
            if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _evaluated(statement)
            else:
                yield statement
        return
    arguments = node.args
    yield from arguments.defaults
    yield from (default for default in arguments.kw_defaults if default is not None)
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    for argument in [*every, arguments.vararg, arguments.kwarg]:
        if argument is not None and argument.annotation is not None:
            yield argument.annotation
    if node.returns is not None:
        yield node.returns
