"""``jupyter livens``: run a notebook and see its variables, watch a kernel, or work in a console.

Each command is a module here and is imported when it is called, so that ``--help`` is there at
once. A command gets its parsed arguments and returns the exit code: 0 for success, 1 when the
user's code failed, 2 when it could not begin, 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from livens.cli.options import command_parser, make_parser
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
    parser = make_parser(prog)
    words = list(sys.argv[1:] if argv is None else argv)
    args, others = parser.parse_known_args(marked(words) if words[:1] == ["run"] else words)
    if others and args.command != "console":
        refuse(command_parser(parser, args.command), others)
    # Previews are anybody's text: an output that cannot show a character must not end us.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    from livens.cli.screen import use_color
    from livens.exceptions import LivensError, RequestError

    use_color(getattr(args, "color", "auto"))

    try:
        return _call(args, others)
    except LivensError as err:
        text = str(err)
        if isinstance(err, RequestError):
            text += f"\nexpected: {err.expected}" if err.expected else ""
            text += f"\n{err.remedy}" if err.remedy else ""
        sys.stderr.write(f"{prog} {args.command}: {text}\n")
        return 2
    except KeyboardInterrupt:
        return 130


def _call(args: argparse.Namespace, others: list[str]) -> int:
    match args.command:
        case "run":
            from livens.cli.run import main as run

            return run(args)
        case "list":
            from livens.cli.kernel_list import main as list_kernels

            return list_kernels(args)
        case "watch":
            from livens.cli.watch import main as watch

            return watch(args)
        case "diff":
            from livens.cli.diff import main as diff

            return diff(args)
        case "replay":
            from livens.cli.replay import main as replay

            return replay(args)
        case "report":
            from livens.cli.report import main as report

            return report(args)
        case "install":
            from livens.cli.install import main as install

            return install(args)
        case "completion":
            from livens.cli.completion import main as completion

            return completion(args)
        case _:
            from livens.cli.console import main as console

            return console(args, others)
