"""Kernels and notebooks of other environments: what is installed there, and what runs where."""

from __future__ import annotations

import json
import os
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from commands import Done, command, notebook, python, run
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import start_new_kernel

import livens
from livens.client import environments
from livens.recorder import RecordingNotebookClient

pytestmark = pytest.mark.slow

WHERE = "import sys; where = sys.prefix"


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own, with the packages of this one."""
    made = make_environment(tmp_path_factory.mktemp("other"))
    site = min(path.resolve() for path in made.glob("[Ll]ib*/**/site-packages"))
    paths = [*filter(os.path.isdir, sys.path), str(Path(livens.__file__).parents[1])]
    (site / "here.pth").write_text("\n".join(paths))
    return made


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment without any package."""
    return make_environment(tmp_path_factory.mktemp("bare"))


def make_environment(directory: Path) -> Path:
    """Make an empty virtual environment."""
    venv.create(directory, symlinks=os.name != "nt", with_pip=False)
    return directory


def interpreter(environment: Path) -> str:
    """Return its Python."""
    return str(environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


@pytest.fixture
def install_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Install kernelspecs where Jupyter looks."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))

    def add(name: str, *argv: str, language: str = "python") -> None:
        folder = tmp_path / "jupyter" / "kernels" / name
        folder.mkdir(parents=True)
        spec = {"argv": list(argv), "display_name": name, "language": language}
        (folder / "kernel.json").write_text(json.dumps(spec))

    return add


def written(path: Path, kernel: str, source: str = WHERE) -> Path:
    """Write a notebook that names a kernel."""
    nbformat.write(notebook(source, kernel=kernel), path)
    return path


def where(record: Path) -> str:
    """Return the environment that a recorded notebook ran in."""
    return livens.read_record(record).final["where"].preview.strip("'")


STOCK = ("-m", "ipykernel_launcher", "-f", "{connection_file}")


def test_a_notebook_runs_in_its_own_environment(
    other: Path, tmp_path: Path, install_spec: Callable[..., None]
) -> None:
    """By `run`, by nbclient's client, and by papermill; and a note says so."""
    install_spec("myenv", interpreter(other), *STOCK)
    path = written(tmp_path / "a.ipynb", "myenv")
    done = run(path, "--record", tmp_path / "r.jsonl")
    assert done.returncode == 0
    assert f"It runs on livens in {other}, where its kernel 'myenv' is." in done.stderr
    assert where(tmp_path / "r.jsonl") == str(other)
    again = nbformat.read(path, as_version=4)
    RecordingNotebookClient(again, record_file=str(tmp_path / "c.jsonl")).execute()
    assert where(tmp_path / "c.jsonl") == str(other)
    out = tmp_path / "p.ipynb"
    told = python("-m", "papermill", "--engine", "livens", path, out, "-p", "n", "5")
    assert told.returncode == 0, told.stderr
    assert where(tmp_path / "p.livens.jsonl") == str(other)


def test_an_environment_without_livens_is_refused(
    bare: Path, tmp_path: Path, install_spec: Callable[..., None]
) -> None:
    """Nothing runs in another one in silence; what to do is said, and each of it works."""
    install_spec("myenv", interpreter(bare), *STOCK)
    path = written(tmp_path / "a.ipynb", "myenv", f"open('ran', 'w')\n{WHERE}")
    done = run(path)
    assert done.returncode == 2
    assert f"the kernel 'myenv' in {bare}, where livens is not installed" in done.stderr
    assert f"--kernel livens runs it in {sys.prefix}" in done.stderr
    assert not (tmp_path / "ran").exists()
    from livens.exceptions import RunFailed

    with pytest.raises(RunFailed, match="install it there"):
        RecordingNotebookClient(nbformat.read(path, as_version=4)).execute()
    plain = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    options = ["-p", "livens.pytest_plugin", "-p", "no:cacheprovider", "--livens"]
    tested = python("-m", "pytest", *options, path, cwd=tmp_path, env=plain)
    assert "where livens is not installed" in tested.stdout
    assert not (tmp_path / "ran").exists()
    assert run(path, "--kernel", "livens").returncode == 0


def test_kernels_of_this_environment_run_on_livens(
    tmp_path: Path, install_spec: Callable[..., None]
) -> None:
    """Whatever they are called, and however their interpreter is written."""
    install_spec("here", sys.executable, *STOCK)
    install_spec("relative", "python", *STOCK)
    for kernel in ("here", "relative", "python3", ""):
        chosen = environments.choose_kernel(kernel, "a.ipynb")
        assert (chosen.name, chosen.note) == ("livens", "")
    folder = tmp_path / "jupyter" / "kernels" / "here"
    spec = {**json.loads((folder / "kernel.json").read_text()), "env": {"A_B": "1"}}
    (folder / "kernel.json").write_text(json.dumps(spec))
    assert environments.choose_kernel("here", "a.ipynb").spec.env == {"A_B": "1"}
    told = "The kernel 'gone' that it names is not installed here: it runs on livens."
    assert environments.choose_kernel("gone", "a.ipynb").note == told


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (("/no/such/python", *STOCK), "does not say whether it has livens (FileNotFoundError)"),
        (("conda", "run", "-n", "x", *STOCK[:2]), "does not say whether it has livens"),
        (("/opt/x/bin/xpython", "-f", "{connection_file}"), "expected one that an interpreter"),
        (("/opt/x/bin/python", "-m", "nb_conda.runner", *STOCK), "expected one that an interp"),
    ],
)
def test_a_kernel_that_cannot_be_asked_is_refused(
    argv: tuple[str, ...], told: str, tmp_path: Path, install_spec: Callable[..., None]
) -> None:
    """The message names the kernel, and `--kernel`."""
    install_spec("strange", *argv)
    done = run(written(tmp_path / "a.ipynb", "strange"))
    assert done.returncode == 2
    assert told in done.stderr
    assert "the kernel 'strange'" in done.stderr
    assert "--kernel livens" in done.stderr


def test_an_interpreter_that_does_not_answer_is_refused(
    tmp_path: Path, install_spec: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not waited for longer than a limit."""
    monkeypatch.setattr(environments, "ASK_S", 0.2)
    slow = tmp_path / "bin" / "python"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    install_spec("slow", str(slow), *STOCK)
    done = run(written(tmp_path / "a.ipynb", "slow"))
    assert done.returncode == 2
    assert "does not say whether it has livens (TimeoutExpired)" in done.stderr


@pytest.mark.parametrize(
    ("metadata", "is_refused"),
    [
        ({"kernelspec": {"name": "ir", "language": "R"}}, True),
        ({"language_info": {"name": "julia"}}, True),
        ({"kernelspec": 5}, False),
        ({"kernelspec": {"language": None}}, False),
        ({"language_info": {"name": "ipython"}}, False),
    ],
)
def test_one_rule_says_what_is_python(metadata: Any, is_refused: bool, tmp_path: Path) -> None:
    """`run` and the client of nbclient agree."""
    from livens.recording.notebooks import is_python

    made = notebook("x = 1")
    made.metadata.update(metadata)
    assert is_python(made) is not is_refused
    (tmp_path / "a.ipynb").write_text(json.dumps(made))
    done = run(tmp_path / "a.ipynb") if is_refused else Done(0, "", "")
    assert ("expected Python" in done.stderr) is is_refused


# -- install -------------------------------------------------------------------------------


def installed(prefix: Path, name: str = "livens") -> dict[str, Any]:
    """Read a kernelspec that was installed."""
    folder = prefix / "share" / "jupyter" / "kernels" / name
    assert (folder / "logo-svg.svg").is_file()
    found: dict[str, Any] = json.loads((folder / "kernel.json").read_text("utf-8"))
    return found


def test_both_commands_install_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernelspec with this very interpreter, which a Jupyter elsewhere starts."""
    options = ["--name", "mine", "--display-name", "Mine", "--env", "A_B", "1 2"]
    done = python("-m", "livens", "install", "--prefix", tmp_path / "a", *options)
    assert done.returncode == 0, done.stderr
    place = tmp_path / "a" / "share" / "jupyter" / "kernels" / "mine"
    assert f"Installed the kernel 'mine' in {place}.\nIt starts {sys.executable}." in done.stdout
    assert "does not look there" in done.stderr
    assert command("install", "--prefix", tmp_path / "b", *options).returncode == 0
    spec = installed(tmp_path / "a", "mine")
    assert spec == installed(tmp_path / "b", "mine")
    assert spec["argv"] == [sys.executable, "-m", "livens", "-f", "{connection_file}"]
    assert (spec["display_name"], spec["env"]) == ("Mine", {"A_B": "1 2"})
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "a" / "share" / "jupyter"))
    path = written(tmp_path / "n.ipynb", "mine", "import os; ab = os.environ['A_B']")
    assert run(path, "--record", tmp_path / "r.jsonl").returncode == 0
    assert livens.read_record(tmp_path / "r.jsonl").final["ab"].preview == "'1 2'"
    again = command("install", "--prefix", tmp_path / "a", *options)
    assert "in the place of the one that was there" in again.stdout
    KernelSpecManager().remove_kernel_spec("mine")
    assert not place.exists()


def test_the_kernelspec_is_for_this_user_or_this_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Jupyter looks for those of a user, and of the environment."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    assert command("install", "--user").returncode == 0
    spec = json.loads((tmp_path / "data/kernels/livens/kernel.json").read_text("utf-8"))
    assert spec["display_name"] == "Python 3 (livens)"
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "env"))
    assert command("install", "--sys-prefix", "--name", "Env").returncode == 0
    assert (
        json.loads((tmp_path / "env/share/jupyter/kernels/env/kernel.json").read_text("utf-8"))[
            "display_name"
        ]
        == "Env"
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--name", "my env"], "'my env' cannot be the name of a kernel: expected letters"),
        (["--name", "../x"], "'../x' cannot be the name of a kernel"),
        (["--name", ""], "'' cannot be the name of a kernel"),
        (["--user"], "not allowed with argument --prefix"),
        (["--env", "A"], "expected 2 arguments"),
        (["--nam", "x"], "unrecognized arguments: --nam x"),
    ],
)
def test_what_cannot_be_installed_is_said(options: list[str], told: str, tmp_path: Path) -> None:
    """In our words, with the code 2, and nothing is written."""
    done = command("install", "--prefix", tmp_path / "a", *options)
    assert done.returncode == 2
    assert told in done.stderr
    assert not (tmp_path / "a").exists()


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """With the options that name other places."""
    (tmp_path / "file").write_text("")
    done = command("install", "--prefix", tmp_path / "file")
    assert done.returncode == 2
    assert "cannot be written (" in done.stderr
    assert "--user for this user" in done.stderr


def test_other_words_of_the_launcher_work() -> None:
    """`--help` is ours and says where the rest is; `--version` and the kernel are ipykernel's."""
    told = python("-m", "livens", "--help")
    assert told.returncode == 0
    assert told.stdout.startswith("usage: python -m livens install")
    assert max(map(len, told.stdout.splitlines())) <= 80
    assert "usage: python -m livens install [-h]" in python("-m", "livens", "install", "-h").stdout
    assert python("-m", "livens", "--version").stdout.strip()
    manager, client = start_new_kernel(kernel_name="livens")
    try:
        assert client.kernel_info(reply=True, timeout=60)["content"]["implementation"] == "livens"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
