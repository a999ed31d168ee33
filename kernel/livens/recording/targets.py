"""Targets: the files that a command is to write, checked before it does anything else.

A target is refused if it is an input, or another target, by whatever path or link; if it exists
and is something else than what is to be written there; and if it cannot be written. What is checked
early is said early: nobody runs for an hour and then hears that there is no such folder.
"""

from __future__ import annotations

import json
import os
import re
import stat
import tempfile
import unicodedata
import zlib
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from livens.exceptions import RecordUnreadable, TargetRefused
from livens.recording.file import read_lines
from livens.recording.record import FORMAT
from livens.recording.saving import check_place, descriptor_of, is_devnull

_HEAD_BYTES = 1 << 18
_HEADLINE = re.compile(r".*, \d{4}-\d\d-\d\d \d\d:\d\d, livens .*: \d+ cells?, ")


class Kind(Enum):
    """What is to be written: what a file has to be so that it can be replaced by it."""

    NOTEBOOK = "notebook"
    RECORD = "record of livens"
    JUNIT = "JUnit file"
    PAGE = "page of `jupyter livens report`"
    TEXT = "text of `jupyter livens report`"
    JSON = "JSON of `jupyter livens report`"


class Target(NamedTuple):
    """A file that is to be written.

    Attributes
    ----------
    option : str
        What asks for it, such as ``--output``.
    path : Path
        The file.
    kind : Kind
        What is written there.
    input : Path, optional
        The input that it is meant to replace, in place.
    """

    option: str
    path: Path
    kind: Kind
    input: Path | None = None


def check_targets(targets: Iterable[Target], inputs: Iterable[Path]) -> None:
    """Refuse targets that would destroy something, or cannot be written.

    Parameters
    ----------
    targets : iterable of Target
        All that the command is to write.
    inputs : iterable of Path
        All that it reads.

    Raises
    ------
    TargetRefused
        The message names the target, the reason and the remedy.
    """
    targets = list(targets)
    readers = {_identity(path): path for path in inputs}
    writers: dict[object, Target] = {}
    for target in targets:
        _check_folder(target)
        identity = _identity(target.path)
        read = readers.get(identity)
        if read is not None and (target.input is None or identity != _identity(target.input)):
            inplace = ", or use --inplace" if target.kind is Kind.NOTEBOOK else ""
            raise TargetRefused(
                f"{target.option} {target.path} would overwrite {read}, which is read; name "
                f"another file{inplace}"
            )
        other = writers.setdefault(identity, target)
        if other is not target and not is_devnull(target.path):
            raise _same(target, other)
    _check_case(writers.values())
    for target in targets:
        check_kind(target)
        check_writable(target)


def check_kind(target: Target) -> None:
    """Refuse a file that exists and is not of the kind; an empty file has nothing to lose.

    Raises
    ------
    TargetRefused
        If it is something else.
    """
    if descriptor_of(target.path) is not None:
        return
    real = Path(os.path.realpath(target.path))
    try:
        status = os.stat(real)
        is_right = (
            not stat.S_ISREG(status.st_mode) or not status.st_size or _RECOGNISE[target.kind](real)
        )
    except FileNotFoundError:
        return
    except OSError as err:
        raise _unwritable(target, err) from None
    if not is_right:
        raise TargetRefused(
            f"{target.option} {target.path} exists and is no {target.kind.value}, so it is not "
            "replaced; name another file, or remove this one first"
        )


def check_writable(target: Target) -> None:
    """Try to write beside a target, or to a target that is a device.

    Raises
    ------
    TargetRefused
        If it cannot be written.
    """
    try:
        check_place(target.path)
    except OSError as err:
        raise _unwritable(target, err) from None


def _check_folder(target: Target) -> None:
    if os.path.isdir(target.path):
        raise TargetRefused(f"{target.option} is a file, and {target.path} is a directory")
    # The first is how the system reads `no/../file`, the second where a broken link leads.
    folders = (target.path.parent, os.path.dirname(os.path.realpath(target.path)))
    if not all(os.path.isdir(folder) for folder in folders):
        raise TargetRefused(f"No directory {target.path.parent} for {target.option}; make it first")


def _check_case(targets: Iterable[Target]) -> None:
    """Refuse new files whose names differ only where their folder sees no difference.

    Files that exist are told apart by what they are.
    """
    seen: dict[object, Target] = {}
    for target in targets:
        folder, name = os.path.split(os.path.realpath(target.path))
        folded = unicodedata.normalize("NFC", name).casefold()
        other = seen.setdefault((folder, folded), target)
        if other is not target and not os.path.exists(target.path) and _ignores_case(folder):
            raise _same(target, other)


def _ignores_case(folder: str) -> bool:
    try:
        with tempfile.NamedTemporaryFile(prefix=".livens-", suffix=".tmp", dir=folder) as file:
            return os.path.exists(os.path.join(folder, os.path.basename(file.name).upper()))
    except OSError:
        return False


def _identity(path: Path) -> object:
    """Return what is the same for all paths to one file."""
    descriptor = descriptor_of(path)
    real = os.path.realpath(path)
    try:
        status = os.stat(real) if descriptor is None else os.fstat(descriptor)
        return status.st_dev, status.st_ino
    except OSError:
        pass
    folder, name = os.path.split(real)
    try:
        status = os.stat(folder)
        return status.st_dev, status.st_ino, os.path.normcase(name)
    except OSError:
        return os.path.normcase(os.path.join(folder, name))


def _same(target: Target, other: Target) -> TargetRefused:
    if (target.option, target.path) == (other.option, other.path):
        return TargetRefused(
            f"{target.option} would write {target.path} twice; run the notebooks one after the "
            "other, to different places"
        )
    return TargetRefused(
        f"{other.option} {other.path} and {target.option} {target.path} are the same file; name "
        "another one"
    )


def _unwritable(target: Target, err: OSError) -> TargetRefused:
    return TargetRefused(
        f"{target.option} {target.path} cannot be written: {err.strerror or err}; name another "
        "place"
    )


def _head(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(_HEAD_BYTES)


def _is_notebook(path: Path) -> bool:
    try:
        data = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and ("cells" in data or "worksheets" in data)


def _is_record(path: Path) -> bool:
    """Return whether a file begins as a record does, or is compressed and has nothing yet."""
    try:
        first = next(read_lines(path), b"")
    except (RecordUnreadable, zlib.error):
        return False
    if not first:
        return True
    try:
        header = json.loads(first)
    except ValueError:  # cut off, by a full disk
        return f'"format":"{FORMAT}"'.encode() in first and not first.endswith(b"\n")
    return isinstance(header, dict) and header.get("format") == FORMAT


def _is_junit(path: Path) -> bool:
    roots: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _: roots.append(name)
    try:
        parser.Parse(_head(path))
    except expat.ExpatError:
        return False
    return roots[:1] in (["testsuites"], ["testsuite"])


def _is_page(path: Path) -> bool:
    return b'<p id="headline" class="dim">' in _head(path)


def _is_text(path: Path) -> bool:
    first = _head(path).partition(b"\n")[0]
    return _HEADLINE.match(first.decode("utf-8", "replace")) is not None


def _is_json(path: Path) -> bool:
    try:
        data = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return False
    header = data.get("header") if isinstance(data, dict) else None
    return isinstance(header, dict) and header.get("format") == FORMAT


_RECOGNISE: dict[Kind, Callable[[Path], bool]] = {
    Kind.NOTEBOOK: _is_notebook,
    Kind.RECORD: _is_record,
    Kind.JUNIT: _is_junit,
    Kind.PAGE: _is_page,
    Kind.TEXT: _is_text,
    Kind.JSON: _is_json,
}
