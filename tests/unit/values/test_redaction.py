"""Which names hide their values."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livens.values.redaction import DEFAULT_PATTERNS, Redactor

DEFAULTS = [re.compile(pattern) for pattern in DEFAULT_PATTERNS]


@given(st.one_of([st.from_regex(pattern) for pattern in DEFAULTS]))
def test_every_name_that_a_default_pattern_matches_is_hidden(name: str) -> None:
    """The short way to say no leaves out nothing that the patterns would find."""
    if any(pattern.search(name.lower()) for pattern in DEFAULTS):
        assert Redactor().hides(name.lower())


@pytest.mark.parametrize("name", ["password", "dbPassword", "MY_API_KEY", "pwd", "idToken"])
def test_secrets_are_hidden(name: str) -> None:
    """In any of the usual ways to write a name."""
    assert Redactor().hides(name)


@pytest.mark.parametrize("name", ["tokens", "keyboard", "passwords_seen", "monkey", "Überkey"])
def test_names_that_only_look_like_secrets_are_shown(name: str) -> None:
    """Words that contain a secret's name are no secret."""
    assert not Redactor().hides(name)


def test_own_patterns_take_the_place_of_the_defaults() -> None:
    """What the user asks for is hidden, and nothing else."""
    hides = Redactor(["salary"]).hides
    assert hides("mySalary")
    assert not hides("password")
    assert not Redactor([]).hides("password")
