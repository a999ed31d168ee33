"""Wake-ups: a reply that came before a message was sent wakes up who waits for it."""

from __future__ import annotations

import asyncio
import select
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import zmq
import zmq.asyncio
from jupyter_client.channels import AsyncZMQSocketChannel, ZMQSocketChannel
from jupyter_client.session import Session

from livens.recording.wakeups import wake_after_sending

WAIT_S = 30.0


class Pair:
    """A client's shell channel, and the kernel's end of it."""

    def __init__(self, channel: Any, kernel: zmq.Socket[bytes]) -> None:
        self.channel = channel
        self.session: Session = channel.session
        self.client: Any = SimpleNamespace(shell_channel=channel)
        self._kernel = kernel

    async def wait(self) -> asyncio.Task[Any]:
        """Wait on the channel, as nbclient does for the reply of a cell."""
        task = asyncio.ensure_future(self.channel.get_msg(timeout=WAIT_S))
        for _ in range(10):
            await asyncio.sleep(0)  # what pyzmq does when it begins to wait is over
        return task

    def reply(self) -> None:
        """Let a reply come in, while the event loop is at something else."""
        self.session.send(self._kernel, "execute_reply", ident=b"client")
        assert self._says_so(WAIT_S)

    def send(self) -> None:
        """Send until the word that something has come is taken away."""
        while self._says_so(0):
            self.channel.send(self.session.msg("comm_msg", {}))

    def _says_so(self, seconds: float) -> bool:
        return bool(select.select([self.channel.socket.get(zmq.FD)], [], [], seconds)[0])


@contextmanager
def pair(channel_type: Any, socket_type: Any) -> Iterator[Pair]:
    with zmq.Context() as context, context.socket(zmq.ROUTER) as kernel:
        port = kernel.bind_to_random_port("tcp://127.0.0.1")
        socket = socket_type(context, zmq.DEALER)
        socket.setsockopt(zmq.IDENTITY, b"client")
        socket.setsockopt(zmq.LINGER, 0)
        kernel.setsockopt(zmq.LINGER, 0)
        socket.connect(f"tcp://127.0.0.1:{port}")
        channel = channel_type(socket, Session(key=b"secret"))
        channel.send(channel.session.msg("kernel_info_request", {}))
        assert kernel.poll(WAIT_S * 1000)  # only now can the kernel's end send
        try:
            yield Pair(channel, kernel)
        finally:
            channel.close()


@pytest.fixture
def shell() -> Iterator[Pair]:
    with pair(AsyncZMQSocketChannel, zmq.asyncio.Socket) as made:
        yield made


def test_a_reply_that_came_before_a_sending_wakes_up(shell: Pair) -> None:
    """Whoever waits gets it at once, not at the end of the time it may take."""

    async def run() -> None:
        wake_after_sending(shell.client)
        for _ in range(5):
            task = await shell.wait()
            shell.reply()
            shell.send()
            message = await asyncio.wait_for(task, WAIT_S / 3)
            assert message["header"]["msg_type"] == "execute_reply"

    asyncio.run(run())


def test_without_it_nobody_is_told(shell: Pair) -> None:
    """This is what the module is for: when it fails, jupyter_client has been mended."""

    async def run() -> None:
        task = await shell.wait()
        shell.reply()
        shell.send()
        for _ in range(100):
            await asyncio.sleep(0)
        assert not task.done()
        shell.channel.socket.get(zmq.EVENTS)
        assert await task

    asyncio.run(run())


def test_two_replies_and_two_who_wait(shell: Pair) -> None:
    """Each of several that wait is woken up."""

    async def run() -> None:
        wake_after_sending(shell.client)
        tasks = [await shell.wait(), await shell.wait()]
        shell.reply()
        shell.reply()
        shell.send()
        assert all(await asyncio.wait_for(asyncio.gather(*tasks), WAIT_S / 3))

    asyncio.run(run())


def test_a_second_call_changes_nothing(shell: Pair) -> None:
    """It is called for each cell."""
    wake_after_sending(shell.client)
    send = shell.channel.send
    wake_after_sending(shell.client)
    assert shell.channel.send == send


def test_nobody_waits_where_no_loop_runs(shell: Pair) -> None:
    """Sending from outside of the event loop does just that, without a warning of pyzmq's."""
    asyncio.run(_begin_and_give_up(shell))
    wake_after_sending(shell.client)
    shell.reply()
    shell.send()


async def _begin_and_give_up(shell: Pair) -> None:
    task = await shell.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_channel_that_blocks_stays_as_it_is() -> None:
    """There the one that waits is the one that would send."""
    with pair(ZMQSocketChannel, zmq.Socket) as blocking:
        wake_after_sending(blocking.client)
        assert "send" not in vars(blocking.channel)


def test_a_client_without_sockets_stays_as_it_is() -> None:
    """Clients of a gateway have channels of another kind."""
    channel = SimpleNamespace(send=print)
    wake_after_sending(SimpleNamespace(shell_channel=channel))  # type: ignore[arg-type]
    assert channel.send is print
