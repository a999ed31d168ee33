"""Files are saved whole, wherever they are, or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from livens.recording import saving
from livens.recording.saving import check_place, open_new, parse_mode, save, save_elsewhere

POSIX = pytest.mark.skipif(os.name != "posix", reason="of POSIX")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="of Linux")
ROOT = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can mount"
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=["unnamed", "named"])
def _temporary_files(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Temporary files without a name, where there are such, and with one."""
    if request.param == "named":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    options = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if subprocess.run(options, check=False, capture_output=True).returncode:
        pytest.skip("a disk cannot be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@contextmanager
def ordinary_user(folder: Path) -> Iterator[None]:
    """Be no root meanwhile, for whom there are no permissions; the folder is the user's."""
    if os.geteuid():
        yield
        return
    os.chown(folder, 65534, 65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.usefixtures("_temporary_files")
class TestSave:
    """A file has its old content or its new one."""

    def test_new_and_existing(self, tmp_path: Path) -> None:
        """What is there is replaced, and nothing else is left behind."""
        path = tmp_path / "a"
        for data in (b"one", b"", b"a longer one" * 1000):
            save(path, data)
            assert path.read_bytes() == data
        assert os.listdir(tmp_path) == ["a"]

    @POSIX
    def test_permissions(self, tmp_path: Path) -> None:
        """A file keeps its own; a new one gets what is asked for, or what the umask leaves."""
        before = os.umask(0o027)
        try:
            save(tmp_path / "new", b"1")
            save(tmp_path / "private", b"1", mode=0o600)
            save(tmp_path / "shared", b"1", mode=0o664)
        finally:
            os.umask(before)
        assert [mode(tmp_path / name) for name in ("new", "private", "shared")] == [
            *(0o640, 0o600, 0o664)
        ]
        (tmp_path / "new").chmod(0o604)
        save(tmp_path / "new", b"2")
        assert mode(tmp_path / "new") == 0o604
        save(tmp_path / "new", b"3", mode=0o600)
        assert mode(tmp_path / "new") == 0o600

    @ROOT
    def test_owner(self, tmp_path: Path) -> None:
        """What root saves for somebody stays theirs."""
        path = tmp_path / "a"
        path.write_bytes(b"1")
        os.chown(path, 1234, 1235)
        save(path, b"2")
        assert (path.stat().st_uid, path.stat().st_gid) == (1234, 1235)

    @POSIX
    def test_links(self, tmp_path: Path) -> None:
        """A link stays a link, also one that leads nowhere yet; the file behind it is written."""
        (tmp_path / "far").mkdir()
        for number, name in enumerate(("there", "not-yet")):
            link = tmp_path / name
            link.symlink_to(Path("far", name))
            if not number:
                (tmp_path / "far" / name).write_bytes(b"old")
            save(link, b"new")
            assert link.is_symlink()
            assert (tmp_path / "far" / name).read_bytes() == b"new"

    @POSIX
    def test_protected_file(self) -> None:
        """A file that is read-only for the user is not replaced, although its folder would let."""
        with tempfile.TemporaryDirectory() as folder, ordinary_user(Path(folder)):
            path = Path(folder, "a")
            path.write_bytes(b"mine")
            path.chmod(0o444)
            for action in (lambda path: save(path, b"x"), check_place, open_new):
                with pytest.raises(PermissionError):
                    action(path)
            assert (path.read_bytes(), os.listdir(folder)) == (b"mine", ["a"])

    @POSIX
    def test_file_in_a_protected_folder(self) -> None:
        """A file that may be written in a folder that takes no file is overwritten."""
        with tempfile.TemporaryDirectory() as folder, ordinary_user(Path(folder)):
            path = Path(folder, "a")
            path.write_bytes(b"old content")
            os.chmod(folder, 0o500)
            check_place(path)
            for data in (b"a longer content", b"short"):
                save(path, data)
                assert path.read_bytes() == data
            with pytest.raises(PermissionError):
                check_place(path.with_name("new"))
            os.chmod(folder, 0o700)

    def test_readers_keep_what_they_read(self, tmp_path: Path) -> None:
        """Whoever has the file open reads the old content to its end."""
        path = tmp_path / "a"
        path.write_bytes(b"old content")
        with open(path, "rb") as file:
            save(path, b"new")
            assert file.read() == b"old content"

    @pytest.mark.parametrize("name", ["x" * 256, "no/a", "."])
    def test_impossible_places(self, name: str, tmp_path: Path) -> None:
        """What cannot be saved is an error of the system, and nothing is left behind."""
        for action in (lambda path: save(path, b"x"), check_place, open_new):
            with pytest.raises(OSError, match=r"too long|No such file|[Dd]irectory"):
                action(tmp_path / name)
        assert os.listdir(tmp_path) == []

    @LINUX
    def test_full_disk(self, small_disk: Path) -> None:
        """On a full disk the old content stays, whole, and nothing else."""
        path = small_disk / "a"
        save(path, b"old" * 10_000)
        for action in (lambda: save(path, b"new" * 20_000), lambda: save(path, b"n" * 10**6)):
            with pytest.raises(OSError, match="No space left"):
                action()
            assert path.read_bytes() == b"old" * 10_000
            assert os.listdir(small_disk) == ["a"]

    @LINUX
    @ROOT
    def test_file_that_cannot_be_replaced(self, small_disk: Path, tmp_path: Path) -> None:
        """A file that is a mount point, as in containers, is overwritten if there is room."""
        inner, outer = small_disk / "real", tmp_path / "mounted"
        inner.write_bytes(b"old content")
        outer.touch()
        subprocess.run(["mount", "--bind", str(inner), str(outer)], check=True)
        try:
            check_place(outer)
            for data in (b"a longer content", b"short"):
                save(outer, data)
                assert inner.read_bytes() == data
            with pytest.raises(OSError, match="No space left"):
                save(outer, b"x" * 100_000)
            assert inner.read_bytes() == b"short"
            os.close(open_new(outer))
            assert inner.read_bytes() == b""
        finally:
            subprocess.run(["umount", str(outer)], check=True)
        assert sorted(os.listdir(tmp_path)) == ["disk", "mounted"]


class TestStreams:
    """Pipes, devices and descriptors are written to, and never replaced."""

    @POSIX
    def test_devices(self) -> None:
        """A device stays one."""
        save(Path(os.devnull), b"x")
        check_place(Path(os.devnull))
        assert stat.S_ISCHR(os.stat(os.devnull).st_mode)

    @LINUX
    def test_full_device(self) -> None:
        """A device that is full is told."""
        with pytest.raises(OSError, match="No space left"):
            save(Path("/dev/full"), b"x")

    @POSIX
    def test_pipe(self, tmp_path: Path) -> None:
        """A reader gets everything; without one nobody waits for ever."""
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        with pytest.raises(OSError, match="no program reads this pipe"):
            save(pipe, b"x")
        read: list[bytes] = []
        reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
        reader.start()
        while not read:
            with suppress(OSError):  # until the reader is there
                save(pipe, b"x" * 200_000)
                reader.join()
        assert read == [b"x" * 200_000]
        assert pipe.is_fifo()

    @POSIX
    @pytest.mark.parametrize("target", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
    def test_descriptor_of_a_file(self, target: str, tmp_path: Path) -> None:
        """What the shell has opened is gone on with, at the place where it is."""
        (tmp_path / "link").symlink_to("/dev/stdout")
        path = tmp_path / target  # an absolute one replaces what is before it
        if not os.path.exists(path):
            pytest.skip(f"there is no {target} here")
        code = (
            "import os, sys, pathlib; from livens.recording.saving import save\n"
            "os.write(1, b'first,'); save(pathlib.Path(sys.argv[1]), b'second,')\n"
            "os.write(1, b'third')"
        )
        with open(tmp_path / "out", "wb") as out:
            subprocess.run([sys.executable, "-c", code, str(path)], stdout=out, check=True)
        assert (tmp_path / "out").read_bytes() == b"first,second,third"


class TestElsewhere:
    """What cannot be saved in its place."""

    def test_temporary_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """It goes there, under a name of its own, for its owner only."""
        monkeypatch.setattr(saving.tempfile, "tempdir", str(tmp_path))
        first, second = (save_elsewhere(Path("no/a.ipynb"), b"x") for _ in range(2))
        assert first != second
        for path in (first, second):
            assert path.parent == tmp_path
            assert (path.name.startswith("a-"), path.suffix) == (True, ".ipynb")
            assert path.read_bytes() == b"x"
        if os.name == "posix":
            assert mode(first) == 0o600
        assert len(save_elsewhere(Path("é" * 200 + ".xml"), b"x").read_bytes()) == 1

    def test_next_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where there is no temporary folder, the user's home takes it."""
        monkeypatch.setattr(saving.tempfile, "tempdir", str(tmp_path / "no"))
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("USERPROFILE", str(tmp_path))
        assert save_elsewhere(Path("a.ipynb"), b"x").parent == tmp_path


class TestMode:
    """What is a mode."""

    @pytest.mark.parametrize(("text", "bits"), [("600", 0o600), ("0644", 0o644), ("770", 0o770)])
    def test_modes(self, text: str, bits: int) -> None:
        """Octal digits, as chmod takes them."""
        assert parse_mode(text) == bits

    @pytest.mark.parametrize("text", ["", "6", "800", "rw", "0o600", "400", "077", "4755", "-600"])
    def test_no_modes(self, text: str) -> None:
        """What is none, or would lock the owner out, is named."""
        with pytest.raises(ValueError, match="expected octal digits"):
            parse_mode(text)
