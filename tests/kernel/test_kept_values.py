"""Kinds of values are kept by a process that is killed, and restored in another one.

`LIVENS_RESTORE_WITH` names another Python for the second process: `make prove-state-pythons`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kept_cases import ALL, CASES, Case

pytestmark = [pytest.mark.slow, pytest.mark.every_python("the source of functions and classes")]

SUPPORT = Path(__file__).parents[1] / "support"
OTHER = os.environ.get("LIVENS_RESTORE_WITH", sys.executable)


def run(python: str, step: str, folder: Path) -> tuple[int, dict[str, Any]]:
    """Run a step in a process of its own; returns how it ended, and what it found of each case."""
    program = [python, str(SUPPORT / "kept_values.py"), step, str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    if python != sys.executable:
        package = str(Path(__file__).parents[2] / "kernel")
        environment["PYTHONPATH"] = os.pathsep.join([package, str(SUPPORT)])
    ended = subprocess.run(program, capture_output=True, env=environment, timeout=100, check=False)
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    assert found, ended.stderr.decode()
    return ended.returncode, {case["case"]: case for case in found}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the two processes found."""
    folder = tmp_path_factory.mktemp("kept")
    ended, kept = run(sys.executable, "keep", folder)
    assert ended == -signal.SIGKILL
    ended, restored = run(OTHER, "restore", folder)
    assert ended == 0
    return kept, restored


def test_there_are_enough_kinds() -> None:
    """Each has a name of its own, and most are restored whole."""
    assert len({case.name for case in ALL}) == len(ALL) >= 70
    assert sum(not case.refused for case in ALL) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_kind_comes_back_or_is_refused_with_its_reason(case: Case, found: Any) -> None:
    """What is checked in the first process holds in the second, which can keep it again."""
    kept, restored = (side.get(case.name, {"error": "it is missing"}) for side in found)
    assert "error" not in kept, kept["error"]
    assert_reasons(kept["refused"], case.refused)
    is_elsewhere = sys.executable != OTHER
    if is_elsewhere and restored.get("is_absent"):
        return  # the other Python has not what it needs
    assert "error" not in restored, restored["error"]
    if is_elsewhere and case.is_of_one_python:
        assert restored["refused"]
        assert all("was kept by Python 3." in reason for reason in restored["refused"].values())
        return
    if is_elsewhere and case.of_one_version and restored["refused"]:
        words = f"was kept with {case.of_one_version} "
        assert all(words in reason for reason in restored["refused"].values())
        return
    assert_reasons(restored["refused"], case.not_restored)
    assert restored["again"] == {}
    gone = {*case.refused, *case.not_restored}
    assert set(restored["names"]) == set(kept["names"]) - gone


def assert_reasons(found: dict[str, str], expected: dict[str, str]) -> None:
    """Fail unless these names are refused, each with a reason that has these words."""
    assert found.keys() == expected.keys(), found
    for name, reason in expected.items():
        assert reason in found[name], name
