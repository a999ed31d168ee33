"""Targets that would destroy something are refused; all others are what they are taken for."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from pathlib import Path

import nbformat
import pytest
from recorded import written

from livens.exceptions import RecordFailed, TargetRefused
from livens.recording import targets as targets_module
from livens.recording.targets import Kind, Target, check_targets
from livens.recording.writer import RecordWriter

PAGE = '<!doctype html>\n<html><p id="headline" class="dim"></p></html>'
JUNIT = "<?xml version='1.0'?>\n<testsuites><testsuite/></testsuites>"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file of each kind, and with a notebook ``in.ipynb`` that is read."""
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "in.ipynb")
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "done.ipynb")
    (tmp_path / "old.ipynb").write_text('{"worksheets": [], "nbformat": 3}')
    written(tmp_path / "r.jsonl")
    written(tmp_path / "r.jsonl.gz")
    (tmp_path / "cut.jsonl").write_bytes((tmp_path / "r.jsonl").read_bytes()[:60])
    (tmp_path / "j.xml").write_text(JUNIT)
    (tmp_path / "p.html").write_text(PAGE)
    (tmp_path / "index.html").write_text("<!doctype html><p>mine</p>")
    (tmp_path / "feed.xml").write_text("<rss/>")
    (tmp_path / "other.json").write_text('{"a": 1}')
    (tmp_path / "lines.jsonl").write_text('{"a": 1}\n{"b": 2}\n')
    (tmp_path / "mine.gz").write_bytes(gzip.compress(b"mine\n"))
    (tmp_path / "notes.txt").write_text("notes\n")
    (tmp_path / "bytes").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "empty").touch()
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refuse(*targets: Target, inputs: tuple[str, ...] = ("in.ipynb",)) -> str:
    with pytest.raises(TargetRefused) as caught:
        check_targets(targets, map(Path, inputs))
    return str(caught.value)


def output(path: str | Path, kind: Kind = Kind.NOTEBOOK, option: str = "--output") -> Target:
    return Target(option, Path(path), kind)


@pytest.mark.usefixtures("folder")
class TestInputs:
    """No input is a target."""

    @pytest.mark.parametrize("name", ["in.ipynb", "./in.ipynb", "sub/../in.ipynb"])
    @pytest.mark.parametrize("kind", Kind)
    def test_other_paths(self, name: str, kind: Kind) -> None:
        """Whatever the path, the input is named."""
        assert "would overwrite in.ipynb, which is read" in refuse(output(name, kind))

    def test_absolute_path(self, folder: Path) -> None:
        """So it is for an absolute path to an input that is relative, and the other way round."""
        assert "would overwrite" in refuse(output(folder / "in.ipynb"))
        assert "would overwrite" in refuse(output("in.ipynb"), inputs=(str(folder / "in.ipynb"),))

    def test_links(self, folder: Path) -> None:
        """So it is for links of both kinds, to the file and to its folder, and for chains."""
        (folder / "link.ipynb").symlink_to("in.ipynb")
        (folder / "chain.ipynb").symlink_to("link.ipynb")
        (folder / "here").symlink_to(".")
        os.link("in.ipynb", folder / "hard.ipynb")
        for name in ("link.ipynb", "chain.ipynb", "here/in.ipynb", "hard.ipynb"):
            assert "would overwrite in.ipynb" in refuse(output(name))
            assert "would overwrite" in refuse(output("in.ipynb"), inputs=(name,))

    def test_input_that_is_not_there(self) -> None:
        """A name that is read is no place to write to, whether it is there or not."""
        assert "would overwrite no.ipynb" in refuse(output("no.ipynb"), inputs=("no.ipynb",))

    def test_folder_that_is_not_there(self) -> None:
        """A path that the system does not accept is not tidied up and then written to."""
        assert "No directory no/.. for --output" in refuse(output("no/../in.ipynb"))

    def test_in_place(self) -> None:
        """A target in place may be its own input, and no other one."""
        own = Target("--inplace", Path("in.ipynb"), Kind.NOTEBOOK, Path("in.ipynb"))
        check_targets([own], [Path("in.ipynb"), Path("done.ipynb")])
        os.link("in.ipynb", "hard.ipynb")
        both = [own, Target("--inplace", Path("hard.ipynb"), Kind.NOTEBOOK, Path("hard.ipynb"))]
        assert "are the same file" in refuse(*both, inputs=("in.ipynb", "hard.ipynb"))


@pytest.mark.usefixtures("folder")
class TestEachOther:
    """No target is another one."""

    @pytest.mark.parametrize("name", ["x", "./x", "sub/../x", "link"])
    def test_same_file(self, name: str, folder: Path) -> None:
        """Both are named, whether the file is there or not."""
        (folder / "link").symlink_to("x")
        told = refuse(output("x"), output(name, Kind.RECORD, "--record"))
        assert told.startswith(f"--output x and --record {Path(name)} are the same file")

    def test_case(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where a folder does not tell upper from lower case, names that differ by it are one."""
        pair = [output("New.xml"), output("new.XML", Kind.JUNIT, "--junit")]
        if not targets_module._ignores_case("."):
            check_targets(pair, [])
        monkeypatch.setattr(targets_module, "_ignores_case", lambda folder: True)
        assert "are the same file" in refuse(*pair)
        accents = [output("caf\u00e9"), output("cafe\u0301", Kind.JUNIT, "--junit")]
        assert "are the same file" in refuse(*accents)

    def test_null_device(self) -> None:
        """It takes any number of files."""
        null = Path(os.devnull)
        check_targets([output(null), output(null, Kind.RECORD), output(null, Kind.JUNIT)], [])

    def test_pipe(self, folder: Path) -> None:
        """A pipe takes one."""
        os.mkfifo(folder / "pipe")
        check_targets([output("pipe")], [])
        assert "are the same file" in refuse(output("pipe"), output("pipe", Kind.JUNIT, "--junit"))


RIGHT = {
    Kind.NOTEBOOK: {"in.ipynb", "done.ipynb", "old.ipynb"},
    Kind.RECORD: {"r.jsonl", "r.jsonl.gz", "cut.jsonl"},
    Kind.JUNIT: {"j.xml"},
    Kind.PAGE: {"p.html"},
    Kind.TEXT: set(),
    Kind.JSON: set(),
}


@pytest.mark.usefixtures("folder")
class TestKinds:
    """A file that exists is replaced by its like only."""

    @pytest.mark.parametrize("kind", Kind)
    def test_every_file_for_every_kind(self, kind: Kind, folder: Path) -> None:
        """What is replaced is of the kind, or empty; whatever else is there is refused by name."""
        for path in (path for path in folder.iterdir() if path.is_file()):
            before = path.read_bytes()
            if path.name in RIGHT[kind] | {"empty"}:
                check_targets([output(path, kind)], [])
            else:
                told = refuse(output(path, kind), inputs=())
                assert f"{path} exists and is no {kind.value}" in told
            assert path.read_bytes() == before

    def test_directory(self) -> None:
        """A directory is no file."""
        assert "sub is a directory" in refuse(output("sub", Kind.JUNIT, "--junit"))

    def test_record_of_a_recorder(self) -> None:
        """So it is for records that other programs than `jupyter livens run` write."""
        for name in ("in.ipynb", "notes.txt", "no/../in.ipynb"):
            before = Path("in.ipynb").read_bytes()
            with pytest.raises(RecordFailed, match="no record of livens, so it is not replaced"):
                RecordWriter(name)
            assert Path("in.ipynb").read_bytes() == before


@pytest.mark.usefixtures("folder")
class TestPlaces:
    """What cannot be written is told before anything runs."""

    def test_places(self, folder: Path) -> None:
        """The target and the reason are named, and nothing is left behind."""
        before = sorted(os.listdir(folder))
        (folder / "loop").symlink_to("loop")
        cases = {
            "x" * 256: "File name too long",
            "no/x": "No directory no for --output; make it first",
            "notes.txt/x": "No directory notes.txt for --output",
        }
        for name, reason in cases.items():
            assert reason in refuse(output(name))
        assert "--output loop" in refuse(output("loop"))
        assert sorted(os.listdir(folder)) == sorted([*before, "loop"])

    def test_read_only_folder(self, folder: Path) -> None:
        """A folder that takes no file is named, and so is a file in it that is read-only."""
        readonly = folder / "readonly"
        readonly.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(readonly)],
            check=False,
            capture_output=True,
        )
        if mounted.returncode:  # what is no root: the permissions do
            readonly.chmod(0o500)
        try:
            assert "readonly/x cannot be written: " in refuse(output("readonly/x"))
        finally:
            if mounted.returncode:
                readonly.chmod(0o700)
            else:
                subprocess.run(["umount", str(readonly)], check=True)


def test_json_of_a_report_is_known(folder: Path) -> None:
    """The JSON and the text of a report are replaced by the next ones."""
    (folder / "a.json").write_text(json.dumps({"header": {"format": "livens.record"}}))
    check_targets([output("a.json", Kind.JSON)], [])
    headline = "a.ipynb, 2026-01-01 10:00, livens 0.1.0: 3 cells, ok, 1.0 s\n\n"
    (folder / "a.txt").write_text(headline)
    check_targets([output("a.txt", Kind.TEXT)], [])
