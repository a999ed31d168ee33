"""``jupyter livens run``: execute notebooks and show their variables meanwhile.

One notebook is shown live, by `livens.cli.run_report`; several go to `livens.cli.batch`. What the
command line says is turned into a `livens.recording.job.Job` here.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from livens.cli.batch import Batch
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
from livens.exceptions import LivensError
from livens.recording.job import Job, RunConditions, RunOptions
from livens.recording.notebooks import parse_parameters
from livens.recording.outcome import ExitCode, Outcome, worst
from livens.recording.runner import run_job
from livens.recording.signals import EndSignals
from livens.rules.conditions import Condition


def main(args: argparse.Namespace, signals: EndSignals) -> int:
    """Run notebooks; returns the exit code."""
    paths = [Path(text) for text in args.notebooks]
    junit = JUnitFile(Path(args.junit), paths, args.file_mode) if args.junit else None
    try:
        conditions = RunConditions(
            *(
                [Condition(text) for text in texts]
                for texts in (args.until, args.fail_if, args.expect)
            )
        )
        run = _run_several if len(paths) > 1 else _run_one
        code, cases = run(paths, args, conditions, signals, junit)
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
    paths: list[Path],
    args: argparse.Namespace,
    conditions: RunConditions,
    signals: EndSignals,
    junit: JUnitFile | None,
) -> tuple[int, list[Case]]:
    (path,) = paths
    output, record = places_of_one(path, args)
    targets = check_run_targets([Places(path, output, record)], args)
    if junit is not None:
        junit.begin()
    job = Job(path, run_options(args, conditions), output=output, record=record)
    errors = Screen(to_stderr=True)
    for note in job.notes:
        errors.line(note, "yellow")
    screen = Screen(is_live=not args.no_live, to_stderr=has_stdout(targets))
    report = RunReport(job.total, screen, errors, shows_output=args.show_output)
    try:
        outcome = asyncio.run(run_job(job, report, signals))
    finally:
        report.end_live()
    code = report.finish(outcome, job.output)
    return code, [Case(path, outcome, report.seconds, report.failed_output)]


def _run_several(
    paths: list[Path],
    args: argparse.Namespace,
    conditions: RunConditions,
    signals: EndSignals,
    junit: JUnitFile | None,
) -> tuple[int, list[Case]]:
    places = places_of_several(paths, args)
    targets = check_run_targets(places.values(), args)
    if junit is not None:
        junit.begin()

    def make(path: Path) -> Job:
        _, output, record = places[path]
        return Job(path, run_options(args, conditions), output=output, record=record)

    batch = Batch(
        paths,
        make,
        signals,
        jobs=args.jobs,
        screen=Screen(is_live=not args.no_live, to_stderr=has_stdout(targets)),
        shows_output=args.show_output,
        on_cases=junit.update if junit is not None else None,
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
        parameters=parse_parameters(args.parameters),
        timeout=args.timeout,
        allow_errors=args.allow_errors,
        glue=args.glue,
        redact_extra=args.redact_extra,
        conditions=conditions,
        file_mode=args.file_mode,
    )
