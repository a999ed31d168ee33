"""What is read out of a preview."""

from __future__ import annotations

import pytest

from livens.protocol.previews import value_of


@pytest.mark.parametrize("text", ["object()", "{1: 2}", "f(x)", "(" * 1000, "b'a'", "1 +", ""])
def test_what_is_no_plain_value(text: str) -> None:
    """Only what JSON can hold is read out of a text, and nothing is executed."""
    with pytest.raises(ValueError, match=r".+"):
        value_of(text)
