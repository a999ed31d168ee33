"""What both ways of watching have: what is known of the kernel, as of the last message."""

from __future__ import annotations

from livens.client.connection import Connection
from livens.client.requests import Requests
from livens.protocol import messages, requests
from livens.protocol.types import Frame, Point, Variable


class Watching:
    """A watch that does not say yet how it waits.

    Parameters
    ----------
    line : Connection
        The connection.
    """

    def __init__(self, line: Connection) -> None:
        self._line = line
        self._requests = Requests(line)

    @property
    def variables(self) -> dict[str, Variable]:
        """The variables by name, as of the last message that was read; do not change it."""
        return self._line.conversation.replica.variables

    @property
    def points(self) -> dict[str, list[Point]]:
        """The newest points of the variables by name, as far as they came; do not change it.

        What was before this watch, `history` fetches.
        """
        return self._line.conversation.replica.points

    @property
    def frames(self) -> list[Frame]:
        """The functions that run, the innermost of each thread first; do not change it."""
        return self._line.conversation.replica.frames

    @property
    def epoch(self) -> str:
        """Names the kernel process; empty before the first change set."""
        return self._line.conversation.replica.epoch

    @property
    def subscription(self) -> requests.Subscription:
        """What the kernel was asked for."""
        return self._line.conversation.subscription

    @property
    def pending(self) -> int:
        """How many change sets have come and were not taken yet."""
        return self._line.conversation.pending

    @property
    def events(self) -> list[messages.EventParams]:
        """The kernel's last events, such as a variable that was set aside."""
        return list(self._line.conversation.events)

    def events_after(self, seen: int) -> tuple[list[messages.EventParams], int]:
        """Return the events that came after the first *seen* ones, and how many there are now."""
        total = self._line.conversation.events_told
        new = min(total - seen, len(self._line.conversation.events))
        return self.events[len(self.events) - new :], total

    def kernel_ended(self) -> None:
        """Take note that the kernel is gone, which its owner knows first: it gets no goodbye."""
        self._line.conversation.kernel_ended()
