"""A listener hears which names change, and when cells begin and end, and gets no messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from livens.protocol.requests import Subscription
from livens.protocol.types import Cell, Origin
from livens.watching.namespace import MonitoredDict
from livens.watching.running import Running
from livens.watching.watcher import Watcher


class Heard:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def changed(self, origins: Mapping[str, Origin | None]) -> None:
        self.told.append({n: o and (o.execution_count or o.client) for n, o in origins.items()})

    def may_have_changed(self, names: Iterable[str]) -> None:
        self.told += [("maybe", name) for name in names]

    def any_may_have_changed(self) -> None:
        self.told.append("any")

    def cell_began(self) -> None:
        self.told.append("began")

    def cell_ended(self, cell: Cell) -> None:
        self.told.append(("ended", cell.execution_count))

    def take(self) -> list[object]:
        told, self.told = self.told, []
        return told


def _watch() -> tuple[Watcher, MonitoredDict, Heard]:
    watcher = Watcher()
    namespace = MonitoredDict({"old": 1, "__builtins__": __builtins__})
    watcher.attach(namespace)
    heard = Heard()
    watcher.listen(heard)
    assert heard.take() == ["any"]
    return watcher, namespace, heard


def _run(watcher: Watcher, namespace: MonitoredDict, code: str, count: int = 1) -> None:
    with watcher.cells.running(Running("id", count)) as _:
        compiled = compile(code, "<cell>", "exec")
        with watcher.cells.statement(compiled):
            exec(compiled, namespace.target)
        watcher.cells.statement_ended(compiled)


def test_cell_is_told_before_its_end() -> None:
    """What a cell made, changed and deleted comes between its beginning and its end."""
    watcher, namespace, heard = _watch()
    _run(watcher, namespace, "x = 1; y = [2]", 3)
    assert heard.take() == ["began", {"x": 3, "y": 3}, ("ended", 3)]
    _run(watcher, namespace, "y.append(3); del x", 4)
    told = heard.take()
    assert (told[0], told[-1]) == ("began", ("ended", 4))
    names = {name for each in told[1:-1] if isinstance(each, dict) for name in each}
    assert names == {"x", "y"}


def test_cell_that_changes_nothing_is_told() -> None:
    """With its beginning and its end alone."""
    watcher, namespace, heard = _watch()
    _run(watcher, namespace, "old", 5)
    assert heard.take() == ["began", ("ended", 5)]


def test_change_between_cells_is_told_with_the_client() -> None:
    """As soon as it is made."""
    watcher, namespace, heard = _watch()
    with watcher.changed_from("JupyterLab"):
        namespace["x"] = 1
    assert heard.take() == [{"x": "JupyterLab"}]
    namespace["x"] = 2
    watcher.tick()
    assert heard.take() == [{"x": None}]


def test_another_namespace_may_hold_anything() -> None:
    """As in the beginning."""
    watcher, _, heard = _watch()
    watcher.attach(MonitoredDict({"z": 1}))
    assert heard.take() == ["any"]


def test_subscribers_beside_a_listener_are_told_as_ever() -> None:
    """And the listener goes, like any of them."""
    watcher, namespace, _ = _watch()
    told: list[object] = []
    subscriber = watcher.subscribe(Subscription(), lambda message, cell: told.append(message))
    del told[:]
    _run(watcher, namespace, "x = 1")
    assert len(told) == 1
    watcher.unsubscribe(subscriber)
    heard = Heard()
    other = watcher.listen(heard)
    watcher.unsubscribe(other)
    heard.take()
    _run(watcher, namespace, "x = 2")
    assert heard.take() == []
