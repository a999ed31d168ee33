"""Interrupts end the cell and nothing else, and a kernel that is shut down ends in order."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from parity import saved

from livens.testing import KernelClient

pytestmark = pytest.mark.every_python("signals, and the end of the interpreter")


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


LATE_LAST_WORD = """
import atexit, threading
kernel = get_ipython().kernel
is_ending = threading.Event()
atexit.register(is_ending.set)
publish = kernel._publish_status
def publish_late(status, channel, parent=None):
    if status == "idle" and channel == "control":
        is_ending.wait(60)
        iopub = kernel.iopub_thread.thread
        iopub.join(0.3)  # it would end within a millisecond or two, if nobody waited for us
        with open({file!r}, "w") as file:
            print(iopub.is_alive(), file=file)
    publish(status, channel, parent)
kernel._publish_status = publish_late
"""


def test_iopub_is_there_until_the_last_word_of_control(
    fresh: tuple[Any, KernelClient], tmp_path: Path
) -> None:
    """Closing it under the control thread's hands made libzmq abort the process at times."""
    manager, kernel = fresh
    file = tmp_path / "is_alive"
    kernel.execute(LATE_LAST_WORD.format(file=str(file)))
    process = manager.provisioner.process
    manager.shutdown_kernel()
    assert process.returncode == 0
    assert file.read_text() == "True\n"
