"""Which web pages may call a server, by the options of ``serve``."""

from __future__ import annotations

import argparse
import re

import pytest

from livens.cli.serve_origins import add_origins, origin_arguments
from livens.exceptions import RunFailed


def arguments(*given: str, is_loopback: bool = True) -> list[str]:
    """Return what Jupyter Server is given."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ip", default="0.0.0.0")
    add_origins(parser)
    return origin_arguments(parser.parse_args(given), is_loopback=is_loopback)


def test_without_an_environment_jupyter_decides() -> None:
    """Nothing is set."""
    assert arguments() == []


def test_production_lets_in_exactly_what_is_listed() -> None:
    """Without a list, nothing."""
    (given,) = arguments(
        "--environment=production", "--allow-origin=https://A.example", "--allow-origin=http://b:80"
    )
    pattern = given.removeprefix("--ServerApp.allow_origin_pat=")
    assert re.fullmatch(pattern, "https://a.example")
    assert re.fullmatch(pattern, "http://b:80")
    assert not re.fullmatch(pattern, "https://axexample")
    (given,) = arguments("--environment=production")
    assert not re.fullmatch(given.removeprefix("--ServerApp.allow_origin_pat="), "")


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (["--environment=development"], "all machines"),
        (["--allow-origin=https://a.example"], "--environment production"),
        (["--environment=production", "--allow-origin=a.example"], "is no origin"),
        (["--environment=production", "--allow-origin=https://a.example/"], "is no origin"),
        (["--environment=production", "--allow-origin=*"], "is no origin"),
        (["--environment=production", "--allow-origin=https://"], "is no origin"),
    ],
)
def test_what_does_not_go_together(given: list[str], word: str) -> None:
    """The error says what is expected."""
    with pytest.raises(RunFailed, match=word):
        arguments(*given, is_loopback=False)
