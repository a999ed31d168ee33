"""Shells complete commands, options and their values, for both names of the command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from livens import cli
from livens.cli.completion import script

pytestmark = pytest.mark.skipif(os.name != "posix", reason="shells of POSIX")

LINES = [
    ("jupyter-livens rep", {"report", "replay"}),
    ("jupyter-livens run --ret", {"--retries"}),
    ("jupyter-livens run --color ", {"auto", "always", "never"}),
    ("jupyter-livens completion ", {"bash", "zsh", "fish"}),
    ("jupyter l", {"livens"}),
    ("jupyter livens wa", {"watch"}),
    ("jupyter livens run --dur", {"--durations"}),
    ("jupyter livens report --format ", {"html", "text", "json"}),
]

BASH = """
source "$1"
for line in "${@:2}"; do
  read -ra COMP_WORDS <<< "$line"
  [[ $line == *" " ]] && COMP_WORDS+=("")
  COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
  COMPREPLY=()
  complete=$(complete -p "${COMP_WORDS[0]}")
  complete=${complete##*-F }
  ${complete%% *}
  echo "${COMPREPLY[*]}"
done
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for shell, name in (("bash", "b"), ("zsh", "_jupyter-livens"), ("fish", "f")):
        (tmp_path / name).write_text(script(shell))
    return tmp_path


def test_bash(folder: Path) -> None:
    """What bash would offer; notebooks are files."""
    (folder / "a.ipynb").touch()
    lines = [*LINES, ("jupyter livens run a.ip", {"a.ipynb"})]
    done = subprocess.run(
        ["bash", "-c", BASH, "bash", "b", *(line for line, _ in lines)],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
    )
    offered = [set(words.split()) for words in done.stdout.splitlines()]
    assert offered == [expected for _, expected in lines], done.stderr


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish(folder: Path) -> None:
    """What fish would offer."""
    for line, expected in LINES:
        done = subprocess.run(
            ["fish", "--no-config", "-c", f'source f; complete -C "{line}"'],
            capture_output=True,
            text=True,
            check=True,
            cwd=folder,
        )
        offered = {words.split("\t")[0] for words in done.stdout.splitlines()}
        assert expected <= offered, line


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh(folder: Path) -> None:
    """What zsh completes, in a terminal: it has no other way to ask."""
    child = pexpect.spawn("zsh", ["-f"], cwd=folder, encoding="utf-8", timeout=60)
    try:
        child.sendline(f"PS1='ready> '; fpath=({folder} $fpath)")
        child.sendline("autoload -Uz compinit; compinit -u -d .dump; echo compinit-done")
        child.expect("compinit-done\r\n")
        for line, completed in (
            ("jupyter-livens run --retr", "--retries"),
            ("jupyter livens run --durat", "--durations"),
            ("jupyter livens wat", "watch"),
            ("jupyter l", "livens"),
        ):
            child.send(f"{line}\t")
            child.expect(completed[-3:])
            child.send("\x15")
    finally:
        child.close(force=True)


def test_command(capsys: pytest.CaptureFixture[str]) -> None:
    """The script is all that is printed; a shell that is not known is refused by name."""
    assert cli.main(["completion", "bash"]) == 0
    assert capsys.readouterr().out == script("bash")
    with pytest.raises(SystemExit):
        cli.main(["completion", "bsh"])
    assert "did you mean 'bash'?" in capsys.readouterr().err


def test_loaded_for_nothing_else() -> None:
    """What makes the scripts is not loaded by other commands."""
    code = (
        "import sys\nfrom livens.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "sys.exit('shtab' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
