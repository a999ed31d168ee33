"""Conditions and rules: what they come to, when they fire, and what they say then."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from known import facts, sent

from livens.protocol.types import Origin, Variable
from livens.rules.conditions import Condition, Trigger, Verdict
from livens.rules.facts import MAX_BITS, Facts


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
