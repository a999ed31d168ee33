"""The language of conditions: ``loss < 0.1``, ``df.shape[0] == 0``, ``changed(x)``.

A condition looks like Python and is a small part of it. Python's own parser reads it (`ast`), the
tree is checked against what is allowed, and becomes functions of ours: nothing of the text is
ever compiled or evaluated by Python, and nothing of the user's values is called. So a condition
may come from any client, and may be checked in the thread that stores.

=================== ========================================================================
allowed             such as
=================== ========================================================================
variables           ``loss``; must be a number, a bool, a text or None to be calculated with
constants           ``0.1``, ``"done"``, ``True``, ``False``, ``None``
comparisons         ``0 < loss <= 1``, ``status != "done"``, ``n in (1, 2)``, ``x is not None``
logic               ``and``, ``or``, ``not``, parentheses
arithmetic          ``+ - * / // % **``, of numbers, within bounds
parts of variables  ``x.length``, ``x.shape``, ``x.shape[0]``, ``x.dtype``, ``x.nbytes``,
                    ``x.kind``, ``x.type``
functions           ``changed(x)``, ``exists(x)``, ``len(x)``, ``abs``, ``min``, ``max``,
                    ``round``, ``isnan``, ``isinf``
=================== ========================================================================

Numbers behave as in Python, NaN included. What cannot be worked out (a variable that is not
there, a frame that is compared with a number, a division by zero) makes the condition *not
evaluated*, which is not true, and has a reason; ``and`` and ``or`` look at their right side only
if they have to, so ``exists(x) and x > 3`` is always evaluated.

A `Trigger` turns a condition into moments: it fires when the condition becomes true, and again
after it was not. ``changed(x)`` is true at the moment of a change only, so it fires each time.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, NamedTuple

from livens.events import Origin
from livens.exceptions import InvalidCondition
from livens.facts import MAX_BITS, Facts, Unknown

MAX_CONDITION_CHARS = 1_000
MAX_DEPTH = 50
"""How deep a condition may be nested; a chain of 50 additions counts as well."""

PARTS = ("length", "shape", "dtype", "nbytes", "kind", "type")
"""What can be asked of a variable that is no number."""

FUNCTIONS = (
    "changed", "exists", "len", "abs", "min", "max", "round", "isnan", "isinf",
)  # fmt: skip

ALLOWED = (
    "variables, numbers, texts, True, False, None, comparisons, and/or/not, + - * / // % **, "
    "in (1, 2), is None, the parts ." + ", .".join(PARTS) + " of a variable, and the functions "
    + ", ".join(FUNCTIONS)
)  # fmt: skip

Lookup = Callable[[str], Facts | None]
"""Returns what is known of a variable; None if there is no such variable."""


class Verdict(NamedTuple):
    """What became of a condition.

    Attributes
    ----------
    is_true : bool
        Whether it holds.
    reason : str
        Why it could not be evaluated; empty if it was.
    """

    is_true: bool
    reason: str = ""


class _Sight(NamedTuple):
    """What a condition sees at one moment."""

    lookup: Lookup
    changed: frozenset[str]


_Step = Callable[[_Sight], Any]


class Condition:
    """A condition that was read, and can be evaluated any number of times.

    Parameters
    ----------
    text : str
        One line in the language of this module.

    Attributes
    ----------
    text : str
        The same without spaces around it.
    names : tuple of str
        The variables in it, in the order of the text.
    has_moments : bool
        Whether it uses ``changed``.

    Raises
    ------
    InvalidCondition
        If the text is none; the message has the column, and `expected` what is allowed.

    Examples
    --------
    >>> from livens.events import Variable
    >>> known = {"loss": Facts.of(Variable("loss", [], "number", "float", preview="0.05"))}
    >>> condition = Condition("loss < 0.1")
    >>> condition.evaluate(known.get)
    Verdict(is_true=True, reason='')
    >>> condition.message(known.get, Origin(3, line=12))
    'loss < 0.1: loss = 0.05 (cell In [3], line 12)'
    >>> Condition("loss < 0.1 and nan > 1").evaluate(known.get).reason
    "there is no variable 'nan'"
    """

    def __init__(self, text: str) -> None:
        reader = _Reader(text)
        self.text = reader.text
        self._step = reader.read()
        self.names = tuple(reader.names)
        self.has_moments = reader.has_moments

    def evaluate(self, lookup: Lookup, changed: Iterable[str] = ()) -> Verdict:
        """Work the condition out.

        Parameters
        ----------
        lookup : callable
            Knows the variables.
        changed : iterable of str
            The variables that changed at this moment.
        """
        try:
            return Verdict(bool(self._step(_Sight(lookup, frozenset(changed)))))
        except Unknown as err:
            return Verdict(False, str(err))

    def message(self, lookup: Lookup, origin: Origin | None = None) -> str:
        """Say in a sentence that the condition holds, for which values, and where that was."""
        texts = []
        for name in self.names[:5]:
            facts = lookup(name)
            texts.append(facts.text(name) if facts is not None else f"no variable '{name}'")
        where = _place(origin)
        return f"{self.text}: {', '.join(texts)}" + (f" ({where})" if where else "")

    def notes(self, known: Iterable[str]) -> list[str]:
        """Say which of the variables are not there, and what may have been meant.

        Parameters
        ----------
        known : iterable of str
            The names that there are.
        """
        there = list(known)
        found = set(there)
        return [_missing(name, there) for name in self.names if name not in found]


def _missing(name: str, known: list[str]) -> str:
    near = [other for other in known[:5_000] if abs(len(other) - len(name)) <= 3]
    close = get_close_matches(name, near, 1) if len(name) <= 100 else []
    hint = f"; did you mean '{close[0]}'?" if close else ""
    return f"there is no variable '{name[:100]}' yet{hint}"


def _place(origin: Origin | None) -> str:
    if origin is None:
        return ""
    if origin.client:
        return f"set from {origin.client}"
    cell = "" if origin.execution_count is None else f"cell In [{origin.execution_count}]"
    line = "" if origin.line is None else f"line {origin.line}"
    return ", ".join(filter(None, (cell, line)))


class Trigger:
    """Tells the moments at which a condition becomes true.

    Parameters
    ----------
    condition : Condition
        What has to hold.
    lookup : callable, optional
        Knows the variables as they are now: a condition that holds already fires only after it
        did not.

    Examples
    --------
    >>> from livens.events import Variable
    >>> known = {}
    >>> trigger = Trigger(Condition("x > 1"))
    >>> for text in "0", "2", "3", "1", "2":
    ...     known["x"] = Facts.of(Variable("x", [], "number", "int", preview=text))
    ...     print(text, trigger.fires(known.get, ["x"]))
    0 False
    2 True
    3 False
    1 False
    2 True
    """

    def __init__(self, condition: Condition, lookup: Lookup | None = None) -> None:
        self.condition = condition
        self.was_true = lookup is not None and condition.evaluate(lookup).is_true
        self.reason = ""
        """Why the condition could not be evaluated the last time; empty if it was."""

    def fires(self, lookup: Lookup, changed: Iterable[str]) -> bool:
        """Tell whether the condition became true by what changed.

        Parameters
        ----------
        lookup : callable
            Knows the variables.
        changed : iterable of str
            The variables that changed.
        """
        before = self.was_true
        is_true, self.reason = self.condition.evaluate(lookup, changed)
        self.was_true = is_true
        if is_true and self.condition.has_moments:
            self.was_true = self.condition.evaluate(lookup).is_true
        return is_true and not before


# -- reading -------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""\s+ | '[^'\\\n]*' | "[^"\\\n]*"
    | (?: \d[\d_]* (?:\.[\d_]*)? | \.\d[\d_]* ) (?: [eE][+-]?\d+ )? (?![\w.])
    | [^\W\d]\w* (?!['"\w]) | \*\* | // | [<>=!]= | [-+*/%<>()\[\],.]""",
    re.VERBOSE,
)
"""Python's tokens as far as they are allowed.

What else there is, is refused before Python's parser sees it: it would print warnings for the
user about ``1or 2`` or a stray backslash.
"""

_HINTS = {
    "=": "; write '==' to compare",
    "&": "; write 'and'",
    "|": "; write 'or'",
    "!": "; write 'not'",
    "\\": " in a text or outside of one",
}

_ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_EQUALITY: dict[type, Callable[[Any, Any], bool]] = {ast.Eq: operator.eq, ast.NotEq: operator.ne}
_ORDER: dict[type, Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class _Reader:
    """Reads one condition: from text to a function."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        self.names: dict[str, None] = {}
        self.has_moments = False
        self._depth = 0

    def read(self) -> _Step:
        tree = self._parse()
        step = self._step(tree)
        if not self.names:
            raise self._error("names no variable, so it can never become true", tree)
        return step

    def _parse(self) -> ast.expr:
        text = self.text
        if len(text) > MAX_CONDITION_CHARS:
            raise InvalidCondition(
                f"The condition has {len(text)} characters",
                expected=f"{MAX_CONDITION_CHARS} at the most",
            )
        position = 0
        while position < len(text):
            token = _TOKEN.match(text, position)
            if token is None:
                word = text[position : position + 10].split()[0]
                hint = next((_HINTS[sign] for sign in _HINTS if word.startswith(sign)), "")
                raise self._error_at(position, f"{word!r} is not allowed{hint}")
            position = token.end()
        try:
            return ast.parse(text.replace("\n", " "), mode="eval").body
        except SyntaxError as err:
            if err.offset is None or not 0 < err.offset <= len(text):
                raise self._error_at(len(text), "something is missing at the end") from None
            raise self._error_at(err.offset - 1, err.msg) from None
        except (ValueError, RecursionError, MemoryError):
            raise self._error_at(0, "it is nested too deeply") from None

    def _error(self, what: str, node: ast.AST) -> InvalidCondition:
        before = self.text.encode("utf-8", "replace")[: getattr(node, "col_offset", 0)]
        return self._error_at(len(before.decode("utf-8", "replace")), what)

    def _error_at(self, position: int, what: str) -> InvalidCondition:
        text = self.text
        shown = text if len(text) <= 100 else f"…{text[max(0, position - 40) : position + 40]}…"
        shown = shown.encode("utf-8", "backslashreplace").decode()
        what = what.encode("utf-8", "backslashreplace").decode()
        return InvalidCondition(
            f"In the condition {shown!r}, at column {position + 1}: {what}",
            expected=ALLOWED,
            remedy="Such as: loss < 0.1 or epoch >= 10",
        )

    def _step(self, node: ast.expr) -> _Step:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"nested more than {MAX_DEPTH} deep", node)
        read = getattr(self, "_read_" + type(node).__name__.lower(), None)
        if read is None:
            raise self._error(f"{_WORDS.get(type(node), 'this')} is not allowed", node)
        step: _Step = read(node)
        self._depth -= 1
        return step

    def _read_constant(self, node: ast.Constant) -> _Step:
        value: Any = node.value
        if type(value) not in (bool, int, float, str, type(None)):
            raise self._error(f"a constant of type {type(value).__name__} is not allowed", node)
        return lambda sight: value

    def _read_name(self, node: ast.Name) -> _Step:
        name = self._variable(node)
        return lambda sight: _known(sight, name, Facts.scalar)

    def _variable(self, node: ast.expr) -> str:
        if not isinstance(node, ast.Name):
            raise self._error("a variable's name is expected here", node)
        self.names[node.id] = None
        return node.id

    def _read_boolop(self, node: ast.BoolOp) -> _Step:
        steps = [self._step(value) for value in node.values]
        stops_at = isinstance(node.op, ast.Or)

        def decide(sight: _Sight) -> Any:
            value = None
            for step in steps:
                value = step(sight)
                if bool(value) is stops_at:
                    break
            return value

        return decide

    def _read_unaryop(self, node: ast.UnaryOp) -> _Step:
        step = self._step(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda sight: not step(sight)
        if isinstance(node.op, ast.Invert):
            raise self._error("'~' is not allowed", node)
        sign = -1 if isinstance(node.op, ast.USub) else 1
        return lambda sight: sign * _need_number(step(sight))

    def _read_binop(self, node: ast.BinOp) -> _Step:
        operate = _ARITHMETIC.get(type(node.op))
        if operate is None:
            raise self._error("this operator is not allowed", node)
        left, right = self._step(node.left), self._step(node.right)
        return lambda sight: _calculate(operate, left(sight), right(sight))

    def _read_compare(self, node: ast.Compare) -> _Step:
        if isinstance(node.ops[0], ast.Is | ast.IsNot):
            return self._identity(node)
        first, links = self._step(node.left), []
        for op, other in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, ast.In | ast.NotIn):
                step = self._members(other)
            elif isinstance(op, ast.Is | ast.IsNot):
                raise self._error("'is' cannot be part of a chain", other)
            else:
                step = self._tuple_or_step(other)
            links.append((op, step))

        def decide(sight: _Sight) -> bool:
            left = first(sight)
            for op, step in links:
                right = step(sight)
                if not _compare(op, left, right):
                    return False
                left = right
            return True

        return decide

    def _identity(self, node: ast.Compare) -> _Step:
        other = node.comparators[0]
        if len(node.ops) > 1 or not isinstance(other, ast.Constant) or other.value is not None:
            raise self._error("'is' and 'is not' are for None only", other)
        name = self._variable(node.left)
        expected = isinstance(node.ops[0], ast.Is)
        return lambda sight: _known(sight, name, Facts.is_none) is expected

    def _members(self, node: ast.expr) -> _Step:
        if not isinstance(node, ast.Tuple | ast.List):
            raise self._error("a tuple or a list of constants is expected after 'in'", node)
        return self._constants(node)

    def _tuple_or_step(self, node: ast.expr) -> _Step:
        return self._constants(node) if isinstance(node, ast.Tuple) else self._step(node)

    def _constants(self, node: ast.Tuple | ast.List) -> _Step:
        values = tuple(self._constant(item) for item in node.elts)
        return lambda sight: values

    def _constant(self, node: ast.expr) -> Any:
        inner = node.operand if isinstance(node, ast.UnaryOp) else node
        if isinstance(inner, ast.Tuple) and inner is node:
            return tuple(self._constant(item) for item in node.elts)
        if not isinstance(inner, ast.Constant):
            raise self._error("a constant is expected here", inner)
        try:
            return self._step(node)(_NOTHING)
        except Unknown as err:
            raise self._error(str(err), node) from None

    def _read_attribute(self, node: ast.Attribute) -> _Step:
        part = node.attr
        if part not in PARTS:
            raise self._error(f"'.{part}' is not allowed, of the parts of a variable", node)
        name = self._variable(node.value)
        if part == "length":
            return lambda sight: _known(sight, name, Facts.length)
        return lambda sight: _known(sight, name, lambda facts: facts.field(part))

    def _read_subscript(self, node: ast.Subscript) -> _Step:
        inner = node.value
        if not (isinstance(inner, ast.Attribute) and inner.attr == "shape"):
            raise self._error("only a shape can be indexed, such as x.shape[0]", node)
        index = self._constant(node.slice)
        if type(index) is not int:
            raise self._error("the index of a shape is an int", node.slice)
        step = self._step(inner)

        def pick(sight: _Sight) -> Any:
            shape = step(sight)
            if not -len(shape) <= index < len(shape):
                raise Unknown(f"the shape {shape} has no item {index}")
            return shape[index]

        return pick

    def _read_call(self, node: ast.Call) -> _Step:
        function = node.func.id if isinstance(node.func, ast.Name) else ""
        if function not in FUNCTIONS:
            close = get_close_matches(function, FUNCTIONS, 1) if len(function) <= 100 else []
            hint = f"; did you mean '{close[0]}'?" if close else ""
            raise self._error(f"there is no function '{function[:100]}'{hint}", node)
        if node.keywords or any(isinstance(arg, ast.Starred) for arg in node.args):
            raise self._error(f"'{function}' takes plain arguments only", node)
        fewest, most = _ARGUMENTS.get(function, (1, 1))
        if not fewest <= len(node.args) <= most:
            raise self._error(f"'{function}' does not take {len(node.args)} arguments", node)
        if function in ("changed", "exists", "len"):
            return self._question(function, self._variable(node.args[0]))
        call = _CALLS[function]
        steps = [self._step(arg) for arg in node.args]
        return lambda sight: _checked(call, *[step(sight) for step in steps])

    def _question(self, function: str, name: str) -> _Step:
        if function == "len":
            return lambda sight: _known(sight, name, Facts.length)
        if function == "exists":
            return lambda sight: sight.lookup(name) is not None
        self.has_moments = True
        return lambda sight: name in sight.changed


_WORDS: dict[type, str] = {
    ast.Lambda: "a lambda",
    ast.IfExp: "'if'",
    ast.ListComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.Tuple: "a tuple in this place",
    ast.List: "a list in this place",
    ast.JoinedStr: "a text with an 'f'",
    ast.Await: "'await'",
    ast.Yield: "'yield'",
}


# -- calculating ---------------------------------------------------------------------------

_NOTHING = _Sight(lambda name: None, frozenset())


def _known(sight: _Sight, name: str, ask: Callable[[Facts], Any]) -> Any:
    facts = sight.lookup(name)
    if facts is None:
        raise Unknown(f"there is no variable '{name[:100]}'")
    try:
        return ask(facts)
    except Unknown as err:
        raise Unknown(f"'{name[:100]}': {err}") from None


def _need_number(value: Any) -> Any:
    if type(value) not in (bool, int, float):
        raise Unknown(f"{_what(value)} cannot be calculated with")
    return value


def _what(value: Any) -> str:
    return {str: "a text", tuple: "a shape", type(None): "None"}.get(type(value), "a number")


def _calculate(operate: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    _need_number(left)
    _need_number(right)
    is_of_ints = type(left) is not float and type(right) is not float
    if operate is operator.pow and is_of_ints and left.bit_length() * abs(right) > MAX_BITS:
        raise Unknown("the power is too large to calculate")
    return _checked(operate, left, right)


def _checked(call: Callable[..., Any], *values: Any) -> Any:
    """Calculate, and give up on what has no result or one that is too large."""
    try:
        result = call(*values)
    except ZeroDivisionError:
        raise Unknown("division by zero") from None
    except OverflowError:
        raise Unknown("the number is too large to calculate with") from None
    except ValueError as err:
        raise Unknown(f"{err}") from None
    if type(result) is complex:
        raise Unknown("the result is a complex number")
    if type(result) is int and result.bit_length() > MAX_BITS:
        raise Unknown("the number is too large to calculate with")
    return result


def _compare(op: ast.cmpop, left: Any, right: Any) -> bool:
    if isinstance(op, ast.In | ast.NotIn):
        # As in Python but by value only: NaN is in no tuple.
        found = any(left == item for item in right)
        return found is isinstance(op, ast.In)
    equality = _EQUALITY.get(type(op))
    if equality is not None:
        return equality(left, right)
    is_text = type(left) is str and type(right) is str
    if not is_text and not (_is_number(left) and _is_number(right)):
        raise Unknown(f"{_what(left)} and {_what(right)} have no order")
    return _ORDER[type(op)](left, right)


def _is_number(value: Any) -> bool:
    return type(value) in (bool, int, float)


def _smallest(*values: Any) -> Any:
    return min(map(_need_number, values))


def _largest(*values: Any) -> Any:
    return max(map(_need_number, values))


def _rounded(value: Any, digits: Any = None) -> Any:
    if digits is not None and (type(digits) is not int or abs(digits) > 300):
        raise Unknown("'round' takes an int of 300 at the most as its second argument")
    return round(_need_number(value), digits)


_ARGUMENTS = {"min": (2, 50), "max": (2, 50), "round": (1, 2)}
_CALLS: dict[str, Callable[..., Any]] = {
    "abs": lambda value: abs(_need_number(value)),
    "min": _smallest,
    "max": _largest,
    "round": _rounded,
    "isnan": lambda value: _need_number(value) != value,
    "isinf": lambda value: abs(_need_number(value)) == float("inf"),
}
