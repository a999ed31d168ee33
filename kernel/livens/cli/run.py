"""``jupyter livens run``: execute notebooks and show their variables meanwhile.

One notebook is shown live, by `livens.cli.run_report`; several go to `livens.cli.batch`. What the
command line says is turned into a `livens.recording.job.Job` here.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from livens.cli.batch import Batch, failure_in_short
from livens.cli.junit import Case, junit_xml
from livens.cli.places import (
    Places,
    check_run_targets,
    has_stdout,
    places_of_one,
    places_of_several,
)
from livens.cli.run_report import RunReport
from livens.cli.screen import Screen
from livens.exceptions import RunFailed, TargetRefused
from livens.recording.inputs import Input, find_inputs, is_one_file
from livens.recording.job import Job, RunConditions, RunOptions
from livens.recording.notebooks import parse_parameters
from livens.recording.outcome import ExitCode, Outcome, worst
from livens.recording.parameter_files import read_parameter_files
from livens.recording.resuming import first_unfinished
from livens.recording.runner import run_job
from livens.recording.saving import save, save_elsewhere
from livens.recording.targets import Kind, Target, check_kind
from livens.rules.conditions import Condition


def main(args: argparse.Namespace) -> int:
    """Run notebooks; returns the exit code."""
    inputs = find_inputs(args.notebooks, leave_out=(args.output, args.record))
    conditions = RunConditions(
        *([Condition(text) for text in texts] for texts in (args.until, args.fail_if, args.expect))
    )
    if is_one_file(args.notebooks):
        code, cases = _run_one(inputs[0].path, args, conditions)
    else:
        code, cases = _run_several(inputs, args, conditions)
    if args.junit and not _write_junit(Path(args.junit), cases, args):
        code = worst([code, ExitCode.NOT_WRITTEN])
    return code


def _run_one(
    path: Path, args: argparse.Namespace, conditions: RunConditions
) -> tuple[int, list[Case]]:
    output, record = places_of_one(path, args)
    targets = check_run_targets([Places(path, output, record)], args)
    errors = Screen(to_stderr=True)
    screen_options = {"to_stderr": has_stdout(targets), "is_quiet": args.quiet}
    retried: list[str] = []
    while True:
        job = Job(path, run_options(args, conditions), output=output, record=record)
        again = _check_resumed(job, args)
        job.retried = list(retried)
        for note in job.notes if not retried else ():
            errors.line(note, "yellow")
        screen = Screen(is_live=not args.no_live, **screen_options)
        report = RunReport(
            job.total,
            screen,
            errors,
            durations=args.durations,
            numbers=job.numbers,
            again=again,
        )
        try:
            outcome = asyncio.run(run_job(job, report))
        except KeyboardInterrupt:  # where there are no signal handlers for event loops
            outcome = Outcome(ExitCode.INTERRUPTED, "Interrupted")
        finally:
            report.end_live()
        code = report.finish(outcome, job.output)
        if not outcome.may_be_retried or len(retried) == args.retries:
            return code, [Case(job.path, outcome, report.seconds, retried)]
        retried.append(failure_in_short(outcome, report.number))
        errors.line(f"It is run anew, retry {len(retried)} of {args.retries}.", "yellow")


def _check_resumed(job: Job, args: argparse.Namespace) -> int:
    """Return up to which cell those are that ran well before, and tell what is done with them."""
    if args.resume is not None:
        done = first_unfinished(args.resume, job.sources()) - 1
        if done:
            cells = "Cell 1 is" if done == 1 else f"Cells 1 to {done} are"
            job.notes.append(f"{cells} run again first: a record keeps no values to go on from.")
        return done
    if job.skipped:
        job.notes.append(
            f"Not run: {len(job.skipped)} cells before cell {args.from_cell}. What they would have "
            "made is not restored."
        )
    return 0


def _run_several(
    inputs: list[Input], args: argparse.Namespace, conditions: RunConditions
) -> tuple[int, list[Case]]:
    for option, is_given in (("--resume", args.resume), ("--from-cell", args.from_cell > 1)):
        if is_given:
            raise RunFailed(f"{option} is for one notebook; name that, and no directory or pattern")
    places = places_of_several(inputs, args)
    targets = check_run_targets(places.values(), args)

    def make(path: Path) -> Job:
        _, output, record = places[path]
        return Job(path, run_options(args, conditions), output=output, record=record)

    screen = Screen(is_live=not args.no_live, to_stderr=has_stdout(targets), is_quiet=args.quiet)
    batch = Batch(
        list(places),
        make,
        jobs=args.jobs,
        screen=screen,
        names={one.path: str(one.place) for one in inputs},
        retries=args.retries,
        durations=args.durations,
    )
    return batch.run(), batch.cases


def run_options(args: argparse.Namespace, conditions: RunConditions) -> RunOptions:
    """Return what the command line says about how to run.

    Raises
    ------
    RunFailed
        If a parameter has no name or no value.
    """
    return RunOptions(
        kernel=args.kernel,
        parameters={
            **read_parameter_files(args.parameters_file),
            **parse_parameters(args.parameters),
        },
        timeout_s=args.timeout,
        start_timeout_s=args.start_timeout,
        cwd=_folder(args.cwd),
        from_cell=args.from_cell,
        allow_errors=args.allow_errors,
        glue=args.glue,
        redact_extra=args.redact_extra,
        conditions=conditions,
        file_mode=args.file_mode,
    )


def _folder(text: str | None) -> Path | None:
    if text is not None and not Path(text).is_dir():
        raise RunFailed(f"No folder {text} for --cwd; make it first")
    return Path(text).absolute() if text is not None else None


def _write_junit(file: Path, cases: list[Case], args: argparse.Namespace) -> bool:
    """Write the JUnit file, or say where it went; returns whether it is in its place."""
    data = junit_xml(cases)
    try:
        check_kind(Target("--junit", file, Kind.JUNIT))  # a cell may have written there
        save(file, data, mode=args.file_mode)
        return True
    except TargetRefused as err:
        reason = str(err)
    except OSError as err:
        reason = f"{file} cannot be written: {err.strerror or err}"
    errors = Screen(to_stderr=True)
    try:
        place = save_elsewhere(file, data)
        errors.line(f"{reason}. The JUnit file is in {place}.", "red")
    except OSError:
        errors.line(f"{reason}. No other place takes the JUnit file: it is lost.", "red")
    return False
