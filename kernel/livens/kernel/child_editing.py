"""Setting what is below a variable: an item, a value of a mapping, an attribute, a cell.

It runs on the main thread while no cell runs, as `livens.kernel.editing`. The expression is the
user's code, and so is what an assignment runs (`livens.kernel.child_places`); both run outside of
the watcher's lock. Then everybody is told that the variable was changed by the client.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from livens.exceptions import NotAllowed, VariableNotFound, no_variable
from livens.kernel.child_places import store_of
from livens.kernel.evaluating import evaluated, failures_as_answers
from livens.kernel.fitting import is_same
from livens.kernel.shown_paths import ShownPaths
from livens.kernel.undoing import Undo
from livens.protocol.requests import SetParams
from livens.protocol.types import Key, Variable
from livens.values.paths import written
from livens.watching.watcher import Watcher


class ChildEditor:
    """Set the children of the variables that a watcher watches.

    Parameters
    ----------
    watcher : Watcher
        Has the namespace, and tells.

    Examples
    --------
    >>> from livens.watching.namespace import MonitoredDict
    >>> watcher = Watcher()
    >>> watcher.attach(MonitoredDict({"config": {"lr": 0.1}}))
    >>> path = [["name", "config"], ["key", "str", "lr"]]
    >>> params = SetParams(name="config", path=path, expression="config['lr'] / 2")
    >>> ChildEditor(watcher).set(params, "JupyterLab")[0].preview
    '0.05'
    """

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._paths = ShownPaths(watcher.view)

    def set(self, params: SetParams, client: str) -> tuple[Variable, Undo]:
        """Set a child to the value of an expression; this runs the user's code.

        Returns
        -------
        variable : Variable
            What is there now, which is the class's to say.
        undo : Undo
            Puts the same object back.

        Raises
        ------
        NotAllowed
            If nothing can be set there, or a name on the way is redacted.
        EvaluationFailed
            If the expression or the assignment raised.
        """
        path = params.path
        assert path is not None
        place = written(path)
        self._find(path)  # before the expression runs for nothing
        value = evaluated(place, params.expression, self._watcher.namespace.target)
        old = self._store(path, value, client)
        now = self._now(path)
        return self._described(path, now), partial(self._put_back, path, old, now)

    def _find(self, path: list[Key]) -> list[Any]:
        name = str(path[0][1])
        if self._watcher.view.is_hidden(name):
            raise no_variable(name)
        values = [value for _, value in self._paths.walk(path)]
        store_of(values, self._paths.plain(path))
        return values

    def _store(self, path: list[Key], value: Any, client: str) -> Any:
        """Put a value there; returns what was there."""
        values = self._find(path)
        store = store_of(values, self._paths.plain(path))
        place = written(path)
        try:
            with failures_as_answers(f"Setting '{place}'", "Look at what it is now."):
                store(value)
        finally:
            self._watcher.tell_changed_inside(str(path[0][1]), client)
        return values[-1]

    def _put_back(self, path: list[Key], old: Any, new: Any, client: str) -> list[str]:
        place = written(path)
        if not is_same(self._now(path), new):
            raise NotAllowed(
                f"'{place}' has another value since; nothing was taken back",
                expected="the value that was set",
            )
        self._store(path, old, client)
        if not is_same(self._now(path), old):
            raise NotAllowed(
                f"'{place}' was set to what it was, and its class has made something else of it",
                remedy="Look at what it is now.",
            )
        return [str(path[0][1])]

    def _now(self, path: list[Key]) -> Any:
        try:
            return self._paths.walk(path)[-1][1]
        except VariableNotFound:
            return _GONE

    def _described(self, path: list[Key], value: Any) -> Variable:
        if value is _GONE:
            raise NotAllowed(
                f"'{written(path)}' was set, and its class has put it elsewhere",
                remedy="Look at what there is now.",
            )
        name = self._paths.walk(path)[-1][0]
        return self._watcher.view.describe_child(name, path, value)


_GONE: Any = object()
