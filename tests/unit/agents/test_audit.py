"""What agents change is written down before, for their owner only, and without secrets."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from livens.agents.audit import AuditLog, Who
from livens.exceptions import NotAllowed

WHO = Who("a model (MCP)", "1b2c", "e1", "set")


def lines(file: Path) -> list[dict[str, Any]]:
    """Read the log."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_change_and_its_end(tmp_path: Path) -> None:
    """Both say who, where, and which tool."""
    file = tmp_path / "folder" / "audit.jsonl"
    log = AuditLog(file)
    log.begun(WHO, {"name": "x", "expression": "1 + 1"})
    log.ended(WHO, "done")
    begun, ended = lines(file)
    assert (begun["event"], begun["client"], begun["kernel"]) == ("asked", "a model (MCP)", "1b2c")
    assert (begun["name"], begun["expression"]) == ("x", "1 + 1")
    assert (ended["event"], ended["outcome"]) == ("ended", "done")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "what",
    [
        {"name": "password", "expression": "'hunter2'"},
        {"code": "api_key = 'hunter2'"},
        {"code": "connect('postgres://me:hunter2@db/sales')"},
    ],
)
def test_secrets_are_masked(tmp_path: Path, what: dict[str, str]) -> None:
    """By their names, and by their look."""
    file = tmp_path / "audit.jsonl"
    AuditLog(file).begun(WHO, what)
    assert "hunter2" not in file.read_text(encoding="utf-8")


def test_a_text_stays_on_its_line(tmp_path: Path) -> None:
    """Code with line breaks cannot make a line that nobody wrote."""
    file = tmp_path / "audit.jsonl"
    AuditLog(file).begun(WHO, {"code": 'x = 1\n{"event": "ended"}\n\u2028'})
    assert len(lines(file)) == 1


def test_what_cannot_be_written_down_is_refused(tmp_path: Path) -> None:
    """The error names the file; that a change has ended is not worth an error."""
    file = tmp_path / "folder"
    file.mkdir()
    with pytest.raises(NotAllowed, match="cannot be written"):
        AuditLog(file).begun(WHO, {})
    AuditLog(file).ended(WHO, "done")
