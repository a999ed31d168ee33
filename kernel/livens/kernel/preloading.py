"""Loads what the first looks at a namespace load, before any look is timed.

The pace of watching follows from what looks cost: a look is followed by a hundred times its own
length without one. The first of all loads modules and asks for plugins, which in a browser takes
half a second. Where there is no thread to do that beside the user's code, it is done when watching
begins.
"""

from __future__ import annotations

import sys

from livens.protocol.requests import Subscription
from livens.watching.budgets import Budgets
from livens.watching.driver import Driver
from livens.watching.namespace import MonitoredDict
from livens.watching.watcher import Watcher


def preload() -> None:
    """Watch a few values of ordinary types for a moment, and forget them.

    Examples
    --------
    >>> preload()
    >>> "livens.protocol.secret_texts" in sys.modules
    True
    """
    watcher = Watcher(Budgets(slow_ms=60_000), driver=Driver())
    namespace = MonitoredDict({"module": sys, "function": preload, "rows": [{"a": 1.5}]})
    watcher.attach(namespace)
    subscriber = watcher.subscribe(Subscription(), lambda message, cell: None)
    for number in range(3):
        namespace["text"] = f"a text of some length, number {number}"
        watcher.tick()
    watcher.unsubscribe(subscriber)
