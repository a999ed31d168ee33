"""``jupyter livens run``: execute notebooks and show their variables meanwhile.

One notebook is shown live, by `livens.cli.run_report`; several go to `livens.cli.batch`. What the
command line says is turned into a `livens.recording.job.Job` here.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path
from typing import Any

from livens.cli.batch import Batch, failure_in_short
from livens.cli.junit import Case, JUnitFile
from livens.cli.places import (
    Places,
    check_run_targets,
    has_stdout,
    places_of_one,
    places_of_several,
)
from livens.cli.run_report import RunReport
from livens.cli.screen import Screen
from livens.exceptions import LivensError, RunFailed
from livens.recording.inputs import Input, find_inputs, is_one_file
from livens.recording.job import Job, RunConditions, RunOptions
from livens.recording.notebooks import parse_parameters
from livens.recording.outcome import ExitCode, Outcome, worst
from livens.recording.parameter_files import read_parameter_files
from livens.recording.resuming import first_unfinished
from livens.recording.runner import run_job
from livens.recording.signals import EndSignals
from livens.rules.conditions import Condition


def main(args: argparse.Namespace, signals: EndSignals) -> int:
    """Run notebooks; returns the exit code."""
    inputs = find_inputs(args.notebooks, leave_out=(args.output, args.record))
    paths = [one.path for one in inputs]
    junit = JUnitFile(Path(args.junit), paths, args.file_mode) if args.junit else None
    try:
        conditions = RunConditions(
            *(
                [Condition(text) for text in texts]
                for texts in (args.until, args.fail_if, args.expect)
            )
        )
        run = _run_one if is_one_file(args.notebooks) else _run_several
        code, cases = run(inputs, args, conditions, signals, junit)
    except LivensError as err:
        if junit is not None and junit.is_begun:
            outcome = Outcome(ExitCode.NOT_RUN, str(err))
            junit.update([Case(path, outcome, 0.0) for path in paths])
        raise
    errors = Screen(to_stderr=True)
    if junit is not None and not junit.write(cases, lambda text: errors.line(text, "red")):
        code = worst([code, ExitCode.NOT_WRITTEN])
    return code


def _run_one(
    inputs: list[Input],
    args: argparse.Namespace,
    conditions: RunConditions,
    signals: EndSignals,
    junit: JUnitFile | None,
) -> tuple[int, list[Case]]:
    ((path, _),) = inputs
    output, record = places_of_one(path, args)
    targets = check_run_targets([Places(path, output, record)], args)
    if junit is not None:
        junit.update([])
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
            shows_output=args.show_output,
            durations=args.durations,
            numbers=job.numbers,
            again=again,
        )
        try:
            outcome = asyncio.run(run_job(job, report, signals))
        finally:
            report.end_live()
        code = report.finish(outcome, job.output)
        if not outcome.may_be_retried or len(retried) == args.retries or signals.end is not None:
            case = Case(job.path, outcome, report.seconds, report.failed_output, retried)
            return code, [case]
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
    inputs: list[Input],
    args: argparse.Namespace,
    conditions: RunConditions,
    signals: EndSignals,
    junit: JUnitFile | None,
) -> tuple[int, list[Case]]:
    for option, is_given in (("--resume", args.resume), ("--from-cell", args.from_cell > 1)):
        if is_given:
            raise RunFailed(f"{option} is for one notebook; name that, and no directory or pattern")
    places = places_of_several(inputs, args)
    targets = check_run_targets(places.values(), args)
    if junit is not None:
        junit.update([])

    def make(path: Path) -> Job:
        _, output, record = places[path]
        return Job(path, run_options(args, conditions), output=output, record=record)

    screen = Screen(is_live=not args.no_live, to_stderr=has_stdout(targets), is_quiet=args.quiet)
    batch = Batch(
        list(places),
        make,
        signals,
        jobs=args.jobs,
        screen=screen,
        shows_output=args.show_output,
        on_cases=junit.update if junit is not None else None,
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
        sandbox=_sandbox(args),
        file_mode=args.file_mode,
    )


def _sandbox(args: argparse.Namespace) -> dict[str, Any] | None:
    """Return the settings of the sandbox; None if there is to be none."""
    if not (args.sandbox or args.sandbox_set):
        return None
    from livens.sandbox.kernel_specs import parse_settings

    return parse_settings(args.sandbox_set)


def _folder(text: str | None) -> Path | None:
    if text is not None and not os.path.isdir(text):
        raise RunFailed(f"No folder {text} for --cwd; make it first")
    return Path(text).absolute() if text is not None else None
