"""``jupyter livens``: run a notebook and see its variables, watch a kernel, or work in a console.

Each command is a module here and is imported when it is called, so that ``--help`` is there at
once. A command gets its parsed arguments and returns the exit code: 0 for success, 1 when the
user's code failed, 2 when it could not begin, 130 after Ctrl-C; those of ``run`` are in
`livens.recording.outcome`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from livens.cli.options import command_parser, make_parser
from livens.cli.output_streams import unfailing_outputs
from livens.cli.parameters import marked
from livens.cli.parser import refuse

__all__ = ["main", "make_parser"]


def main(argv: Sequence[str] | None = None, prog: str = "jupyter livens") -> int:
    """Run ``jupyter livens``.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; by default those of the process.
    prog : str
        How it was called, for messages.

    Returns
    -------
    int
        The exit code.
    """
    with unfailing_outputs():
        parser = make_parser(prog)
        words = list(sys.argv[1:] if argv is None else argv)
        args, others = parser.parse_known_args(marked(words) if words[:1] == ["run"] else words)
        if others and args.command not in ("console", "serve"):
            refuse(command_parser(parser, args.command), others)
        # What was put in the place of an output, such as a file in memory, may fail at this.
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        return _called(args, others, prog, is_program=argv is None)


def _called(args: argparse.Namespace, others: list[str], prog: str, *, is_program: bool) -> int:
    """Call the command; returns the exit code, after saying what is wrong."""
    from livens.cli.screen import use_color
    from livens.exceptions import LivensError, RequestError

    use_color(getattr(args, "color", "auto"))

    try:
        return _call(args, others, is_program=is_program)
    except LivensError as err:
        text = str(err)
        if isinstance(err, RequestError):
            text += f"\nexpected: {err.expected}" if err.expected else ""
            text += f"\n{err.remedy}" if err.remedy else ""
        sys.stderr.write(f"{prog} {args.command}: {text}\n")
        return 2
    except KeyboardInterrupt:
        return 130


def _call(args: argparse.Namespace, others: list[str], *, is_program: bool) -> int:
    match args.command:
        case "run":
            from livens.recording.signals import EndSignals

            with EndSignals(args.grace, is_last=is_program) as signals:
                from livens.cli.run import main as run

                return run(args, signals)
        case "list":
            from livens.cli.kernel_list import main as list_kernels

            return list_kernels(args)
        case "watch":
            from livens.cli.watch import main as watch
            from livens.recording.signals import exit_on_termination

            with exit_on_termination():
                return watch(args)
        case "replay":
            from livens.recording.signals import EndSignals

            with EndSignals(is_last=is_program) as signals:
                from livens.cli.replay import main as replay

                return replay(args, signals)
        case "serve":
            from livens.cli.serve import main as serve

            return serve(args, others)
        case "console":
            from livens.cli.console import main as console
            from livens.recording.signals import exit_on_termination

            with exit_on_termination():
                return console(args, others)
        case command:
            module = import_module(f"livens.cli.{command}")
            code: int = module.main(args)
            return code
