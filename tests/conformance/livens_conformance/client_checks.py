"""What a client has to do, tried with a fake kernel that loses, swaps and repeats messages.

A client is a program that speaks lines of JSON on its standard input and output. It writes
``{"type": "open", "data": …}`` to open its comm and ``{"type": "send", "data": …}`` for a message.
It reads ``{"type": "told", "data": …}`` for each message of the kernel, ``{"type": "restarted"}``
when the kernel is another process, after which it opens its comm again, and
``{"type": "show", "id": 1}``, which it answers with ``{"type": "shown", "id": 1, "variables": …}``:
its copy, the preview of each variable by its name.
"""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any

from livens_conformance.fake_kernel import FakeKernel
from livens_conformance.lines import TIMEOUT_S
from livens_conformance.verdicts import Failed, Outcome, Verdict, need, same


class ClientUnderTest:
    """A client's program and the fake kernel at its other end."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._arrived: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._shown: dict[int, dict[str, str]] = {}
        self._number = 0
        self.kernel = FakeKernel()
        self.opens = 0
        threading.Thread(target=self._read, name="client", daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._arrived.put(json.loads(line))

    def _write(self, **message: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def hear(self, timeout_s: float = TIMEOUT_S) -> None:
        """Take one message of the client's, and have the kernel do what it asks for."""
        until = time.monotonic() + timeout_s
        while True:
            try:
                message = self._arrived.get(timeout=min(1.0, max(0.0, until - time.monotonic())))
                break
            except Empty:
                if self._process.poll() is not None:
                    raise Failed("the client's program has ended") from None
                if time.monotonic() >= until:
                    raise Failed(f"the client said nothing for {timeout_s:g} s") from None
        if message["type"] == "open":
            self.opens += 1
            self.kernel.opened(message["data"])
        elif message["type"] == "send":
            self.kernel.received(message["data"])
        else:
            self._shown[message["id"]] = message["variables"]

    def tell(self, messages: Sequence[dict[str, Any]] | None = None) -> None:
        """Carry messages to the client; by default all that the kernel has said."""
        for data in self.kernel.take() if messages is None else messages:
            self._write(type="told", data=data)

    def restart(self) -> None:
        """Restart the kernel, and tell the client so, as Jupyter does."""
        self.kernel.restart()
        self._write(type="restarted")
        self.until(lambda: self.kernel.is_open, "that it opens its comm again")

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Carry messages both ways until a condition holds."""
        until = time.monotonic() + TIMEOUT_S
        while not condition():
            if time.monotonic() > until:
                raise Failed(f"not within {TIMEOUT_S:g} s: {what}")
            self.hear()
            self.tell()

    def shown(self) -> dict[str, str]:
        """Ask the client for its copy."""
        self._number += 1
        number = self._number
        self._write(type="show", id=number)
        until = time.monotonic() + TIMEOUT_S
        while number not in self._shown:
            self.hear(max(0.0, until - time.monotonic()))
        return self._shown.pop(number)

    def in_step(self) -> None:
        """Wait until the client's copy is the kernel's."""
        until = time.monotonic() + TIMEOUT_S
        while (found := self.shown()) != self.kernel.variables:
            self.tell()
            if time.monotonic() > until:
                same(found, self.kernel.variables, "the client's copy")


def follows_updates(client: ClientUnderTest) -> None:
    """What is new, changed and gone."""
    client.kernel.set(x="1", y="2")
    client.kernel.set(x="3")
    client.kernel.delete("y")
    client.tell()
    same(client.shown(), {"x": "3"}, "the copy")


def joins_the_parts_of_a_refresh(client: ClientUnderTest) -> None:
    """With an update between two of them."""
    client.kernel.part = 2
    client.kernel.set(**{f"v{n}": str(n) for n in range(7)})
    client.kernel.take()
    client.kernel.received({"method": "refresh"})
    parts = client.kernel.take()
    client.tell(parts)
    same(client.shown(), client.kernel.variables, "the copy")


def asks_for_the_state_when_a_message_is_lost(client: ClientUnderTest) -> None:
    """And does not trust what follows until it comes."""
    client.kernel.set(lost="1")
    client.kernel.take()
    client.kernel.set(x="1")
    client.tell()
    need("x" not in client.shown() or client.kernel.refreshes, "it took an update after a gap")
    client.until(lambda: client.kernel.refreshes > 0, "that it asks for the state")
    client.in_step()


def swapped_messages_do_no_harm(client: ClientUnderTest) -> None:
    """The later one is a gap; in the end the copy is right."""
    client.kernel.set(x="1")
    client.kernel.set(x="2")
    first, second = client.kernel.take()
    client.tell([second, first])
    client.in_step()


def repeated_messages_change_nothing(client: ClientUnderTest) -> None:
    """A message that comes twice is ignored the second time."""
    client.kernel.set(x="1")
    first = client.kernel.take()
    client.tell(first)
    client.kernel.set(x="2")
    client.tell()
    client.tell(first)
    same(client.shown(), {"x": "2"}, "the copy")


def begins_anew_after_a_restart(client: ClientUnderTest) -> None:
    """It opens its comm again, and knows nothing of the process before."""
    client.kernel.set(old="1")
    client.tell()
    client.restart()
    client.tell()
    client.kernel.set(new="1")
    client.tell()
    client.in_step()


def another_epoch_alone_is_a_restart(client: ClientUnderTest) -> None:
    """Messages of another process are not mixed with those of the one before."""
    client.kernel.set(old="1")
    client.tell()
    client.kernel.restart()
    client.kernel.opened({})
    client.kernel.set(new="1")
    client.tell()
    client.in_step()


def ignores_what_it_does_not_know(client: ClientUnderTest) -> None:
    """Fields, capabilities, events and messages of later versions."""
    client.kernel.extra = {"of_a_later_version": {"x": [1]}}
    client.kernel.capabilities |= {"of-a-later-version": 7}
    client.kernel.event("of-a-later-version")
    client.kernel.set(x="1")
    client.tell([{"method": "of.a.later.version", "params": {}}])
    client.tell()
    client.in_step()


def survives_garbage(client: ClientUnderTest) -> None:
    """What is no message at all is no reason to stop."""
    client.tell([{}, {"method": 5}, {"id": "never asked", "result": {}}, {"params": None}])
    client.kernel.set(x="1")
    client.tell()
    client.in_step()


def ten_thousand_updates_with_losses(client: ClientUnderTest) -> None:
    """Each fortieth is lost; at the end the copy is right."""
    for n in range(10_000):
        client.kernel.set(**{f"v{n % 50}": str(n)})
        said = client.kernel.take()
        if n % 40:
            client.tell(said)
    client.kernel.set(over="1")
    client.tell()
    client.in_step()


CHECKS = [
    follows_updates,
    joins_the_parts_of_a_refresh,
    asks_for_the_state_when_a_message_is_lost,
    swapped_messages_do_no_harm,
    repeated_messages_change_nothing,
    begins_anew_after_a_restart,
    another_epoch_alone_is_a_restart,
    ignores_what_it_does_not_know,
    survives_garbage,
    ten_thousand_updates_with_losses,
]
"""All checks of clients."""


@contextmanager
def client_started(command: Sequence[str]) -> Iterator[ClientUnderTest]:
    """Start a client's program, which has opened its comm, and end it."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    with process:
        try:
            client = ClientUnderTest(process)
            client.until(lambda: client.kernel.is_open, "that it opens its comm")
            client.tell()
            yield client
        finally:
            process.kill()


def carry_out(check: Callable[[ClientUnderTest], None], command: Sequence[str]) -> Outcome:
    """Run one check with a client of its own; returns how it ended."""
    began_at = time.monotonic()
    verdict, detail = Verdict.PASS, ""
    try:
        with client_started(command) as client:
            check(client)
    except Failed as failed:
        verdict, detail = Verdict.FAIL, str(failed)
    except (OSError, ValueError, KeyError) as err:
        verdict, detail = Verdict.FAIL, f"{type(err).__name__}: {err}"
    seconds = round(time.monotonic() - began_at, 2)
    return Outcome("client", check.__name__, verdict, detail, seconds)
