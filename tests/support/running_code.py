"""Code of a cell that runs in a thread and stops where the test wants to look at it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from livens.protocol.types import Frame, Variable
from livens.values.descriptions import describe
from livens.watching.frames import Frames


def describe_local(name: str, value: object) -> Variable:
    return describe(name, value, path=[])


class Thing:
    """Something that can be referred to weakly."""


def leave_out(frames: Frames, file: str = __file__) -> None:
    """Let the functions of a file, by default of this one, not count as the user's own."""
    frames._is_theirs[file] = False


class Code:
    """Code of a cell that runs in a thread of its own, and stops where it calls ``pause``."""

    def __init__(self, source: str, **values: Any) -> None:
        self.namespace: dict[str, Any] = {"pause": self.pause, "Thing": Thing, **values}
        self.cells: dict[str, tuple[int | None, int]] = {"<cell>": (3, 0)}
        self.frames = Frames(describe_local, self.cells)
        leave_out(self.frames)
        self._paused, self._go = threading.Semaphore(0), threading.Semaphore(0)
        self._is_over = False
        exec(compile(source, "<cell>", "exec"), self.namespace)
        self.thread = threading.Thread(target=self._run, name="work", daemon=True)

    def _run(self) -> None:
        try:
            eval("main()", self.namespace)
        finally:
            self._is_over = True
            self._paused.release()

    def pause(self) -> None:
        self._paused.release()
        assert self._go.acquire(timeout=20)

    def start(self) -> None:
        self.thread.start()
        assert self._paused.acquire(timeout=20)

    def go_on(self) -> None:
        self._go.release()
        assert self._paused.acquire(timeout=20)

    def end(self) -> None:
        while not self._is_over:
            self.go_on()
        self.thread.join(20)

    def seen(self, **options: Any) -> list[Frame]:
        stacks = self.frames.running(self.namespace, **options)
        return next((stack for stack in stacks if stack[0].thread == "work"), [])


@contextmanager
def paused(source: str, **values: Any) -> Iterator[Code]:
    code = Code(source, **values)
    code.start()
    try:
        yield code
    finally:
        code.end()


def told(frames: list[Frame]) -> list[tuple[str, int, dict[str, str]]]:
    return [(f.function, f.line, {v.name: v.preview for v in f.variables}) for f in frames]
