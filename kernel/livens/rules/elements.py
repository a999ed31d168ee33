"""``any(…)`` and ``all(…)``: tests of the items of a value, all at once.

Inside of the parentheses one reference stands for each of the items. Everything else in there is a
number or a text, the same for all of them::

    any(isnan(arr))    all(0 <= df["v"] <= limit)    any(not isnan(arr) and arr > 3)

``livens.rules.grammar`` reads a condition; it hands what is in the parentheses to `ItemsParser`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, NoReturn, Protocol

from livens.exceptions import InvalidCondition
from livens.rules.arithmetic import Evaluation, Sight
from livens.rules.inside import Elements, Test
from livens.rules.references import Reference

TESTS = "comparisons, in (1, 2), isnan, isinf, and, or, not"

_OPERATORS: dict[type, str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}

TestMaker = Callable[[Sight], Test]
"""Works out what is the same for all items, and returns the test of them."""


class Parser(Protocol):
    """What this needs of the parser of conditions."""

    def reference(self, node: ast.expr, *, is_shown: bool = True) -> Reference:
        """Return the reference that a node is."""

    def step(self, node: ast.expr) -> Evaluation:
        """Return the function that works a node out."""

    def constants(self, node: ast.Tuple | ast.List) -> Evaluation:
        """Return the constants in a tuple."""

    def error(self, what: str, node: ast.AST) -> InvalidCondition:
        """Return the error for a node."""


class ItemsParser:
    """Reads what is in the parentheses of ``any`` and ``all``.

    Parameters
    ----------
    parser : Parser
        The parser of the condition.

    Attributes
    ----------
    reference : Reference, optional
        What stands for the items; known when it was read.
    """

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        self.reference: Reference | None = None

    def read(self, node: ast.expr) -> TestMaker:
        """Make the function that makes the test.

        Raises
        ------
        InvalidCondition
            If it is no test of items.
        """
        match node:
            case ast.BoolOp():
                return self._logic(node)
            case ast.UnaryOp(op=ast.Not()):
                inner = self.read(node.operand)
                return lambda sight: _inverse(inner(sight))
            case ast.Compare():
                return self._comparison(node)
            case ast.Call(func=ast.Name(id="isnan" | "isinf" as name), args=[arg], keywords=[]):
                self._items(arg)
                if name == "isnan":
                    return lambda sight: lambda items: items.missing()
                return lambda sight: lambda items: items.infinite()
            case _ if _is_reference(node):
                self._items(node)
                return lambda sight: lambda items: items.true()
        self._refuse(node)

    def _logic(self, node: ast.BoolOp) -> TestMaker:
        makers = [self.read(value) for value in node.values]
        is_and = isinstance(node.op, ast.And)

        def make(sight: Sight) -> Test:
            tests = [maker(sight) for maker in makers]

            def test(items: Elements) -> Any:
                mask = tests[0](items)
                for each in tests[1:]:
                    combine = items.both if is_and else items.either
                    mask = combine(mask, each(items))
                return mask

            return test

        return make

    def _comparison(self, node: ast.Compare) -> TestMaker:
        """Read a chain; the first operand that is a reference stands for the items."""
        operands = [node.left, *node.comparators]
        place = next((n for n, each in enumerate(operands) if _is_reference(each)), None)
        if place is None:
            self._refuse(node)
        self._items(operands[place])
        links: list[tuple[str, Evaluation]] = []
        if place > 1 or len(operands) - place > 2:
            raise self._parser.error("the items belong next to what they are compared with", node)
        if place == 1:
            links.append(self._link(node.ops[0], operands[0], is_flipped=True))
        if place + 1 < len(operands):
            links.append(self._link(node.ops[place], operands[place + 1]))

        def make(sight: Sight) -> Test:
            wanted = [(op, step(sight)) for op, step in links]

            def test(items: Elements) -> Any:
                mask = items.compare(*wanted[0])
                for op, value in wanted[1:]:
                    mask = items.both(mask, items.compare(op, value))
                return mask

            return test

        return make

    def _link(
        self, op: ast.cmpop, other: ast.expr, *, is_flipped: bool = False
    ) -> tuple[str, Evaluation]:
        if isinstance(op, ast.In | ast.NotIn) and not is_flipped:
            if not isinstance(other, ast.Tuple | ast.List):
                raise self._parser.error(
                    "a tuple or a list of constants is expected after 'in'", other
                )
            return "in" if isinstance(op, ast.In) else "not in", self._parser.constants(other)
        text = _OPERATORS.get(type(op))
        if text is None:
            raise self._parser.error("items are not compared by 'is'; write isnan(x)", other)
        return _FLIPPED.get(text, text) if is_flipped else text, self._parser.step(other)

    def _items(self, node: ast.expr) -> None:
        if not _is_reference(node):
            self._refuse(node)
        reference = self._parser.reference(node, is_shown=False)
        if self.reference is not None and self.reference.text != reference.text:
            raise self._parser.error(
                f"'any' and 'all' look at the items of one value, and '{self.reference.text[:50]}' "
                "is another; write a variable on the right side of a comparison",
                node,
            )
        self.reference = reference

    def _refuse(self, node: ast.expr) -> NoReturn:
        raise self._parser.error(
            f"the items of a value are tested here, by {TESTS}, such as any(isnan(x))",
            node,
        )


def _inverse(test: Test) -> Test:
    return lambda items: items.inverse(test(items))


def _is_reference(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return isinstance(node, ast.Name)
