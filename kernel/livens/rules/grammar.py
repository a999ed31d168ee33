"""The grammar of conditions: reads a text, and makes functions of ours of it.

Python's own parser reads it (`ast`), the tree is checked against what is allowed, and becomes
functions that calculate with what is known of the variables: nothing of the text is ever compiled
or evaluated by Python. What the parts mean is in `livens.rules.conditions`.
"""

from __future__ import annotations

import ast
import re
from typing import Any

from livens.exceptions import InvalidCondition
from livens.rules.arithmetic import (
    ARGUMENTS,
    ARITHMETIC,
    CALLS,
    NOTHING,
    Evaluation,
    Sight,
    calculate,
    checked,
    compare,
    known,
    need_number,
)
from livens.rules.facts import Facts, Unknown

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

_TOKEN = re.compile(
    r"""\s+ | '[^'\\\n]*' | "[^"\\\n]*"
    | (?: \d[\d_]* (?:\.[\d_]*)? | \.\d[\d_]* ) (?: [eE][+-]?\d+ )? (?![\w.])
    | (?:[^\W\d]|[^\x00-\x7f\s\ud800-\udfff]) (?:\w|[^\x00-\x7f\s\ud800-\udfff])* (?!['"\w])
    | \*\* | // | [<>=!]= | [-+*/%<>()\[\],.]""",
    re.VERBOSE,
)
"""Python's tokens as far as they are allowed.

Which characters beyond ASCII may be in a name Python's parser says, and those that it takes for one
(NFKC) are one here as well. What else there is, is refused before it sees it: it would print
warnings for the user about ``1or 2`` or a stray backslash.
"""

_HINTS = {
    "=": "; write '==' to compare",
    "&": "; write 'and'",
    "|": "; write 'or'",
    "!": "; write 'not'",
    "\\": " in a text or outside of one",
}


class ConditionParser:
    """Reads one condition: from text to a function.

    Parameters
    ----------
    text : str
        The condition.

    Attributes
    ----------
    text : str
        The same without spaces around it.
    names : dict
        The variables in it, in the order of the text; known when it was read.
    has_moments : bool
        Whether it uses ``changed``.

    Raises
    ------
    InvalidCondition
        By `read`.

    Examples
    --------
    >>> step = ConditionParser("2 * exists(x)").read()
    >>> step(Sight({}.get, frozenset()))
    0
    """

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        self.names: dict[str, None] = {}
        self.has_moments = False
        self._depth = 0

    def read(self) -> Evaluation:
        """Make the function that works the condition out."""
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

    def _step(self, node: ast.expr) -> Evaluation:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"nested more than {MAX_DEPTH} deep", node)
        read = getattr(self, "_read_" + type(node).__name__.lower(), None)
        if read is None:
            raise self._error(f"{_WORDS.get(type(node), 'this')} is not allowed", node)
        step: Evaluation = read(node)
        self._depth -= 1
        return step

    def _read_constant(self, node: ast.Constant) -> Evaluation:
        value: Any = node.value
        if type(value) not in (bool, int, float, str, type(None)):
            raise self._error(f"a constant of type {type(value).__name__} is not allowed", node)
        return lambda sight: value

    def _read_name(self, node: ast.Name) -> Evaluation:
        name = self._variable(node)
        return lambda sight: known(sight, name, Facts.scalar)

    def _variable(self, node: ast.expr) -> str:
        if not isinstance(node, ast.Name):
            raise self._error("a variable's name is expected here", node)
        self.names[node.id] = None
        return node.id

    def _read_boolop(self, node: ast.BoolOp) -> Evaluation:
        steps = [self._step(value) for value in node.values]
        stops_at = isinstance(node.op, ast.Or)

        def decide(sight: Sight) -> Any:
            value = None
            for step in steps:
                value = step(sight)
                if bool(value) is stops_at:
                    break
            return value

        return decide

    def _read_unaryop(self, node: ast.UnaryOp) -> Evaluation:
        step = self._step(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda sight: not step(sight)
        if isinstance(node.op, ast.Invert):
            raise self._error("'~' is not allowed", node)
        sign = -1 if isinstance(node.op, ast.USub) else 1
        return lambda sight: sign * need_number(step(sight))

    def _read_binop(self, node: ast.BinOp) -> Evaluation:
        operate = ARITHMETIC.get(type(node.op))
        if operate is None:
            raise self._error("this operator is not allowed", node)
        left, right = self._step(node.left), self._step(node.right)
        return lambda sight: calculate(operate, left(sight), right(sight))

    def _read_compare(self, node: ast.Compare) -> Evaluation:
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

        def decide(sight: Sight) -> bool:
            left = first(sight)
            for op, step in links:
                right = step(sight)
                if not compare(op, left, right):
                    return False
                left = right
            return True

        return decide

    def _identity(self, node: ast.Compare) -> Evaluation:
        other = node.comparators[0]
        if len(node.ops) > 1 or not isinstance(other, ast.Constant) or other.value is not None:
            raise self._error("'is' and 'is not' are for None only", other)
        name = self._variable(node.left)
        expected = isinstance(node.ops[0], ast.Is)
        return lambda sight: known(sight, name, Facts.is_none) is expected

    def _members(self, node: ast.expr) -> Evaluation:
        if not isinstance(node, ast.Tuple | ast.List):
            raise self._error("a tuple or a list of constants is expected after 'in'", node)
        return self._constants(node)

    def _tuple_or_step(self, node: ast.expr) -> Evaluation:
        return self._constants(node) if isinstance(node, ast.Tuple) else self._step(node)

    def _constants(self, node: ast.Tuple | ast.List) -> Evaluation:
        values = tuple(self._constant(item) for item in node.elts)
        return lambda sight: values

    def _constant(self, node: ast.expr) -> Any:
        inner = node.operand if isinstance(node, ast.UnaryOp) else node
        if isinstance(inner, ast.Tuple) and inner is node:
            return tuple(self._constant(item) for item in node.elts)
        if not isinstance(inner, ast.Constant):
            raise self._error("a constant is expected here", inner)
        try:
            return self._step(node)(NOTHING)
        except Unknown as err:
            raise self._error(str(err), node) from None

    def _read_attribute(self, node: ast.Attribute) -> Evaluation:
        part = node.attr
        if part not in PARTS:
            raise self._error(f"'.{part}' is not allowed, of the parts of a variable", node)
        name = self._variable(node.value)
        if part == "length":
            return lambda sight: known(sight, name, Facts.length)
        return lambda sight: known(sight, name, lambda facts: facts.field(part))

    def _read_subscript(self, node: ast.Subscript) -> Evaluation:
        inner = node.value
        if not (isinstance(inner, ast.Attribute) and inner.attr == "shape"):
            raise self._error("only a shape can be indexed, such as x.shape[0]", node)
        index = self._constant(node.slice)
        if type(index) is not int:
            raise self._error("the index of a shape is an int", node.slice)
        step = self._step(inner)

        def pick(sight: Sight) -> Any:
            shape = step(sight)
            if not -len(shape) <= index < len(shape):
                raise Unknown(f"the shape {shape} has no item {index}")
            return shape[index]

        return pick

    def _read_call(self, node: ast.Call) -> Evaluation:
        function = node.func.id if isinstance(node.func, ast.Name) else ""
        if function not in FUNCTIONS:
            from difflib import get_close_matches  # seldom needed

            close = get_close_matches(function, FUNCTIONS, 1) if len(function) <= 100 else []
            hint = f"; did you mean '{close[0]}'?" if close else ""
            raise self._error(f"there is no function '{function[:100]}'{hint}", node)
        if node.keywords or any(isinstance(arg, ast.Starred) for arg in node.args):
            raise self._error(f"'{function}' takes plain arguments only", node)
        fewest, most = ARGUMENTS.get(function, (1, 1))
        if not fewest <= len(node.args) <= most:
            raise self._error(f"'{function}' does not take {len(node.args)} arguments", node)
        if function in ("changed", "exists", "len"):
            return self._question(function, self._variable(node.args[0]))
        call = CALLS[function]
        steps = [self._step(arg) for arg in node.args]
        return lambda sight: checked(call, *[step(sight) for step in steps])

    def _question(self, function: str, name: str) -> Evaluation:
        if function == "len":
            return lambda sight: known(sight, name, Facts.length)
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
