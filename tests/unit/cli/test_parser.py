"""Errors of the command line: one sentence, with what may have been meant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from livens import cli


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["rnu"], "jupyter livens: no such command: 'rnu'"),
        (["rnu"], "; did you mean 'run'?"),
        (["wach", "--once"], "; did you mean 'watch'?"),
        (["run", "a.ipynb", "--jbos", "2"], "arguments: --jbos 2; did you mean '--jobs'?"),
        (["run", "a.ipynb", "--time", "3"], "; did you mean '--timeout'?"),
        (["run", "a.ipynb", "--out=b"], "--out=b; did you mean '--output'?"),
        (["watch", "--exsiting"], "; did you mean '--existing'?"),
        (["watch", "a.json", "b.json"], "jupyter livens watch: unrecognized arguments: b.json\n"),
        (["diff", "a", "b", "--reltol", "1"], "; did you mean '--rel-tol'?"),
        (["report", "r", "--format", "htlm"], "; did you mean 'html'?"),
        (["run"], "the following arguments are required: NOTEBOOK"),
        (["run", "a.ipynb", "--dry"], "unrecognized arguments: --dry\n"),
    ],
)  # fmt: skip
def test_error(argv: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The error is the first line, the second says where the help is; there is no usage."""
    with pytest.raises(SystemExit) as caught:
        cli.main(argv)
    assert caught.value.code == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 2)
    assert message in err
    assert err.splitlines()[1].startswith("See `jupyter livens")


@pytest.fixture
def _own_application() -> Iterator[None]:
    """Leave no application behind, whose log others would write to."""
    yield
    from livens.cli.console_app import LivensConsoleApp

    LivensConsoleApp.clear_instance()


@pytest.mark.usefixtures("_own_application")
@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--bogus"], "no option --bogus; see"),
        (["--bogus=1"], "no option --bogus=1; see"),
        (["--exsiting"], "no option --exsiting; did you mean '--existing'?"),
        (["--simple-promt"], "did you mean '--simple-prompt'?"),
        (["notebook.ipynb"], "'notebook.ipynb' is no option"),
        (["--ip"], "expected one argument"),
        (["-Z"], "no option -Z"),
    ],
)
def test_console(argv: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The console's options are jupyter_console's: an error is a line, not its whole usage."""
    assert cli.main(["console", *argv]) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert err.startswith("jupyter livens console: ")
    assert message in err
