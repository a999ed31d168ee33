"""Names of secrets hide their values, whatever the value is in."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain import Thing

from livens.values import adapters
from livens.values.descriptions import describe
from livens.values.redaction import DEFAULT_PATTERNS, Redactor

adapters.register_all()

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


def test_secrets_are_redacted() -> None:
    """Names that match a pattern show no value, as variable, attribute, key and field."""
    hides = Redactor().hides
    assert describe("api_key", "abc", hides=hides).preview == "redacted"
    shown = [
        describe("v", value, hides=hides).preview
        for value in ({"password": "abc"}, Thing(auth_token="abc"), [{"x": {"secret": "abc"}}])
    ]
    assert not [text for text in shown if "abc" in text]


@pytest.mark.parametrize(
    ("name", "is_hidden"),
    [
        ("password", True), ("db_password", True), ("API_KEY", True), ("apikey", True),
        ("githubToken", True), ("token", True), ("access_token", True), ("clientSecret", True),
        ("AWS_SECRET_ACCESS_KEY", True), ("private_key", True), ("credentials", True),
        ("tokens", False), ("tokenizer", False), ("keyboard", False), ("key", False),
        ("secretary", False), ("passenger", False), ("x", False),
    ],
)  # fmt: skip
def test_default_patterns(name: str, is_hidden: bool) -> None:
    """The usual names of secrets are hidden, and words that only look like them are not."""
    assert Redactor().hides(name) is is_hidden


def test_bad_pattern_is_named() -> None:
    """A redact pattern that is no regular expression is refused with its text."""
    with pytest.raises(ValueError, match=r"'\('"):
        Redactor(["("])
