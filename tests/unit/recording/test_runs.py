"""Runs in a folder: what each was, what it is called, and of which commit its notebook was."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell
from recorded import array, header, written, written_cells

from livens.protocol.requests import Environment
from livens.protocol.types import Digest
from livens.recording.file import RecordFile, is_being_written
from livens.recording.git_state import GitState, git_state
from livens.recording.reading import read_record
from livens.recording.record_names import new_record_path
from livens.recording.runs import RunSummary, find_records, read_runs
from livens.recording.timeline import Timeline
from livens.recording.writer import RecordWriter

POSIX = pytest.mark.skipif(os.name == "nt", reason="needs locks of files")


def only(path: Path) -> RunSummary:
    runs, problems = read_runs([path])
    assert problems == []
    return runs[0]


class TestSummaries:
    """What is read of a record."""

    def test_fields(self, tmp_path: Path) -> None:
        """Parameters, host, memory, exit code and counts come from their lines."""
        path = tmp_path / "a.livens.jsonl.gz"
        parameters = {"year": 2024, "cities": ["Bern"]}
        writer = RecordWriter(path, notebook="a.ipynb", parameters=parameters, folder=tmp_path)
        writer.environment(Environment("3.13", "Linux", {"numpy": "2.0"}, 10**8), 1.0)
        writer.end("failed", "E: v in cell 1", [], exit_code=1)
        found = only(path)
        assert (found.status, found.reason, found.exit_code) == ("failed", "E: v in cell 1", 1)
        assert found.parameters == {"year": 2024, "cities": "['Bern']"}
        assert found.peak_memory_bytes == 10**8
        assert found.host
        assert read_record(path).header.parameters == found.parameters

    def test_no_secrets(self, tmp_path: Path) -> None:
        """Neither the parameters nor the sources of a record have a secret."""
        path = tmp_path / "a.livens.jsonl"
        writer = RecordWriter(path, parameters={"db_password": "pa55word", "year": 2024})
        cell = new_code_cell("x = 1\napi_key = 'sk-5ecret'")
        writer.cell_started(cell, 0, 1.0)
        writer.end("ok", "", [])
        assert "pa55word" not in path.read_text()
        assert "sk-5ecret" not in path.read_text()
        assert read_record(path).cells[0].started.source.splitlines()[0] == "x = 1"

    def test_summary_agrees_with_the_record(self, tmp_path: Path) -> None:
        """What is passed over changes nothing that a summary tells."""
        path = written(tmp_path / "a.livens.jsonl", cells=3)
        found, record = only(path), read_record(path)
        assert (found.cells, found.seconds) == (3, 100.0)
        assert found.status == record.status == "ok"

    @POSIX
    def test_without_an_end(self, tmp_path: Path) -> None:
        """A record that is being written is running, and one that is not is cut off; never ok."""
        path = tmp_path / "a.livens.jsonl"
        file = RecordFile(path)
        timeline = Timeline(file, header())
        timeline.cell_started(0, "x", at=1.0)
        record = read_record(path)
        assert only(path).status == record.status == record.cells[0].status == "running"
        assert record.problems == ["The run goes on: the record is as of now."]
        file.close()
        record = read_record(path)
        assert only(path).status == record.status == record.cells[0].status == "cut off"
        assert is_being_written(tmp_path / "none") is None

    @POSIX
    def test_killed(self, tmp_path: Path) -> None:
        """The record of a process that is killed is cut off, however it ended."""
        path = tmp_path / "a.livens.jsonl"
        code = (
            "import sys; from livens.recording.writer import RecordWriter\n"
            f"writer = RecordWriter({str(path)!r}, notebook='a'); print('ready', flush=True)\n"
            "sys.stdin.read()"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        with process:
            assert process.stdout is not None
            process.stdout.readline()
            assert only(path).status == "running"
            process.kill()
            process.wait()
        assert only(path).status == "cut off"

    def test_each_with_the_one_before(self, tmp_path: Path) -> None:
        """Runs of a notebook are compared with the run before, by their variables at the end."""
        paths = []
        for count, (hash, code) in enumerate(
            [("1", "c"), ("1", "c"), ("2", "c"), ("", "c"), ("", "d")]
        ):
            digests = {None: [Digest("c", hash)]} if hash else {}
            path = tmp_path / f"{count}.livens.jsonl"
            written_cells(path, (code, [array("c", "[1, 2]")]), digests=digests)
            text = path.read_text().replace('"started_at":100.0', f'"started_at":{100 + count}')
            path.write_text(text)
            paths.append(path)
        runs, _ = read_runs(reversed(paths))
        assert [run.path for run in runs] == [str(path) for path in paths]
        told = [run.than_before for run in runs]
        assert told == [None, "same", "differs", "unknown", "differs"]
        assert runs[2].differing == ["c"]
        assert runs[2].before == str(paths[1])

    def test_digest_of_before_a_change(self, tmp_path: Path) -> None:
        """What was read before the last change, or came late, is not what runs are compared by."""
        for name in ("1", "2"):
            cells = [("c = 1", [array("c", "[1, 2]", 1)]), ("c = 2", [array("c", "[3, 4]", 2)])]
            written_cells(
                tmp_path / f"{name}.livens.jsonl", *cells, digests={1: [Digest("c", "1")]}
            )
        runs, _ = read_runs(find_records([tmp_path]))
        assert runs[1].than_before == "unknown"

    def test_record_without_an_end_is_not_compared(self, tmp_path: Path) -> None:
        """Of a run that was cut off it is not known what its variables were in the end."""
        for name in ("1", "2"):
            path = written(tmp_path / f"{name}.livens.jsonl")
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-2]))
        runs, _ = read_runs(find_records([tmp_path]))
        assert runs[1].than_before == "unknown"

    def test_what_is_no_record(self, tmp_path: Path) -> None:
        """A file that is none is told, and hides no other."""
        written(tmp_path / "a.livens.jsonl")
        (tmp_path / "deep").mkdir()
        (tmp_path / "deep" / "b.livens.jsonl").write_text("{}\n")
        (tmp_path / "deep" / "c.livens.jsonl").write_text("")
        (tmp_path / "other.jsonl").write_text("{}\n")
        runs, problems = read_runs(find_records([tmp_path]))
        assert len(runs) == 1
        assert len(problems) == 2
        assert "is no record of livens" in problems[0]


class TestNames:
    """What records are called."""

    def test_by_notebook_and_time(self, tmp_path: Path) -> None:
        """Two runs in one second have two names, and names sort by time."""
        first = new_record_path(tmp_path, Path("x/sales.ipynb"), 0.0)
        first.touch()
        second = new_record_path(tmp_path, Path("x/sales.ipynb"), 0.0)
        later = new_record_path(tmp_path, Path("x/sales.ipynb"), 10.0**9)
        assert [path.name for path in (first, second, later)] == [
            "sales-19700101T000000Z.livens.jsonl",
            "sales-19700101T000000Z-2.livens.jsonl",
            "sales-20010909T014640Z.livens.jsonl",
        ]


def git(folder: Path, *args: str) -> None:
    who = ("-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *args], cwd=folder, check=True, capture_output=True)


class TestGit:
    """The commit of the notebook's folder."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        git(tmp_path, "init", "-b", "main")
        (tmp_path / "a.ipynb").write_text("{}")
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-m", "one")
        return tmp_path

    def test_state(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The commit is told, and whether a file that git keeps has changed since."""
        monkeypatch.setenv("GIT_DIR", str(folder / "another"))  # as in a hook of git
        found = git_state(folder)
        assert found is not None
        assert (len(found.commit), found.is_dirty, found.branch) == (40, False, "main")
        (folder / "new.txt").write_text("not kept by git")
        assert git_state(folder) == found
        (folder / "deep").mkdir()
        (folder / "a.ipynb").write_text("{ }")
        changed = git_state(folder / "deep")
        assert changed == GitState(found.commit, True, "main")

    def test_writes_nothing(self, folder: Path) -> None:
        """The index stays as it is, although git would refresh it, and no monitor runs."""
        git(folder, "config", "core.fsmonitor", "touch ran; false")
        index = folder / ".git" / "index"
        os.utime(folder / "a.ipynb", (1, 1))
        before = index.read_bytes()
        assert git_state(folder) is not None
        assert index.read_bytes() == before
        assert not (folder / "ran").exists()

    def test_nothing_to_tell(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """No repository, no commit, no git, no folder: nothing is known."""
        (tmp_path / "empty").mkdir()
        git(tmp_path / "empty", "init")
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
        assert git_state(tmp_path / "empty") is None
        assert git_state(tmp_path / "none") is None
        monkeypatch.setenv("PATH", "")
        assert git_state(tmp_path) is None

    @POSIX
    def test_git_that_hangs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nobody waits for a git that does not answer, nor for its end."""
        program = tmp_path / "git"
        program.write_text("#!/bin/sh\ntrap '' TERM\nexec sleep 60\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        started = time.monotonic()
        assert git_state(tmp_path, timeout_s=0.1) is None
        assert time.monotonic() - started < 30


def test_record_of_a_commit(tmp_path: Path) -> None:
    """The header has the commit; without a folder it has none."""
    git(tmp_path, "init", "-b", "main")
    (tmp_path / "a").write_text("a")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "one")
    told: list[Any] = []
    for folder in (tmp_path, None):
        path = tmp_path / "a.livens.jsonl"
        RecordWriter(path, folder=folder).end("ok", "", [])
        told.append(read_record(path).header.git)
    assert told[0].branch == "main"
    assert told[1] is None
