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
from livens.rules.elements import ItemsParser
from livens.rules.facts import Facts, Unknown
from livens.rules.inside import FIGURES, Step
from livens.rules.references import Reference
from livens.rules.vocabulary import ALLOWED, FUNCTIONS, MAX_CONDITION_CHARS, MAX_DEPTH, PARTS

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
    shown : dict
        What its message tells of, by the text: variables and references, not figures.
    has_moments : bool
        Whether it uses ``changed``.
    has_figures : bool
        Whether it asks for figures of data, which take time.
    looks_inside : bool
        Whether it asks for what only the kernel knows.

    Raises
    ------
    InvalidCondition
        By `read`.

    Examples
    --------
    >>> step = ConditionParser("2 * exists(x)").read()
    >>> step(NOTHING)
    0
    """

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        self.names: dict[str, None] = {}
        self.shown: dict[str, Reference] = {}
        self.has_moments = self.has_figures = self.looks_inside = False
        self._depth = 0

    def read(self) -> Evaluation:
        """Make the function that works the condition out."""
        tree = self._parse()
        step = self._truth(tree)
        if not self.names:
            raise self.error("names no variable, so it can never become true", tree)
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

    def error(self, what: str, node: ast.AST) -> InvalidCondition:
        """Return the error for a node, with its place."""
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

    def step(self, node: ast.expr) -> Evaluation:
        """Return the function that works a node out."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.error(f"nested more than {MAX_DEPTH} deep", node)
        read = getattr(self, "_read_" + type(node).__name__.lower(), None)
        if read is None:
            raise self.error(f"{_WORDS.get(type(node), 'this')} is not allowed", node)
        step: Evaluation = read(node)
        self._depth -= 1
        return step

    def _read_constant(self, node: ast.Constant) -> Evaluation:
        value: Any = node.value
        if type(value) not in (bool, int, float, str, type(None)):
            raise self.error(f"a constant of type {type(value).__name__} is not allowed", node)
        return lambda sight: value

    def _read_name(self, node: ast.Name) -> Evaluation:
        name = self._variable(node)
        return lambda sight: known(sight, name, Facts.scalar)

    def _variable(self, node: ast.expr) -> str:
        if not isinstance(node, ast.Name):
            raise self.error("a variable's name is expected here", node)
        self.names[node.id] = None
        self.shown[node.id] = Reference(node.id, (), node.id)
        return node.id

    def reference(self, node: ast.expr, *, is_shown: bool = True) -> Reference:
        """Return the variable, or what is inside of one, that a node names."""
        if isinstance(node, ast.Attribute) and node.attr in (*PARTS, *FIGURES):
            raise self.error(f"a value is expected here, and '.{node.attr}' says of one", node)
        steps: list[Step] = []
        inner = node
        while isinstance(inner, ast.Attribute | ast.Subscript):
            steps.append(self._way(inner))
            inner = inner.value
        if len(steps) > MAX_DEPTH:
            raise self.error(f"nested more than {MAX_DEPTH} deep", node)
        if not isinstance(inner, ast.Name):
            raise self.error("a variable's name is expected here", inner)
        self.names[inner.id] = None
        self.looks_inside = self.looks_inside or bool(steps)
        text = self._source(node) if steps else inner.id
        reference = Reference(inner.id, tuple(reversed(steps)), text)
        if is_shown:
            self.shown[text] = reference
        return reference

    def _way(self, node: ast.Attribute | ast.Subscript) -> Step:
        if isinstance(node, ast.Attribute):
            if node.attr.startswith("__"):
                raise self.error(f"'.{node.attr}' is not allowed, of the attributes", node)
            return Step("attribute", node.attr)
        key = self._constant(node.slice)
        if type(key) is tuple:
            raise self.error("a key is a number or a text here", node.slice)
        return Step("item", key)

    def _source(self, node: ast.expr) -> str:
        return ast.get_source_segment(self.text.replace("\n", " "), node) or ""

    def _truth(self, node: ast.expr) -> Evaluation:
        """Read what is taken for true or false; a count that is meant to be compared is none."""
        if isinstance(node, ast.Attribute) and node.attr == "unique":
            text = self._source(node.value)[:100]
            raise self.error(
                f"'.unique' is how many different values there are; write "
                f"'{text}.unique == rows({text})' if all have to differ",
                node,
            )
        return self.step(node)

    def _read_boolop(self, node: ast.BoolOp) -> Evaluation:
        steps = [self._truth(value) for value in node.values]
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
        step = self._truth(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda sight: not step(sight)
        if isinstance(node.op, ast.Invert):
            raise self.error("'~' is not allowed", node)
        sign = -1 if isinstance(node.op, ast.USub) else 1
        return lambda sight: sign * need_number(step(sight))

    def _read_binop(self, node: ast.BinOp) -> Evaluation:
        operate = ARITHMETIC.get(type(node.op))
        if operate is None:
            raise self.error("this operator is not allowed", node)
        left, right = self.step(node.left), self.step(node.right)
        return lambda sight: calculate(operate, left(sight), right(sight))

    def _read_compare(self, node: ast.Compare) -> Evaluation:
        if isinstance(node.ops[0], ast.Is | ast.IsNot):
            return self._identity(node)
        first, links = self.step(node.left), []
        for op, other in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, ast.In | ast.NotIn):
                step = self._members(other)
            elif isinstance(op, ast.Is | ast.IsNot):
                raise self.error("'is' cannot be part of a chain", other)
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
            raise self.error("'is' and 'is not' are for None only", other)
        reference = self.reference(node.left)
        expected = isinstance(node.ops[0], ast.Is)
        return lambda sight: reference.ask(sight, Facts.is_none) is expected

    def _members(self, node: ast.expr) -> Evaluation:
        if not isinstance(node, ast.Tuple | ast.List):
            raise self.error("a tuple or a list of constants is expected after 'in'", node)
        return self.constants(node)

    def _tuple_or_step(self, node: ast.expr) -> Evaluation:
        return self.constants(node) if isinstance(node, ast.Tuple) else self.step(node)

    def constants(self, node: ast.Tuple | ast.List) -> Evaluation:
        """Return the constants in a tuple."""
        values = tuple(self._constant(item) for item in node.elts)
        return lambda sight: values

    def _constant(self, node: ast.expr) -> Any:
        inner = node.operand if isinstance(node, ast.UnaryOp) else node
        if isinstance(inner, ast.Tuple) and inner is node:
            return tuple(self._constant(item) for item in node.elts)
        if not isinstance(inner, ast.Constant):
            raise self.error("a constant is expected here", inner)
        try:
            return self.step(node)(NOTHING)
        except Unknown as err:
            raise self.error(str(err), node) from None

    def _read_attribute(self, node: ast.Attribute) -> Evaluation:
        part = node.attr
        if part in PARTS:
            whole = self.reference(node.value)
            if part == "length":
                return lambda sight: whole.ask(sight, Facts.length)
            return lambda sight: whole.ask(sight, lambda facts: facts.field(part))
        if part in FIGURES:
            whole = self.reference(node.value, is_shown=False)
            self.has_figures = self.looks_inside = True
            return lambda sight: whole.own_figure(sight, part)
        reference = self.reference(node)
        return lambda sight: reference.ask(sight, Facts.scalar)

    def _read_subscript(self, node: ast.Subscript) -> Evaluation:
        inner = node.value
        if not (isinstance(inner, ast.Attribute) and inner.attr == "shape"):
            reference = self.reference(node)
            return lambda sight: reference.ask(sight, Facts.scalar)
        index = self._constant(node.slice)
        if type(index) is not int:
            raise self.error("the index of a shape is an int", node.slice)
        step = self.step(inner)

        def pick(sight: Sight) -> Any:
            shape = step(sight)
            if not -len(shape) <= index < len(shape):
                raise Unknown(f"the shape {shape} has no item {index}")
            return shape[index]

        return pick

    def _read_call(self, node: ast.Call) -> Evaluation:
        function = node.func.id if isinstance(node.func, ast.Name) else ""
        if function not in FUNCTIONS:
            from livens.rules.mistakes import wrong_call  # seldom needed

            raise self.error(wrong_call(node, FUNCTIONS, self._source), node)
        if node.keywords or any(isinstance(arg, ast.Starred) for arg in node.args):
            raise self.error(f"'{function}' takes plain arguments only", node)
        fewest, most = ARGUMENTS.get(function, (1, 1))
        if not fewest <= len(node.args) <= most:
            raise self.error(f"'{function}' does not take {len(node.args)} arguments", node)
        if function in ("any", "all"):
            return self._items(node, node.args[0], for_all=function == "all")
        if function in ("changed", "exists", "len", "rows"):
            return self._question(function, node.args[0])
        call = CALLS[function]
        steps = [self.step(arg) for arg in node.args]
        return lambda sight: checked(call, *[step(sight) for step in steps])

    def _question(self, function: str, node: ast.expr) -> Evaluation:
        if function == "changed":
            name = self._variable(node)
            self.has_moments = True
            return lambda sight: name in sight.changed
        reference = self.reference(node)
        if function == "exists":
            return reference.exists
        ask = Facts.length if function == "len" else Facts.rows
        return lambda sight: reference.ask(sight, ask)

    def _items(self, node: ast.Call, tested: ast.expr, *, for_all: bool) -> Evaluation:
        parser = ItemsParser(self)
        make = parser.read(tested)
        self.has_figures = self.looks_inside = True
        reference, text = parser.reference, self._source(node)
        assert reference is not None

        def decide(sight: Sight) -> Any:
            test = make(sight)
            return reference.figure(sight, text, lambda inside: inside.holds(test, for_all=for_all))

        return decide


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
