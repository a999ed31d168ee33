"""Who is let in: so many requests a second of one client, and so many listeners in all.

A client is an address, because a token tells nothing of who has it. Behind a proxy, Jupyter's
setting ``ServerApp.trust_xheaders`` makes it that of the client.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from tornado.web import HTTPError

MAX_CLIENTS = 10_000
"""Of so many addresses it is remembered how often they asked."""


class Bucket(NamedTuple):
    """What one client may still ask at once, as it was at a time."""

    left: float
    at: float


class Rate:
    """Counts requests of each client; a second's worth may come at once.

    Parameters
    ----------
    per_s : int
        How many requests a second; 0 is any number.

    Examples
    --------
    >>> rate = Rate(2)
    >>> [rate.wait_s("a", now=0.0) for _ in range(3)]
    [0.0, 0.0, 0.5]
    >>> rate.wait_s("b", now=0.0), rate.wait_s("a", now=0.5)
    (0.0, 0.0)
    """

    def __init__(self, per_s: int) -> None:
        self.per_s = per_s
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def wait_s(self, client: str, now: float) -> float:
        """Count a request; returns 0, or in how many seconds it may come instead."""
        if not self.per_s:
            return 0.0
        bucket = self._buckets.pop(client, Bucket(self.per_s, now))
        left = min(self.per_s, bucket.left + (now - bucket.at) * self.per_s)
        is_let_in = left >= 1.0
        self._buckets[client] = Bucket(left - is_let_in, now)
        if len(self._buckets) > MAX_CLIENTS:
            self._buckets.popitem(last=False)
        return 0.0 if is_let_in else (1.0 - left) / self.per_s


class Admission:
    """The limits that concern more than one request.

    Parameters
    ----------
    requests_per_s : int
        Of one client; 0 is any number.
    max_listeners : int
        How many sockets and streams of events there may be.
    """

    def __init__(self, *, requests_per_s: int, max_listeners: int) -> None:
        self.rate = Rate(requests_per_s)
        self.listeners = 0
        self._max_listeners = max_listeners

    def need_rate(self, client: str, now: float) -> None:
        """Count a request.

        Raises
        ------
        HTTPError
            429 if there were too many.
        """
        wait_s = self.rate.wait_s(client, now)
        if wait_s:
            raise TooMany(
                f"At most {self.rate.per_s:,} requests a second may come from {client}; try again "
                f"in {wait_s:.2f} s",
                wait_s,
            )

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Count a listener while it listens.

        Raises
        ------
        HTTPError
            429 if there are as many as there may be.
        """
        if self.listeners >= self._max_listeners:
            raise TooMany(
                f"There are {self._max_listeners:,} sockets and streams, which is as many as may "
                "be; close one first",
                1.0,
            )
        self.listeners += 1
        try:
            yield
        finally:
            self.listeners -= 1


class TooMany(HTTPError):
    """Status 429, with when to try again."""

    def __init__(self, message: str, wait_s: float) -> None:
        super().__init__(429, message)
        self.retry_after_s = max(1, math.ceil(wait_s))
