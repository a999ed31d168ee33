"""Conditions ask a value for little: none of its code runs, and nothing of it is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from known import facts, sent

from livens.rules.conditions import Condition, Verdict
from livens.rules.facts import MAX_BITS, MAX_CHARS, Facts, Unknown
from livens.values.descriptions import describe

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
