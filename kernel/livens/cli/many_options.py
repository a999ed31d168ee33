"""The options about many processes: some of ``watch``, and those of ``join``."""

from __future__ import annotations

import argparse

SUMMARY = "run a Python script as a process that can be watched"

EXAMPLES = """\
The script runs as `python SCRIPT ARGS` would run it. Its module's variables and the functions that
run can be watched, as those of a kernel: it is listed by `jupyter livens list`. Ranks of torchrun
and MPI are told. Nothing can be changed from outside. exit code: that of the script

examples:
  jupyter livens join train.py --epochs 10         then, elsewhere: jupyter livens watch --all
  torchrun --nproc-per-node 4 --no-python jupyter livens join train.py
  mpiexec -n 4 jupyter livens join simulate.py
"""


def add_many(kernel: argparse._MutuallyExclusiveGroup) -> None:
    """Add to ``watch`` what stands in the place of one kernel."""
    kernel.add_argument(
        "--all",
        action="store_true",
        help="all kernels of this user on this machine: what each does, its memory, its largest "
        "and newest variables; with --names what these hold in each",
    )
    kernel.add_argument(
        "--cluster",
        nargs="?",
        const="",
        metavar="ID",
        help="the engines of a cluster of ipyparallel, by its ID or by the file "
        "ipcontroller-ID-client.json; without ID, the newest",
    )
    kernel.add_argument(
        "--dask", metavar="ADDRESS", help="the workers of a dask scheduler, such as tcp://host:8786"
    )


def add_join(join: argparse.ArgumentParser) -> None:
    """Add the arguments of ``join``."""
    join.add_argument("script", metavar="SCRIPT", help="the script")
    join.add_argument(
        "args", nargs=argparse.REMAINDER, metavar="ARGS", help="the arguments of the script"
    )
