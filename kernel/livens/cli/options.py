"""The options: what the command line of ``jupyter livens`` takes, and its help."""

from __future__ import annotations

import argparse

from livens.cli.many_options import EXAMPLES as JOIN_EXAMPLES
from livens.cli.many_options import SUMMARY as JOIN_SUMMARY
from livens.cli.many_options import add_join, add_many
from livens.cli.mcp_options import EXAMPLES as MCP_EXAMPLES
from livens.cli.mcp_options import SUMMARY as MCP_SUMMARY
from livens.cli.mcp_options import add_mcp
from livens.cli.option_types import (
    duration,
    file_mode,
    positive_float,
    positive_int,
    tolerance,
)
from livens.cli.parameters import add_parameter_options
from livens.cli.parser import Parser
from livens.cli.run_options import add_color, add_printing, add_surroundings
from livens.cli.serve_options import EXAMPLES, SUMMARY, add_serving
from livens.cli.state_options import EXAMPLES as STATE_EXAMPLES
from livens.cli.state_options import SUMMARY as STATE_SUMMARY
from livens.cli.state_options import add_state
from livens.cli.version import VersionAction

_EXAMPLES = """\
examples:
  jupyter livens run analysis.ipynb                    run it, with a live table of its variables
  jupyter livens run analysis.ipynb --output done.ipynb -p year 2024
  jupyter livens list                                  the kernels that can be watched
  jupyter livens watch                                 look into a running kernel
  jupyter livens watch --existing 3f1c --json | jq .   change sets as JSON Lines
  jupyter livens console                               jupyter console with live variables
  jupyter livens run analysis.ipynb --record run.livens.jsonl
  jupyter livens report run.livens.jsonl               what a run did to its variables, by cell
"""

_RUN_EXAMPLES = """\
The notebook is only written with --output or --inplace; then it is what `jupyter execute` would
have written, also when a cell fails, after Ctrl-C, SIGTERM and SIGHUP. While it runs it is saved
after cells, so that little is lost if the run is killed: in OUT, or with --inplace in
.NAME.partial.ipynb beside it. No file is overwritten that is an input, or that is something else
than what is written there. A run goes on when nobody reads its output, such as after `| head`.

A RULE is a condition such as 'loss < 0.1', 'isnan(loss)' or 'df.shape[0] == 0', see
docs/protocol.md. Each option that takes one can be given several times.

exit codes:
  0    all cells ran, or --until has stopped the run; every --expect holds
  1    a cell failed, timed out, or took the kernel with it
  2    nothing could be run: what is missing or wrong is said
  3    --fail-if has stopped the run
  4    an --expect does not hold at the end
  5    all is well, but the record is not whole
  6    a RULE could never be worked out: it is named, with the reason
  7    a file could not be written at the end: it is said where it is instead
  129  terminated by SIGHUP
  130  interrupted by Ctrl-C
  143  terminated by SIGTERM
Of several notebooks the first of 143, 129, 130, 1, 3, 4, 6, 2, 7, 5 that occurs is returned.

examples:
  jupyter livens run analysis.ipynb
  jupyter livens run analysis.ipynb --output done.ipynb -p year 2024 -p city Bern
  jupyter livens run analysis.ipynb --record run.livens.jsonl --fail-if 'isnan(loss)'
  jupyter livens run *.ipynb --jobs 4 --record records/ --junit report.xml
  jupyter livens run analysis.ipynb --inplace --no-live --parameters year=2024 city=Bern
"""

_WATCH_EXAMPLES = """\
Without arguments the livens kernel of this user is watched that runs; of several you are asked
which, or, where the output is no terminal, it is the newest. So is a stock kernel in which
`%load_ext livens` was run. The watch ends when the kernel does, and goes on over a restart.

examples:
  jupyter livens watch
  jupyter livens watch --existing 3f1c --names 'loss*' step
  jupyter livens watch kernel-3f1c.json --once
  jupyter livens watch --json | jq -c '.changed[] | {name, preview}'
  jupyter livens watch --all --names loss
  jupyter livens watch --cluster
"""

_LIST_EXAMPLES = """\
These are the kernels of this user on this machine that can be watched: livens kernels, whatever
started them, stock kernels in which `%load_ext livens` was run, and replays. exit code: 0

examples:
  jupyter livens list
  jupyter livens list --json | jq -r '.[] | select(.cell) | .notebook'
"""

_CONSOLE_EXAMPLES = """\
All other options go to `jupyter console`, see `jupyter console --help-all`.

examples:
  jupyter livens console
  jupyter livens console --existing            a console on a kernel that is running
  jupyter livens console --names loss step
"""


_COMPLETION_EXAMPLES = """\
The script goes to the standard output. It completes `jupyter-livens`, and `jupyter livens` unless
something else completes `jupyter`.

examples:
  jupyter livens completion bash > ~/.local/share/bash-completion/completions/jupyter-livens
  jupyter livens completion zsh > ~/.zfunc/_jupyter-livens       with ~/.zfunc in $fpath
  jupyter livens completion fish > ~/.config/fish/completions/jupyter-livens.fish
"""

_REPORT_EXAMPLES = """\
A record comes from `jupyter livens run --record`. Of a run that was killed the report shows what
had happened until then. exit codes: 0 written, 2 the file is no record, or OUT cannot be written
or is something else than a report

examples:
  jupyter livens report run.livens.jsonl
  jupyter livens report run.livens.jsonl --output run.html     one page, needs no network
  jupyter livens report run.livens.jsonl --format json | jq '.cells[] | {number, status}'
"""


_REPLAY_EXAMPLES = """\
The replay takes the place of a kernel, for everything that can watch one; it runs no code. In
JupyterLab, with --lab, choose it as the kernel of a new notebook and open the panel. exit codes: 0
the replay was shut down or is over, 2 the file is no record, and before the end: 129 after SIGHUP,
130 after Ctrl-C, 143 after SIGTERM

examples:
  jupyter livens replay run.livens.jsonl           then, elsewhere: jupyter livens watch
  jupyter livens replay run.livens.jsonl --speed 10 --max-gap 2
  jupyter livens replay run.livens.jsonl --lab     for a server that was started by
                                jupyter lab --ServerApp.allow_external_kernels=True
"""

_RUNS_EXAMPLES = """\
A run that is going on is `running`; one whose record has no end is `cut off`. The column "before"
compares the variables at the end with those of the run before of the same notebook: `same`, how
many differ, or `unknown` where not everything could be compared.

exit codes: 0 listed, 2 there is no such directory, or none of its records can be read

examples:
  jupyter livens run sales.ipynb --record records/ -p year 2024
  jupyter livens runs records/
  jupyter livens runs records/ --status failed 'cut off' --sort time --reverse
  jupyter livens runs records/ -p year 2024 --json | jq -r '.[] | [.path, .seconds] | @tsv'
"""

_DIFF_EXAMPLES = """\
Cells are compared in the order in which they ran; tables, arrays and containers by a hash of their
content and by figures of their columns. What could not be compared is listed, with the reason.

exit codes: 0 everything was compared and is the same, 1 something differs, 2 a file is no record,
6 nothing that was compared differs, but not everything could be compared

examples:
  jupyter livens diff yesterday.livens.jsonl today.livens.jsonl
  jupyter livens diff a.livens.jsonl b.livens.jsonl --rel-tol 1e-6
"""


_INSTALL_EXAMPLES = """\
Jupyter finds livens without this where both are in one environment. The kernel that is installed
starts the Python that runs this command, also from a Jupyter in another environment.
`jupyter kernelspec remove NAME` removes it. `python -m livens install` is the same.

examples, in the environment that has livens:
  python -m livens install --user --name myenv --display-name "Python 3 (myenv, livens)"
  python -m livens install --sys-prefix
  python -m livens install --prefix /opt/jupyter --env OMP_NUM_THREADS 4
  python -m livens install --sys-prefix --pyodide
"""


SHELLS = ("bash", "zsh", "fish")


def make_parser(prog: str = "jupyter livens") -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser: argparse.ArgumentParser = Parser(
        prog=prog,
        description="See the variables of Python notebooks change while their cells run.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    version = "print the version, and what is missing for want of Node.js"
    parser.add_argument("--version", action=VersionAction, help=version)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(commands)
    _add_watch(commands)
    _add_list(commands)
    _add_console(commands)
    _add_report(commands)
    _add_runs(commands)
    _add_diff(commands)
    _add_replay(commands)
    add_serving(_add(commands, "serve", SUMMARY, EXAMPLES))
    add_state(_add(commands, "state", STATE_SUMMARY, STATE_EXAMPLES))
    add_join(_add(commands, "join", JOIN_SUMMARY, JOIN_EXAMPLES))
    add_mcp(_add(commands, "mcp", MCP_SUMMARY, MCP_EXAMPLES))
    _add_install(commands)
    _add_completion(commands)
    for name in ("run", "watch", "list", "report", "diff", "replay", "state"):
        add_color(commands.choices[name])
    return parser


def command_parser(parser: argparse.ArgumentParser, command: str) -> argparse.ArgumentParser:
    """Return the parser of one command."""
    (commands,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    found: argparse.ArgumentParser = commands.choices[command]
    return found


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    epilog: str,
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    run = _add(commands, "run", "execute a notebook and show its variables live", _RUN_EXAMPLES)
    run.add_argument(
        "notebooks",
        metavar="NOTEBOOK",
        nargs="+",
        help="the notebook to execute (.ipynb); or several, directories with all notebooks below, "
        "and patterns such as 'reports/**/*.ipynb'",
    )
    target = run.add_mutually_exclusive_group()
    target.add_argument(
        "--output",
        "-o",
        metavar="OUT",
        help="write the executed notebook here; of several, into this directory",
    )
    target.add_argument("--inplace", action="store_true", help="write it over NOTEBOOK")
    add_parameter_options(run)
    run.add_argument(
        "--record",
        metavar="FILE",
        help="record the variables in FILE, by custom NAME.livens.jsonl, compressed if it ends "
        "in .gz; in a directory, which several notebooks need, under the notebook's name and the "
        "time; see `jupyter livens report` and `jupyter livens runs`",
    )
    add_surroundings(run)
    _add_run_conditions(run)
    _add_run_manner(run)
    add_printing(run)


def _add_run_conditions(run: argparse.ArgumentParser) -> None:
    for option, summary in (
        ("--until", "stop when RULE becomes true, such as 'loss < 0.1', and exit with 0"),
        ("--fail-if", "stop when RULE becomes true, say what made it so, and exit with 3"),
        ("--expect", "when all cells have run, exit with 4 unless RULE is true"),
    ):
        run.add_argument(option, action="append", default=[], metavar="RULE", help=summary)


def _add_run_manner(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "--glue",
        nargs="+",
        default=[],
        metavar="NAME",
        help="put these variables into the written notebook, where scrapbook reads them",
    )
    run.add_argument(
        "--jobs",
        "-j",
        type=positive_int,
        default=1,
        metavar="N",
        help="how many of several notebooks run at once (default: 1)",
    )
    run.add_argument(
        "--redact-extra",
        action="append",
        default=[],
        metavar="PATTERN",
        help="hide the values of more names: those in which this regular expression is found",
    )
    run.add_argument("--junit", metavar="FILE", help="write a report in JUnit's XML, for CI")
    _add_file_mode(run, "600 for records; for other files what the umask leaves")
    run.add_argument("--kernel", metavar="NAME", help="the kernel to use (default: livens)")
    run.add_argument(
        "--timeout",
        type=duration,
        metavar="TIME",
        help="how long one cell may take, in seconds or as 2m, 1h30m, 500ms (default: as long as "
        "it likes)",
    )
    run.add_argument(
        "--grace",
        type=positive_float,
        default=5.0,
        metavar="SECONDS",
        help="how long after SIGTERM or SIGHUP everything is written: cells are interrupted, then "
        "kernels killed (default: 5)",
    )
    run.add_argument(
        "--allow-errors",
        action="store_true",
        help="go on after a cell that failed, name its error, exit with 0",
    )
    run.add_argument(
        "--show-output",
        action="store_true",
        help="print what each cell prints; else only that of a cell that failed is shown",
    )
    run.add_argument(
        "--no-live",
        action="store_true",
        help="print plain lines, which is also done where the output is no terminal",
    )


def _add_file_mode(parser: argparse.ArgumentParser, default: str) -> None:
    parser.add_argument(
        "--file-mode",
        type=file_mode,
        metavar="MODE",
        help=f"the permissions of the files that are written, such as 640 (default: {default})",
    )


def _add_watch(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    watch = _add(commands, "watch", "show the variables of a running kernel live", _WATCH_EXAMPLES)
    kernel = watch.add_mutually_exclusive_group()
    kernel.add_argument(
        "connection_file", nargs="?", metavar="CONNECTION_FILE", help="of the kernel to watch"
    )
    kernel.add_argument(
        "--existing",
        nargs="?",
        const="",
        metavar="NAME",
        help="a part of the name of the connection file or notebook; without it, any kernel",
    )
    add_many(kernel)
    watch.add_argument(
        "--names", nargs="+", metavar="NAME", default=["*"], help="names or patterns (default: *)"
    )
    watch.add_argument(
        "--interval-ms",
        type=positive_int,
        default=50,
        metavar="MS",
        help="the shortest time between two updates (default: 50)",
    )
    watch.add_argument(
        "--json", action="store_true", help="print change sets as JSON Lines, for pipes"
    )
    watch.add_argument("--once", action="store_true", help="print the present state and leave")


def _add_list(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    kernels = _add(commands, "list", "list the kernels that can be watched", _LIST_EXAMPLES)
    kernels.add_argument("--json", action="store_true", help="print JSON, for programs")


def _add_console(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    summary = "work in jupyter console, with the variables live below the prompt"
    console = _add(commands, "console", summary, _CONSOLE_EXAMPLES)
    console.add_argument(
        "--existing",
        nargs="?",
        const="",
        metavar="NAME",
        help="a part of the name of the connection file or notebook; without it, any kernel",
    )
    console.add_argument(
        "--kernel", default="livens", metavar="NAME", help="the kernel to start (default: livens)"
    )
    console.add_argument(
        "--names", nargs="+", metavar="NAME", default=["*"], help="names or patterns (default: *)"
    )


def _add_report(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    report = _add(commands, "report", "show what is in a record of a run", _REPORT_EXAMPLES)
    report.add_argument("record", metavar="RECORD", help="the record (.livens.jsonl, or .gz)")
    report.add_argument(
        "--format",
        choices=("html", "text", "json"),
        help="a page for the browser, text for the terminal, or JSON for programs (default: what "
        "the name of OUT ends in, else text)",
    )
    report.add_argument(
        "--output",
        "-o",
        metavar="OUT",
        help="write it here; without it, a page goes to NAME.livens.html in the current directory",
    )
    _add_file_mode(report, "600")


def _add_runs(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    runs = _add(commands, "runs", "list and compare the runs that left records", _RUNS_EXAMPLES)
    runs.add_argument(
        "paths",
        metavar="DIR",
        nargs="*",
        default=["."],
        help="a directory with records, in it or below, or a record; or several (default: .)",
    )
    runs.add_argument(
        "--sort",
        default="started",
        metavar="COLUMN",
        help="started, notebook, status, time, memory, or the name of a parameter "
        "(default: started)",
    )
    runs.add_argument("--reverse", action="store_true", help="the last first")
    runs.add_argument("--status", nargs="+", metavar="STATUS", help="only runs that ended so")
    runs.add_argument("--notebook", nargs="+", metavar="NAME", help="only runs of these notebooks")
    runs.add_argument(
        "--parameter",
        "-p",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "VALUE"),
        help="only runs with this parameter",
    )
    runs.add_argument("--json", action="store_true", help="print JSON, for programs")


def _add_diff(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    diff = _add(commands, "diff", "compare two records of runs", _DIFF_EXAMPLES)
    diff.add_argument("a", metavar="A", help="a record")
    diff.add_argument("b", metavar="B", help="another one")
    for option, summary in (
        ("--rel-tol", "how far numbers may be apart, relative to the larger one (default: 0)"),
        ("--abs-tol", "how far they may be apart in any case (default: 0)"),
    ):
        diff.add_argument(option, type=tolerance, default=0.0, metavar="X", help=summary)
    diff.add_argument("--json", action="store_true", help="print JSON, for programs")


def _add_replay(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    replay = _add(commands, "replay", "play a record to whoever watches", _REPLAY_EXAMPLES)
    replay.add_argument("record", metavar="RECORD", help="the record (.livens.jsonl, or .gz)")
    replay.add_argument(
        "--speed",
        type=positive_float,
        default=1.0,
        metavar="X",
        help="so many times as fast as it was (default: 1)",
    )
    replay.add_argument(
        "--max-gap", type=positive_float, metavar="SECONDS", help="cut longer pauses to this"
    )
    replay.add_argument("--now", action="store_true", help="begin without waiting for a viewer")
    replay.add_argument("--once", action="store_true", help="end with the record")
    place = replay.add_mutually_exclusive_group()
    place.add_argument(
        "--lab",
        action="store_true",
        help="be a kernel of this user's JupyterLab, if its server allows external kernels",
    )
    place.add_argument(
        "--directory",
        metavar="DIR",
        help="where the connection file goes (default: Jupyter's runtime directory)",
    )
    replay.add_argument("--no-live", action="store_true", help="show no progress bar")


def _add_install(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    summary = "tell Jupyter of livens in this environment"
    install = _add(commands, "install", summary, _INSTALL_EXAMPLES)
    place = install.add_mutually_exclusive_group()
    place.add_argument(
        "--user", action="store_true", help="for this user (default: for all users of the machine)"
    )
    place.add_argument("--prefix", metavar="DIR", help="for the environment in DIR")
    place.add_argument(
        "--sys-prefix", action="store_true", help="for the environment that this runs in"
    )
    install.add_argument(
        "--name",
        metavar="NAME",
        help="what Jupyter calls it (default: livens, or livens-pyodide)",
    )
    install.add_argument(
        "--display-name",
        default="",
        metavar="TEXT",
        help="what people see (default: 'Python 3 (livens)', or NAME)",
    )
    install.add_argument(
        "--env",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "VALUE"),
        help="an environment variable that the kernel starts with",
    )
    install.add_argument(
        "--pyodide",
        action="store_true",
        help="the kernel whose Python runs in Pyodide, without the files and the network of this "
        "machine; needs Node.js and npm",
    )


def _add_completion(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    summary = "print a script by which a shell completes these commands"
    completion = _add(commands, "completion", summary, _COMPLETION_EXAMPLES)
    completion.add_argument("shell", metavar="SHELL", choices=SHELLS, help="bash, zsh or fish")
