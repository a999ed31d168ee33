"""`jupyter livens run`: every output is whole, whatever ends the run or fills the disk."""

from __future__ import annotations

import json
import os
import resource
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nbformat
import pytest
from commands import TIMEOUT_S, command, notebook_file, outputs, run, run_in_process

import livens

LONG = "import time\ntime.sleep(600)"
CLI = [sys.executable, "-m", "livens.cli", "run"]


def files(folder: Path) -> list[str]:
    """Return what is in a folder, with what is below it."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@contextmanager
def file_limit(size: int) -> Iterator[None]:
    """Let no file get larger meanwhile, which takes the place of a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def wait_for(is_so: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Wait until something is so, while a process runs."""
    until = time.monotonic() + TIMEOUT_S
    while not is_so():
        assert process.poll() is None, "it ended too early"
        assert time.monotonic() < until, "it takes too long"
        time.sleep(0.02)


@contextmanager
def killed_when(is_so: Callable[[], bool], *args: object) -> Iterator[None]:
    """Run a command, and kill it by SIGKILL when something is so; its kernels end with it."""
    devnull = subprocess.DEVNULL
    with subprocess.Popen([*CLI, *map(str, args)], stdout=devnull, stderr=devnull) as process:
        try:
            wait_for(is_so, process)
        finally:
            process.kill()
    yield


def ended(path: Path) -> int:
    """Return how many cells had ended when a notebook was saved; 0 if it is not there."""
    if not path.exists():
        return 0
    metadata: dict[str, Any] = nbformat.read(path, as_version=4).metadata
    return int(metadata["livens"]["incomplete"]["cells_ended"])


def test_killed(tmp_path: Path) -> None:
    """Of a run that is killed the notebook is there with the cells that have ended.

    The second cell ends within a second of the first, and is saved while the third one runs. Of
    notebooks in place it lies beside, until a run comes to its end, also if that is an error.
    """
    one = notebook_file(tmp_path / "one.ipynb", "print(1)", "print(2)", LONG)
    out = tmp_path / "out.ipynb"
    with killed_when(lambda: ended(out) == 2, one, "--output", out):
        assert [bool(cell) for cell in outputs(out)] == [True, True, False]
        assert files(tmp_path) == ["one.ipynb", "out.ipynb"]
    two = notebook_file(tmp_path / "two.ipynb", "print(3)", LONG)
    before = [path.read_bytes() for path in (one, two)]
    partial = [tmp_path / f".{name}.partial.ipynb" for name in ("one", "two")]
    args = (one, two, "--inplace", "--jobs", 2)
    with killed_when(lambda: all(map(ended, partial)), *args):
        assert [path.read_bytes() for path in (one, two)] == before
        assert [outputs(path)[0][0]["text"] for path in partial] == ["1\n", "3\n"]
    notebook_file(tmp_path / "one.ipynb", "print(4)", "1 / 0")
    assert run(one, "--inplace").returncode == 1
    assert outputs(one)[1][0]["ename"] == "ZeroDivisionError"
    assert files(tmp_path) == [".two.partial.ipynb", "one.ipynb", "out.ipynb", "two.ipynb"]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of the test's own, for what cannot be written where it should."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


class TestFullDisk:
    """What is left when the disk is full."""

    def test_in_place(self, tmp_path: Path, temporary: Path) -> None:
        """The notebook is as it was, no result is in the JUnit file, and it is said so."""
        path = notebook_file(
            tmp_path / "a.ipynb", "print('x' * 40_000)", "raise ValueError('x' * 9_000)"
        )
        before = path.read_bytes()
        junit = tmp_path / "j.xml"
        junit.write_text("<testsuites/>")
        with file_limit(8_000):
            done = run(path, "--inplace", "--junit", junit)
        assert done.returncode == 1, done.stderr
        assert done.stderr.count("a.ipynb cannot be written: File too large") == 1
        assert "no other place takes the executed notebook: it is lost." in done.stderr
        assert "j.xml cannot be written: File too large" in done.stderr
        assert done.stdout.splitlines()[-1].endswith("s; not written.")
        assert path.read_bytes() == before
        assert [case[0].get("type") for case in ElementTree.parse(junit).iter("testcase")] == [
            "no result"
        ]
        assert files(tmp_path) == ["a.ipynb", "j.xml"]

    def test_full_from_the_start(self, tmp_path: Path) -> None:
        """Nothing is run where nothing could be written."""
        path = notebook_file(tmp_path / "a.ipynb", "open('ran', 'w')")
        with file_limit(1_000):
            done = run(path, "--inplace")
        assert done.returncode == 2
        assert "--inplace" in done.stderr
        assert "cannot be written: File too large" in done.stderr
        assert files(tmp_path) == ["a.ipynb"]


def test_cell_that_writes_where_targets_go(tmp_path: Path, temporary: Path) -> None:
    """What a cell has written there is not replaced; notebook and JUnit file go elsewhere."""
    path = notebook_file(tmp_path / "a.ipynb", "for n in 'oj': open(n, 'w').write('computed')")
    done = run(path, "-o", tmp_path / "o", "--junit", tmp_path / "j")
    assert done.returncode == 7
    assert [(tmp_path / name).read_text() for name in "oj"] == ["computed"] * 2
    assert "o was changed by another program meanwhile. The executed notebook is in" in done.stderr
    assert "j exists and is no JUnit file, so it is not replaced" in done.stderr
    kept = sorted(temporary.iterdir())
    assert [place.name[:2] for place in kept] == ["a-", "j-"]
    assert all(str(place) in done.stderr for place in kept)


class TestVanished:
    """What is left when a folder vanishes while the cells run."""

    REMOVE = "import os, shutil; shutil.rmtree(os.environ['GONE'])"

    @pytest.fixture
    def gone(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A folder that the cells remove."""
        (tmp_path / "gone").mkdir()
        monkeypatch.setenv("GONE", str(tmp_path / "gone"))
        return tmp_path / "gone"

    def test_one(self, gone: Path, temporary: Path, tmp_path: Path) -> None:
        """Notebook, record and JUnit file are saved in the temporary folder, and named; code 7."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 1", self.REMOVE, "print('end')")
        targets = ("-o", gone / "o.ipynb", "--record", gone / "r.jsonl", "--junit", gone / "j.xml")
        done = run(path, *targets)
        assert done.returncode == 7, done.stderr
        kept = {place.suffix: place for place in temporary.iterdir()}
        assert set(kept) == {".ipynb", ".jsonl", ".xml"}
        for place in kept.values():
            assert str(place) in done.stderr
        assert f"written to {kept['.ipynb']}." in done.stdout
        assert outputs(kept[".ipynb"])[2][0]["text"] == "end\n"
        record = livens.read_record(kept[".jsonl"])
        assert (record.status, record.final["x"].preview) == ("ok", "1")
        case = ElementTree.parse(kept[".xml"]).getroot()[0][0]
        assert [child.tag for child in case] == ["error"]
        assert str(kept[".ipynb"]) in str(case[0].get("message"))

    def test_several(self, gone: Path, temporary: Path, tmp_path: Path) -> None:
        """Of several notebooks each one is named, and its row says that it is not in its place."""
        wait_until_gone = (
            "import os, time\nwhile os.path.exists(os.environ['GONE']): time.sleep(0.01)"
        )
        paths = [
            notebook_file(tmp_path / "a.ipynb", self.REMOVE),
            notebook_file(tmp_path / "b.ipynb", wait_until_gone, "print('b')"),
        ]
        done = run(*paths, "--jobs", 2, "-o", gone)
        assert done.returncode == 7, done.stderr
        kept = sorted(temporary.glob("*.ipynb"))
        assert [place.name[0] for place in kept] == ["a", "b"]
        for place in kept:
            assert f"The executed notebook is in {place}." in done.stderr
        rows = [line.split()[:3] for line in done.stdout.splitlines() if ".ipynb  " in line]
        assert rows == [[name, "not", "written"] for name in ("a.ipynb", "b.ipynb")]


class TestRefused:
    """What is refused before anything runs; which targets, is in tests/unit/recording."""

    def test_commands(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Inputs, other targets and other people's files are named, and left as they are."""
        monkeypatch.chdir(tmp_path)
        a, b = (notebook_file(Path(f"{name}.ipynb"), "open('ran', 'w')") for name in "ab")
        notebook_file(Path("p.ipynb"), "'mine'")
        Path("d").mkdir()
        os.link("b.ipynb", "d/a.ipynb")
        Path(".a.partial.ipynb").write_text("mine")
        before = {name: Path(name).read_bytes() for name in files(tmp_path)}
        for args in (
            [a, "--record", "p.ipynb"],
            [a, "--junit", "p.ipynb"],
            [a, "-o", "a.ipynb"],
            [a, "-o", "x", "--record", "x"],
            [a, "-o", "d", "--junit", "d/../d/a.ipynb"],
            [a, "--inplace"],
            [a, "--inplace", "--junit", tmp_path / "a.ipynb"],
            [a, b, "-o", "d"],
            [a, b, "-o", "."],
            [b, "--inplace", "--record", "d/a.ipynb"],
            [a, "-o", "new/"],
            [a, "-o", "new/x.ipynb"],
            [a, "-o", f"{'x' * 250}.ipynb"],
            [a, "--junit", "d"],
        ):
            done = run(*args)
            assert done.returncode == 2, args
            assert done.stderr.startswith("jupyter livens run: "), args
        assert {name: Path(name).read_bytes() for name in files(tmp_path)} == before

    def test_report(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A report replaces a report, and neither its record nor anything else."""
        monkeypatch.chdir(tmp_path)
        notebook_file(Path("a.ipynb"), "x = 1")
        assert run("a.ipynb", "--record", "r.jsonl").returncode == 0
        for name in ("r.html", "r.json", "r.html", "r.json"):
            assert command("report", "r.jsonl", "-o", name).returncode == 0
        assert command("report", "r.jsonl", "-o", "r.txt", "--format", "text").returncode == 0
        assert command("report", "r.jsonl", "-o", "r.txt", "--format", "text").returncode == 0
        os.link("r.jsonl", "hard.html")
        before = {name: Path(name).read_bytes() for name in files(tmp_path)}
        for name in ("r.jsonl", "hard.html", "a.ipynb", "r.json", "no/x.html"):
            done = command("report", "r.jsonl", "-o", name, "--format", "html")
            assert done.returncode == 2, name
            assert f"--output {name}" in done.stderr or "No directory no for" in done.stderr
        assert {name: Path(name).read_bytes() for name in files(tmp_path)} == before


@pytest.mark.skipif(os.name != "posix", reason="permission bits are of POSIX")
class TestPermissions:
    """Who can read what is written."""

    def test_modes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Records and reports are for their owner only, unless --file-mode says otherwise."""
        monkeypatch.chdir(tmp_path)
        notebook_file(Path("a.ipynb"), "x = 1")
        before = os.umask(0o022)
        try:
            run("a.ipynb", "--record", "r.jsonl.gz", "-o", "o.ipynb", "--junit", "j.xml")
            command("report", "r.jsonl.gz", "-o", "r.html")
            assert modes("r.jsonl.gz", "r.html", "o.ipynb", "j.xml") == [
                *(0o600, 0o600, 0o644, 0o644)
            ]
            more = ("--file-mode", "660")
            run("a.ipynb", "--record", "r.jsonl.gz", "-o", "o.ipynb", "--junit", "j.xml", *more)
            command("report", "r.jsonl.gz", "-o", "r.html", *more)
            assert modes("r.jsonl.gz", "r.html", "o.ipynb", "j.xml") == [0o660] * 4
        finally:
            os.umask(before)

    def test_in_place(self, tmp_path: Path) -> None:
        """A notebook in place keeps its permissions, and a link to it stays a link."""
        path = notebook_file(tmp_path / "a.ipynb", "print(1)")
        path.chmod(0o604)
        link = tmp_path / "link.ipynb"
        link.symlink_to("a.ipynb")
        assert run(link, "--inplace", "--file-mode", "666").returncode == 0
        assert link.is_symlink()
        assert modes(path) == [0o604]
        assert outputs(path)[0][0]["text"] == "1\n"
        assert files(tmp_path) == ["a.ipynb", "link.ipynb"]


def modes(*paths: str | Path) -> list[int]:
    return [stat.S_IMODE(Path(path).stat().st_mode) for path in paths]


class TestStandardOutput:
    """An output that goes to the standard output, or to no place at all."""

    def test_notebook_in_a_pipe(self, tmp_path: Path) -> None:
        """The notebook is all that is there, once and whole; what a person reads is on stderr."""
        path = notebook_file(tmp_path / "a.ipynb", "print(1)", "print(2)")
        done = run_in_process(path, "-o", "/dev/stdout", "--junit", os.devnull)
        assert done.returncode == 0, done.stderr
        assert [cell["outputs"][0]["text"] for cell in json.loads(done.stdout)["cells"]] == [
            *(["1\n"], ["2\n"])
        ]
        assert "2 cells ran in" in done.stderr
