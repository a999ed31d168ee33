"""When the channels to a kernel are open."""

from __future__ import annotations

import asyncio
from typing import Any

from jupyter_client.session import Session

from livens.server.channels import Channels, Message


class SilentKernel:
    """A client of a kernel that answers on the control channel, and says nothing on IOPub."""

    def __init__(self) -> None:
        self.session = Session()
        self.shell_channel = self.control_channel = self
        self.asked = asyncio.Queue[Message]()
        self.iopub = asyncio.Queue[Message]()
        self.control = asyncio.Queue[Message]()

    def start_channels(self) -> None:
        """There is nothing to start."""

    stop_channels = start_channels

    def send(self, message: Message) -> None:
        """Answer a request."""
        self.asked.put_nowait(message)
        self.control.put_nowait(self.message("kernel_info_reply", message))

    def message(self, msg_type: str, parent: Message) -> Message:
        """Return a message of the kernel."""
        return self.session.msg(msg_type, {}, parent=parent["header"])

    async def get_iopub_msg(self, timeout: Any = None) -> Message:
        """Wait for what the test says in the kernel's name."""
        return await self.iopub.get()

    async def get_control_msg(self, timeout: Any = None) -> Message:
        """Wait for an answer."""
        return await self.control.get()

    async def get_shell_msg(self, timeout: Any = None) -> Message:
        """Wait for ever."""
        return await asyncio.Queue[Message]().get()


def test_open_waits_until_iopub_is_heard() -> None:
    """A reply on another channel is not enough: the first output would be lost."""

    async def run() -> None:
        kernel: Any = SilentKernel()
        channels = Channels(kernel)
        opening = asyncio.create_task(channels.open())
        asked = [await kernel.asked.get() for _ in range(2)]  # it asks again: it heard nothing
        assert not opening.done()
        kernel.iopub.put_nowait(kernel.message("status", asked[0]))
        await opening
        await channels.close()

    asyncio.run(asyncio.wait_for(run(), 30))
