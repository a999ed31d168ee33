"""``%watch`` and ``%unwatch``: a table, and a line per cell, in every front end.

The magics subscribe like any other client, only from inside. They write by ``print`` and
``display_data`` with ``text/plain``, which every front end shows and keeps.
"""

from __future__ import annotations

import time
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from livens import methods, wire
from livens.events import Cell, ChangeSet, Variable
from livens.exceptions import InvalidCondition
from livens.kernelrules import CellRules
from livens.subscriber import Subscriber
from livens.watcher import Watcher


@magics_class
class WatchMagics(Magics):
    """The magics of a livens kernel.

    Parameters
    ----------
    shell : InteractiveShell
        Where they are registered.
    watcher : Watcher
        Watches the namespace of that shell.
    """

    def __init__(self, shell: Any, watcher: Watcher) -> None:
        super().__init__(shell)
        self._events = shell.events
        self._watcher = watcher
        self._names: list[str] = []
        self._subscriber: Subscriber | None = None
        self._is_on = False
        self._rules = CellRules(watcher, shell.events)
        self._changed: dict[str, Variable] = {}
        self._removed: dict[str, None] = {}

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
        if args.names:
            self._names = args.names
        if args.on or args.off:
            self._switch(args.on)
        if args.names or args.on or args.history or args.until or args.notify:
            self._subscribe()
        if args.until or args.notify:
            self._add_rules(args.until, args.notify)
            return
        if args.history:
            self._show_history()
            return
        if not (args.on or args.off):
            self._show()

    @line_magic
    def unwatch(self, line: str) -> None:
        """Stop watching: ``%unwatch`` everything, ``%unwatch x df*`` these names or patterns."""
        unknown = [name for name in line.split() if name not in self._names]
        if unknown:
            chosen = ", ".join(self._names) or "nothing"
            raise UsageError(f"%unwatch: not watched: {', '.join(unknown)} (watched: {chosen})")
        self._names = [name for name in self._names if name not in line.split()] if line else []
        self._rules.remove(line.split())
        if self._names:
            self._subscribe()
            return
        self._switch(False)
        if self._subscriber is not None:
            self._watcher.unsubscribe(self._subscriber)
            self._subscriber = None

    def _add_rules(self, until: str | None, notify: str | None) -> None:
        try:
            lines = self._rules.add(until, "stop") if until else []
            lines += self._rules.add(notify, "notify") if notify else []
        except InvalidCondition as err:
            raise UsageError(f"%watch: {err.message}. Allowed: {err.expected}") from None
        print("\n".join(lines))  # noqa: T201 - its output

    def _subscription(self) -> methods.Subscription:
        return methods.Subscription(names=self._names or ["*"], interval_ms=1000)

    def _subscribe(self) -> None:
        if self._subscriber is None:
            self._subscriber = self._watcher.subscribe(self._subscription(), self._take)
        else:
            self._watcher.resubscribe(self._subscriber, self._subscription())

    def _take(self, message: wire.Notification, cell: Cell | None) -> None:
        self._rules.take(message)
        if isinstance(message, wire.Update):
            for variable in message.params.changed:
                self._changed[variable.name] = variable
                self._removed.pop(variable.name, None)
            for name in message.params.removed:
                self._changed.pop(name, None)
                self._removed[name] = None

    # -- the table -------------------------------------------------------------------------

    def _show(self) -> None:
        from livens.render import as_text, variables_table  # rich: loaded when needed first

        described = [self._watcher.view.describe(name) for name in self._chosen()]
        found = [variable for variable in described if variable is not None]
        print(as_text(variables_table(found, now=time.time())))  # noqa: T201 - its output

    def _chosen(self) -> list[str]:
        chooser = Subscriber(self._subscription(), self._watcher.epoch, self._take)
        self._watcher.flush()
        return sorted(filter(chooser.wants, self._watcher.view.variable_names()))

    def _show_history(self) -> None:
        from livens.render import history_text

        histories = {name: self._watcher.history.points(name) for name in self._chosen()}
        for name, points in histories.items():
            if points:
                print(history_text(name, points))  # noqa: T201 - its output
        if not any(histories.values()):
            print("No history yet: it is kept from now on.")  # noqa: T201 - its output

    # -- the line after each cell ----------------------------------------------------------

    def _switch(self, on: bool) -> None:
        if on and not self._is_on:
            self._events.register("pre_run_cell", self._begin)
            self._events.register("post_run_cell", self._tell)
        if self._is_on and not on:
            self._events.unregister("pre_run_cell", self._begin)
            self._events.unregister("post_run_cell", self._tell)
        self._is_on = on

    def _begin(self, info: Any) -> None:
        self._changed.clear()
        self._removed.clear()

    def _tell(self, result: Any) -> None:
        """Show what the cell changed; what changed between the cells is not its doing."""
        from IPython.display import publish_display_data

        from livens.render import summary_line

        self._watcher.flush()
        if self._changed or self._removed:
            change_set = ChangeSet(
                self._watcher.epoch, 0, list(self._changed.values()), list(self._removed)
            )
            publish_display_data({"text/plain": summary_line(change_set)})
        self._begin(None)
