"""What ``%state`` does and prints."""

from __future__ import annotations

from typing import Any

from IPython.core.error import UsageError

from livens.display import state_tables
from livens.exceptions import ArchiveFailed, RequestError
from livens.kernel.keeping import keeping_of
from livens.kernel.state_actions import StateActions
from livens.protocol import state_requests as requests


class StateOutput:
    """Carry out what the user asks of kept states.

    Parameters
    ----------
    shell : InteractiveShell
        Has the ``watcher`` of its namespace.
    """

    def __init__(self, shell: Any) -> None:
        self._keeping = keeping_of(shell)
        self._actions = StateActions(self._keeping)

    def run(self, args: Any) -> None:
        """Carry out a line, and print what came of it.

        Raises
        ------
        UsageError
            If it cannot be done; the text says why.
        """
        try:
            text = getattr(self, "_" + (args.command or "status"))(args)
        except RequestError as err:
            parts = [err.message, err.expected and f"expected {err.expected}", err.remedy]
            raise UsageError(f"%state: {'. '.join(filter(None, parts))}") from None
        except ArchiveFailed as err:
            raise UsageError(f"%state: {err}") from None
        print(text)  # noqa: T201 - its output

    def _status(self, args: Any) -> str:
        return state_tables.status_text(self._actions.show(requests.StateListParams(limit=1)))

    def _keep(self, args: Any) -> str:
        if args.what not in (["on"], ["off"]):
            raise UsageError("%state keep: expected 'on' or 'off'")
        if args.what == ["off"]:
            self._keeping.stop()
            return "Nothing is kept from now on; what was kept stays."
        self._keeping.start(args.name)
        return f"What each cell changes is kept from now on, in {self._keeping.path}."

    def _save(self, args: Any) -> str:
        done = self._actions.save(requests.StateSaveParams(tag=" ".join(args.what)))
        return state_tables.done_text(done)

    def _restore(self, args: Any) -> str:
        params = requests.StateRestoreParams(
            names=args.what, session=args.session, cell=args.cell, overwrite=args.overwrite
        )
        return state_tables.done_text(self._actions.restore(params))

    def _list(self, args: Any) -> str:
        found = self._actions.show(requests.StateListParams(session=args.session))
        if found.failure:
            return state_tables.status_text(found)
        return state_tables.cells_text(found.cells)

    def _diff(self, args: Any) -> str:
        params = requests.StateDiffParams(
            **dict(zip(("cell", "other"), _cells(args, 2), strict=False))
        )
        return state_tables.difference_text(self._actions.diff(params))

    def _back(self, args: Any) -> str:
        cells = _cells(args, 1)
        params = requests.StateBackParams(cell=cells[0] if cells else None, after=args.after)
        return state_tables.done_text(self._actions.back(params))

    def _forget(self, args: Any) -> str:
        params = requests.StateForgetParams(names=args.what, all=args.all)
        return state_tables.done_text(self._actions.forget(params))


def _cells(args: Any, most: int) -> list[int]:
    """Return the numbers of cells that were given."""
    if len(args.what) > most or not all(text.isdigit() for text in args.what):
        expected = "the number of a cell" if most == 1 else "the numbers of one or two cells"
        raise UsageError(f"%state {args.command}: expected {expected}, as '%state list' shows them")
    return [int(text) for text in args.what]
