"""Interrupts: they end the cell, wherever they strike, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from parity import saved

from livens.testing import KernelClient


@pytest.mark.parametrize("cell", saved("endless"))
def test_interrupt_ends_the_cell_and_nothing_else(
    ours: KernelClient, interrupt: Callable[[], None], cell: str
) -> None:
    """The cell fails with KeyboardInterrupt, its reply and idle arrive, and all goes on."""
    magic, body = re.fullmatch(r"(?s)(%%time\n)?(.*)", cell).groups("")
    msg_id = ours.start(f"{magic}print('started', flush=True)\n{body}")
    wait_for_text(ours, msg_id)
    interrupt()
    run = ours.finish(msg_id)
    assert run.error == ("CancelledError" if "await" in cell else "KeyboardInterrupt")
    assert ours.execute("n = 'next'; n").result == "'next'"
    if ours.comm_id:
        assert ours.previews["n"] == "'next'"


def wait_for_text(kernel: KernelClient, msg_id: str) -> None:
    """Wait until the cell printed something."""
    while True:
        message = kernel.next_message()
        if message["msg_type"] == "stream" and message["parent_header"]["msg_id"] == msg_id:
            return
