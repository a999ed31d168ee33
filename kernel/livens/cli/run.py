"""``jupyter livens run``: execute notebooks and show their variables meanwhile.

One notebook is shown live, by `livens.cli.run_report`; several go to `livens.cli.batch`. What the
command line says is turned into a `livens.recording.job.Job` here.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from livens.cli.batch import Batch
from livens.cli.junit import Case, write_junit
from livens.cli.run_report import RunReport
from livens.cli.screen import Screen
from livens.exceptions import RunFailed
from livens.recording.job import Job, RunConditions, RunOptions
from livens.recording.notebooks import parse_parameters
from livens.recording.outcome import ExitCode, Outcome
from livens.recording.runner import run_job
from livens.rules.conditions import Condition


def main(args: argparse.Namespace) -> int:
    """Run notebooks; returns the exit code."""
    paths = [Path(text) for text in args.notebooks]
    conditions = RunConditions(
        *([Condition(text) for text in texts] for texts in (args.until, args.fail_if, args.expect))
    )
    _need_directory(args.junit, "--junit")
    if len(paths) > 1:
        code, cases = _run_several(paths, args, conditions)
    else:
        code, cases = _run_one(paths[0], args, conditions)
    if args.junit:
        write_junit(Path(args.junit), cases)
    return code


def _run_one(
    path: Path, args: argparse.Namespace, conditions: RunConditions
) -> tuple[int, list[Case]]:
    job = make_job(path, args, conditions)
    errors = Screen(to_stderr=True)
    for note in job.notes:
        errors.line(note, "yellow")
    report = RunReport(job.total, Screen(is_live=not args.no_live), errors)
    try:
        outcome = asyncio.run(run_job(job, report))
    except KeyboardInterrupt:  # where there are no signal handlers for event loops
        outcome = Outcome(ExitCode.INTERRUPTED, "Interrupted")
    finally:
        report.end_live()
    code = report.finish(outcome, job.output)
    return code, [Case(job.path, outcome, report.seconds)]


def _run_several(
    paths: list[Path], args: argparse.Namespace, conditions: RunConditions
) -> tuple[int, list[Case]]:
    outputs = _directory("--output", args.output, paths)
    records = _directory("--record", args.record, paths)
    if args.glue and outputs is None and not args.inplace:
        raise RunFailed("--glue puts variables into the notebooks; say where by --output")

    def make(path: Path) -> Job:
        output = path if args.inplace else None
        return Job(
            path,
            run_options(args, conditions),
            output=outputs / path.name if outputs else output,
            record=records / _record_name(path) if records else None,
        )

    batch = Batch(paths, make, jobs=args.jobs, is_live=not args.no_live)
    return batch.run(), batch.cases


def make_job(path: Path, args: argparse.Namespace, conditions: RunConditions) -> Job:
    """Return the job of a notebook that is run alone.

    Raises
    ------
    RunFailed
        If it cannot be run, or what it makes cannot be written.
    """
    output = path if args.inplace else Path(args.output) if args.output else None
    _need_directory(output, "--output")
    record = Path(args.record) if args.record else None
    if args.glue and output is None:
        raise RunFailed("--glue puts variables into the notebook; say where by --output")
    if output is not None and output.is_dir():
        output = output / path.name
    if record is not None and record.is_dir():
        record = record / _record_name(path)
    return Job(path, run_options(args, conditions), output=output, record=record)


def run_options(args: argparse.Namespace, conditions: RunConditions) -> RunOptions:
    """Return what the command line says about how to run.

    Raises
    ------
    RunFailed
        If a parameter has no name or no value.
    """
    return RunOptions(
        kernel=args.kernel,
        parameters=parse_parameters(args.parameter, args.parameters),
        timeout=args.timeout,
        allow_errors=args.allow_errors,
        glue=args.glue,
        conditions=conditions,
    )


def _record_name(path: Path) -> str:
    return f"{path.stem}.livens.jsonl"


def _need_directory(file: str | Path | None, option: str) -> None:
    if file and not Path(file).absolute().parent.is_dir():
        raise RunFailed(f"No directory {Path(file).parent} for {option}; make it first")


def _directory(option: str, given: str | None, paths: list[Path]) -> Path | None:
    """Return the directory that an option names for what several notebooks make."""
    if given is None:
        return None
    directory = Path(given)
    if not directory.is_dir():
        raise RunFailed(f"{option} of several notebooks is a directory, and {given} is none")
    names = [path.name for path in paths]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RunFailed(
            f"Two notebooks are called {twice[0]}, and {option} has one place for them; run "
            "them one after the other"
        )
    return directory
