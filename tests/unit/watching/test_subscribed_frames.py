"""The functions that run, as subscribers are told of them."""

from __future__ import annotations

import threading
from collections.abc import Callable

from running_code import leave_out
from worlds import ClockWorld

from livens.protocol.redaction import Redactor
from livens.testing import Clock, MessageLog
from livens.watching.namespace import MonitoredDict
from livens.watching.running import Running
from livens.watching.watcher import Watcher


class World(ClockWorld):
    """A watcher on a namespace, with a clock that is pushed by hand."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.watcher = Watcher(
            redactor=Redactor(), clock=self.clock, cpu_clock=lambda: 0.0, wall_clock=self.clock
        )
        leave_out(self.watcher.frames, __file__)
        self.namespace = MonitoredDict({})
        self.watcher.attach(self.namespace)

    def run(self, look: Callable[[], None]) -> None:
        """Run a cell whose main thread calls a function, which calls *look* in another."""
        source = "def outer(key):\n    password = key\n    inner(1)\ndef inner(x):\n    look()\n"
        code = compile(source + "outer('k')", "<cell 9>", "exec")
        self.namespace.target["look"] = lambda: in_thread(look)
        with self.watcher.cells.running(Running("m", 9)):
            self.watcher.cells.statement(code)
            exec(code, self.namespace.target)


def in_thread(work: Callable[[], None]) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as err:  # noqa: BLE001 - raised again by the test's own thread
            failures.append(err)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    if failures:
        raise failures[0]


def of_functions(recorder: MessageLog) -> list[list[str] | None]:
    return [
        update.frames
        and [f.function for f in update.frames if f.execution_count == 9 or not f.file]
        for update in recorder.updates
        if update.frames is not None
    ]


def test_subscribers_choose() -> None:
    """None, the innermost, or all; told once, while nothing differs, and `[]` at the end."""
    world = World()
    none, top, every = (world.subscribe(frames=choice) for choice in ("none", "top", "all"))

    def look() -> None:
        world.tick()
        world.tick()
        assert top.replica.frames[0].function == "inner"

    world.run(look)
    assert of_functions(none) == []
    assert of_functions(top) == [["inner"], []]
    assert of_functions(every) == [["inner", "outer"], []]
    frame = next(u.frames for u in every.updates if u.frames)[1]
    assert [v.preview for v in frame.variables] == ["'k'", "redacted"]
    assert frame.line == 3
    assert every.replica.frames == []
    world.tick()
    assert len(of_functions(top)) == 2


def test_frames_come_again_after_a_refresh() -> None:
    """A refresh begins anew, so what runs is told again."""
    world = World()
    recorder = world.subscribe(frames="top")

    def look() -> None:
        world.tick()
        world.watcher.refresh(next(iter(world.watcher._publisher.subscribers)))
        assert recorder.replica.frames == []
        world.tick()
        assert recorder.replica.frames[0].function == "inner"

    world.run(look)
    assert of_functions(recorder) == [["inner"], ["inner"], []]


def test_nothing_is_looked_at_between_cells() -> None:
    """Threads that go on after the cell are not told."""
    world = World()
    recorder = world.subscribe(frames="all")
    world.tick()
    assert of_functions(recorder) == []


def test_the_line_is_told_by_itself_after_a_quiet_time() -> None:
    """A cell that waits says where, at most five times a second; not to who wants no frames."""
    world = World()
    none, every = (world.subscribe(frames=choice) for choice in ("none", "all"))
    code = compile("x = 1\nlook()\nlook()\n\nlook()\nlook(0.01)", "<cell 9>", "exec")

    def look(seconds: float = 0.3) -> None:
        world.clock.push(seconds)
        in_thread(world.watcher.tick)

    world.namespace.target["look"] = look
    with world.watcher.cells.running(Running("m", 9)):
        world.watcher.cells.statement(code)
        exec(code, world.namespace.target)
        world.watcher.cells.statement(compile("pass", "<cell 9>", "exec"))
    lines = [update.cell and update.cell.line for update in every.updates if not update.changed]
    assert lines == [3, 5]  # the one at 2 tells of x, and at 6 it is too early
    assert [update for update in none.updates if not update.changed] == []
    assert all(update.cell is None or update.cell.running for update in every.updates)
