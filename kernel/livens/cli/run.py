"""``jupyter livens run``: execute notebooks and show their variables meanwhile.

One notebook is shown live, see `livens.recording.runner`; several go to `livens.cli.batch`.
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
from livens.recording.runner import Job, Outcome, Rules
from livens.rules.conditions import Condition


def main(args: argparse.Namespace) -> int:
    """Run notebooks; returns the exit code."""
    paths = [Path(text) for text in args.notebooks]
    rules = Rules(
        *([Condition(text) for text in texts] for texts in (args.until, args.fail_if, args.expect))
    )
    _need_directory(args.junit, "--junit")
    if len(paths) > 1:
        return Batch(paths, args, rules).run()
    job = make_job(paths[0], args, rules)
    errors = Screen(to_stderr=True)
    for note in job.notes:
        errors.line(note, "yellow")
    report = RunReport(job.total, Screen(is_live=not args.no_live), errors)
    try:
        outcome = asyncio.run(job.run(report))
    except KeyboardInterrupt:  # where there are no signal handlers for event loops
        outcome = Outcome(130, "Interrupted")
    finally:
        report.end_live()
    code = report.finish(outcome, job.output)
    if args.junit:
        write_junit(Path(args.junit), [Case(job.path, outcome, report.seconds)])
    return code


def make_job(path: Path, args: argparse.Namespace, rules: Rules) -> Job:
    """Make the job of a notebook that is run alone.

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
        record = record / f"{path.stem}.livens.jsonl"
    return Job(path, args, output=output, record=record, rules=rules)


def _need_directory(file: str | Path | None, option: str) -> None:
    if file and not Path(file).absolute().parent.is_dir():
        raise RunFailed(f"No directory {Path(file).parent} for {option}; make it first")
