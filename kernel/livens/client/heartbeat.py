"""Whether a kernel is still there, told by its heartbeat and by any other message.

A kernel's heartbeat comes from a thread that user code does not hold up, so a kernel that is busy
has a heartbeat, and one without is dead or about to be back. Time comes in as an argument.
"""

from __future__ import annotations

PING_S = 1.0
"""How often to ask for a heartbeat."""


class Heartbeat:
    """How long a kernel has been silent.

    Attributes
    ----------
    wants_ping : bool
        Whether a ping is due.
    silent_s : float
        How long the oldest ping has been waiting for any sign of life.

    Examples
    --------
    >>> heartbeat = Heartbeat()
    >>> heartbeat.pinged(0.0)
    >>> for now in range(4):
    ...     heartbeat.tick(now)
    >>> heartbeat.silent_s, heartbeat.wants_ping
    (3.0, True)
    >>> heartbeat.heard()
    >>> heartbeat.silent_s
    0.0
    """

    def __init__(self) -> None:
        self.wants_ping = True
        self.silent_s = 0.0
        self._pinged_at = float("-inf")
        self._is_waiting = False
        self._ticked_at: float | None = None

    def heard(self) -> None:
        """Note a sign of life."""
        self.silent_s, self._is_waiting = 0.0, False

    def pinged(self, now: float) -> None:
        """Note that a ping was sent."""
        self.wants_ping, self._is_waiting, self._pinged_at = False, True, now

    def tick(self, now: float) -> None:
        """Count the silence; call it after everything that has arrived was read."""
        # A reader that was away for a minute has not waited for a minute: what counts is how long
        # somebody looked and there was nothing.
        waited = 0.0 if self._ticked_at is None else min(now - self._ticked_at, PING_S)
        self._ticked_at = now
        if self._is_waiting:
            self.silent_s += waited
        self.wants_ping = now - self._pinged_at >= PING_S
