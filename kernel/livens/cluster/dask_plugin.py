"""What is sent to the workers of a dask cluster: a plugin that tells what their tasks do.

Workers that are started later, or again by their nannies, get it too. It runs in the worker, so
what it needs there is loaded by name: whoever looks needs none of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from distributed import WorkerPlugin
from tornado.ioloop import PeriodicCallback

BEAT_MS = 1_000


class WatchTasks(WorkerPlugin):  # type: ignore[misc]  # distributed has no types
    """Tell one client what the tasks of a worker do.

    Parameters
    ----------
    topic : str
        The topic of the events, and the name of the plugin.
    names : list of str
        Names or patterns of the locals that are told.
    """

    def __init__(self, topic: str, names: list[str]) -> None:
        self.name = topic
        self._names = names
        self.watch: Any = None
        self._beat: Any = None

    def setup(self, worker: Any) -> None:
        """Begin."""
        task_watch = import_module("livens.kernel.task_watch")
        address, name = worker.address, str(worker.name)

        def log(fields: dict[str, Any]) -> None:
            worker.log_event(self.name, {"worker": address, "name": name, **fields})

        self.watch = task_watch.TaskWatch(worker, self._names, log)
        self.watch.renew()
        self._beat = PeriodicCallback(self.watch.beat, BEAT_MS)
        self._beat.start()

    def teardown(self, worker: Any) -> None:
        """End: the worker closes, or the client has gone."""
        if self._beat is not None:
            self._beat.stop()
        if self.watch is not None:
            self.watch.close()


def renew(topic: str, dask_worker: Any) -> None:
    """Say that the client is there; runs in the worker."""
    plugin = dask_worker.plugins.get(topic)
    if plugin is not None and plugin.watch is not None:
        plugin.watch.renew()


def refresh(topic: str, dask_worker: Any) -> None:
    """Have the whole state told anew; runs in the worker."""
    plugin = dask_worker.plugins.get(topic)
    if plugin is not None and plugin.watch is not None:
        plugin.watch.refresh()
