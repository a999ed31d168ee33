"""Plain Python scripts that joined: watched like kernels, and else what they were."""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from commands import command, python
from joined import joined

from livens.client.blocking import watch
from livens.client.running_kernels import find_running
from livens.exceptions import NotAllowed

PLAIN = """
import os, sys
print(__name__, os.path.basename(__file__), sys.argv[1:], os.path.basename(sys.path[0]))
import helper
print(helper.VALUE, __spec__ is None, sorted(n for n in globals() if not n.startswith("__")))
sys.stdout.flush()
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture(autouse=True)
def _own_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no kernels but ours: some are found by their files among the temporary ones."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)  # it is kept from what was TMPDIR before


def test_script_runs_as_python_runs_it(tmp_path: Path) -> None:
    """Its output, its arguments, its module and its exit code are those of ``python SCRIPT``."""
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "helper.py").write_text("VALUE = 7")
    script = folder / "plain.py"
    script.write_text(PLAIN)
    plain = python(script, 3, "--epochs=2", "-x")
    ours = python("-m", "livens.cli", "join", script, 3, "--epochs=2", "-x")
    assert plain.returncode == 3
    assert (ours.stdout, ours.returncode, ours.stderr) == (plain.stdout, 3, "")
    assert not list((tmp_path / "runtime").glob("*"))


def test_error_of_a_script_is_its_own(tmp_path: Path) -> None:
    """The traceback begins in the script, and the exit code is Python's."""
    script = tmp_path / "fails.py"
    script.write_text("def f():\n    1 / 0\nf()\n")
    done = python("-m", "livens.cli", "join", script)
    assert done.returncode == 1
    assert done.stderr == python(script).stderr


def test_missing_script_is_named(tmp_path: Path) -> None:
    """Nothing is started."""
    done = command("join", tmp_path / "none.py")
    assert (done.returncode, "none.py" in done.stderr) == (2, True)


def test_globals_functions_and_rank_are_told(tmp_path: Path) -> None:
    """What the script stores, in place too, and what runs with its locals."""
    source = """
    import sys
    losses = [1.0]
    def train(text):
        step = 3
        losses.append(0.5)
        print("ready", flush=True)
        sys.stdin.readline()
        global best
        best = text
        print("done", flush=True)
        sys.stdin.readline()
    train("a")
    """
    with joined(tmp_path, source=source, RANK="1", WORLD_SIZE="2") as script:
        (kernel,) = find_running()
        assert (kernel.mode, kernel.pid) == ("lite", script.process.pid)
        assert Path(kernel.notebook).name == "work.py"
        assert kernel.cell is not None
        with watch(kernel.connection_file, frames="all") as changes:
            assert changes.variables["losses"].preview == "[1.0, 0.5]"
            process = changes.process
            assert process is not None
            assert (process.host, process.pid) == (platform.node(), script.process.pid)
            assert (process.rank, process.world) == (1, 2)
            while not changes.frames:
                changes.next(30)
            frame = changes.frames[0]
            assert (frame.function, Path(frame.file).name) == ("train", "work.py")
            assert {v.name: v.preview for v in frame.variables} == {"text": "'a'", "step": "3"}
            script.run("go")
            while "best" not in changes.variables:
                changes.next(30)
            assert changes.variables["best"].preview == "'a'"


def test_nothing_can_be_changed(tmp_path: Path) -> None:
    """It is refused with the reason, and the process does not say that it could."""
    with joined(tmp_path, 4) as script:
        (kernel,) = find_running()
        with watch(kernel.connection_file) as changes:
            assert not {"set", "delete", "rename", "stop", "state.list"} & {*changes.capabilities}
            with pytest.raises(NotAllowed):
                changes.set("loss", "1")
            assert changes.request("inspect", path=[["name", "loss"]])
            script.run("loss = 9")
            while changes.variables["loss"].preview != "9":
                changes.next(30)


def test_last_values_come_before_the_end(tmp_path: Path) -> None:
    """The end of a script is told at once, after what it stored last."""
    with joined(tmp_path, 4) as script:
        (kernel,) = find_running()
        with watch(kernel.connection_file) as changes:
            assert script.process.stdin is not None
            script.process.stdin.write("loss = 'the last'\n")
            script.process.stdin.close()
            for _ in changes:  # which ends with the process
                pass
            assert changes.variables["loss"].preview == "'the last'"
        assert script.process.wait(30) == 0
        assert not Path(kernel.connection_file).exists()


def test_killed_script_leaves_nothing_behind_for_long(tmp_path: Path) -> None:
    """Its connection file is removed by whoever looks next."""
    with joined(tmp_path, 4) as script:
        (kernel,) = find_running()
        script.process.kill()
        script.process.wait(30)
        assert find_running() == []
        assert not Path(kernel.connection_file).exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_forked_child_says_nothing_and_takes_nothing_away(tmp_path: Path) -> None:
    """As a worker of a data loader: its end is not the end of its parent."""
    with joined(tmp_path, 4) as script:
        (kernel,) = find_running()
        with watch(kernel.connection_file) as changes:
            script.run(
                "import os; pid = os.fork(); loss = 'the child' if pid == 0 else 'the parent'; "
                "pid or sys.exit(); os.waitpid(pid, 0)"
            )
            while changes.variables["loss"].preview != "'the parent'":
                assert changes.variables["loss"].preview != "'the child'"
                changes.next(30)
            script.run("loss = 'after'")
            while changes.variables["loss"].preview != "'after'":
                changes.next(30)
        assert Path(kernel.connection_file).exists()


def test_one_line_in_a_script_joins(tmp_path: Path) -> None:
    """`livens.cluster.join` returns the connection file, each time the same."""
    code = (
        "import json, sys, livens.cluster as c; x = 5; first = c.join(); "
        "print(json.dumps([first, c.join()]), flush=True); sys.stdin.read()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], text=True, **pipes) as process:
        assert process.stdout is not None
        first, second = json.loads(process.stdout.readline())
        assert first == second
        with watch(first) as changes:
            assert changes.variables["x"].preview == "5"
        process.send_signal(signal.SIGKILL)


def test_no_place_for_the_file_stops_no_script(tmp_path: Path) -> None:
    """It is said, and the script runs."""
    (tmp_path / "file").write_text("")
    script = tmp_path / "runs.py"
    script.write_text("print('it ran')")
    env = {**os.environ, "JUPYTER_RUNTIME_DIR": str(tmp_path / "file" / "below")}
    done = python("-m", "livens.cli", "join", script, env=env)
    assert (done.returncode, done.stdout) == (0, "it ran\n")
    assert "cannot be watched" in done.stderr
