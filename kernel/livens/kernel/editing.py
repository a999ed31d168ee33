"""Changing variables for a client: `set`, `delete`, `rename` and `undo`.

All of it runs on the main thread while no cell runs, as the user's own code does. What was
stored is the client's doing, and everybody is told so in one update; what else the expression
does, such as calling a function that sets a global, is told as any change between cells.

What is below a variable is set by `livens.kernel.child_editing`.
"""

from __future__ import annotations

import keyword
import unicodedata
from functools import partial
from typing import Any

from livens.exceptions import InvalidParams, NotAllowed, no_variable
from livens.kernel.evaluating import evaluated
from livens.kernel.undoing import Undo, Undos
from livens.protocol import requests
from livens.protocol.types import Variable
from livens.watching.watcher import Watcher

_MISSING: Any = object()

Change = requests.SetParams | requests.DeleteParams | requests.RenameParams | requests.UndoParams
"""What a client asks to be changed."""


class Editor:
    """Change the variables that a watcher watches.

    Parameters
    ----------
    watcher : Watcher
        Has the namespace, and tells.
    undos : Undos, optional
        Keeps what takes a change back; without it none can be.

    Examples
    --------
    >>> from livens.watching.namespace import MonitoredDict
    >>> watcher = Watcher()
    >>> watcher.attach(MonitoredDict({"x": 1}))
    >>> editor = Editor(watcher)
    >>> editor.set(requests.SetParams(name="y", expression="x + 1"), "JupyterLab").variable.preview
    '2'
    >>> editor.rename(requests.RenameParams(name="y", to="z"), "JupyterLab").variable.name
    'z'
    >>> editor.delete(requests.DeleteParams(names=["x"]), "JupyterLab").names
    ['x']
    """

    def __init__(self, watcher: Watcher, undos: Undos | None = None) -> None:
        self._watcher = watcher
        self._undos = undos

    def check(self, params: Change) -> None:
        """Refuse what no state of the namespace could make right.

        Raises
        ------
        NotAllowed
            If a name is no identifier, or IPython's own.
        InvalidParams
            If the path of a child is not one below the name.
        """
        if isinstance(params, requests.UndoParams):
            return
        if isinstance(params, requests.DeleteParams):
            for name in params.names:
                self._need_own(name)
            return
        if isinstance(params, requests.RenameParams):
            self._need_own(params.name)
        if isinstance(params, requests.SetParams) and params.path is not None:
            if params.path[0] != ["name", params.name]:
                raise InvalidParams(
                    f"The path does not begin with the name '{params.name[:100]}'",
                    expected=f'[["name", "{params.name[:100]}"], …]',
                )
            self._need_own(params.name)
            if len(params.path) > 1:
                return
        given = params.to if isinstance(params, requests.RenameParams) else params.name
        new = name_in_code(given)
        if not new.isidentifier() or keyword.iskeyword(new):
            read = "" if new == given else f", which Python reads as '{new[:100]}',"
            raise NotAllowed(
                f"'{given[:100]}'{read} cannot be the name of a variable",
                expected="a Python identifier that is no keyword",
            )
        self._need_own(new)

    def set(self, params: requests.SetParams, client: str) -> requests.SetDone:
        """Bind a name, or set a child, to the value of an expression; this runs the user's code."""
        if params.path is not None and len(params.path) > 1:
            from livens.kernel.child_editing import ChildEditor  # whoever asks first loads it

            variable, undo = ChildEditor(self._watcher).set(params, client)
            return requests.SetDone(variable, self._kept(params.keep_s, undo))
        namespace = self._watcher.namespace
        name = name_in_code(params.name)
        value = evaluated(name, params.expression, namespace.target)
        old = namespace.get(name, _MISSING)  # what its going runs is not to run inside
        self._bind({name: value}, client)
        undo = partial(self._unset, name, value, old)
        return requests.SetDone(self._described(name), self._kept(params.keep_s, undo))

    def delete(self, params: requests.DeleteParams, client: str) -> requests.Deleted:
        """Delete all of the names, or none."""
        watcher = self._watcher
        known = set(watcher.view.variable_names())
        for name in params.names:
            if name not in known:
                raise no_variable(name, "; nothing was deleted")
        namespace = watcher.namespace
        old = {name: namespace[name] for name in params.names if name in namespace}
        self._bind(dict.fromkeys(params.names, _MISSING), client)
        undo = partial(self._undelete, old)
        return requests.Deleted(params.names, self._kept(params.keep_s, undo))

    def rename(self, params: requests.RenameParams, client: str) -> requests.Renamed:
        """Bind another name to the same object, and delete the old one."""
        watcher = self._watcher
        namespace = watcher.namespace
        new = name_in_code(params.to)
        value = _MISSING if watcher.view.is_hidden(params.name) else namespace.get(params.name)
        if value is _MISSING:
            raise no_variable(params.name)
        self._need_free(new)
        hides = watcher.view.redactor.hides
        if hides(params.name) and not hides(new):
            raise NotAllowed(
                f"'{params.name[:100]}' is redacted, and as '{new[:100]}' it would be shown",
                expected="a name that is redacted as well",
            )
        self._bind({new: value, params.name: _MISSING}, client)
        undo = partial(self._unrename, params.name, new, value)
        return requests.Renamed(self._described(new), self._kept(params.keep_s, undo))

    def undo(self, params: requests.UndoParams, client: str) -> requests.Undone:
        """Take a change of this client back, or let go of what is kept for it."""
        if self._undos is None:
            raise NotAllowed("Nothing is kept here to take a change back")
        if params.forget:
            self._undos.forget(params.id)
            return requests.Undone([])
        return requests.Undone(self._undos.take(params.id)(client))

    # -- taking back -----------------------------------------------------------------------

    def _kept(self, seconds: int, undo: Undo) -> str:
        return self._undos.keep(seconds, undo) if seconds and self._undos is not None else ""

    def _unset(self, name: str, value: Any, old: Any, client: str) -> list[str]:
        self._need_unchanged(name, value)
        self._bind({name: old}, client)
        return [name]

    def _undelete(self, old: dict[str, Any], client: str) -> list[str]:
        for name in old:
            self._need_free(name)
        self._bind(old, client)
        return list(old)

    def _unrename(self, name: str, new: str, value: Any, client: str) -> list[str]:
        self._need_unchanged(new, value)
        self._need_free(name)
        self._bind({name: value, new: _MISSING}, client)
        return [name]

    def _need_unchanged(self, name: str, value: Any) -> None:
        if self._watcher.namespace.get(name, _MISSING) is not value:
            raise NotAllowed(
                f"'{name[:100]}' has another value since; nothing was taken back",
                expected="the value that was set",
            )

    def _need_free(self, name: str) -> None:
        if name in self._watcher.namespace:
            raise NotAllowed(
                f"There is a '{name[:100]}' already",
                expected="a name that nothing has yet",
                remedy="Delete or rename the other one first.",
            )

    # -- storing ---------------------------------------------------------------------------

    def _bind(self, values: dict[str, Any], client: str) -> None:
        """Bind names, or delete those whose value is missing, in one update."""
        namespace = self._watcher.namespace
        old = []  # what its going runs is not to run inside
        with self._watcher.changed_from(client):
            for name, value in values.items():
                if value is _MISSING:
                    old.append(namespace.pop(name, None))
                else:
                    namespace[name] = value
        del old

    def _described(self, name: str) -> Variable:
        variable = self._watcher.view.describe(name)
        assert variable is not None
        return variable

    def _need_own(self, name: str) -> None:
        if (name.startswith("__") and name.endswith("__")) or name in self._watcher.view.hidden:
            raise NotAllowed(
                f"'{name[:100]}' is IPython's own", expected="a variable of the user's"
            )


def name_in_code(name: str) -> str:
    """Return a name as Python reads it in code, where compatible characters are one (NFKC).

    Examples
    --------
    >>> name_in_code("\\ufb01t"), name_in_code("x")  # which begins with the sign for "fi"
    ('fit', 'x')
    """
    return name if name.isascii() else unicodedata.normalize("NFKC", name)
