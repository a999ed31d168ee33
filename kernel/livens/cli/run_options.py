"""The options of ``jupyter livens run`` that say how a run goes about it."""

from __future__ import annotations

import argparse

from livens.cli.option_types import count, duration, positive_int


def add_surroundings(run: argparse.ArgumentParser) -> None:
    """Add what a notebook runs in: its parameters from files, its folder, its time."""
    run.add_argument(
        "--parameters-file",
        "--parameters_file",
        "-f",
        action="append",
        default=[],
        metavar="FILE",
        help="set the parameters in a YAML or JSON file; those of -p and --parameters override",
    )
    run.add_argument(
        "--cwd",
        metavar="DIR",
        help="the folder that cells run in (default: that of the notebook)",
    )
    run.add_argument(
        "--start-timeout",
        type=duration,
        default=60.0,
        metavar="TIME",
        help="how long a kernel may take to start (default: 60)",
    )
    run.add_argument(
        "--sandbox",
        action="store_true",
        help="start the kernel in a sandbox (Linux, bubblewrap): no network, and only the folder "
        "that cells run in can be written",
    )
    run.add_argument(
        "--sandbox-set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a sandbox with this setting, such as memory_mb=500 or readable_paths=/data",
    )
    start = run.add_mutually_exclusive_group()
    start.add_argument(
        "--from-cell",
        type=positive_int,
        default=1,
        metavar="N",
        help="begin with cell N; those before are not run, keep their outputs, and nothing of "
        "them is restored",
    )
    start.add_argument(
        "--resume",
        metavar="RECORD",
        help="go on where the run of RECORD did not: the cells before are run again, without a "
        "line for each, if their sources are as they were",
    )
    run.add_argument(
        "--retries",
        type=count,
        default=0,
        metavar="N",
        help="how often a notebook is run anew, in a new kernel, after a cell that failed, timed "
        "out, or took the kernel with it (default: 0)",
    )


def add_printing(run: argparse.ArgumentParser) -> None:
    """Add what is printed of a run."""
    run.add_argument(
        "--durations",
        type=count,
        default=0,
        metavar="N",
        help="print the N slowest cells in the end; 0 for none",
    )
    run.add_argument(
        "--quiet", "-q", action="store_true", help="print only what has gone wrong, and warnings"
    )


def add_color(parser: argparse.ArgumentParser) -> None:
    """Add the option for colours; `livens.cli.screen.use_color` takes its value."""
    parser.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="when to use colours (default: auto: in a terminal, unless NO_COLOR is set)",
    )
