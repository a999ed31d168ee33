"""Names of secrets hide their values, whatever the value is in."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain import Thing

from livens.protocol.redaction import DEFAULT_PATTERNS, Redactor
from livens.values import adapters
from livens.values.descriptions import describe

adapters.register_all()

DEFAULTS = [re.compile(pattern) for pattern in DEFAULT_PATTERNS]


WORDS = sorted({word for pattern in DEFAULT_PATTERNS for word in re.findall("[a-z]+", pattern)})


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), st.sampled_from(["_", ""]))
def test_every_name_that_a_default_pattern_matches_is_hidden(words: list[str], by: str) -> None:
    """The short way to say no leaves out nothing that the patterns would find."""
    name = by.join(words)
    is_found = any(pattern.search(name) for pattern in DEFAULTS)
    assert Redactor().hides(name) == is_found


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


def test_more_patterns_are_added_to_the_defaults() -> None:
    """What is named besides is hidden as well, in any of the usual ways to write a name."""
    hides = Redactor(extra=["salary", "^x-own$"]).hides
    assert [hides(name) for name in ("mySalary", "Salary", "X-Own", "password")] == [True] * 4
    assert not hides("max_tokens")


def test_names_of_any_length_are_decided_at_once() -> None:
    """A key of a mapping may be a text of a million characters."""
    assert Redactor().hides("a_password_" * 100_000)
    assert not Redactor().hides("pass_" * 200_000 + "x")


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
        ("DB_PASS", True), ("pass", True), ("smtp_pass", True), ("pw", True), ("db_pw", True),
        ("passwd", True), ("MYSQL_PWD", True), ("mysqlpwd", True), ("dbpassword", True),
        ("PGPASSWORD", True), ("password2", True), ("passwords", True), ("passphrase", True),
        ("jwt", True), ("bearer", True), ("auth", True), ("basic_auth", True), ("o_auth", True),
        ("auth_header", True), ("Authorization", True), ("Proxy-Authorization", True),
        ("X-Api-Key", True), ("X-Auth-Token", True), ("Set-Cookie", True), ("cookie", True),
        ("cookies", True), ("cookie_jar", True), ("session_id", True), ("sessionId", True),
        ("connect.sid", True), ("PHPSESSID", True), ("csrfmiddlewaretoken", True),
        ("otp", True), ("pin", True), ("userPIN", True), ("pin_code", True), ("mfa_code", True),
        ("DBPassword", True), ("APIKeys", True), ("access_key_id", True), ("accountKey", True),
        ("openai_key", True), ("fernet_key", True), ("ssh_key", True), ("old_token", True),
        ("access_tokens", True), ("SLACK_BOT_TOKEN", True), ("creds", True),
        ("seed_phrase", True), ("recovery_codes", True), ("password_hash", True),
        ("tokens", False), ("tokenizer", False), ("keyboard", False), ("key", False),
        ("secretary", False), ("passenger", False), ("x", False), ("keys", False),
        ("n_tokens", False), ("max_tokens", False), ("num_tokens", False), ("token_ids", False),
        ("token_count", False), ("eos_token", False), ("pad_token", False), ("next_token", False),
        ("compass", False), ("passed", False), ("pass_rate", False), ("first_pass", False),
        ("forward_pass", False), ("low_pass", False), ("bypass", False), ("author", False),
        ("authority", False), ("cookies_eaten", False), ("cookiecutter", False),
        ("primary_key", False), ("foreign_key", False), ("sort_key", False),
        ("public_key", False), ("cache_key", False), ("password_length", False),
        ("password_attempts", False), ("has_token", False), ("is_secret", False),
        ("session", False), ("pin_memory", False), ("spinner", False), ("shipping", False),
        ("bearing", False), ("zip_code", False), ("opinion", False), ("station_id", False),
        ("residual", False), ("power", False), ("email", False),
    ],
)  # fmt: skip
def test_default_patterns(name: str, is_hidden: bool) -> None:
    """The usual names of secrets are hidden, and words that only look like them are not."""
    assert Redactor().hides(name) is is_hidden


def test_bad_pattern_is_named() -> None:
    """A redact pattern that is no regular expression is refused with its text."""
    with pytest.raises(ValueError, match=r"'\('"):
        Redactor(["("])
