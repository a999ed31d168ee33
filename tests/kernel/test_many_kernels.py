"""All kernels of a machine in one view: every last value, and who has died or hangs."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from commands import command
from joined import Script, joined

from livens.cluster import kernels, members
from livens.cluster.fleet import Fleet
from livens.cluster.kernels import watch_kernels
from livens.cluster.members import Member


@pytest.fixture(autouse=True)
def _own_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, variable in (("runtime", "JUPYTER_RUNTIME_DIR"), ("temporary", "TMPDIR")):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(variable, str(tmp_path / name))
    monkeypatch.setattr(tempfile, "tempdir", None)  # it is kept from what was TMPDIR before
    monkeypatch.setattr(kernels, "SCAN_S", 0.2)
    monkeypatch.setattr(members, "SILENT_S", 1.0)


@pytest.fixture
def scripts(tmp_path: Path) -> Iterator[list[Script]]:
    """Three processes that can be watched, each with a `loss` of its own."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(joined(tmp_path, number, name=f"work_{number}.py"))
            for number in range(3)
        ]


def _of(fleet: Fleet, number: int) -> Member | None:
    found = [m for m in fleet.members.values() if m.title.endswith(f"work_{number}.py")]
    return found[0] if found else None


def _until(fleet: Fleet, is_so: Callable[[], object]) -> None:
    """Read until something is so; pytest ends what never is."""
    while not is_so():
        fleet.wait(0.5)


def _loss(fleet: Fleet, number: int) -> str:
    member = _of(fleet, number)
    variable = member and member.variables.get("loss")
    return variable.preview if variable else ""


def test_all_are_watched_and_one_that_dies_or_hangs_disturbs_no_other(
    scripts: list[Script], tmp_path: Path
) -> None:
    """The others' values come on; one that comes later joins."""
    told: list[tuple[str, str]] = []
    with watch_kernels(
        names="loss", on_member=lambda m: told.append((Path(m.title).name, m.state))
    ) as fleet:
        _until(fleet, lambda: [_loss(fleet, n) for n in range(3)] == ["0.0", "0.5", "1.0"])
        os.kill(scripts[0].process.pid, signal.SIGSTOP)
        scripts[1].process.kill()
        scripts[1].process.wait(30)
        _until(fleet, lambda: {("work_0.py", "silent"), ("work_1.py", "ended")} <= {*told})
        scripts[2].run("loss = 77")
        _until(fleet, lambda: _loss(fleet, 2) == "77")
        member = _of(fleet, 1)
        assert member is not None
        assert str(scripts[1].process.pid) in member.reason
        os.kill(scripts[0].process.pid, signal.SIGCONT)
        scripts[0].run("loss = 'back'")
        _until(fleet, lambda: _loss(fleet, 0) == "'back'")
        with joined(tmp_path, 8, name="work_3.py"):
            _until(fleet, lambda: _loss(fleet, 3) == "4.0")
            _until(fleet, lambda: told.count(("work_3.py", "watched")))
    counts = {name: told.count((name, state)) for name, state in told if state == "ended"}
    assert counts == {"work_1.py": 1}


def test_commands_show_all(scripts: list[Script]) -> None:
    """A table of processes, of one name in all of them, and JSON Lines."""
    scripts[2].run("import numpy; data = numpy.zeros(1000)")
    everything = command("watch", "--all", "--once").stdout
    assert all(f"work_{number}.py" in everything for number in range(3))
    assert "data 8.0 kB" in everything
    losses = command("watch", "--all", "--once", "--names", "loss").stdout
    rows = {line.split()[1]: line.split()[2] for line in losses.splitlines() if "work_" in line}
    assert rows == {"work_0.py": "0.0", "work_1.py": "0.5", "work_2.py": "1.0"}
    lines = command("watch", "--all", "--once", "--json", "--names", "loss").stdout.splitlines()
    told = [json.loads(line) for line in lines]
    values = {v["preview"] for each in told for v in each["change_set"].get("changed", [])}
    assert values == {"0.0", "0.5", "1.0"}


def test_nobody_there_is_no_error() -> None:
    """An empty table: kernels may come."""
    done = command("watch", "--all", "--once")
    assert (done.returncode, done.stderr) == (0, "")
