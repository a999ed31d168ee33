"""What CI runs: all tests, each stage once, and a failure that is told."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STAGES = {
    *("demo", "install", "test", "test-pythons", "test-foreign-ci"),
    *("test-panel", "test-panel-lowest", "test-server", "guard"),
}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither bash nor make")


def run_ci(folder: Path, cores: int, failing: str = "") -> subprocess.CompletedProcess[str]:
    """Call `.ci/run` where every stage only prints its name, and one may fail."""
    (folder / ".ci").mkdir()
    (folder / ".ci/run").write_bytes((ROOT / ".ci/run").read_bytes())
    (folder / "bin").mkdir()
    (folder / "bin/getconf").write_text(f"#!/bin/sh\necho {cores}\n")
    (folder / "bin/getconf").chmod(0o755)
    makefile = f".PHONY: {' '.join(STAGES)}\n{' '.join(STAGES)}:\n\t@echo 'the words of '$@\n"
    makefile += f"\t@test $@ != '{failing}'\n"
    (folder / "Makefile").write_text(makefile)
    return subprocess.run(
        ["bash", ".ci/run"],
        cwd=folder,
        env={**os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_stages_are_targets() -> None:
    """`.ci/run` calls nothing that `make` does not have."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert {name for name in STAGES if re.search(rf"^{name}:", makefile, re.M)} == STAGES


@pytest.mark.parametrize("cores", [1, 2])
def test_every_stage_is_run_once(tmp_path: Path, cores: int) -> None:
    """On one core and on more all stages are run, and each is shown whole, with its time."""
    done = run_ci(tmp_path, cores)
    assert done.returncode == 0, done.stderr
    assert sorted(re.findall("the words of (.*)", done.stdout)) == sorted(STAGES)
    for name in STAGES:
        shown = rf"the words of {name}\nStage \d, `make {name}`: passed in \d+ s\n"
        assert re.search(shown, done.stdout), done.stdout
    assert re.search(r"stages: 9 passed, 0 failed, in \d+ s\n\Z", done.stdout)


@pytest.mark.parametrize("cores", [1, 2])
@pytest.mark.parametrize("failing", ["demo", "test", "test-panel-lowest", "guard"])
def test_a_stage_that_fails_is_told_at_the_end(tmp_path: Path, cores: int, failing: str) -> None:
    """Its output is shown once more at the very end, and nothing is begun after it."""
    done = run_ci(tmp_path, cores, failing)
    assert done.returncode == 1
    end = done.stdout.partition(f"What failed in `make {failing}`")[2]
    assert f"the words of {failing}\n" in end
    assert re.search(r"stages: \d passed, 1 failed, in \d+ s\n\Z", end)
    assert ("Begun: `make guard`" in done.stdout) == (failing == "guard")


def test_all_tests_are_run() -> None:
    """`make test` names every folder that holds tests."""
    named = re.findall(
        r"^(?:UNIT|KERNEL|SERVER|PYODIDE)_TESTS := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.M
    )
    tests = [path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py")]
    folders = {"/".join(path.parts[:2]) for path in tests}
    assert folders <= {word for words in named for word in words.split()}
