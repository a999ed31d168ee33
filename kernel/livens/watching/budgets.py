"""What watching may cost, in one place. Each is a setting of the kernel, `livens.kernel.kernel`."""

from __future__ import annotations

from typing import NamedTuple


class Budgets(NamedTuple):
    """What watching may cost. Times are in the unit that the name says.

    Attributes
    ----------
    poll_ms : int
        How often the poller looks while a cell runs.
    idle_poll_ms : int
        How often it looks between cells.
    time_share : float
        The part of the time that comparing may take, and again that telling one subscriber
        may take; when something took longer, the next time comes later.
    flush_ms : int
        How long describing for one update may take; the rest goes into the next one.
    settle_ms : float
        How long comparing the whole namespace at the end of a cell may take; where it would
        take longer, only what the cell's code mentions is compared, the rest right after.
    baseline_ms : float
        How long a cell may be held up before it changes large values that were made right before
        it, to find out what they hold.
    content_bytes, content_items : int
        Up to here what a cell may have changed in place is compared right after it; larger
        values are told as not compared yet, and compared when there is time.
    slow_ms : int
        A value that takes longer to describe is set aside.
    chars, items : int
        The length of a preview, and the items of a container that it shows.
    history_points, history_total : int
        The points that are kept of each variable, and of all of them, while anybody watches.
    """

    poll_ms: int = 20
    idle_poll_ms: int = 250
    time_share: float = 0.01
    flush_ms: int = 10
    settle_ms: float = 0.5
    baseline_ms: float = 3
    slow_ms: int = 100
    content_bytes: int = 256_000_000
    content_items: int = 1_000_000
    chars: int = 200
    items: int = 20
    history_points: int = 1_000
    history_total: int = 200_000
