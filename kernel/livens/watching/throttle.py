"""When an update may go out: at once after quiet, then at most one per interval.

Words as in psygnal: the *leading* edge is the first change after quiet and goes out at once; the
*trailing* one is the last state of a busy time, and goes out when the interval is over. In
between the latest value wins. Pure: no clock, no thread.
"""

from __future__ import annotations


class Throttle:
    """Keep a distance between two updates of one subscriber.

    Parameters
    ----------
    interval_s : float
        The shortest time between two updates.
    time_share : float
        The part of the time that making updates may take: when one took longer than
        ``interval_s * time_share``, the next one waits for longer.

    Examples
    --------
    >>> throttle = Throttle(interval_s=0.05)
    >>> throttle.is_due(now=1.0)
    True
    >>> throttle.sent(now=1.0)
    >>> throttle.is_due(now=1.01), throttle.due_at
    (False, 1.05)
    """

    def __init__(self, interval_s: float, time_share: float = 1.0) -> None:
        self.interval_s = interval_s
        self.time_share = time_share
        self.due_at = float("-inf")

    def is_due(self, now: float) -> bool:
        """Return whether an update may go out."""
        return now >= self.due_at

    def reset(self, due_at: float = float("-inf")) -> None:
        """Let the next change count as the first one after quiet, to go out from *due_at* on."""
        self.due_at = due_at

    def sent(self, now: float, cost_s: float = 0.0) -> None:
        """Note that an update went out, and how long it took to make."""
        self.due_at = now + max(self.interval_s, cost_s / self.time_share)

    def spent(self, now: float, cost_s: float) -> None:
        """Note that there was nothing to send after all, and how long it took to find out."""
        self.due_at = now + cost_s / self.time_share
