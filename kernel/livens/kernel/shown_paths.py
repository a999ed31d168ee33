"""Paths that a client may follow: those on which nothing is redacted.

Whether a value may be seen is decided by the names on the way to it: whoever may not see
``password`` may not see or set what is below it, nor get there by the position of a column.
"""

from __future__ import annotations

from typing import Any

from livens.exceptions import NotAllowed
from livens.protocol.types import Key
from livens.values.paths import walk, without_cells
from livens.watching.view import View


class ShownPaths:
    """Follow paths from a namespace.

    Parameters
    ----------
    view : View
        Of the user's variables.
    """

    def __init__(self, view: View) -> None:
        self._view = view

    def plain(self, path: list[Key]) -> list[Key]:
        """Return the path with steps of other kinds in the place of those to cells of tables."""
        cells = [position for position, key in enumerate(path) if position and key[0] == "cell"]
        if cells:
            self.walk(path[: cells[-1]])  # before anything is told of the table
        return without_cells(self._view.namespace, path)

    def walk(self, path: list[Key]) -> list[tuple[str, Any]]:
        """Return the name and the value of each step of the plain path.

        Raises
        ------
        InvalidParams, VariableNotFound
            If it is no path, or leads nowhere.
        NotAllowed
            If a name on it hides what is below.
        """
        plain = self.plain(path)
        steps = []
        for key, (name, value) in zip(plain, walk(self._view.namespace, plain), strict=True):
            self.need_shown(name)
            if type(key[-1]) is str:
                self.need_shown(key[-1])
            steps.append((name, value))
        return steps

    def need_shown(self, name: str) -> None:
        """Refuse a name whose value must not be shown.

        Raises
        ------
        NotAllowed
            If a redact pattern matches it.
        """
        if self._view.redactor.hides(name):
            raise NotAllowed(
                f"'{name[:100]}' is redacted",
                expected="a variable whose name no redact pattern matches",
                remedy="Change c.LivensKernel.redact if it is no secret.",
            )
