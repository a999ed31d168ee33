"""A panel switches keeping on and off, and shows what an earlier session kept before it asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from kept_shells import KeptShell, kept_shell

from livens.kernel.state_actions import carry_out
from livens.protocol.messages import decode_params
from livens.protocol.requests import RESULTS
from livens.protocol.state_requests import StateName


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.sqlite"


@pytest.fixture
def shell(path: Path) -> Iterator[KeptShell]:
    with kept_shell(path) as shell:
        shell.wait()
        yield shell


def ask(shell: KeptShell, method: str, **params: Any) -> Any:
    """Ask as the endpoint does; the answer fits the protocol."""
    answer = carry_out(shell.actions, method, decode_params(method, params), "JupyterLab")
    return msgspec.convert(msgspec.to_builtins(answer), RESULTS[method])


def names_of(found: Any) -> dict[str, StateName]:
    return {name.name: name for name in found.names}


def test_keeping_is_switched_off_and_on(shell: KeptShell) -> None:
    """What was kept stays; what is set meanwhile is kept when it is on again."""
    shell.run("x = 1")
    assert not ask(shell, "state.keep", on=False).is_on
    shell.run("y = 2")
    off = ask(shell, "state.list")
    assert (off.is_on, off.names) == (False, [])
    assert ask(shell, "state.keep", on=True).is_on
    shell.wait()
    found = names_of(ask(shell, "state.list"))
    assert {found[name].outcome for name in "xy"} == {"kept"}


def test_names_of_an_earlier_session_come_with_cells_and_reasons(
    shell: KeptShell, path: Path
) -> None:
    """Of that session only, whatever this one has; what went is not among them."""
    shell.run("x = 1; gone = 2")
    shell.run("y = [x]; g = (i for i in 'ab'); del gone")
    shell.wait()
    shell.close()
    with kept_shell(path) as other:
        other.run("mine = 1")
        other.wait()
        earlier = ask(other, "state.list", limit=1).earlier[0]
        assert not earlier.is_running
        found = names_of(ask(other, "state.list", session=earlier.session))
        assert {name: (n.outcome, n.cell) for name, n in found.items()} == {
            "x": ("kept", 1), "y": ("kept", 2), "g": ("not kept", 2)
        }  # fmt: skip
        assert "generator" in found["g"].reason
        assert found["y"].nbytes > 0
        assert set(names_of(ask(other, "state.list"))) == {"mine"}


def test_what_may_be_kept_soon_is_told_apart(shell: KeptShell) -> None:
    """From what cannot be kept: the one has no reason yet."""
    shell.run("g = (i for i in 'ab')")
    shell.namespace["late"] = 1  # which nobody has noticed yet
    found = names_of(ask(shell, "state.list"))
    assert (found["late"].outcome, found["late"].is_pending) == ("not kept", True)
    assert (found["g"].outcome, found["g"].is_pending) == ("not kept", False)
