"""Secrets in texts are found by what they look like, and by the names beside them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livens.protocol import secret_texts
from livens.protocol.redaction import Redactor

masked = Redactor().masked

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_def"

SECRETS = {
    # What is known by its form; the whole of it is left out.
    "sk-proj-abcdefghijklmnop1234": "redacted",
    "key: sk-ant-api03-abcdefghijklmnop": "key: redacted",
    "ghp_" + "a1" * 18: "redacted",
    "github_pat_" + "a" * 82: "redacted",
    "glpat-" + "a" * 20: "redacted",
    "xoxb-1234567890-abcdef": "redacted",
    "AKIAIOSFODNN7EXAMPLE": "redacted",
    "AIza" + "x" * 35: "redacted",
    "hf_" + "a" * 34: "redacted",
    "npm_" + "a" * 36: "redacted",
    "SG." + "a" * 22 + "." + "b" * 43: "redacted",
    JWT: "redacted",
    "sk_live_" + "a" * 24: "redacted",
    "pypi-" + "a" * 40: "redacted",
    "dop_v1_" + "a" * 64: "redacted",
    "-----BEGIN RSA PRIVATE KEY-----\nab\n-----END RSA PRIVATE KEY-----\nx": "redacted\nx",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nab": "redacted",
    # Credentials: the place and the user stay.
    "postgres://me:hunter2@db/x": "postgres://me:redacted@db/x",
    "redis://:hunter2@h:6379/0": "redis://:redacted@h:6379/0",
    "https://a:b@c@host/x": "https://a:redacted@host/x",
    "https://0123456789abcdef0123@host": "https://redacted@host",
    "https://x.com/?access_token=abc&n=3": "https://x.com/?access_token=redacted&n=3",
    "https://s3/x?X-Amz-Signature=abc&n=3": "https://s3/x?X-Amz-Signature=redacted&n=3",
    "https://hooks.slack.com/services/T0/B0/" + "X" * 24: "https://hooks.slack.com/redacted",
    "Server=x;Uid=me;Password=p w;x=1": "Server=x;Uid=me;Password=redacted;x=1",
    "AccountName=x;AccountKey=abc==;y=1": "AccountName=x;AccountKey=redacted;y=1",
    "host=db password=s3cret user=me": "host=db password=redacted user=me",
    "Bearer abcdef": "Bearer redacted",
    "401 for bearer 0123abcd at once": "401 for bearer redacted at once",
    "Basic dXNlcjpwYXNz": "Basic redacted",
    "Authorization: Basic dXNlcjpwYXNz": "Authorization: redacted",
    "X-Api-Key: abc\nAccept: */*": "X-Api-Key: redacted\nAccept: */*",
    # What a name in the text says.
    '{"password": "abc", "user": "me"}': '{"password": redacted, "user": "me"}',
    "{'api_key': 'x\\'y', 'n': 1}": "{'api_key': redacted, 'n': 1}",
    "DB_PASSWORD=abc\nX=1": "DB_PASSWORD=redacted\nX=1",
    "connect(password=f('a', 'b'), host='h')": "connect(password=redacted, host='h')",
    "login(password='a' + 'b', user='x')": "login(password=redacted, user='x')",
    "password == 'abc' and n == 'x'": "password == redacted and n == 'x'",
    "curl --password hunter2 http://x": "curl --password redacted http://x",
    "password: str = 'abc'": "password: str = redacted",
}


@pytest.mark.parametrize(("text", "shown"), SECRETS.items())
def test_secrets_are_left_out(text: str, shown: str) -> None:
    """Nothing of the secret is shown, and the rest of the text is."""
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Bearer instrument of debt",
        "the bearer of news",
        "Basic Instructions",
        "git@github.com:a/b",
        "ssh://git@github.com/a",
        "http://localhost:8888/lab?n=3",
        "task-list-of-things-that-are-long",
        "risk-free investment of the year",
        "-----BEGIN CERTIFICATE-----\nab",
        "max_tokens=5, author='me', first_pass=True",
        "12:30:45 key event: pressed",
        "api_key = os.environ['API_KEY']",
        "token = os.getenv('HF_TOKEN')",
        "if password == other:",
        "sqlite:///x.db",
        "KeyError: 'x'",
        "PasswordError: wrong length",
        "    password: str",
    ],
)
def test_other_texts_are_as_they_are(text: str) -> None:
    """Words, addresses and expressions that hold no secret are shown."""
    assert masked(text) == text


@given(st.text(max_size=300))
def test_any_text_can_be_searched(text: str) -> None:
    """Whatever is in a text, what is left is the text with pieces replaced."""
    pieces = masked(text).split("redacted")
    at = 0
    for piece in pieces:
        at = text.index(piece, at) + len(piece)


@given(st.sampled_from(sorted(SECRETS)), st.sampled_from(["", "x ", "('", '{"a": "', "\n"]))
def test_a_secret_is_found_within_other_text(secret: str, before: str) -> None:
    """What stands before it, such as a quote, makes no difference to a key."""
    if SECRETS[secret] == "redacted":
        assert secret.splitlines()[0] not in masked(f"{before}{secret}")


HOSTILE = [
    "key=" + "x" * 1_000_000,
    "token: " * 150_000,
    "://a:" * 200_000 + "@",
    "eyJ" * 300_000 + ".",
    'key "' + '"' * 500_000 + "=",
    "password=(" * 20_000,
    "-----BEGIN PRIVATE KEY-----" * 30_000,
    "key=\n" + " " * 500_000,
    "'pass'\n" * 100_000 + ":",
]


@pytest.mark.timeout(100)
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_the_search_tries_no_place_twice(text: str) -> None:
    """The time grows with the length of a text: what tries each place anew would take hours."""
    assert len(masked(text)) <= len(text)


def test_nothing_is_searched_where_nothing_is_to_be_hidden() -> None:
    """Without a pattern, or where texts are to be left alone, a text is what it is."""
    assert Redactor([]).masked("Bearer 0123abcd") == "Bearer 0123abcd"
    assert Redactor(in_texts=False).masked("Bearer 0123abcd") == "Bearer 0123abcd"
    assert Redactor(extra=["salary"]).masked("salary=90000 a year") == "salary=redacted a year"


def test_spans_that_touch_are_one() -> None:
    """A secret that two rules find is replaced once."""
    assert secret_texts.merged([(0, 3), (3, 5), (9, 9), (7, 8)]) == [(0, 5), (7, 8)]
