"""Conditions: what they may say, what they come to, and that nothing in them can do harm."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from livens.exceptions import InvalidCondition
from livens.protocol.types import Origin, Variable
from livens.rules.conditions import MAX_CONDITION_CHARS, Condition, Trigger, Verdict
from livens.rules.facts import MAX_BITS, MAX_CHARS, Facts, Unknown
from livens.values.descriptions import describe


def facts(value: object) -> Facts:
    """What the kernel knows of a value."""
    return Facts(lambda: describe("it", value), value)


def sent(value: object, **fields: Any) -> Facts:
    """What a client knows of a value: its description."""
    variable = describe("it", value)
    for name, field in fields.items():
        setattr(variable, name, field)
    return Facts.of(variable)


def evaluate(text: str, **values: object) -> Verdict:
    """Evaluate as the kernel does, and check that a client would find the same."""
    condition = Condition(text)
    here = condition.evaluate({name: facts(value) for name, value in values.items()}.get)
    there = condition.evaluate({name: sent(value) for name, value in values.items()}.get)
    assert here == there
    return here


TRUE: list[tuple[str, dict[str, object]]] = [
    ("loss < 0.1", {"loss": 0.05}),
    ("0 < loss <= 1", {"loss": 1}),
    ("loss != loss", {"loss": math.nan}),
    ("not loss < 1 and not loss >= 1", {"loss": math.nan}),
    ("isnan(loss)", {"loss": math.nan}),
    ("isinf(-loss)", {"loss": math.inf}),
    ("not isnan(n) and not isinf(n)", {"n": 10**180}),
    ("n == 10 ** 20 + 1", {"n": 10**20 + 1}),
    ("(a + b) * 2 - 1 == 9 and a / b == 1.5 and a // b == 1 and a % b == 1", {"a": 3, "b": 2}),
    ("-a ** 2 == -9 and +a == 3", {"a": 3}),
    ("status == 'done'", {"status": "done"}),
    ("status != 'done'", {"status": 3}),
    ("'a' < status < 'c'", {"status": "b"}),
    ("status in ('done', 'failed')", {"status": "failed"}),
    ("n not in [1, -2]", {"n": 2}),
    ("n in (1, -2, None)", {"n": -2}),
    ("x is None", {"x": None}),
    ("x is not None", {"x": [1]}),
    ("x == None", {"x": None}),
    ("flag", {"flag": True}),
    ("flag and n or False", {"flag": True, "n": 3}),
    ("not flag", {"flag": ""}),
    ("exists(n) and n > 1", {"n": 2}),
    ("not exists(m) or n > 1", {"n": 0}),
    ("not exists(n) or n > 1", {"n": 2}),
    ("len(x) == 3 and x.length == 3", {"x": [1, 2, 3]}),
    ("len(x) == 3", {"x": "abc"}),
    ("x.kind == 'mapping' and x.type == 'dict'", {"x": {}}),
    ("x.nbytes == 4", {"x": b"abcd"}),
    ("abs(a) == 3 and min(a, 2) == -3 and max(a, 2, 4) == 4", {"a": -3}),
    ("round(a) == 3 and round(a, 1) == 3.1", {"a": 3.14}),
    (" loss <\n 1 ", {"loss": 0}),
    ("größe > 1", {"größe": 2}),
]


@pytest.mark.parametrize(("text", "values"), TRUE, ids=[text for text, _ in TRUE])
def test_a_condition_that_holds_is_true(text: str, values: dict[str, object]) -> None:
    """Both in the kernel, which has the value, and in a client, which has its description."""
    assert evaluate(text, **values) == Verdict(True)


UNKNOWN: list[tuple[str, dict[str, object], str]] = [
    ("los < 1", {}, "there is no variable 'los'"),
    ("x < 1", {"x": [1]}, "'x': it is of type list, which is neither a number nor a text"),
    ("x == 1", {"x": object()}, "'x': it is of type object"),
    ("x", {"x": {}}, "'x': it is of type dict"),
    ("x < 1", {"x": "a"}, "a text and a number have no order"),
    ("x < 1", {"x": None}, "None and a number have no order"),
    ("x + 1 == 1", {"x": "a"}, "a text cannot be calculated with"),
    ("x * 'a' == 'aa'", {"x": 2}, "a text cannot be calculated with"),
    ("1 / x == 1", {"x": 0}, "division by zero"),
    ("x ** 0.5 == 1", {"x": -1}, "complex"),
    ("x ** 2 == 1", {"x": 1e300}, "too large"),
    ("10 ** 10 ** 10 == x", {"x": 1}, "the power is too large"),
    ("x ** x ** x == 1", {"x": 9}, "the power is too large"),
    ("x * x == 1", {"x": 1 << (MAX_BITS - 5)}, ""),
    ("round(x) == 1", {"x": math.nan}, "NaN"),
    ("round(x, -10 ** 9) == 1", {"x": 1}, "'round' takes"),
    ("min(x, 1) == 1", {"x": "a"}, "a text cannot be calculated with"),
    ("len(x) == 1", {"x": 3}, "it has no length"),
    ("x.shape[0] == 1", {"x": 3}, "it has no shape"),
    ("x.shape == (1, 2)", {"x": [1, 2]}, "it has no shape"),
    ("x == 1", {"x": 1j}, "1j is no real number"),
]


@pytest.mark.parametrize(("text", "values", "reason"), UNKNOWN, ids=[row[0] for row in UNKNOWN])
def test_what_cannot_be_worked_out_is_not_true(
    text: str, values: dict[str, object], reason: str
) -> None:
    """And has a reason; nothing is raised."""
    verdict = Condition(text).evaluate({name: facts(value) for name, value in values.items()}.get)
    assert not verdict.is_true
    assert verdict.reason
    assert reason in verdict.reason


def test_the_shape_of_a_table_is_a_tuple() -> None:
    """It can be compared, looked up and indexed."""
    frame = Variable("df", [], "table", "DataFrame", "pandas", shape=[0, 3], dtype="mixed")
    for text in (
        "df.shape == (0, 3)",
        "df.shape[0] == 0",
        "df.shape[-1] == 3",
        "df.shape in ((1, 1), (0, 3))",
        "df.shape != (1, 2) and len(df) == 0 and df.dtype == 'mixed'",
    ):
        assert Condition(text).evaluate({"df": Facts.of(frame)}.get) == Verdict(True)
    verdict = Condition("df.shape[2] == 1").evaluate({"df": Facts.of(frame)}.get)
    assert verdict.reason == "the shape (0, 3) has no item 2"
    verdict = Condition("df.shape > (0, 0)").evaluate({"df": Facts.of(frame)}.get)
    assert "have no order" in verdict.reason


REFUSED = [
    ("", 1, "something is missing at the end"),
    ("(loss", 1, "never closed"),
    ("loss 1", 6, "invalid syntax"),
    ("loss <", 7, ""),
    ("loss = 1", 6, "write '=='"),
    ("a & b", 3, "write 'and'"),
    ("a || b", 3, "write 'or'"),
    ("1 < 2", 1, "names no variable"),
    ("__import__('os').system('ls')", 1, "there is no function ''"),
    ("__import__('os')", 1, "there is no function '__import__'"),
    ("x.__class__", 1, "'.__class__' is not allowed"),
    ("x.append(1)", 1, "there is no function ''"),
    ("x[0] > 1", 1, "only a shape can be indexed"),
    ("x.shape[y] > 1", 9, "a constant is expected"),
    ("x.shape[0.5] > 1", 9, "is an int"),
    ("x.shape[0:1] > 1", 10, ":"),
    ("a.b.c > 1", 1, "is not allowed"),
    ("len(len(x)) > 1", 5, "a variable's name"),
    ("changed('x')", 9, "a variable's name"),
    ("changed(x, y)", 1, "does not take 2 arguments"),
    ("min(x) > 1", 1, "does not take 1 arguments"),
    ("min(*x) > 1", 1, "plain arguments"),
    ("isnam(x)", 1, "did you mean 'isnan'?"),
    ("lambda: x", 7, ":"),
    ("x if y else z", 1, "'if' is not allowed"),
    ("[i for i in x]", 1, "a comprehension is not allowed"),
    ("x is 1", 6, "for None only"),
    ("x is None is None", 6, "for None only"),
    ("1 < x is None", 10, "cannot be part of a chain"),
    ("x in y", 6, "a tuple or a list"),
    ("x in (1, y)", 10, "a constant is expected"),
    ("x @ y", 3, "is not allowed"),
    ("x << 2", 1, "this operator"),
    ("~x", 1, "is not allowed"),
    ("f'{x}' == 'a'", 1, "is not allowed"),
    ("x == b'a'", 6, "is not allowed"),
    ("x == 'a\\n'", 6, "is not allowed"),
    ("1or x", 1, "is not allowed"),
    ("x == 0x10", 6, "is not allowed"),
    ("x == 2j", 6, "is not allowed"),
    ("(x := 1)", 4, "is not allowed"),
    ("x; y", 2, "is not allowed"),
    ("x > 1 #", 7, "is not allowed"),
    ("größe + lambd > f(1)", 17, "there is no function 'f'"),
    ("x\0", 2, "is not allowed"),
    ("x > \ud800", 5, "is not allowed"),
]


@pytest.mark.parametrize(("text", "column", "what"), REFUSED, ids=[repr(row[0]) for row in REFUSED])
def test_a_text_that_is_no_condition_is_refused_with_its_place(
    text: str, column: int, what: str
) -> None:
    """The message names the column, the error has what is allowed, and JSON can carry it."""
    with pytest.raises(InvalidCondition, match=f"at column {column}:") as raised:
        Condition(text)
    assert what in raised.value.message
    assert "comparisons" in raised.value.expected
    raised.value.message.encode()


HOSTILE = [
    "(" * 500 + "x" + ")" * 499,
    "-" * 999 + "x",
    "not " * 249 + "x",
    "+".join(["x"] * 500),
    "**".join(["9"] * 300) + ">x",
    "x" + "<x" * 499,
    "[" * 400,
    "x" * (MAX_CONDITION_CHARS + 1),
    "x in " + "(" * 90 + "1," + ")" * 90,
    "9" * 999 + "<x",
    "'" + "a" * 990 + "'<x",
]


@pytest.mark.parametrize("text", HOSTILE, ids=[text[:12] for text in HOSTILE])
def test_a_monster_is_refused_or_evaluated_at_once(text: str) -> None:
    """No recursion error and no endless calculation comes out of it."""
    try:
        condition = Condition(text)
    except InvalidCondition:
        return
    condition.evaluate({"x": facts(10**300)}.get)


WORDS = (
    "x y loss 1 0.5 -3 10**9 'a' None True ( ) [ ] , . < <= == != > in not and or is + - * / // % "
    "** shape length changed exists len abs min max round isnan isinf x.shape[0] lambda if else "
    "f'{x}' \\ ; : = := @ ~ __import__ 9999999999 1e308 nan \n \x00 é \ud800"
)
PIECES = st.sampled_from(WORDS.split(" "))


@given(st.one_of(st.text(), st.lists(PIECES, max_size=40).map(" ".join)))
@example("x < 1")
@example("10 ** 10 ** 10 < x")
def test_no_text_raises_anything_but_the_error_of_the_language(text: str) -> None:
    """Whatever a client sends, it is a condition with a verdict or it is refused."""
    known = {"x": facts(3), "y": facts("a"), "loss": facts(math.nan)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            condition = Condition(text)
        except InvalidCondition as err:
            err.message.encode()
            return
    verdict = condition.evaluate(known.get, ["x"])
    assert type(verdict.is_true) is bool
    condition.message(known.get)


NUMBERS = st.one_of(st.integers(-50, 50), st.floats(allow_nan=True), st.booleans())
OPERATORS = "+ - * / // % < <= == != > >="
FORMULAS = st.recursive(
    st.sampled_from(["x", "y", "2", "0.5"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(OPERATORS.split()), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        inner.map(lambda part: f"(not {part})"),
        inner.map(lambda part: f"abs({part})"),
        st.tuples(inner, inner).map(lambda parts: f"max({parts[0]}, {parts[1]})"),
    ),
    max_leaves=12,
)


@given(FORMULAS, NUMBERS, NUMBERS)
def test_numbers_behave_as_in_python(formula: str, x: Any, y: Any) -> None:
    """A condition that is evaluated comes to what Python comes to; else Python raises too."""
    text = f"{formula} or x != x and False"
    verdict = Condition(text).evaluate({"x": facts(x), "y": facts(y)}.get)
    try:
        expected = bool(eval(text, {"x": x, "y": y, "abs": abs, "max": max}))
    except ArithmeticError:
        assert verdict.reason
    else:
        assert verdict == Verdict(expected)


touched: list[str] = []


class Hostile:
    """An object that notes every attempt to run its code."""

    def __getattribute__(self, name: str) -> Any:
        touched.append(name)
        raise RuntimeError(name)

    def _note(self, *args: object) -> Any:
        touched.append("operator")
        raise RuntimeError

    __eq__ = __ne__ = __lt__ = __gt__ = __bool__ = __len__ = __hash__ = _note  # type: ignore[assignment]
    __float__ = __int__ = __index__ = __iter__ = __contains__ = __repr__ = _note  # type: ignore[assignment]


class Number(float):
    """A number with operators of its own."""

    def __lt__(self, other: object) -> bool:
        touched.append("<")
        return True

    __eq__ = __gt__ = __le__ = __ge__ = __bool__ = __lt__  # type: ignore[assignment]
    __hash__ = float.__hash__


@pytest.mark.parametrize(
    "make", [Hostile, Number, lambda: [Hostile()]], ids=["object", "float", "list"]
)
def test_no_code_of_a_value_is_run(make: Callable[[], object]) -> None:
    """Whatever a condition asks of an object with operators of its own."""
    value = make()
    touched.clear()
    for text in (
        "x < 1", "1 < x", "x == 1", "x", "not x", "x in (1, 2)", "x is None", "len(x) > 0",
        "abs(x) > 1", "x + 1 > 1", "x.length == 1", "x.type == 'a'", "exists(x)", "changed(x)",
        "isnan(x)", "x.shape[0] == 0", "x.nbytes == 1", "max(x, 1) > 1",
    ):  # fmt: skip
        condition = Condition(text)
        condition.evaluate({"x": facts(value)}.get, ["x"])
        condition.message({"x": facts(value)}.get)
    assert touched == []


def test_a_value_is_not_kept() -> None:
    """Facts hold builtin scalars only: a large object can go while a condition is evaluated."""
    value = object()
    held = facts(value)
    assert value not in [getattr(held, name, None) for name in vars(held) if name != "_describe"]


def test_a_redacted_variable_answers_no_question_but_whether_it_is_there() -> None:
    """Or a rule could read a password, letter by letter."""
    key = Facts(lambda: describe("api_key", "secret", hides=lambda name: True))
    for text in ("k < 'm'", "k == 'secret'", "len(k) > 3", "k is None", "k.type == 'str'", "k"):
        assert Condition(text).evaluate({"k": key}.get) == Verdict(False, "'k': it is redacted")
    assert Condition("exists(k)").evaluate({"k": key}.get).is_true
    assert Condition("exists(k)").message({"k": key}.get) == "exists(k): k: it is redacted"


def test_a_client_does_not_guess_what_a_preview_leaves_out() -> None:
    """A text or a number that was cut is not compared."""
    cut = sent("a" * 300)
    assert "only the beginning" in Condition("x == 'a'").evaluate({"x": cut}.get).reason
    cut = sent(10**300, truncated=True)
    assert "only the beginning" in Condition("x == 1").evaluate({"x": cut}.get).reason
    with pytest.raises(Unknown, match="cannot be read"):
        sent("a", preview="'a").scalar()


def test_large_scalars_are_not_compared() -> None:
    """A text of a gigabyte and an int of a million digits cost no time."""
    assert (
        "too long" in Condition("x == 'a'").evaluate({"x": facts("a" * (MAX_CHARS + 1))}.get).reason
    )
    assert "too large" in Condition("x == 1").evaluate({"x": facts(1 << MAX_BITS)}.get).reason


def fired(text: str, steps: list[dict[str, object]]) -> list[bool]:
    """Feed one state after the other to a trigger."""
    trigger = Trigger(Condition(text))
    return [
        trigger.fires({name: facts(value) for name, value in step.items()}.get, list(step))
        for step in steps
    ]


def test_a_rule_fires_when_its_condition_becomes_true() -> None:
    """Once, and again after it was false or could not be evaluated."""
    steps: list[dict[str, object]] = [{"x": v} for v in (0, 2, 3, 0, 5, "a", 5)]
    assert fired("x > 1", steps) == [False, True, False, False, True, False, True]


def test_changed_fires_at_each_change() -> None:
    """Also together with something that goes on being true."""
    steps: list[dict[str, object]] = [{"x": 1}, {"y": 1}, {"x": 2}, {"x": 3}]
    assert fired("changed(x)", steps) == [True, False, True, True]
    assert fired("changed(x) and x > 1", [{"x": 1}, {"x": 2}, {"x": 3}]) == [False, True, True]


def test_a_condition_that_holds_already_waits_until_it_becomes_true_again() -> None:
    """A rule that is added late does not stop the first cell that it sees."""
    trigger = Trigger(Condition("x > 1"), {"x": facts(5)}.get)
    assert not trigger.fires({"x": facts(6)}.get, ["x"])
    assert not trigger.fires({"x": facts(0)}.get, ["x"])
    assert trigger.fires({"x": facts(2)}.get, ["x"])


def test_a_missing_variable_is_noted_with_what_may_have_been_meant() -> None:
    """The rule is good all the same: the variable may come."""
    condition = Condition("los < 1 and zebra > 1 and loss > 0")
    assert condition.notes(["loss", "x"]) == [
        "there is no variable 'los' yet; did you mean 'loss'?",
        "there is no variable 'zebra' yet",
    ]
    assert condition.names == ("los", "zebra", "loss")


def test_the_message_has_the_values_and_the_place() -> None:
    """As much of both as is known."""
    known = {"loss": facts(0.0931), "df": facts([1, 2]), "note": facts("a" * 200)}
    condition = Condition(" loss < 0.1 ")
    assert (
        condition.message(known.get, Origin(3, line=12))
        == "loss < 0.1: loss = 0.0931 (cell In [3], line 12)"
    )
    assert condition.message(known.get, Origin()) == "loss < 0.1: loss = 0.0931"
    assert condition.message(known.get, Origin(client="JupyterLab")).endswith(
        "(set from JupyterLab)"
    )
    assert Condition("changed(df)").message(known.get) == "changed(df): df: list of length 2"
    assert Condition("not exists(m)").message(known.get) == "not exists(m): no variable 'm'"
    assert len(Condition("changed(note)").message(known.get)) < 120
