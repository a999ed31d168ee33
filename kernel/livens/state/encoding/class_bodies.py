"""What of a class statement runs again, and what is left out because it is kept as values.

Run again, a statement is only to define. Left out are

- what assignments compute, where no decorator or metaclass of a library needs it,
- defaults and annotations of methods, which were evaluated when the class was defined,
- decorators of the user, which may do more than to decorate: what they returned is kept.

The same is left out of the source when it is kept, to see what it needs, and when it is restored.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from types import CodeType, FunctionType, ModuleType
from typing import Any

from livens.exceptions import DocumentUnreadable
from livens.state.encoding.origins import MAIN
from livens.state.encoding.sources import strip
from livens.state.plain.writer import Refused
from livens.values import passive

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_ALLOWED = (*DEFINITIONS, ast.Assign, ast.AnnAssign, ast.Pass, ast.Import, ast.ImportFrom)
_DESCRIBERS = frozenset({"property", "classmethod", "staticmethod"})


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


def targets(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement of a class body binds."""
    if isinstance(statement, DEFINITIONS):
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


# -- what is left out ------------------------------------------------------------------------


def reduce(tree: ast.Module, plan: dict[str, Any]) -> None:
    """Leave out of a class statement what its plan says; the tree is changed in place.

    Parameters
    ----------
    tree : ast.Module
        With the class statement.
    plan : dict
        ``replaced``: attributes whose assignments give None. ``bare``: functions without defaults
        and annotations. ``undecorated``: for a function, and for the class under an empty name, the
        places of the decorators that are left out.
    """
    node = class_in(tree)
    _drop(node, plan["undecorated"].get("", ()))
    replaced, bare = set(plan["replaced"]), set(plan["bare"])
    for statement in node.body:
        if isinstance(statement, _FUNCTIONS):
            _drop(statement, plan["undecorated"].get(statement.name, ()))
            if statement.name in bare:
                strip(statement)
        if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
            continue
        if replaced.issuperset(targets(statement)):
            statement.value = ast.copy_location(ast.Constant(None), statement.value)


def _drop(node: Any, places: Any) -> None:
    node.decorator_list = [d for n, d in enumerate(node.decorator_list) if n not in set(places)]


def decorators_of_user(node: Any, main: dict[str, Any]) -> list[int]:
    """Return the places of the decorators of a definition that are not from a library."""
    return [n for n, item in enumerate(node.decorator_list) if _is_of_user(item, main)]


def _is_of_user(item: ast.expr, main: dict[str, Any]) -> bool:
    while isinstance(item, ast.Call | ast.Attribute):
        item = item.func if isinstance(item, ast.Call) else item.value
    if not isinstance(item, ast.Name):
        return True
    return item.id in main and not is_of_library(main[item.id])


def is_of_library(value: Any) -> bool:
    """Return whether a value is a module, or a class or function that is from one."""
    if type(value) is ModuleType:
        return True
    if passive.is_real_instance(value, type):
        return passive.class_module(value) != MAIN
    return callable_module(value) not in (None, MAIN)


def callable_module(value: Any) -> str | None:
    """Return the module of a function; None of anything else."""
    if type(value) is FunctionType or type(value) is type(len):
        return value.__module__ or "builtins"
    return None


def computed(statement: ast.stmt) -> bool:
    """Return whether an assignment of a class body does more than to name a constant.

    Lambdas and descriptors, such as ``property(get)``, only define.
    """
    value = getattr(statement, "value", None)
    if value is None or isinstance(value, ast.Constant | ast.Lambda):
        return False
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return value.func.id not in _DESCRIBERS
    return True


def inner_functions(item: Any) -> list[Any]:
    """Return the functions that an attribute of a class is made of, None where one is missing.

    Examples
    --------
    >>> inner_functions(staticmethod(is_of_library)) == [is_of_library], inner_functions(5)
    (True, [])
    """
    if type(item) is FunctionType:
        return [item]
    if type(item) is staticmethod or type(item) is classmethod:
        return inner_functions(item.__func__)
    if type(item) is property:
        return [f if type(f) is FunctionType else None for f in (item.fget, item.fset, item.fdel)]
    if type(item) is cached_property:
        return inner_functions(item.func)
    if passive.qualified_name(type(item)) == "functools._lru_cache_wrapper":
        return inner_functions((passive.instance_dict(item) or {}).get("__wrapped__"))
    return []


# -- what it may do, and what it needs -------------------------------------------------------


def need_definitions(node: ast.ClassDef) -> None:
    """Refuse a class whose body does more than to define.

    Raises
    ------
    Refused
        With the line of the statement.
    """
    for statement in node.body:
        is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not is_text and not isinstance(statement, _ALLOWED):
            raise Refused(
                f"the body of class {node.name} does more than to define, in its line "
                f"{statement.lineno - node.lineno + 1}"
            )
        if isinstance(statement, ast.ClassDef):
            need_definitions(statement)


def need_same(node: ast.ClassDef, cls: type, has: Callable[[Iterable[CodeType]], bool]) -> None:
    """Refuse a class in the body of another one, unless it is as its statement makes it."""
    own = passive.class_dict(cls)
    changed = Refused(f"class {node.name}, which is in another class, has changed or computes")
    given: dict[str, ast.stmt] = {name: item for item in node.body for name in targets(item)}
    if node.decorator_list or not given.keys() <= own.keys():
        raise changed
    for name, item in list(own.items()):
        statement = given.get(name)
        if isinstance(statement, ast.ClassDef) and passive.is_real_instance(item, type):
            need_same(statement, item, has)
        elif isinstance(statement, _FUNCTIONS):
            is_same = type(item) is FunctionType and has([item.__code__]) and _is_plain(statement)
            if not is_same:
                raise changed
        elif statement is not None:
            value = getattr(statement, "value", None)
            if not isinstance(value, ast.Constant) or type(value.value) is not type(item):
                raise changed
            if value.value != item:
                raise changed
        elif not (name.startswith("__") and name.endswith("__")):
            raise changed


def _is_plain(function: Any) -> bool:
    defaults = [*function.args.defaults, *function.args.kw_defaults]
    are_constant = all(item is None or isinstance(item, ast.Constant) for item in defaults)
    return are_constant and not function.decorator_list


def names_needed(node: Any, *, are_annotations_texts: bool) -> list[str]:
    """Return the global names that are looked up while a class statement runs.

    Names in methods are not among them: these are looked up when the method is called.
    """
    parts = _evaluated(node, not are_annotations_texts)
    found = {name: None for part in parts for name in names_in(part)}
    found.pop("__class__", None)
    return [name for name in found if not hasattr(builtins, name)]


def names_in(part: ast.AST) -> Iterator[str]:
    """Yield the names that an expression looks up, without those in lambdas."""
    waiting = [part]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        if not isinstance(node, ast.Lambda):
            waiting += list(ast.iter_child_nodes(node))


def _evaluated(node: Any, with_annotations: bool) -> Iterator[ast.AST]:
    """Yield the expressions that a definition evaluates."""
    yield from node.decorator_list
    if isinstance(node, ast.ClassDef):
        yield from node.bases
        yield from (keyword.value for keyword in node.keywords)
        for statement in node.body:
            if isinstance(statement, DEFINITIONS):
                yield from _evaluated(statement, with_annotations)
            elif isinstance(statement, ast.AnnAssign) and not with_annotations:
                yield from [statement.value] if statement.value else []
            else:
                yield statement
        return
    arguments = node.args
    yield from arguments.defaults
    yield from (default for default in arguments.kw_defaults if default is not None)
    if not with_annotations:
        return
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    for argument in [*every, arguments.vararg, arguments.kwarg]:
        if argument is not None and argument.annotation is not None:
            yield argument.annotation
    if node.returns is not None:
        yield node.returns
