"""A kernel that nobody has asked yet, and the first client that comes, at whatever time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from kernels import started

from livens.protocol.types import Origin
from livens.testing import KernelClient

UNTIL_WATCHED = """import time
listener = lambda: get_ipython().cells.listener
while listener() is None or not listener().is_watched: time.sleep(0.01)
"""

LOADED = """
import sys, threading
print(sorted(name for name in sys.modules if name in
       ("livens.watching.watcher", "livens.protocol.messages")),
      [thread.name for thread in threading.enumerate() if thread.name.startswith("livens")])
"""


@pytest.fixture
def fresh() -> Iterator[KernelClient]:
    """A client of a kernel that has run nothing."""
    with started() as (_, client):
        yield client


def subshell_of(client: KernelClient) -> dict[str, Any]:
    """Make a subshell; returns what the header of a message to it has."""
    control = client.client.control_channel
    control.send(client.client.session.msg("create_subshell_request", {}))
    reply = client.client.get_control_msg(timeout=60)
    return {"subshell_id": reply["content"]["subshell_id"]}


def test_kernel_that_nobody_watches_loads_no_watcher(fresh: KernelClient) -> None:
    """Cells run, a magic and a name that is deleted too, and nothing that watches is loaded."""
    fresh.execute("x = 1\nfor n in range(3): pass\n%timeit -n1 -r1 x\ndel x")
    assert fresh.execute(LOADED).stdout == "[] []\n"


@pytest.mark.parametrize("channel", ["control", "shell"])
def test_client_comes_in_the_middle_of_the_first_cell(fresh: KernelClient, channel: str) -> None:
    """It is told what there is, and what the cell goes on to change, with cell and line."""
    header = subshell_of(fresh) if channel == "shell" else None
    cell = fresh.start("\n\nx = 1\n" + UNTIL_WATCHED + "y = 2\nfor z in range(3): pass")
    fresh.open(channel, header)
    fresh.finish(cell)
    told = fresh.variables
    assert fresh.previews["x"] == "1"
    assert (told["y"].preview, told["y"].changed_by) == ("2", Origin(1, None, 7))
    assert (told["z"].preview, told["z"].changed_by) == ("2", Origin(1, None, 8))


def test_rule_stops_a_statement_that_ran_before_anybody_came(fresh: KernelClient) -> None:
    """A loop that nobody has watched is stopped by the rule of the first client."""
    cell = fresh.start("n = 0\nwhile True:\n    n += 1")
    fresh.open()
    fresh.request("rule.add", condition="changed(n)", action="stop")
    run = fresh.finish(cell)
    assert run.reply["ename"] == "KeyboardInterrupt"
    assert "changed(n)" in run.reply["evalue"]
