"""The functions that run, as clients of a real kernel see them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gates import rounds_until

from livens.client.blocking import watch
from livens.protocol import messages
from livens.protocol.types import Frame
from livens.testing import KernelClient

pytestmark = pytest.mark.every_python("frames of all threads")

TRAIN = """

import time
def step(epoch):
    rate = 1 / (epoch + 1)
    time.sleep(0.02)
    return rate

def train(epochs):
    for epoch in epochs:
        loss = step(epoch)
        time.sleep(0.02)
"""


def told(kernel: KernelClient) -> list[list[Frame]]:
    """What updates said of frames, in order."""
    return [
        message.params.frames
        for message in kernel.notifications
        if isinstance(message, messages.Update) and message.params.frames is not None
    ]


def functions(kernel: KernelClient) -> set[str]:
    """Return which functions updates told of."""
    return {f.function for frames in told(kernel) for f in frames}


def epochs(kernel: KernelClient) -> list[int]:
    """Return the epochs in which `train` was told, in order."""
    found = (locals_of(f) for frames in told(kernel) for f in frames if f.function == "train")
    return [int(variables["epoch"]) for variables in found if "epoch" in variables]


def locals_of(frame: Frame) -> dict[str, str]:
    return {variable.name: variable.preview for variable in frame.variables}


def test_training_loop_is_seen_live(kernel: KernelClient, tmp_path: Path) -> None:
    """A loop in a function shows its epochs and losses, with the lines of its cell."""
    kernel.open(frames="all")
    defined = kernel.execute(TRAIN).reply["execution_count"]
    enough = tmp_path / "enough"
    cell = kernel.start(f"train({rounds_until(enough)})")
    kernel.wait_for(lambda: len(set(epochs(kernel))) >= 10)
    enough.touch()
    kernel.finish(cell)
    trains = [f for frames in told(kernel) for f in frames if f.function == "train"]
    steps = [f for frames in told(kernel) for f in frames if f.function == "step"]
    assert epochs(kernel) == sorted(epochs(kernel))
    assert len(set(epochs(kernel))) >= 10
    assert {f.line for f in trains} <= {10, 11, 12}
    assert {f.line for f in steps} <= {5, 6, 7}
    assert {f.execution_count for f in trains + steps} == {defined}
    assert {f.thread + f.file for f in trains + steps} == {""}
    assert any("loss" in locals_of(f) for f in trains)
    assert told(kernel)[-1] == []
    assert kernel.replica.frames == []


def test_top_is_the_innermost(kernel: KernelClient, tmp_path: Path) -> None:
    """With "top" there is one function for each thread, with "none" there are none."""
    kernel.open(frames="top")
    kernel.execute(TRAIN)
    enough = tmp_path / "enough"
    cell = kernel.start(f"train({rounds_until(enough)})")
    kernel.wait_for(lambda: functions(kernel) >= {"train", "step"})
    enough.touch()
    kernel.finish(cell)
    assert {len(frames) for frames in told(kernel)} == {0, 1}
    assert functions(kernel) >= {"train", "step"}
    kernel.request("subscribe", frames="none")
    before = len(told(kernel))
    kernel.execute("train(range(5))")
    assert len(told(kernel)) == before


def test_threads_by_name(kernel: KernelClient, tmp_path: Path) -> None:
    """Threads that the user started are told by their names, the kernel's own are not."""
    kernel.open(frames="all")
    kernel.execute(
        "import pathlib, threading, time\n"
        "def work(n):\n    go.wait()\n"
        "def wait():\n    pause = 0.01\n    while not end.exists(): time.sleep(pause)\n"
        f"end = pathlib.Path({str(tmp_path / 'end')!r})\n"
        "go = threading.Event()\n"
        "for n in range(2): threading.Thread(target=work, args=(n,), name=f'worker {n}').start()"
    )
    cell = kernel.start("wait()\ngo.set()")
    kernel.wait_for(lambda: len(kernel.replica.frames) == 3)
    frames = {frame.thread: frame for frame in kernel.replica.frames}
    assert {name: frame.function for name, frame in frames.items()} == {
        "": "wait",
        "worker 0": "work",
        "worker 1": "work",
    }
    assert locals_of(frames["worker 1"]) == {"n": "1"}
    assert locals_of(frames[""]) == {"pause": "0.01"}
    (tmp_path / "end").touch()
    kernel.finish(cell)
    assert kernel.replica.frames == []


def test_awaited_functions_are_seen(kernel: KernelClient, tmp_path: Path) -> None:
    """A coroutine that waits is on no stack, and is found all the same."""
    kernel.open(frames="all")
    kernel.execute(
        "import asyncio\n"
        "async def fetch(n):\n    await asyncio.sleep(0.05)\n"
        "async def crawl(pages):\n    for page in pages:\n        await fetch(page)\n"
    )

    def pages() -> set[str]:
        innermost = (frames[0] for frames in told(kernel) if frames)
        return {locals_of(f)["n"] for f in innermost if f.function == "fetch"}

    enough = tmp_path / "enough"
    cell = kernel.start(f"await crawl({rounds_until(enough)})")
    kernel.wait_for(lambda: len(pages()) >= 3)
    enough.touch()
    kernel.finish(cell)
    seen = [[f.function for f in frames] for frames in told(kernel)]
    assert seen.count(["fetch", "crawl"]) >= 3
    assert len(pages()) >= 3
    assert seen[-1] == []


def test_own_files_are_told_with_their_name(kernel: KernelClient, tmp_path: Path) -> None:
    """Functions of the user's own modules count, those of libraries do not."""
    (tmp_path / "mymodel.py").write_text(
        "import time\ndef fit(rounds):\n    for n in rounds:\n        time.sleep(0.02)\n"
    )
    kernel.open(frames="all")
    kernel.execute(f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import mymodel, json")
    enough = tmp_path / "enough"
    kernel.execute(f"rounds = {rounds_until(enough)}")
    cell = kernel.start(
        "json.loads('{}', object_hook=lambda found: mymodel.fit(rounds)); del sys.path[0]"
    )
    kernel.wait_for(lambda: functions(kernel))
    enough.touch()
    kernel.finish(cell)
    frames = next(frames for frames in told(kernel) if frames)
    assert [f.function for f in frames] == ["fit", "<lambda>"]
    assert frames[0].file == str(tmp_path / "mymodel.py")
    assert frames[0].line in (3, 4)
    assert frames[1].file == ""


def test_values_are_freed_while_frames_are_told(kernel: KernelClient, tmp_path: Path) -> None:
    """A function that lets go of a value frees it, although its locals are looked at."""
    kernel.open(frames="all", interval_ms=10)
    kernel.execute(
        "import gc, time, weakref\n"
        "class Big: pass\n"
        "def work(rounds):\n"
        "    alive = 0\n"
        "    for n in rounds:\n"
        "        big = Big()\n"
        "        gone = weakref.ref(big)\n"
        "        time.sleep(0.03)\n"
        "        big = None\n"
        "        ends = time.monotonic() + 20\n"
        "        while gone() is not None and time.monotonic() < ends: time.sleep(0.0005)\n"
        "        alive += gone() is not None\n"
        "    return alive\n"
    )

    def looks() -> int:
        return sum("big" in locals_of(f) for frames in told(kernel) for f in frames)

    enough = tmp_path / "enough"
    cell = kernel.start(f"gc.disable()\nprint(work({rounds_until(enough)}))\ngc.enable()")
    kernel.wait_for(lambda: looks() >= 10)
    enough.touch()
    assert kernel.finish(cell).stdout == "0\n"
    assert looks() >= 10


def test_frames_by_a_client(fresh: tuple[Any, KernelClient], tmp_path: Path) -> None:
    """A program's watch has them beside the variables, and in its change sets."""
    manager, kernel = fresh
    kernel.execute(TRAIN)
    with watch(manager, frames="top") as changes:
        enough = tmp_path / "enough"
        kernel.start(f"train({rounds_until(enough)})")
        while not (told := changes.next(timeout=90).frames):
            pass
        assert told[0].function in ("train", "step")
        # A change set may wait while the watch has read on: it has the newest.
        assert changes.frames[0].function in ("train", "step")
        enough.touch()
        while changes.frames:
            changes.next(timeout=90)
