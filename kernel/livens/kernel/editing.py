"""Changing variables for a client: `set`, `delete` and `rename`.

All of it runs on the main thread while no cell runs, as the user's own code does. What was
stored is the client's doing, and everybody is told so in one update; what else the expression
does, such as calling a function that sets a global, is told as any change between cells.
"""

from __future__ import annotations

import keyword
import unicodedata
from typing import Any

from livens.exceptions import EvaluationFailed, NotAllowed, no_variable
from livens.protocol import requests
from livens.protocol.types import Variable
from livens.values import passive
from livens.watching.watcher import Watcher

_MISSING: Any = object()


class Editor:
    """Change the variables that a watcher watches.

    Parameters
    ----------
    watcher : Watcher
        Has the namespace, and tells.

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

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher

    def check(
        self, params: requests.SetParams | requests.DeleteParams | requests.RenameParams
    ) -> None:
        """Refuse what no state of the namespace could make right.

        Raises
        ------
        NotAllowed
            If a name is no identifier, or IPython's own.
        """
        if isinstance(params, requests.DeleteParams):
            for name in params.names:
                self._need_own(name)
            return
        if isinstance(params, requests.RenameParams):
            self._need_own(params.name)
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
        """Bind a name to the value of an expression; this runs the user's code."""
        watcher = self._watcher
        namespace = watcher.namespace
        name = name_in_code(params.name)
        value = _evaluate(name, params.expression, namespace.target)
        old = namespace.get(name)  # what its going runs is not to run inside
        with watcher.changed_from(client):
            namespace[name] = value
        del old
        return requests.SetDone(self._described(name))

    def delete(self, params: requests.DeleteParams, client: str) -> requests.Deleted:
        """Delete all of the names, or none."""
        watcher = self._watcher
        known = set(watcher.view.variable_names())
        for name in params.names:
            if name not in known:
                raise no_variable(name, "; nothing was deleted")
        with watcher.changed_from(client):
            old = [watcher.namespace.pop(name, None) for name in params.names]
        del old
        return requests.Deleted(params.names)

    def rename(self, params: requests.RenameParams, client: str) -> requests.Renamed:
        """Bind another name to the same object, and delete the old one."""
        watcher = self._watcher
        namespace = watcher.namespace
        new = name_in_code(params.to)
        value = _MISSING if watcher.view.is_hidden(params.name) else namespace.get(params.name)
        if value is _MISSING:
            raise no_variable(params.name)
        if new in namespace:
            raise NotAllowed(
                f"There is a '{new[:100]}' already",
                expected="a name that nothing has yet",
                remedy="Delete or rename the other one first.",
            )
        hides = watcher.view.redactor.hides
        if hides(params.name) and not hides(new):
            raise NotAllowed(
                f"'{params.name[:100]}' is redacted, and as '{new[:100]}' it would be shown",
                expected="a name that is redacted as well",
            )
        with watcher.changed_from(client):
            namespace[new] = value
            del namespace[params.name]
        return requests.Renamed(self._described(new))

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


def _evaluate(name: str, expression: str, namespace: dict[str, Any]) -> Any:
    try:
        source = expression.strip()
        code = compile(source, "<livens set>", "eval", dont_inherit=True)
        return eval(code, namespace)
    except BaseException as err:  # noqa: BLE001 - the user's expression: exit() and interrupts too
        if isinstance(err, KeyboardInterrupt):
            what = "was interrupted"
        else:
            what = f"raised {passive.class_name(type(err))}: {_text(err)}"
        raise EvaluationFailed(
            f"The expression for '{name}' {what}",
            expected="a Python expression",
            remedy=f"'{name}' was left as it was.",
        ) from None


def _text(error: BaseException) -> str:
    try:
        return passive.sendable_text(str(error)[:1000])
    except Exception:  # noqa: BLE001 - a border: the exception may be of the user's making
        return ""
