"""``%state``: what can be asked, read from the line.

What is done is in `livens.kernel.state_output`, loaded by the first who asks: a kernel has this
magic from its start, and most never use it.
"""

from __future__ import annotations

from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

COMMANDS = ("keep", "save", "restore", "list", "diff", "back", "forget")
"""What may stand behind ``%state``, for what is kept."""

SHARING = ("share", "shared", "unshare", "take")
"""What may stand there for what is shared: `livens.kernel.state_sharing` reads the rest."""


@magics_class
class StateMagics(Magics):
    """The magic of a shell that has a ``watcher``."""

    @magic_arguments()  # type: ignore[untyped-decorator]
    @argument(
        "command",
        nargs="?",
        help=f"one of {', '.join((*COMMANDS, *SHARING))}; what is kept if none",
    )  # type: ignore[untyped-decorator]
    @argument("what", nargs="*", help="names or patterns, the number of a cell, or a tag")  # type: ignore[untyped-decorator]
    @argument("--name", default="", help="keep: what the session is found by again")  # type: ignore[untyped-decorator]
    @argument("--session", type=int, help="restore, list: the number of a session")  # type: ignore[untyped-decorator]
    @argument("--cell", type=int, help="restore: as it was after this cell")  # type: ignore[untyped-decorator]
    @argument("--after", action="store_true", help="back: to what was after the cell, not before")  # type: ignore[untyped-decorator]
    @argument("--overwrite", action="store_true", help="restore: also names that exist")  # type: ignore[untyped-decorator]
    @argument("--all", action="store_true", help="forget: remove the whole archive")  # type: ignore[untyped-decorator]
    @line_magic
    def state(self, line: str) -> None:
        """Keep variables beyond the kernel, and go back to what they were.

        ``%state`` shows what is kept of each variable. ``%state keep on`` keeps what each cell
        changes from now on, ``%state keep off`` ends that. ``%state save [TAG]`` keeps everything
        now. ``%state restore [NAMES]`` sets what an earlier session of this notebook kept.
        ``%state list`` shows what each cell changed, and ``%state back [N]`` makes the variables
        what they were before cell N, ``%state back N --after`` after it. ``%state diff [N [M]]``
        shows what differs.
        ``%state forget NAMES`` removes values from the archive, ``--all`` the archive.

        ``%state share NAMES URL`` shares variables by a store, with ``--policy read`` or ``write``,
        ``--when now`` or ``ask``, and ``--by-key``. ``%state shared`` shows what is shared,
        ``%state unshare [NAMES]`` ends it, and ``%state take [NAMES]`` sets what waits.
        """
        words = line.split()
        if words and words[0] in SHARING:
            from livens.kernel.state_sharing import print_line

            print_line(words)
            return
        args: Any = parse_argstring(self.state, line)
        if args.command is not None and args.command not in COMMANDS:
            raise UsageError(
                f"%state: no '{args.command}'; expected one of {', '.join((*COMMANDS, *SHARING))}"
            )
        from livens.kernel.state_output import StateOutput

        StateOutput(self.shell).run(args)
