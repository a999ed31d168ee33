"""Where changes were made is kept while nobody watches, and nothing more is said than is known."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from worlds import World, make_world

from livens.protocol.types import Origin
from livens.watching.namespace import MonitoredDict
from livens.watching.running import Running


class Pages:
    """Cells that run in a kernel whose client comes and goes."""

    def __init__(self, **values: Any) -> None:
        self.world: World = make_world(**values)
        self.count = 0
        self.show()

    def run(self, text: str) -> None:
        """Run a cell as IPython does: statement by statement, up to the first that fails."""
        self.count += 1
        cells, target = self.world.watcher.cells, self.world.namespace.target
        self.world.clock.push(1)
        with cells.running(Running(f"m{self.count}", self.count)):
            for node in ast.parse(text).body:
                code = compile(ast.Module([node], []), f"cell{self.count}", "exec")
                try:
                    with cells.statement(code):
                        exec(code, target)
                except ZeroDivisionError:
                    cells.statement_ended(code)
                    cells.statement_failed()
                    return
                cells.statement_ended(code)

    def hide(self) -> None:
        self.world.watcher.unsubscribe(self.world.recorder.subscriber)  # type: ignore[attr-defined]

    def show(self) -> None:
        self.world.recorder = self.world.subscribe()

    def where(self, name: str) -> tuple[int | None, int | None] | None:
        """Return the cell and the line that changed a name, as a client is told."""
        origin = self.world.shown(name).changed_by
        return None if origin is None else (origin.execution_count, origin.line)

    @property
    def doubts(self) -> dict[str, str]:
        updates = self.world.recorder.updates
        return {u.name: u.reason for update in updates for u in update.unevaluated}


def test_origin_and_time_outlive_the_client_and_cells_run_meanwhile_have_theirs() -> None:
    """Also what a cell stored right before the client went, and never told."""
    pages = Pages()
    pages.run("x = 1\ny = 2\nitems = []")
    pages.hide()
    pages.run("y = 3\nz = 4")
    pages.run("\nitems.append(1)")
    pages.world.clock.push(100)
    pages.show()
    assert pages.where("x") == (1, 1)
    assert pages.where("y") == (2, 1)
    assert pages.where("z") == (2, 2)
    assert pages.where("items") == (3, None)
    changed_at = [pages.world.shown(name).changed_at for name in ("x", "y", "items")]
    assert changed_at == [1001.0, 1002.0, 1003.0]
    pages.run("x = 5")
    pages.world.tick()
    assert pages.where("x") == (4, 1)


def test_client_may_come_and_go_many_times() -> None:
    """Each time the next one is told the same."""
    pages = Pages()
    for number in range(1, 4):
        pages.run(f"v{number} = {number}")
        pages.hide()
        pages.show()
        pages.hide()
        pages.run(f"w = {number}")
        pages.show()
    assert [pages.where(f"v{n}") for n in (1, 2, 3)] == [(1, 1), (3, 1), (5, 1)]
    assert pages.where("w") == (6, 1)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 2", 1),
        ("a = 1\nfor x in (1, 2): pass", 2),
        ("x = 2\nn = 0\nif n:\n    x = 3", None),
        ("x = 2\nx = 1 / 0", None),
        ("for i in (2, 3):\n    x = i\n    if i == 3: x = 1 / 0", None),
        ("x = 2\nx = 3", 2),
        ("def f():\n    global x\n    x = 2\nf()", None),
        ("globals()['x'] = 2", None),
        ("x = 2; y = 1 / 0", 1),
    ],
)
def test_line_is_told_where_it_is_sure(text: str, line: int | None) -> None:
    """A statement that jumps or fails may not have come to its store."""
    pages = Pages(x=0)
    pages.hide()
    pages.run(text)
    pages.show()
    assert pages.where("x") == (1, line)


def test_store_that_did_not_happen_changes_nothing() -> None:
    """What a cell mentions and leaves alone keeps its origin."""
    pages = Pages()
    pages.run("x = [1]\ny = 2")
    pages.hide()
    pages.run("if x == 5: y = 3\nn = len(x)")
    pages.run("y = 1 / 0")
    pages.show()
    assert pages.where("x") == (1, 1)
    assert pages.where("y") == (1, 2)
    assert pages.doubts == {}


def test_change_that_no_cell_mentions_has_no_origin_and_no_time() -> None:
    """Another thread made it, between two cells or beside one: nobody knows when."""
    pages = Pages()
    pages.run("x = 1\ny = 1\nz = 1")
    pages.hide()
    pages.world.namespace.target["y"] = 2
    pages.run("x = 2")
    pages.world.namespace.target["z"] = 2
    pages.show()
    for name in ("y", "z"):
        assert pages.where(name) is None
        assert pages.world.shown(name).changed_at is None
    assert pages.where("x") == (2, 1)


def test_deleted_and_made_again_is_the_doing_of_the_later_cell() -> None:
    """And what was deleted is not shown."""
    pages = Pages()
    pages.run("x = 1\ny = 2")
    pages.hide()
    pages.run("del x, y")
    pages.run("x = 1")
    pages.show()
    assert pages.where("x") == (3, 1)
    assert "y" not in pages.world.recorder.replica.variables


def test_client_that_comes_in_the_middle_of_a_cell_is_told_of_its_stores() -> None:
    """What the running cell mentions and has changed is its own."""
    pages = Pages()
    pages.hide()
    cells = pages.world.watcher.cells
    with cells.running(Running("m", 9)):
        code = compile("x = 1", "cell", "exec")
        with cells.statement(code):
            exec(code, pages.world.namespace.target)
        cells.statement_ended(code)
        pages.show()
    assert pages.where("x") == (9, 1)


def test_large_value_that_a_cell_may_have_changed_is_doubtful_until_it_is_compared() -> None:
    """A glance does not reach its middle; the cell is named as soon as it was read."""
    pages = Pages()
    pages.run("big = bytearray(3_000_000)\nsame = bytearray(3_000_000)")
    settle(pages)
    pages.hide()
    pages.run("big[1_234_567] = 1\nsame[0] = 0")
    pages.show()
    pages.world.watcher.flush()
    reason = "In [2] may have changed it while nobody watched"
    assert pages.doubts == {"big": reason, "same": reason}
    assert pages.where("big") == (1, 1)
    settle(pages)
    assert pages.where("big") == (2, None)
    assert pages.where("same") == (1, 2)
    again = [v.name for u in pages.world.recorder.updates for v in u.changed]
    assert again.count("same") == 1  # told once more as it is: it is no longer doubtful


def test_of_two_cells_that_may_have_changed_a_large_value_none_is_named() -> None:
    """That it was changed is known, and by which of the two is not."""
    pages = Pages()
    pages.run("big = bytearray(3_000_000)")
    settle(pages)
    pages.hide()
    pages.run("big[1_234_567] = 1")
    pages.run("big[1_234_568] = 1")
    pages.show()
    pages.world.watcher.flush()
    either = "In [2] or In [3] may have changed it while nobody watched"
    assert pages.doubts == {"big": either}
    settle(pages)
    assert pages.where("big") is None


def settle(pages: Pages) -> None:
    """Let the watcher read all that is large."""
    for _ in range(10_000):
        pages.world.tick(0.3)
        if pages.world.watcher.is_settled:
            return
    raise AssertionError("the watcher does not come to an end")


def test_nothing_is_held_and_nothing_runs_while_nobody_watches() -> None:
    """The driver has stopped, and stores are not listened to."""
    pages = Pages()
    pages.run("x = {1, 2}")
    pages.hide()
    assert pages.world.driver.started[-1] is False
    assert pages.world.namespace.on_change is None
    pages.world.namespace["y"] = 1
    pages.run("z = y")
    pages.show()
    assert pages.where("z") == (2, 1)
    assert pages.where("y") == (2, None)


def test_other_namespace_begins_anew() -> None:
    """What is put in the place of the namespace has no origins."""
    pages = Pages()
    pages.run("x = 1")
    pages.hide()
    pages.world.namespace = MonitoredDict({"x": 1})
    pages.world.watcher.attach(pages.world.namespace)
    pages.run("y = 2")
    pages.show()
    assert pages.where("x") is None
    assert pages.where("y") == (2, 1)


def test_child_process_keeps_nothing() -> None:
    """After a fork nobody watches, and nobody has."""
    pages = Pages()
    pages.run("x = 1")
    pages.hide()
    pages.world.watcher.abandon()
    assert not pages.world.watcher.keeps_origins
    pages.show()
    assert pages.where("x") is None
    assert pages.world.shown("x").changed_by != Origin(1)


def test_history_goes_on_with_a_point_for_each_cell() -> None:
    """Whoever comes again learns what numbers were after each of the cells that ran meanwhile."""
    pages = Pages(loss=9.0, same=1)
    pages.run("loss = 8.0")
    pages.hide()
    pages.run("for n in range(5):\n    loss = 4.0 - n")
    pages.run("loss = -3.0\nother = 2")
    pages.run("same")
    pages.show()
    history = pages.world.watcher.history
    points = [(point.value, point.execution_count) for point in history.points("loss")]
    assert points[-3:] == [(8.0, 1), (0.0, 2), (-3.0, 3)]
    assert [point.value for point in history.points("other")] == [2]
    assert [point.execution_count for point in history.points("same")][1:] == []
