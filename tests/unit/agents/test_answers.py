"""An answer is never longer than it may be, and never says that it is whole where it is not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from livens.agents.answers import LEAST_CHARS, MAX_CHARS, MOST_CHARS, Answer, moment


@given(
    st.lists(st.text(st.characters(blacklist_characters="\n"), max_size=300), max_size=80),
    st.integers(0, 6_000),
)
def test_no_answer_is_too_long(lines: list[str], limit: int) -> None:
    """Lines are whole or left out, in their order, and the marks are always there."""
    answer = Answer(["as_of: now"], limit)
    count = answer.fill(lines)
    if count < len(lines):
        answer.left_out(f"{len(lines) - count} left out")
    text = answer.text()
    assert len(text) <= min(max(limit, LEAST_CHARS), MOST_CHARS)
    shown = text.split("\n")[2 : 2 + count]
    assert shown == lines[:count]
    assert (f"{len(lines) - count} left out" in text) == (count < len(lines))


def test_limits() -> None:
    """Nobody gets more than there may be, and by default it is 4,000."""
    assert Answer().max_chars == MAX_CHARS == 4_000
    assert Answer((), 10**9).max_chars == MOST_CHARS
    assert Answer((), 1).max_chars == LEAST_CHARS


def test_a_long_head_is_cut() -> None:
    """The limit holds for livens' own words too."""
    assert len(Answer(["x" * 10_000], 500).text()) == 500


def test_moments_are_utc() -> None:
    """With milliseconds, as RFC 3339 has them."""
    assert moment(1_800_000_000.0) == "2027-01-15T08:00:00.000Z"
