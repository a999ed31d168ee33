"""The source of functions: found in the text of their cell, and checked against their code.

A piece of text is taken for the source of a function only if it compiles to the very same code, but
for the lines and the qualified name. So a text that has changed since is never taken. What is
stored is the text alone; another Python compiles it for itself.
"""

from __future__ import annotations

import ast
import hashlib
import linecache
import sys
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType
from typing import Any

from livens.exceptions import DocumentUnreadable
from livens.state.plain.writer import Refused

FUTURES = 0x1FF0000
"""The flags of a code object that ``from __future__ import …`` sets."""

_NESTED = 0x10
_OUTER = "__outer__"
_MAX_CHARS = 2_000_000

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def text_of(filename: str) -> str:
    """Return the text that a file name stands for, of a cell or of a file; empty if unknown."""
    try:
        return "".join(linecache.getlines(filename))
    except Exception:  # noqa: BLE001 - a border: a cache that anybody writes to
        return ""


@lru_cache(maxsize=64)
def tree_of(text: str) -> ast.Module | None:
    """Return the syntax of a text; None if it is none, or too long."""
    if len(text) > _MAX_CHARS:
        return None
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def first_line(node: Any) -> int:
    """Return the line where a definition begins: that of its first decorator."""
    decorators = getattr(node, "decorator_list", ())
    lines: list[int] = [node.lineno, *(decorator.lineno for decorator in decorators)]
    return min(lines)


def functions_in(
    tree: ast.AST, name: str, line: int, outside: str = ""
) -> Iterator[tuple[Any, str]]:
    """Yield the functions of a name that begin on a line, each with the class around it."""
    waiting: list[tuple[ast.AST, str]] = [(tree, outside)]
    while waiting:
        node, around = waiting.pop()
        if isinstance(node, Function):
            own = "<lambda>" if isinstance(node, ast.Lambda) else node.name
            if own == name and first_line(node) == line:
                yield node, around
        if isinstance(node, ast.ClassDef):
            around = node.name
        waiting += [(child, around) for child in ast.iter_child_nodes(node)]


def source_of(code: CodeType) -> tuple[str, str]:
    """Return the source of a function's code, and the class in which it stands.

    Raises
    ------
    Refused
        If it is not found, or no longer the same.
    """
    filename = code.co_filename
    found = _found(code, text_of(filename), _around.get(filename, ""))
    if isinstance(found, str):
        raise Refused(f"the source of function {code.co_name} {found}")
    return found


@lru_cache(maxsize=512)
def _found(code: CodeType, text: str, outside: str) -> tuple[str, str] | str:
    """Return the source of code in a text, and the class around it; or why there is none."""
    tree = tree_of(text) if text else None
    if tree is None:
        return "is not found"
    for node, around in functions_in(tree, code.co_name, code.co_firstlineno, outside):
        source = ast.get_source_segment(text, node)
        if source is None:
            continue
        if any(is_same_code(made, code) for made in _ways(source, around, code, tree)):
            return source, around
    return "has changed since it was defined"


def _ways(source: str, around: str, code: CodeType, tree: ast.Module) -> Iterator[CodeType]:
    """Yield the code of a source: by itself, and beside the imports that stood beside it.

    A call of what is imported at the top of the same text is compiled in another way.
    """
    imports = {
        alias.asname or alias.name.partition(".")[0]
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    for names in [(), tuple(imports)] if imports else [()]:
        try:
            yield compiled(
                source, around, code.co_freevars, code.co_flags, "<check>", imports=names
            )
        except (SyntaxError, ValueError, DocumentUnreadable, RecursionError):
            continue


def compiled(
    source: str,
    around: str,
    free: tuple[str, ...],
    flags: int,
    filename: str,
    *,
    imports: tuple[str, ...] = (),
) -> CodeType:
    """Return the code of a function from its source alone.

    Parameters
    ----------
    source : str
        A ``def`` without decorators, or a lambda.
    around : str
        The class in which it stood, for its private names; empty if none.
    free : tuple of str
        The variables of functions around it.
    flags : int
        Those of its code.
    filename : str
        For tracebacks.
    imports : tuple of str
        Names that are imported at the top of the text.

    Raises
    ------
    DocumentUnreadable
        If the text is no such source.

    Examples
    --------
    >>> compiled("lambda n: n + step", "", ("step",), 0x13, "<text>").co_freevars
    ('step',)
    """
    is_lambda = source.startswith("lambda")
    body = ast.parse(written(source)).body
    node: Any = body[0].value if is_lambda and isinstance(body[0], ast.Expr) else body[0]
    if len(body) != 1 or not isinstance(node, Function):
        raise DocumentUnreadable("the source of a function is damaged")
    strip(node)
    if not isinstance(node, ast.Lambda):
        node.decorator_list = []
    statement: ast.stmt = ast.Expr(node) if isinstance(node, ast.Lambda) else node
    if around:
        statement = ast.ClassDef(around, [], [], [statement], [], **_no_parameters())
    if free or flags & _NESTED:
        statement = _function(_OUTER, [_assignment(free), statement] if free else [statement])
    before: list[ast.stmt] = [ast.Import([ast.alias(name) for name in imports if name != "*"])]
    module = ast.fix_missing_locations(ast.Module([*before * bool(imports), statement], []))
    found: CodeType = compile(module, filename, "exec", flags & FUTURES, dont_inherit=True)
    name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
    steps = [_OUTER] * bool(free or flags & _NESTED) + [around] * bool(around) + [name]
    for step in steps:
        inner = [c for c in found.co_consts if type(c) is CodeType and c.co_name == step]
        if not inner:
            raise DocumentUnreadable("the source of a function is damaged")
        found = inner[0]
    return found


def _no_parameters() -> dict[str, Any]:
    return {"type_params": []} if sys.version_info >= (3, 12) else {}


def _function(name: str, body: list[ast.stmt]) -> ast.stmt:
    arguments = ast.arguments([], [], None, [], [], None, [])
    return ast.FunctionDef(name, arguments, body, [], **_no_parameters())


def _assignment(names: tuple[str, ...]) -> ast.stmt:
    targets: list[ast.expr] = [ast.Name(name, ast.Store()) for name in names]
    return ast.Assign(targets, ast.Constant(None))


def strip(node: Any) -> None:
    """Take defaults and annotations out of a definition: they are kept as values."""
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    for argument in [*every, arguments.vararg, arguments.kwarg]:
        if argument is not None:
            argument.annotation = None
    arguments.defaults = [ast.copy_location(ast.Constant(None), d) for d in arguments.defaults]
    arguments.kw_defaults = [
        None if d is None else ast.copy_location(ast.Constant(None), d)
        for d in arguments.kw_defaults
    ]
    if not isinstance(node, ast.Lambda):
        node.returns = None


_SAME = (
    *("co_name", "co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars"),
    *("co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_exceptiontable"),
)


def is_same_code(one: CodeType, other: CodeType) -> bool:
    """Return whether two code objects do the same; lines and qualified names may differ."""
    if any(getattr(one, name) != getattr(other, name) for name in _SAME):
        return False
    if (one.co_flags ^ other.co_flags) & ~_NESTED or len(one.co_consts) != len(other.co_consts):
        return False
    return all(map(_is_same_constant, one.co_consts, other.co_consts))


def _is_same_constant(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if type(one) is CodeType:
        return is_same_code(one, other)
    if type(one) is tuple:
        return len(one) == len(other) and all(map(_is_same_constant, one, other))
    return repr(one) == repr(other) if type(one) in (float, complex) else bool(one == other)


def requalified(code: CodeType, old: str, new: str) -> CodeType:
    """Return code under another qualified name, and all functions in it as well."""
    consts = tuple(
        requalified(item, old, new) if type(item) is CodeType else item for item in code.co_consts
    )
    qualname = code.co_qualname
    if qualname == old or qualname.startswith(f"{old}."):
        qualname = new + qualname[len(old) :]
    return code.replace(co_consts=consts, co_qualname=qualname)


def written(source: str) -> str:
    """Return the source of a function as a text that can be parsed by itself.

    Examples
    --------
    >>> written("lambda n: n")
    '(lambda n: n\\n)'
    """
    return f"({source}\n)" if source.startswith("lambda") else source


_around: dict[str, str] = {}
"""The class around the source in a text that was put where tracebacks look, by its file name."""


def remember(name: str, text: str, around: str = "") -> str:
    """Put a text where tracebacks look for lines; returns its file name."""
    content = f"{around}\n{text}".encode("utf-8", "surrogatepass")
    filename = f"<kept {name} {hashlib.blake2b(content, digest_size=6).hexdigest()}>"
    linecache.cache[filename] = len(text), None, text.splitlines(keepends=True), filename
    _around[filename] = around
    return filename
