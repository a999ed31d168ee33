"""``%watch`` and ``%unwatch``: what can be asked, read from the line.

What is done is in `livens.kernel.magic_output`, loaded by the first who asks: a kernel has these
magics from its start, and most never use them.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

if TYPE_CHECKING:
    from livens.kernel.magic_output import WatchOutput


@magics_class
class WatchMagics(Magics):
    """The magics of a shell that has a ``watcher``."""

    @cached_property
    def _output(self) -> WatchOutput:
        from livens.kernel.magic_output import WatchOutput

        return WatchOutput(self.shell)

    @magic_arguments()  # type: ignore[untyped-decorator]
    @argument("names", nargs="*", help="names or patterns such as df*; all if there are none")  # type: ignore[untyped-decorator]
    @argument("--on", action="store_true", help="after each cell, a line that says what changed")  # type: ignore[untyped-decorator]
    @argument("--off", action="store_true", help="no such line any more")  # type: ignore[untyped-decorator]
    @argument("--history", action="store_true", help="what the variables were: figures and a plot")  # type: ignore[untyped-decorator]
    @argument("--until", metavar="CONDITION", help="stop the cell when it becomes true")  # type: ignore[untyped-decorator]
    @argument("--notify", metavar="CONDITION", help="after the cell, a line if it became true")  # type: ignore[untyped-decorator]
    @line_magic
    def watch(self, line: str) -> None:
        """Show variables, and choose which.

        ``%watch`` shows a table of the chosen variables, or of all. ``%watch x df*`` chooses
        names and patterns, shows them, and notes from now on where they are changed.
        ``%watch --on`` adds a line after each cell that says what it changed; ``%watch --off``
        ends that. ``%watch --history loss`` draws what ``loss`` was since somebody watches it.
        ``%watch loss --until "loss < 0.1"`` stops a cell that makes the condition true, and
        ``--notify`` says so after the cell. ``%unwatch`` ends everything.
        """
        args = parse_argstring(self.watch, line)
        if args.on and args.off:
            raise UsageError("%watch: --on and --off together; choose one of them")
        output = self._output
        if args.names:
            output.choose(args.names)
        if args.on or args.off:
            output.switch(args.on)
        if args.names or args.on or args.history or args.until or args.notify:
            output.subscribe()
        if args.until or args.notify:
            output.add_rules(args.until, args.notify)
        elif args.history:
            output.show_history()
        elif not (args.on or args.off):
            output.show()

    @line_magic
    def unwatch(self, line: str) -> None:
        """Stop watching: ``%unwatch`` everything, ``%unwatch x df*`` these names or patterns."""
        self._output.give_up(line.split())
