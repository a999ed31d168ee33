"""Parameters of the command line: the last one wins, and a value may look like an option."""

from __future__ import annotations

import pytest

from livens.cli.options import make_parser
from livens.cli.parameters import marked
from livens.recording.notebooks import parse_parameters


def parsed(*words: str) -> dict[str, object]:
    """Return the parameters of a command line, which runs a.ipynb."""
    args = make_parser().parse_args(marked(["run", "a.ipynb", *words]))
    assert args.notebooks == ["a.ipynb"]
    return dict(parse_parameters(args.parameters))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("--parameters year=2024 -p year 7", {"year": 7}),
        ("-p year 7 --parameters year=2024", {"year": 2024}),
        ("-p year 7 -p year 8", {"year": 8}),
        ("--parameters year=1 city=a --parameters year=2 -p city b", {"year": 2, "city": "b"}),
        ("--parameters year=1 year=2", {"year": 2}),
        ("--parameter year 1 -p month 2 --parameters year=3", {"year": 3, "month": 2}),
    ],
)
def test_the_last_parameter_of_the_command_line_wins(words: str, found: dict[str, object]) -> None:
    """Whichever way each of them is given."""
    assert parsed(*words.split()) == found


def test_the_last_one_wins_for_two_spellings_that_python_takes_for_one() -> None:
    """The cell assigns them in the order of the command line, also after one was given twice."""
    assert list(parsed("-p", "fit", "1", "-p", "ﬁt", "2", "-p", "fit", "3")) == ["ﬁt", "fit"]


VALUES = [
    "-1e-3", "-inf", "-5", "-.5", "-0", "--foo", "-o", "--", "-p", "-nan", "-1_000", "- 5", "", " ",
    "-x y", "a=b", "-=", "None", "0x10", "1_000", "2024-01-01", "'q'", "--parameters",
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES)
def test_a_value_is_what_papermill_takes_for_one(value: str) -> None:
    """Papermill's own command line reads the same words, and gives the same value."""
    theirs = pytest.importorskip("papermill.cli")
    words = ["-p", "x", value, "-p", "y", "1"]
    context = theirs.papermill.make_context("papermill", ["a.ipynb", "b.ipynb", *words])
    expected = {name: theirs._resolve_type(text) for name, text in context.params["parameters"]}
    assert repr(parsed(*words)) == repr(expected)


def test_a_parameter_without_a_value_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """The usage names what is missing."""
    with pytest.raises(SystemExit):
        parsed("-p", "x")
    assert "expected 2 arguments" in capsys.readouterr().err


def test_what_follows_two_dashes_is_a_notebook() -> None:
    """As for every other program."""
    args = make_parser().parse_args(marked(["run", "--", "-p"]))
    assert args.notebooks == ["-p"]


def test_the_name_may_stand_right_behind_the_option() -> None:
    """As papermill reads it."""
    assert parsed("-prate", "-1e-3") == {"rate": -0.001}
