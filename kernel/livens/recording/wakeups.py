"""Wake-ups: nbclient gets the reply to a cell even if it sends something while it waits.

The descriptor of a ZeroMQ socket says once that something has come, and whatever uses the socket
takes that word away, sending too. An asyncio socket of pyzmq knows this and looks again after it
has sent. But jupyter_client sends around it, by a plain socket on the same connection
(`Session.send`), so a reply that came just before is there and nobody is told. nbclient sends while
a cell runs for each output in an `ipywidgets.Output`: such a cell then lasts as long as its timeout
allows, or for ever.

Only the channel of the client that was given is changed, no class.
"""

from __future__ import annotations

import asyncio
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.client import KernelClient


def wake_after_sending(client: KernelClient) -> None:
    """Have the shell channel of a client look for messages again after each sending.

    It can be called again, also after the channels were opened anew.

    Parameters
    ----------
    client : KernelClient
        With open channels; one that blocks needs nothing of this, and stays as it is.
    """
    channel = client.shell_channel
    socket = getattr(channel, "socket", None)
    if not isinstance(socket, zmq.asyncio.Socket) or "send" in vars(channel):
        return
    send = channel.send

    def send_and_look(msg: dict[str, Any]) -> None:
        send(msg)
        if _is_in_a_loop() and not socket.closed:
            socket.get(zmq.EVENTS)  # which schedules what waits for these

    setattr(channel, "send", send_and_look)  # noqa: B010 (mypy takes no assignment to a method)


def _is_in_a_loop() -> bool:
    """Return whether an event loop runs here; where none does, nobody waits."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
