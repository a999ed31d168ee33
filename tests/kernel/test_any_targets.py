"""Any targets for any inputs, with real runs: `make prove-targets` tries five hundred."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from gates import IS_PROOF
from target_worlds import try_commands

from livens.recording import saving

COMMANDS = 500 if IS_PROOF else 6
"""Five hundred take some minutes; tests/unit/recording/test_any_targets.py tries many without a
kernel."""


@pytest.mark.timeout(3600)
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the folders have pipes")
def test_no_input_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No command changes an input, or anything that is something else than what it writes."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(saving.tempfile, "tempdir", str(tmp_path / "tmp"))
    codes = try_commands(range(1000, 1000 + COMMANDS), tmp_path, monkeypatch)
    assert codes[0] > 1
    assert codes[2] > 1
