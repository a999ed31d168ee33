"""Python loads this at its start when this folder is on the path: it exchanges IPython's shell.

`TerminalInteractiveShell`, which IPython's tests, its programs and its embedded shells use, becomes
a `MonitoredShell` under its old name, the moment its module is loaded. With ``LIVENS_WATCHED`` in
the environment each shell is watched as well, by a subscriber that wants everything.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

MODULE = "IPython.terminal.interactiveshell"
NAME = "TerminalInteractiveShell"


def monitored(shell_class: type[Any]) -> type[Any]:
    """Make a subclass of a shell, of the same name, whose namespace can be watched."""
    from livens.kernel.shell import MonitoredShell
    from livens.protocol import requests
    from livens.watching.driver import ThreadDriver
    from livens.watching.watcher import Watcher

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        super(shell, self).__init__(*args, **kwargs)
        if "LIVENS_WATCHED" in os.environ:
            self.driver = ThreadDriver()
            watcher = Watcher(driver=self.driver)
            self.watch_with(watcher)
            watcher.subscribe(requests.Subscription(), lambda message, cell: None)

    attributes = {"__init__": __init__, "__module__": MODULE, "__doc__": shell_class.__doc__}
    shell = type(NAME, (MonitoredShell, shell_class), attributes)
    return shell


class ExchangingLoader(Loader):
    """Loads the module as ever, then exchanges the class."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Make the module as ever."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, then exchange the class."""
        self._loader.exec_module(module)
        setattr(module, NAME, monitored(getattr(module, NAME)))


class ExchangingFinder(MetaPathFinder):
    """Finds one module, and gives it another loader."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find the module as ever, if it is the one."""
        spec = PathFinder.find_spec(fullname, path, target) if fullname == MODULE else None
        if spec is not None and spec.loader is not None:
            spec.loader = ExchangingLoader(spec.loader)
        return spec


sys.meta_path.insert(0, ExchangingFinder())
