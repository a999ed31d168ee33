"""Engines of a real cluster of ipyparallel, with CurveZMQ: all ways in which they run code."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import command
from jupyter_client import session

from livens.cluster import engines, members
from livens.cluster.fleet import Fleet
from livens.exceptions import ConnectionFailed

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="processes are stopped by signals"),
    pytest.mark.filterwarnings("default"),  # those of ipyparallel and its sockets
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Two engines that load livens by themselves, and a client; encrypted."""
    with pytest.MonkeyPatch.context() as patch:
        # ipyparallel changes how all sessions of this process read dates: not for longer than here.
        patch.setattr(session, "extract_dates", session.extract_dates)
        import ipyparallel
        from traitlets.config import Config

        folder = tmp_path_factory.mktemp("ipython")
        patch.setenv("IPYTHONDIR", str(folder))
        config = Config(
            {"EngineLauncher": {"engine_args": ["--InteractiveShellApp.extensions=livens"]}}
        )
        started = ipyparallel.Cluster(
            n=2,
            config=config,
            profile_dir=str(folder / "profile_default"),
            controller_args=["--IPController.enable_curve=True"],
            shutdown_atexit=False,
        )
        client = started.start_and_connect_sync(activate=False)
        try:
            yield client
        finally:
            client.close()
            started.stop_cluster_sync()


@pytest.fixture
def fleet(cluster: Any) -> Iterator[Fleet]:
    """A watch of both engines, which has begun."""
    with engines.watch(cluster, frames="all") as watched:
        _until(watched, lambda: {m.state for m in watched.members.values()} == {"watched"})
        yield watched


def _until(fleet: Fleet, is_so: Callable[[], object]) -> None:
    while not is_so():
        fleet.wait(0.5)


def _values(fleet: Fleet, name: str) -> dict[Any, str]:
    return {k: m.variables[name].preview for k, m in fleet.members.items() if name in m.variables}


def _counts(name: str, number: int, gate: str) -> int:
    """Store a few numbers, each after the last one was seen; runs in the engines."""
    import pathlib
    import time

    for value in range(number):
        globals()[name] = value
        while not pathlib.Path(gate, f"{name}-{value}").exists():
            time.sleep(0.005)
    return number


_counts.__module__ = "__main__"  # it is sent as it is: no engine can import this file


CELL = """
import pathlib, time
for {name} in range(3):
    while not pathlib.Path({gate!r}, f"{name}-{{{name}}}").exists():
        time.sleep(0.005)
"""

WAYS: dict[str, Callable[[Any, str, str], Any]] = {
    "execute": lambda c, name, gate: c[:].execute(CELL.format(name=name, gate=gate)),
    "px": lambda c, name, gate: c[:].execute(CELL.format(name=name, gate=gate), silent=False),
    "apply": lambda c, name, gate: c[:].apply_async(_counts, name, 3, gate),
    "balanced": lambda c, name, gate: c.load_balanced_view().apply_async(_counts, name, 3, gate),
}


@pytest.mark.parametrize("way", WAYS)
def test_each_store_of_running_code_is_seen(
    cluster: Any, fleet: Fleet, tmp_path: Path, way: str
) -> None:
    """While it runs: the code waits until the value was seen in every engine that runs it."""
    assert cluster.curve_serverkey
    running = WAYS[way](cluster, way, str(tmp_path))
    expected = 1 if way == "balanced" else 2
    for value in range(3):
        _until(fleet, lambda v=value: [*_values(fleet, way).values()] == [str(v)] * expected)
        (tmp_path / f"{way}-{value}").touch()
    running.get(timeout=60)
    _until(fleet, lambda: all(m.busy_since is None for m in fleet.members.values()))


def test_functions_that_are_applied_are_seen_with_their_locals(
    cluster: Any, fleet: Fleet, tmp_path: Path
) -> None:
    """What runs by ``apply`` counts as a cell, so that its frames are told."""
    running = cluster[:].apply_async(_counts, "seen", 1, str(tmp_path))

    def found() -> list[Any]:
        frames = [m.frames[0] for m in fleet.members.values() if m.frames]
        return [f for f in frames if f.function == "_counts" and f.variables]

    _until(fleet, lambda: len(found()) == 2)
    assert {v.name for v in found()[0].variables} >= {"name", "number", "gate", "value"}
    (tmp_path / "seen-0").touch()
    running.get(timeout=60)


def test_client_and_controller_hear_nothing_of_it(cluster: Any, fleet: Fleet) -> None:
    """What livens tells is nobody's doing: the client's outputs and the log stay as they are."""
    before = _log()
    assert before
    result = cluster[:].execute("print('a'); loud = 1", silent=False)
    result.get(timeout=60)
    _until(fleet, lambda: len(_values(fleet, "loud")) == 2)
    assert result.stdout == ["a\n", "a\n"]
    assert "comm_msg" not in _log().removeprefix(before)


def _log() -> str:
    """Return the controller's log, which the fixture's folder has."""
    logs = Path(os.environ["IPYTHONDIR"]).rglob("ipcontroller*.log")
    return "".join(file.read_text() for file in sorted(logs))


def test_command_compares_the_engines(cluster: Any, tmp_path: Path) -> None:
    """Names x engines, with the smallest, the largest, and what differs."""
    cluster[:].execute("same = 4", block=True)
    cluster[:].scatter("part", [1, 2], block=True)
    cluster[:].execute("loss = part[0] / 2", block=True)
    file = tmp_path / "ipcontroller-client.json"
    file.write_text(json.dumps(dict(cluster._config)))
    shown = command("watch", "--cluster", file, "--once", "--names", "same", "loss").stdout
    rows = {line.split()[0]: line.split()[1:] for line in shown.splitlines()[2:]}
    assert rows["same"] == ["4", "(0)", "4", "(0)", "same", "4", "4"]
    assert rows["loss"] == ["0.5", "(0)", "1.0", "(1)", "differs", "0.5", "1.0"]


def _is_wrapped() -> bool:
    from IPython import get_ipython

    return "do_apply" in vars(get_ipython().kernel)  # type: ignore[union-attr]


_is_wrapped.__module__ = "__main__"


def test_engine_without_livens_says_what_to_do(cluster: Any, fleet: Fleet) -> None:
    """It has ended, with the remedy as its reason; loaded again, it can be watched again."""
    cluster[0].execute("%unload_ext livens", silent=False).get(timeout=60)
    try:
        with engines.watch(cluster) as other:
            _until(other, lambda: other.members[0].state == "ended")
            assert "%load_ext livens" in other.members[0].reason
            _until(other, lambda: other.members[1].state == "watched")
        assert cluster[0].apply_sync(_is_wrapped) is False
    finally:
        cluster[0].execute("%load_ext livens", silent=False).get(timeout=60)


def test_engine_that_hangs_is_told_and_one_that_was_killed_too(
    cluster: Any, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one is watched on. The last test of this cluster."""
    monkeypatch.setattr(members, "SILENT_S", 1.0)
    pids = {key: m.process.pid for key, m in fleet.members.items() if m.process}
    os.kill(pids[0], signal.SIGSTOP)
    _until(fleet, lambda: fleet.members[0].state == "silent")
    cluster[1].execute("still = 'here'")
    _until(fleet, lambda: _values(fleet, "still") == {1: "'here'"})
    os.kill(pids[0], signal.SIGCONT)
    _until(fleet, lambda: fleet.members[0].state == "watched")
    os.kill(pids[1], signal.SIGKILL)
    _until(fleet, lambda: fleet.members[1].state == "ended")
    assert fleet.members[1].reason


def test_no_controller_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its id, by a file that is none, and by a file of one that has ended."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    with pytest.raises(ConnectionFailed, match="ipcluster"):
        engines.watch("none")
    wrong = tmp_path / "ipcontroller-client.json"
    wrong.write_text('{"key": "k"}')
    with pytest.raises(ConnectionFailed, match="is missing"):
        engines.watch(wrong)
    dead = dict.fromkeys(("control", "iopub", "notification", "registration"), 1)
    dead |= {"interface": "tcp://127.0.0.1", "key": "k", "signature_scheme": "hmac-sha256"}
    dead |= {"pack": "json", "unpack": "json"}
    began = time.monotonic()
    with pytest.raises(ConnectionFailed, match="No controller answers"):
        engines.watch(dead, timeout_s=0.1)
    assert time.monotonic() - began < 60
