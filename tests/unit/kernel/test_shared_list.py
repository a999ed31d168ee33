"""Clients are told which variables are shared, by which store, and which are not, and why."""

from __future__ import annotations

from pathlib import Path

import pytest
from kept_shells import kept_shell

from livens.kernel.keeping_settings import nothing_kept
from livens.kernel.shared_list import shared_list
from livens.kernel.shared_names import need_binding
from livens.kernel.sharing import close_sharing, sharing_of
from livens.protocol.state_requests import StateList


def test_variables_are_told_with_their_store(tmp_path: Path) -> None:
    """One that is no plain data is told with the reason; a dict by key is one variable."""
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    with kept_shell(tmp_path / "archive.sqlite") as kept:
        assert shared_list(kept.shell).variables == []
        kept.run("x = 1; params = {'lr': 0.1, 'n': 3}; bad = (i for i in 'ab'); other = 2")
        sharing = sharing_of(kept.shell)
        assert sharing is not None
        try:
            bindings = [need_binding(name, "both", "end", False) for name in ("x", "bad")]
            link = sharing.share(url, [*bindings, need_binding("params", "write", "end", True)])
            link.outgoing.write(is_last=True)
            found = {each.name: each for each in shared_list(kept.shell).variables}
            assert set(found) == {"x", "params", "bad"}
            assert (found["x"].policy, found["x"].reason) == ("both", "")
            assert found["x"].store == link.store.label
            assert (found["params"].policy, found["params"].reason) == ("write", "")
            assert "generator" in found["bad"].reason
        finally:
            close_sharing(kept.shell)
        assert shared_list(kept.shell).variables == []


def test_nothing_kept_is_said_without_an_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the path where one would be; as soon as there is one, it has to be asked."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    path = tmp_path / "livens" / "archive.sqlite"
    shell = object()
    assert nothing_kept(shell) == StateList(is_on=False, file=str(path))
    path.parent.mkdir()
    path.touch()
    assert nothing_kept(shell) is None
