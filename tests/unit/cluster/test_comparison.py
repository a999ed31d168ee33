"""One name in many processes: what is the same is only said where the whole values are known."""

from __future__ import annotations

import pytest

from livens.cluster.comparison import compare
from livens.protocol.types import REDACTED, Variable
from livens.values.descriptions import describe


def _variables(*values: object) -> dict[int | str, Variable | None]:
    return {number: describe("v", value) for number, value in enumerate(values)}


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ((1, 1, 1), "same"),
        ((1, 2), "differs"),
        ((1, 1.0), "differs"),
        ((0.1 + 0.2, 0.3), "differs"),
        ((True, True), "same"),
        ((None, None), "same"),
        (("a", "a"), "same"),
        (("a" * 5_000, "a" * 5_000), "not compared"),
        (([1, 2], [1, 2]), "not compared"),
        (([1, 2], [1, 2, 3]), "differs"),
        ((float("nan"), float("nan")), "same"),
    ],
)
def test_verdict(values: tuple[object, ...], verdict: str) -> None:
    """Numbers and short texts are whole in their previews; containers are not."""
    assert compare(_variables(*values)).verdict == verdict


def test_ends_name_who_has_them() -> None:
    """The smallest and the largest number are shown as they are."""
    found = compare(_variables(0.5, -3, 10**30, 2))
    assert (found.low, found.high) == (("-3", 1), (str(10**30), 2))


@pytest.mark.parametrize("odd", ["text", float("nan"), None, [1]])
def test_no_ends_where_one_is_no_number(odd: object) -> None:
    """A smallest of some of them would be taken for that of all."""
    found = compare(_variables(1, odd))
    assert (found.low, found.high) == (None, None)


def test_missing_name_differs() -> None:
    """Who has no such name is told."""
    values = {**_variables(1, 1), "third": None}
    found = compare(values)
    assert (found.verdict, found.missing) == ("differs", ["third"])


@pytest.mark.parametrize(
    "hidden",
    [
        Variable("v", [], "text", "str", status="skipped", reason="it raised"),
        Variable("v", [], "text", "str", reason=REDACTED),
        Variable("v", [], "number", "int", preview="1", status="stale"),
    ],
    ids=["skipped", "redacted", "stale"],
)
def test_what_is_not_known_is_not_compared(hidden: Variable) -> None:
    """Two values that are both not shown may be anything."""
    assert compare({0: hidden, 1: hidden}).verdict == "not compared"
