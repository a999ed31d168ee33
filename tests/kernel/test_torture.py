"""A namespace full of traps: nobody springs one, and everything else stays live and on time."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from gates import IS_PROOF

from livens.testing import KernelClient

pytestmark = pytest.mark.every_python("reference counts, and locks of objects of every kind")

HERE = Path(__file__).parents[1] / "support"
SECONDS = 60.0 if IS_PROOF else 4.0
"""How long to live with it: the whole minute by ``make prove-torture``."""

SIZE = 10**8 if IS_PROOF else 10**7
"""Items of the largest list; the largest text is ten times as long."""

SETTING_UP = f"""
import sys, time, threading
sys.path.insert(0, {str(HERE)!r})
import torture
globals().update(torture.make({SIZE}))
sys.path.remove({str(HERE)!r})
thread = threading.Thread(target=torture.churn, args=(churned, torture.stopping), daemon=True)
thread.start()
beat = 0
"""

LIVING = """
until = time.monotonic() + {seconds}
while time.monotonic() < until:
    beat += 1
    slow_repr.count = beat
    huge_list[beat % 1000] = beat
    itself.append(beat)
    own_dict["beat"] = beat
    mixed.iloc[0, 0] = beat
    goodbye.count = beat
    time.sleep(0.01)
"""


@pytest.mark.timeout(300)
def test_nobody_springs_a_trap_and_the_rest_stays_on_time(fresh: tuple[Any, KernelClient]) -> None:
    """Watching, listing and inspecting for a while, under load, beside every trap there is."""
    _, kernel = fresh
    assert kernel.execute(SETTING_UP, timeout_s=60).error is None
    kernel.open(history=10, frames="all")
    names = sorted(kernel.variables)
    assert {"slow_repr", "deep", "mapped", "mixed", "huge_text"} <= set(names)
    cell = kernel.start(LIVING.format(seconds=SECONDS))
    kernel.wait_for(lambda: kernel.previews.get("beat", "0") != "0")
    gaps, asked = [], 0
    until = time.monotonic() + SECONDS - 1
    while time.monotonic() < until:
        before, seen_at = kernel.previews["beat"], time.monotonic()
        name = names[asked % len(names)]
        answer = kernel.request("inspect", path=[["name", name]], limit=20)
        assert isinstance(answer, dict) or answer.code == -32001, (name, answer)
        asked += 1
        kernel.wait_for(lambda before=before: kernel.previews["beat"] != before)
        gaps.append(time.monotonic() - seen_at)
    run = kernel.finish(cell, timeout_s=SECONDS + 60)
    assert run.error is None
    assert gaps
    if IS_PROOF:  # on a machine that does nothing else
        assert median(gaps) < 1.0, sorted(gaps)[-5:]
    assert kernel.execute("torture.stopping.set(); thread.join()").error is None
    assert kernel.execute("print(torture.touched)").stdout == "[]\n"
    assert kernel.previews["beat"] == kernel.execute("beat").result
    check_lives(kernel)


def check_lives(kernel: KernelClient) -> None:
    """What is deleted is gone at once, on the main thread, watched or not."""
    run = kernel.execute("goodbye = None\nprint('after')")
    assert run.stdout == "goodbye\nafter\n"
    run = kernel.execute("reference, alone = torture.lives_only_here()\ndel alone\nreference()")
    assert run.result is None
    before = "import psutil; memory = psutil.Process().memory_info().rss"
    run = kernel.execute(
        f"{before}\ndel huge_list, huge_text\n(memory - psutil.Process().memory_info().rss) / 2**20"
    )
    assert float(run.result or 0) > 0.9 * 18 * SIZE / 2**20
    assert kernel.execute("del deep, mapped, objects, mixed\nprint('still here')").stdout
