"""What a condition may say: any other text is refused, whatever it is."""

from __future__ import annotations

import math
import warnings

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from known import facts

from livens.exceptions import InvalidCondition
from livens.rules.conditions import MAX_CONDITION_CHARS, Condition

REFUSED = [
    ("", 1, "something is missing at the end"),
    ("(loss", 1, "never closed"),
    ("loss 1", 6, "invalid syntax"),
    ("loss <", 7, ""),
    ("loss = 1", 6, "write '=='"),
    ("a & b", 3, "write 'and'"),
    ("a || b", 3, "write 'or'"),
    ("1 < 2", 1, "names no variable"),
    ("__import__('os').system('ls')", 1, "methods are not called; "),
    ("__import__('os')", 1, "there is no function '__import__'"),
    ("x.__class__", 1, "'.__class__' is not allowed"),
    ("x.append(1)", 1, "methods are not called; the figures of data are .nulls, .min"),
    ("foo.bar() > 3", 1, "and the functions are changed, exists, len"),
    ("loss.mean() < 1", 1, "methods are not called; write 'loss.mean'"),
    ("df['v'].isnull().sum() == 0", 1, "write 'df['v'].nulls'"),
    ("df['v'].nunique() > 1", 1, "write 'df['v'].unique'"),
    ("np.isnan(x)", 1, "write 'isnan(x)'"),
    ("np.mean(x) > 1", 1, "write 'x.mean'"),
    ("cfg.get('lr') > 1", 1, "write 'cfg['lr']'"),
    ("x.any()", 1, "write 'any(x)'"),
    ("f()()", 1, "only a function is called, by its name; the functions are"),
    ("foo(x)", 1, "there is no function 'foo'; the functions are changed, exists"),
    ("x[y] > 1", 3, "a constant is expected"),
    ("x[0:1] > 1", 4, ":"),
    ("x[(1, 2)] > 1", 3, "a key is a number or a text"),
    ("x['a'].__class__ == 1", 1, "'.__class__' is not allowed"),
    ("x.__dict__['a'] == 1", 1, "'.__dict__' is not allowed"),
    ("(1).real > 0 and x", 2, "a variable's name"),
    ("f(x).y > 1", 1, "a variable's name"),
    ("len(x.min) > 1", 5, "'.min' says of one"),
    ("df['id'].unique", 1, "write 'df['id'].unique == rows(df['id'])' if all have to differ"),
    ("not x.unique", 5, "how many different values"),
    ("changed(x['a'])", 9, "a variable's name"),
    ("any(1 < 2) or x", 5, "the items of a value are tested here"),
    ("any(x + 1 > 2)", 5, "the items of a value are tested here"),
    ("any(a > 1 and b > 2)", 15, "the items of one value, and 'a' is another"),
    ("all(x is None)", 10, "write isnan(x)"),
    ("any(x in y)", 10, "a tuple or a list"),
    ("all(0 < 1 < x)", 5, "next to what they are compared with"),
    ("any(isnan(x), y)", 1, "does not take 2 arguments"),
    ("x.shape[y] > 1", 9, "a constant is expected"),
    ("x.shape[0.5] > 1", 9, "is an int"),
    ("x.shape[0:1] > 1", 10, ":"),
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
