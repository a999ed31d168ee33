"""Folders full of files and links, and commands that name any of them as inputs and targets.

Whatever the command, no input is overwritten, no file is replaced by something else, and what is
refused changes nothing.
"""

from __future__ import annotations

import glob
import json
import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from commands import Done, command, notebook_file
from recorded import written

import livens

JUNIT = "<?xml version='1.0'?>\n<testsuites><testsuite name='x'/></testsuites>"
PAGE = '<!doctype html>\n<html><p id="headline" class="dim"></p></html>'
NOTEBOOKS = ("a.ipynb", "b.ipynb", "sub/a.ipynb", "out/b.ipynb")
RECORDS = ("r.livens.jsonl", "out/a.livens.jsonl", "r.jsonl.gz")
OTHERS = ("notes.txt", "data.bin", "lines.jsonl", "index.html", "feed.xml", "sub/x.json")
KINDS = {
    **dict.fromkeys((*NOTEBOOKS, "done.ipynb"), "notebook"),
    **dict.fromkeys(RECORDS, "record"),
    **dict.fromkeys(OTHERS, "other"),
    "j.xml": "junit",
    "p.html": "page",
    "empty": "",
}
NEW = ("new.ipynb", "New.ipynb", "n.livens.jsonl", "n.xml", "n.html", "sub/new", ".new", "-new")
STRANGE = ("no/x", "notes.txt/x", f"{'x' * 252}.ipynb", "out/", "sub", ".", "pipe", "loop", " ")


class World:
    """A folder, and commands over it.

    Parameters
    ----------
    folder : Path
        An empty folder, which is the current one.
    seed : int
        What everything follows from.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.random = random.Random(seed)
        self.inputs: list[str] = []
        self.asked: list[tuple[Path, str]] = []
        self.is_inplace = False
        self._make_files()
        self._make_links()
        self.kinds = {os.path.realpath(name): kind for name, kind in KINDS.items()}
        self.before = self._contents()

    def command(self) -> list[str]:
        """Return the arguments of a command that reads and writes any of the files."""
        if self.random.random() < 0.2:
            self.inputs = [self._path(RECORDS)]
            form, kind = self.random.choice([("html", "page"), ("text", "text"), ("json", "json")])
            return ["report", *self.inputs, *self._option("-o", kind), "--format", form]
        several = self.random.random() < 0.3
        self.inputs = [self._path(NOTEBOOKS) for _ in range(self.random.choice([2, 3]))]
        self.inputs = self.inputs if several else self.inputs[:1]
        self.is_inplace = self.random.random() < 0.25
        output = ["--inplace"] if self.is_inplace else self._option("-o", "notebook")
        record = self._option("--record", "record")
        junit = self._option("--junit", "junit")
        return ["run", *self.inputs, *output, *record, *junit, *(["--jobs=2"] if several else [])]

    def check(self, args: list[str], done: Done) -> None:
        """Check what the command has left."""
        told = (args, done)
        after = self._contents()
        if done.stderr.startswith("jupyter livens"):
            # JUnit's file may say what is wrong, in the place of an older one.
            pairs = after.items() ^ self.before.items()
            assert {kind_of(Path(path)) for path, _ in pairs} <= {"junit"}, told
        elif done.returncode == 0:
            for asked, kind in self.asked:
                # A record in a folder has the time in its name.
                path = Path(next(iter(glob.glob(str(asked)) if "*" in asked.name else ()), asked))
                assert os.path.samefile(path, os.devnull) or kind_of(path) == kind, (path, *told)
        inputs = {os.path.realpath(name) for name in self.inputs}
        read = {os.stat(path).st_ino for path in inputs if os.path.exists(path)}
        for path, (inode, content) in self.before.items():
            now = after[path][1]
            if now == content:
                continue
            kind = self.kinds.get(path, "")
            assert kind in ("", kind_of(Path(path))), (path, *told)
            assert self.is_inplace or (path not in inputs and inode not in read), (path, *told)
            if path in inputs:
                assert kind_of(Path(path)) == "notebook", (path, *told)
        for path in after.keys() - self.before.keys():
            assert kind_of(Path(path)) != "other", (path, *told)
            assert not path.endswith((".tmp", ".partial.ipynb")), (path, *told)

    def _make_files(self) -> None:
        for name in ("sub", "out"):
            (self.folder / name).mkdir()
        for name in NOTEBOOKS:
            notebook_file(self.folder / name, f"x = {name!r}", "x")
        notebook_file(self.folder / "done.ipynb", "old = 1")
        for name in RECORDS:
            (self.folder / name).write_bytes(a_record(name.endswith(".gz")))
        texts = {"j.xml": JUNIT, "p.html": PAGE, "empty": "", "lines.jsonl": '{"a": 1}\n{}\n'}
        for name in OTHERS:
            texts.setdefault(name, f"the content of {name}")
        for name, text in texts.items():
            (self.folder / name).write_text(text)

    def _make_links(self) -> None:
        os.mkfifo("pipe")
        os.symlink("loop", "loop")
        os.symlink(self.random.choice([".", "sub", "out"]), "folder")
        everything = [*KINDS, *NEW]
        for number in range(4):
            target = self.random.choice([*everything, f"link{number - 1}", "folder/a.ipynb"])
            os.symlink(self.random.choice([target, self.folder / target]), f"link{number}")
        for number in range(3):
            os.link(self.random.choice(list(KINDS)), f"hard{number}")

    def _option(self, name: str, kind: str) -> list[str]:
        """Return an option that most often has a target that can be right, or nothing."""
        if self.random.random() < 0.25:
            return []
        links = [f"link{number}" for number in range(4)] + [f"hard{number}" for number in range(3)]
        right = [name for name, is_of in KINDS.items() if is_of == kind] or ["empty"]
        names = [NEW, NEW, NEW[:2], right, right, links, (*KINDS,), STRANGE, (os.devnull,)]
        if len(self.inputs) > 1 and name != "--junit":
            names = [("out", "sub", ".", "folder")] * 9 + [links]
        target = self._path(self.random.choice([*names, self.inputs]))
        for path in map(Path, self.inputs):
            in_folder = path.name if kind == "notebook" else f"{path.stem}-2*Z.livens.jsonl"
            self.asked.append(
                (Path(target, in_folder) if os.path.isdir(target) else Path(target), kind)
            )
        return [name, target]

    def _path(self, names: tuple[str, ...] | list[str]) -> str:
        """Return one of the paths to one of the files."""
        name = self.random.choice(names)
        ways = [f"./{name}", f"sub/../{name}", f"folder/../{name}", f"no/../{name}"]
        ways += [f"{self.folder}/{name}", f"folder/{name}", name.upper(), f"out/../sub/../{name}"]
        way = self.random.choice(ways) if self.random.random() < 0.4 else name
        return name if os.path.isabs(name) else f"./{way}" if way.startswith("-") else way

    def _contents(self) -> dict[str, tuple[int, bytes]]:
        found = {}
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    found[path] = (os.stat(path).st_ino, Path(path).read_bytes())
        return found


@cache
def a_record(is_compressed: bool) -> bytes:
    """Return the content of a record."""
    with tempfile.TemporaryDirectory() as folder:
        return written(Path(folder) / ("r.gz" if is_compressed else "r")).read_bytes()


def kind_of(path: Path) -> str:
    """Return what a file is: a whole notebook, record, JUnit file or report, or something else."""
    data = path.read_bytes()
    if data.startswith(b"<?xml"):
        return "junit" if ElementTree.fromstring(data).tag == "testsuites" else "other"
    if data.startswith(b"<!doctype html>"):
        return "page" if b'id="headline"' in data and b"</html>" in data else "other"
    if data.startswith((b'{"type":"header"', b"\x1f\x8b")):
        assert livens.read_record(path).footer is not None, path
        return "record"
    if b", livens 0." in data.partition(b"\n")[0]:
        return "text"
    try:
        found = json.loads(data)
    except ValueError:
        return "other"
    if "cells" in found and "nbformat" in found:
        nbformat.validate(nbformat.reads(data.decode(), as_version=4))
        assert "incomplete" not in found["metadata"].get("livens", {}), path
        return "notebook"
    return "json" if "header" in found else "other"


def try_commands(
    seeds: Iterable[int], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Counter[int]:
    """Check what a command leaves for each seed, in a folder of its own; returns the exit codes."""
    codes: Counter[int] = Counter()
    for seed in seeds:
        own = folder / str(seed)
        own.mkdir()
        monkeypatch.chdir(own)
        world = World(own, seed)
        args = world.command()
        done = command(*args)
        world.check(args, done)
        codes[done.returncode] += 1
    return codes
