"""Where a cell's source has secrets: the values that it gives to names of secrets.

``db_password = "x"``, ``connect(password="x")``, ``{"api_key": "x"}`` and
``os.environ["TOKEN"] = "x"`` are read from the syntax tree. Lines of IPython's own, such as
``%env TOKEN=x`` and ``!curl``, comments, and what cannot be parsed are texts
(`livens.protocol.secret_texts`). So is each other string: it may be a connection string, or JSON.

An expression without a literal is shown: ``password = getpass()`` says nothing.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from itertools import chain
from types import EllipsisType
from typing import NamedTuple

from livens.protocol.redaction import Redactor
from livens.protocol.secret_texts import Span, spans

_OWN_LINE = re.compile(r"^[ \t]*[%!?].*$", re.MULTILINE)
"""What IPython takes before Python does."""

_LOOKUPS = frozenset(("environ", "get", "getenv", "getpass", "input"))

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Found(NamedTuple):
    """The secrets of a source.

    Attributes
    ----------
    places : list of Span
        Where they are.
    literals : set of str
        What they are, where that is a literal: the same text is a secret elsewhere too.
    """

    places: list[Span]
    literals: set[str]


def find_secrets(source: str, redactor: Redactor) -> Found:
    """Return the secrets in the source of a cell.

    Examples
    --------
    >>> source = "connect(user='me', password='pa55')"
    >>> found = find_secrets(source, Redactor())
    >>> [source[start:end] for start, end in found.places], found.literals
    (["'pa55'"], {'pa55'})
    """
    if not redactor.may_hide(source):
        return Found(spans(source), set())
    code = _OWN_LINE.sub(lambda match: " " * len(match[0]), source)
    try:
        tree = ast.parse(code)
        texts = list(_texts_beside(source, code))
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError):
        return Found(spans(source, redactor.hides, all_names=True), set())
    offsets = _Offsets(code)
    values = [node for node in _Reader(redactor).values(tree) if _holds_literal(node)]
    found = [offsets.span(node) for node in values]
    texts += [offsets.span(node) for node in ast.walk(tree) if _is_text(node)]
    for start, end in texts:
        inner = spans(source[start:end], redactor.hides, all_names=True)
        found += [(start + first, start + last) for first, last in inner]
    return Found(found, {text for node in values for text in _literals(node)})


def _is_text(node: ast.AST) -> bool:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    return is_text or isinstance(node, ast.JoinedStr)


def _texts_beside(source: str, code: str) -> Iterator[Span]:
    """Yield where there is text that is no code: lines of IPython's own, and comments."""
    for match in _OWN_LINE.finditer(source):
        yield match.span()
    starts = _line_starts(code)
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            start = starts[token.start[0] - 1] + token.start[1]
            yield start, start + len(token.string)


def _line_starts(code: str) -> list[int]:
    starts, at = [], 0
    for line in io.StringIO(code, newline=""):
        starts.append(at)
        at += len(line)
    return [*starts, at]


class _Offsets:
    """Knows where in a text the nodes of its tree are, which count bytes of lines."""

    def __init__(self, code: str) -> None:
        self._lines = list(io.StringIO(code, newline=""))
        self._starts = _line_starts(code)

    def span(self, node: ast.AST) -> Span:
        place = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
        return self._at(*place[:2]), self._at(*place[2:])

    def _at(self, line: int, column: int) -> int:
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        before = text if text.isascii() else text.encode()[:column].decode("utf-8", "replace")
        return self._starts[line - 1] + (column if text.isascii() else len(before))


class _Reader:
    """Finds the expressions whose values go to names of secrets."""

    def __init__(self, redactor: Redactor) -> None:
        self._hides = redactor.hides

    def values(self, tree: ast.AST) -> Iterator[ast.expr]:
        """Yield the expressions anywhere in a tree."""
        for node in ast.walk(tree):
            match node:
                case ast.Assign():
                    for target in node.targets:
                        yield from self._assigned(target, node.value)
                case ast.AnnAssign() | ast.AugAssign() | ast.NamedExpr() if node.value is not None:
                    yield from self._assigned(node.target, node.value)
                case ast.For() | ast.AsyncFor() | ast.comprehension():
                    yield from self._assigned(node.target, node.iter)
                case ast.Call():
                    yield from self._passed(node)
                case ast.Dict():
                    pairs = zip(node.keys, node.values, strict=True)
                    yield from (v for k, v in pairs if k is not None and self._is_secret(k))
                case ast.Tuple(elts=[first, second]) | ast.List(elts=[first, second]):
                    if self._is_secret_text(first) and _is_text(second):
                        yield second
                case ast.Compare():
                    yield from self._compared([node.left, *node.comparators])
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                    yield from self._defaults(node)

    def _is_secret(self, target: ast.AST) -> bool:
        """Return whether a place for a value has the name of a secret, or is in something of it."""
        match target:
            case ast.Name():
                return self._hides(target.id)
            case ast.Attribute():
                return self._hides(target.attr) or self._is_secret(target.value)
            case ast.Subscript():
                return self._is_secret(target.slice) or self._is_secret(target.value)
            case ast.Starred():
                return self._is_secret(target.value)
            case ast.Tuple() | ast.List():
                return any(map(self._is_secret, target.elts))
        return self._is_secret_text(target)

    def _is_secret_text(self, node: ast.AST) -> bool:
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        return is_text and self._hides(node.value)  # type: ignore[attr-defined]

    def _assigned(self, target: ast.expr, value: ast.expr) -> Iterator[ast.expr]:
        both = (target, value)
        if all(isinstance(node, ast.Tuple | ast.List) for node in both):
            targets, values = target.elts, value.elts  # type: ignore[attr-defined]
            if len(targets) == len(values):
                for one, its in zip(targets, values, strict=True):
                    yield from self._assigned(one, its)
                return
        if self._is_secret(target):
            yield value

    def _passed(self, call: ast.Call) -> Iterator[ast.expr]:
        for keyword in call.keywords:
            if keyword.arg is not None and self._hides(keyword.arg):
                yield keyword.value
        for key, value in zip(call.args, call.args[1:], strict=False):
            if self._is_secret_text(key):
                yield value
        if isinstance(call.func, ast.Name | ast.Attribute) and not _is_lookup(call):
            name = call.func.id if isinstance(call.func, ast.Name) else call.func.attr
            if self._hides(name):
                yield from call.args

    def _compared(self, sides: list[ast.expr]) -> Iterator[ast.expr]:
        if any(self._is_secret(side) and not _is_text(side) for side in sides):
            yield from (side for side in sides if isinstance(side, ast.Constant))

    def _defaults(self, function: _Function) -> Iterator[ast.expr]:
        given = function.args
        places = [*given.posonlyargs, *given.args]
        pairs = [
            *zip(reversed(places), reversed(given.defaults), strict=False),
            *zip(given.kwonlyargs, given.kw_defaults, strict=True),
        ]
        for place, value in pairs:
            if value is not None and self._hides(place.arg):
                yield value
        if not isinstance(function, ast.Lambda) and self._hides(function.name):
            for node in ast.walk(function):
                if isinstance(node, ast.Return) and node.value is not None:
                    yield node.value


def _is_lookup(node: ast.AST) -> bool:
    """Return whether an expression says where a secret is, as ``os.environ["TOKEN"]`` does."""
    match node:
        case ast.Subscript(slice=ast.Constant()):
            return True
        case ast.Call(args=[ast.Constant()] | [], keywords=[]):
            func = node.func
            name = func.id if isinstance(func, ast.Name) else getattr(func, "attr", "")
            return name in _LOOKUPS
    return False


def _holds_literal(value: ast.expr) -> bool:
    """Return whether an expression has a text in it, or is a number."""
    if _is_lookup(value):
        return False
    if isinstance(value, ast.Constant) and isinstance(value.value, int | float | complex):
        return not isinstance(value.value, bool)
    if isinstance(value, ast.Tuple | ast.List | ast.Set):
        return any(map(_holds_literal, value.elts))
    return any(_is_text(node) and _says_something(node) for node in ast.walk(value))


def _says_something(node: ast.AST) -> bool:
    return not isinstance(node, ast.Constant) or bool(node.value)


def _literals(value: ast.expr) -> Iterator[str]:
    """Yield the texts and numbers of a value, and the lines of those with several."""
    match value:
        case ast.Constant():
            yield from _pieces(value.value)
        case ast.JoinedStr():
            parts = (part for part in value.values if isinstance(part, ast.Constant))
            for part in parts:
                yield from _pieces(part.value if len(str(part.value)) >= 6 else "")
        case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
            yield from chain.from_iterable(map(_literals, items))
        case ast.Dict(values=items) | ast.Call(args=[_] as items):
            yield from chain.from_iterable(map(_literals, items))
        case ast.BinOp(left=left, right=right):
            yield from chain(_literals(left), _literals(right))


def _pieces(value: object) -> Iterator[str]:
    if value is None or isinstance(value, bool | EllipsisType):
        return
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    for piece in {text, *text.splitlines()}:
        if len(piece.strip()) >= 4:
            yield piece.strip()
