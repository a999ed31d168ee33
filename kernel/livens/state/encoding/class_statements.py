"""The statement that defines a class, found in the texts of the cells.

A class statement is taken for that of a class if the methods of the class have the very code that
the statement compiles to. A class without methods is known by the number of its bases, its
annotations and its docstring.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterable, Iterator
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any

from livens.state.encoding.class_bodies import targets
from livens.state.encoding.origins import MAIN
from livens.state.encoding.sources import FUTURES, is_same_code, text_of, tree_of
from livens.state.plain.writer import Refused
from livens.values import passive

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BODIES = (ast.stmt, ast.ExceptHandler, ast.match_case)
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

    def has(self, codes: Iterable[CodeType]) -> bool:
        """Return whether all these are of functions that it defines; lines may differ."""
        return all(
            any(is_same_code(own, code) for own in self.codes if own.co_name == code.co_name)
            for code in codes
        )

    def bound(self) -> set[str]:
        """Return the names that the body binds."""
        return {name for statement in self.node.body for name in targets(statement)}


def _compiled(body: list[ast.stmt], flags: int) -> Iterator[CodeType]:
    module = ast.Module(body, [])
    return _codes(compile(module, "<check>", "exec", flags & FUTURES, dont_inherit=True))


def _codes(code: CodeType) -> Iterator[CodeType]:
    for item in code.co_consts:
        if type(item) is CodeType:
            yield item
            yield from _codes(item)


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
    for filename in dict.fromkeys([*files, *reversed(_cells())]):
        for statement in reversed(_all_statements(text_of(filename), name, flags)):
            is_found = True
            if statement.has(codes) if codes else _is_alike(statement, cls):
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


@lru_cache(maxsize=256)
def _all_statements(text: str, name: str, flags: int) -> tuple[Statement, ...]:
    return tuple(_statements(text, name, flags))


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
    if ast.get_docstring(statement.node, clean=False) not in (own.get("__doc__"), None):
        return False
    return len(statement.node.bases) == len(own.get("__orig_bases__") or _bases(cls))


def flags_of(statement: Statement, cls: type) -> int:
    """Return the flags of a statement: whether its annotations were taken as texts, too."""
    annotations = passive.class_dict(cls).get("__annotations__", {})
    for item in statement.node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            is_text = type(annotations.get(item.target.id)) is str
            if is_text and not isinstance(item.annotation, ast.Constant):
                return statement.flags | ANNOTATIONS
    return statement.flags


def _bases(cls: type) -> list[type]:
    return [base for base in passive.class_bases(cls) if base is not object]
