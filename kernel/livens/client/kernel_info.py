"""What kernels say of themselves, before anybody subscribes: ``kernel_info_request`` on control.

A livens kernel answers it while a cell runs, and changes nothing by it: neither what the cell
prints nor what front ends show of the kernel. A stock kernel flushes what the user has printed,
and front ends may take it for idle. So `livens.client.running_kernels` asks a stock kernel only
if livens is loaded in it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, cast

import zmq
from jupyter_client.client import KernelClient
from jupyter_client.connect import KernelConnectionInfo

IMPLEMENTATION = "livens"
"""What our kernel calls itself."""

ANSWER_S = 2.0
"""How long kernels may take to answer. One whose code holds the GIL takes a part of a second."""


def can_be_watched(kernel_info: Mapping[str, Any]) -> bool:
    """Return whether a ``kernel_info_reply`` is of a kernel in which livens is at work.

    It is a livens kernel, or a stock kernel after ``%load_ext livens``.

    Examples
    --------
    >>> can_be_watched({"implementation": "ipython"})
    False
    >>> can_be_watched({"implementation": "ipython", "livens": {"mode": "lite", "cell": None}})
    True
    """
    is_ours = kernel_info.get("implementation") == IMPLEMENTATION
    return is_ours or isinstance(kernel_info.get("livens"), dict)


def ask_kernels(
    connections: Sequence[Mapping[str, Any]], timeout_s: float = ANSWER_S
) -> list[dict[str, Any] | None]:
    """Return what each kernel says of itself; all are asked at once.

    Parameters
    ----------
    connections : sequence of mapping
        What is in their connection files.
    timeout_s : float
        How long they may take in all.

    Returns
    -------
    list of dict or None
        The content of each ``kernel_info_reply``; None where none has come.
    """
    answers: list[dict[str, Any] | None] = [None] * len(connections)
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    try:
        waiting = {}
        poller = zmq.Poller()
        for index, info in enumerate(connections):
            client = KernelClient(context=context)
            client.load_connection_info(cast(KernelConnectionInfo, dict(info)))
            control = client.connect_control(identity=client.session.bsession)
            client.session.send(control, "kernel_info_request", {})
            waiting[control] = index, client.session
            poller.register(control, zmq.POLLIN)
        deadline = time.monotonic() + timeout_s
        while waiting and (left := deadline - time.monotonic()) > 0:
            for control, _ in poller.poll(int(left * 1000) + 1):
                index, session = waiting[control]
                answers[index] = _answer(session, control)
                if answers[index] is not None:
                    poller.unregister(control)
                    del waiting[control]
                    control.close(linger=0)
    finally:
        context.destroy(linger=0)
    return answers


def _answer(session: Any, control: zmq.Socket[bytes]) -> dict[str, Any] | None:
    """Read a message; return its content if it is the answer, signed by the kernel."""
    try:
        message = session.recv(control, zmq.NOBLOCK)[1]
    except ValueError:
        return None
    if message is None or message["header"]["msg_type"] != "kernel_info_reply":
        return None
    return dict(message["content"])
