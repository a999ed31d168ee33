"""What a code object says about names: whether it loops, what it stores, what it mentions.

Read from the byte code, without running it and without the `dis` module (which takes a
microsecond per instruction). It is asked for every statement: what it stored is compared right
after it (`livens.watching.watcher`), which for a statement of one line takes a microsecond.

The opcode names are those of CPython 3.11 to 3.14; a backward jump is a loop, except the one
with ``NO_INTERRUPT`` in its name, which is how CPython waits in an ``await``.
"""

from __future__ import annotations

import opcode
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from types import CodeType, FunctionType
from typing import Any

_LOOPS = frozenset(
    number
    for name, number in opcode.opmap.items()
    if "JUMP_BACKWARD" in name and "NO_INTERRUPT" not in name
)
_JUMPS = frozenset(opcode.hasjrel) | frozenset(opcode.hasjabs)
_STORES = frozenset(
    number
    for name, number in opcode.opmap.items()
    if name in {"STORE_NAME", "STORE_GLOBAL", "DELETE_NAME", "DELETE_GLOBAL"}
)
_LOADS = frozenset(
    number
    for name, number in opcode.opmap.items()
    if name in {"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"}
)
_LOAD_GLOBAL = opcode.opmap["LOAD_GLOBAL"]
_CHANGES = frozenset(
    number
    for name, number in opcode.opmap.items()
    if name.startswith("CALL")
    or name in {"STORE_SUBSCR", "STORE_SLICE", "STORE_ATTR", "DELETE_SUBSCR", "DELETE_ATTR"}
)
_ENDS = frozenset(
    number
    for name, number in opcode.opmap.items()
    if name in {"STORE_NAME", "STORE_GLOBAL", "STORE_FAST", "POP_TOP", "RETURN_VALUE"}
)
_BINARY_OP = opcode.opmap["BINARY_OP"]
_IN_PLACE = 13  # the arguments of BINARY_OP from here on are += and its like
_MAY_TOUCH = _CHANGES | {_BINARY_OP, opcode.opmap["MAKE_FUNCTION"]}
_CLEANUP_THROW = opcode.opmap.get("CLEANUP_THROW", -1)  # not in 3.11
_EXTENDED_ARG = opcode.opmap["EXTENDED_ARG"]
_IMPORT_NAME = opcode.opmap["IMPORT_NAME"]


def has_loop(code: CodeType) -> bool:
    """Return whether *code* itself jumps backward; functions that it defines do not count.

    Examples
    --------
    >>> has_loop(compile("for i in range(3): x = i", "", "exec"))
    True
    >>> has_loop(compile("def f():\\n    while True: pass", "", "exec"))
    False
    """
    numbers = code.co_code[::2]
    if _LOOPS.isdisjoint(numbers):
        return False
    # Behind an `await`, 3.12 jumps backward once more, to leave after an exception.
    return any(
        number in _LOOPS and before != _CLEANUP_THROW for before, number in pairwise(numbers)
    )


def has_jump(code: CodeType) -> bool:
    """Return whether a part of *code* may be left out, or run more than once.

    Examples
    --------
    >>> has_jump(compile("x = 1; y = f(x)", "", "exec")), has_jump(compile("x and y", "", "exec"))
    (False, True)
    """
    return not _JUMPS.isdisjoint(code.co_code[::2])


def stored_names(code: CodeType) -> dict[str, int | None]:
    """Find the names that *code* stores or deletes, each with its line.

    Returns
    -------
    dict of str to int or None
        The line of the store; None where there are stores on several lines.

    Examples
    --------
    >>> stored_names(compile("for i in range(3):\\n    x = i\\nx = 0", "", "exec"))
    {'i': 1, 'x': None}
    """
    byte_code = code.co_code
    numbers = byte_code[::2]
    found: dict[str, int | None] = {}
    if _STORES.isdisjoint(numbers):
        return found
    names, lines = code.co_names, code.co_lines()
    is_short = len(names) <= _BYTE
    end, line = 0, None
    for index, number in enumerate(numbers):
        if number in _STORES:
            argument = byte_code[2 * index + 1]
            name = names[argument if is_short else _long_argument(byte_code, index)]
            while 2 * index >= end:
                _, end, line = next(lines)
            found[name] = line if found.get(name, line) == line else None
    return found


_BYTE = 256
"""Names up to which an argument is a single byte."""


def _long_argument(byte_code: bytes, index: int) -> int:
    """Return the argument of the instruction at *index*, with what is before it for large ones."""
    argument, shift = byte_code[2 * index + 1], 8
    while index and byte_code[2 * index - 2] == _EXTENDED_ARG:
        index -= 1
        argument |= byte_code[2 * index + 1] << shift
        shift += 8
    return argument


def _instructions(byte_code: bytes) -> Iterator[tuple[int, int]]:
    """Give each instruction with its argument.

    `stored_names`, which is asked for every statement, has a loop of its own: it reads the
    arguments of stores only, and takes a third of the time.
    """
    """Give each instruction with its argument.

    `stored_names`, which is asked for every statement, has a faster loop of its own: it reads the
    arguments of stores only.
    """
    argument = 0
    for number, low in zip(byte_code[::2], byte_code[1::2], strict=True):
        argument = argument << 8 | low
        if number == _EXTENDED_ARG:
            continue
        yield number, argument
        argument = 0


def imports_all(code: CodeType) -> bool:
    """Return whether *code* has a ``from … import *``, which stores names that nobody can read.

    Examples
    --------
    >>> imports_all(compile("from math import *", "", "exec"))
    True
    """
    if _IMPORT_NAME not in code.co_code[::2]:
        return False
    return any(type(const) is tuple and const == ("*",) for const in code.co_consts)


def names_in(code: CodeType) -> set[str]:
    """Find the names that *code* and the code inside of it use.

    An attribute's name counts as well; that costs a look at a variable too many, never one too
    few.

    Examples
    --------
    >>> sorted(names_in(compile("a.b = [c for i in d]", "", "exec")))
    ['a', 'b', 'c', 'd']
    """
    names: set[str] = set()
    add_names(code, names)
    return names


def add_names(code: CodeType, names: set[str]) -> None:
    """Add the names that *code* and the code inside of it use to *names*."""
    names.update(code.co_names)
    for const in code.co_consts:
        if type(const) is CodeType:
            add_names(const, names)


def may_touch(code: CodeType) -> bool:
    """Return, in less time, whether `touched_names` may find any.

    Examples
    --------
    >>> may_touch(compile("a = 1", "", "exec")), may_touch(compile("a[0] = 1", "", "exec"))
    (False, True)
    """
    return not _MAY_TOUCH.isdisjoint(code.co_code[::2])


def touched_names(code: CodeType) -> set[str]:
    """Find the names whose values *code* may change in place, of those that it uses.

    Those of a statement that stores into something, deletes from it, calls something or adds in
    place. Which of the names in such a statement it is, only running it would tell.

    Examples
    --------
    >>> sorted(touched_names(compile("a[0] = 1; b.c += d; e.f(g); h = i + j", "", "exec")))
    ['a', 'b', 'd', 'e', 'g']
    """
    found: set[str] = set()
    pending: set[str] = set()
    names = code.co_names
    for number, argument in _instructions(code.co_code):
        if number in _LOADS:
            # LOAD_GLOBAL has a flag in its lowest bit.
            pending.add(names[argument >> 1 if number == _LOAD_GLOBAL else argument])
        elif number in _CHANGES or (number == _BINARY_OP and argument >= _IN_PLACE):
            found |= pending
        elif number in _ENDS:
            pending.clear()
    for const in code.co_consts:
        if type(const) is CodeType:
            found |= touched_names(const)
    return found


def positions_in(code: CodeType, namespace: Mapping[str, Any], limit: int = 16) -> list[int]:
    """Find the numbers that *code* may mean positions by: its constants, and what names hold.

    Examples
    --------
    >>> code = compile("a[5] = b[i, 7:9]", "", "exec")
    >>> sorted(positions_in(code, {"i": 3, "a": [], "b": None}))
    [3, 5, 7, 9]
    """
    found: dict[int, None] = {}
    waiting = list(reversed(code.co_consts))
    while waiting and len(found) < limit:
        const = waiting.pop()
        if type(const) is int:
            found[const] = None
        elif type(const) is tuple:
            waiting += reversed(const)
        elif type(const) is slice:  # a constant from 3.14 on
            waiting += (const.stop, const.start)
        elif type(const) is CodeType:
            found |= dict.fromkeys(positions_in(const, namespace, limit - len(found)))
    values = [namespace.get(name) for name in code.co_names]
    found |= dict.fromkeys(value for value in values if type(value) is int)
    return list(found)[:limit]


def functions_among(names: Iterable[str], namespace: Mapping[str, Any]) -> list[CodeType]:
    """Return the code of the user's functions that *names* are bound to."""
    values = [namespace.get(name) for name in names]
    return [
        value.__code__
        for value in values
        if type(value) is FunctionType and value.__globals__ is namespace
    ]


def reachable_names(
    names: Iterable[str], namespace: Mapping[str, Any], limit: int = 500
) -> frozenset[str]:
    """Find the names that code which uses *names* may touch: its own, and its functions'.

    ``train()`` uses what the function ``train`` uses, and what the functions that it calls use.

    Parameters
    ----------
    names : iterable of str
        What a cell's code uses.
    namespace : mapping
        The user's variables; only read.
    limit : int
        How many functions to look into at the most.

    Examples
    --------
    >>> values = {"n": 0}
    >>> exec("def count():\\n    global n\\n    n += 1", values)
    >>> sorted(reachable_names(["count"], values))
    ['count', 'n']
    """
    found = set(names)
    todo = list(found)
    while todo and limit:
        value = namespace.get(todo.pop())
        if type(value) is FunctionType and value.__globals__ is namespace:
            limit -= 1
            new = names_in(value.__code__) - found
            found |= new
            todo += new
    return frozenset(found)
