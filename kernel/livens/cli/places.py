"""Where `jupyter livens run` writes what, by its options; all of it is checked here at once."""

from __future__ import annotations

import argparse
import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

from livens.exceptions import RunFailed, TargetRefused
from livens.recording.inputs import Input
from livens.recording.notebook_saver import partial_path
from livens.recording.record_names import new_record_path
from livens.recording.saving import descriptor_of
from livens.recording.targets import Kind, Target, check_targets


class Places(NamedTuple):
    """Where the results of one notebook go."""

    path: Path
    output: Path | None
    record: Path | None


def places_of_one(path: Path, args: argparse.Namespace) -> tuple[Path | None, Path | None]:
    """Return where the notebook and the record of a notebook that is run alone go.

    Raises
    ------
    RunFailed
        If options miss each other.
    """
    output = path if args.inplace else _file("--output", args.output, path.name)
    if args.glue and output is None:
        raise RunFailed("--glue puts variables into the notebook; say where by --output")
    record = _file("--record", args.record)
    return output, new_record_path(record, path) if record and os.path.isdir(record) else record


def places_of_several(inputs: list[Input], args: argparse.Namespace) -> dict[Path, Places]:
    """Return where the notebook and the record of each of several notebooks go.

    Raises
    ------
    RunFailed
        If options miss each other, or name no directory.
    """
    outputs = _directory("--output", args.output, inputs)
    records = _directory("--record", args.record, inputs)
    if args.glue and outputs is None and not args.inplace:
        raise RunFailed("--glue puts variables into the notebooks; say where by --output")
    return {
        path: Places(
            path,
            _below(outputs, place) if outputs else path if args.inplace else None,
            new_record_path(_below(records, place).parent, path) if records else None,
        )
        for path, place in inputs
    }


def _below(directory: Path, place: Path) -> Path:
    """Return a file below a directory that is there, whose own folder is there as well."""
    file = directory / place
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise RunFailed(f"{file.parent} cannot be made: {err.strerror or err}") from None
    return file


def check_run_targets(places: Collection[Places], args: argparse.Namespace) -> list[Target]:
    """Return all files that are to be written, after they have been checked.

    Raises
    ------
    TargetRefused
        If one would destroy something, or cannot be written.
    """
    targets = [target for place in places for target in _targets(place, inplace=args.inplace)]
    if args.junit:
        targets.append(Target("--junit", Path(args.junit), Kind.JUNIT))
    others = [*args.parameters_file, *([args.resume] if args.resume else [])]
    check_targets(targets, [*(place.path for place in places), *map(Path, others)])
    return targets


def has_stdout(targets: Iterable[Target]) -> bool:
    """Return whether a target is the standard output, which is then for that alone."""
    return any(descriptor_of(target.path) == 1 for target in targets)


def _targets(place: Places, *, inplace: bool) -> Iterable[Target]:
    path, output, record = place
    if inplace:
        if os.path.exists(path) and not os.path.isfile(path):
            raise TargetRefused(f"--inplace replaces a file, and {path} is none; use --output")
        yield Target("--inplace", path, Kind.NOTEBOOK, path)
        yield Target("What --inplace saves meanwhile in", partial_path(path), Kind.NOTEBOOK)
    elif output is not None:
        yield Target("--output", output, Kind.NOTEBOOK)
    if record is not None:
        yield Target("--record", record, Kind.RECORD)


def _file(option: str, given: str | None, name: str = "") -> Path | None:
    """Return the file that an option names, by itself or by its directory."""
    if given is None:
        return None
    path = Path(given)
    if os.path.isdir(path):
        return path / name
    if given.endswith((os.sep, "/")):
        raise RunFailed(f"No directory {given} for {option}; make it first")
    return path


def _directory(option: str, given: str | None, inputs: list[Input]) -> Path | None:
    """Return the directory that an option names for what several notebooks make."""
    if given is None:
        return None
    directory = Path(given)
    if not os.path.isdir(directory):
        raise RunFailed(f"{option} of several notebooks is a directory, and {given} is none")
    names = [str(one.place) for one in inputs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RunFailed(
            f"Two notebooks are called {twice[0]}, and {option} has one place for them; run "
            "them one after the other"
        )
    return directory
