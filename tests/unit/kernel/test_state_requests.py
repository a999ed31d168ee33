"""Clients ask for kept states by the protocol, and are told what others did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from kept_shells import KeptShell, kept_shell

from livens.exceptions import NotAllowed
from livens.kernel.state_actions import carry_out
from livens.protocol.messages import decode_params
from livens.protocol.requests import RESULTS


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[KeptShell]:
    with kept_shell(tmp_path / "archive.sqlite") as shell:
        shell.wait()
        yield shell


def ask(shell: KeptShell, method: str, **params: Any) -> Any:
    """Ask as the endpoint does; the answer fits the protocol."""
    answer = carry_out(shell.actions, method, decode_params(method, params), "JupyterLab")
    return msgspec.convert(msgspec.to_builtins(answer), RESULTS[method])


def test_list_says_what_the_panel_shows(shell: KeptShell) -> None:
    """Names with reasons, cells with what they changed, and the file."""
    shell.run("x = 1; g = (i for i in 'ab')")
    shell.run("y = [x]")
    found = ask(shell, "state.list")
    assert found.is_on
    assert Path(found.file).is_file()
    assert {name.name: name.outcome for name in found.names} == {
        "g": "not kept", "x": "kept", "y": "kept"
    }  # fmt: skip
    assert next(name.reason for name in found.names if name.name == "g")
    assert [(cell.cell, cell.changed, cell.not_kept) for cell in found.cells] == [
        (None, [], []), (1, ["x"], ["g"]), (2, ["y"], [])
    ]  # fmt: skip
    assert found.cells[2].code == "y = [x]"
    assert len(ask(shell, "state.list", limit=1).cells) == 1


def test_back_and_restore_tell_who_asked(shell: KeptShell, tmp_path: Path) -> None:
    """As for any change by a client."""
    shell.run("x = 1")
    shell.run("x = 2")
    done = ask(shell, "state.back", cell=2)
    assert [(name.name, name.outcome) for name in done.names] == [("x", "restored")]
    assert "files" in done.notes[0]
    described = shell.watcher.view.describe("x")
    assert described is not None
    assert described.changed_by is not None
    assert described.changed_by.client == "JupyterLab"
    assert ask(shell, "state.diff", cell=1).added == ["x"]


def test_what_cannot_be_done_is_refused_in_words(shell: KeptShell) -> None:
    """With the code of `NotAllowed`, whatever it was."""
    for method, params, words in (
        ("state.back", {"cell": 7}, None),
        ("state.restore", {}, "No earlier session"),
        ("state.restore", {"session": 99}, "no session 99"),
        ("state.forget", {}, "without names"),
    ):
        if words is None:
            ask(shell, method, **params)
            continue
        with pytest.raises(NotAllowed, match=words):
            ask(shell, method, **params)
