"""The history: what each variable was, as numbers, in rings of points.

A point is a number with the time and the cell that made it so; of what is no number it is the
size. Values themselves are never kept: a ring of points cannot prolong a life.

*Exact* is what the thread that stores tells itself, by `PointHistory.take`: each store of a
top-level statement that does not loop makes one point. *Sampled* is what the poller found, by
`PointHistory.sample`: loops, ``global`` in functions, changes in place. What a value measures is
read on the spot where a gauge can (`livens.values.gauges`), and else put off until a subscriber has
it described (`PointHistory.read`): there are as many points of it as descriptions.

A point without value and size says that there was nothing to measure: the name was deleted, or
bound to something like None or a function. After a deletion the ring stays, and goes on if the name
comes back.

`take` holds no lock, because the user's thread calls it; appending to a list and cutting its
front off are atomic, and what two threads do at once is bounded all the same. (Of two threads
that store the second value of one name in the same instant, one may lose its point.)
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from math import isfinite
from typing import Any

from livens.exceptions import reason_of
from livens.protocol.types import Point, Variable
from livens.values.gauges import EXACT, described, measure
from livens.values.passive import copied_items

logger = logging.getLogger(__name__)

_MAX_NAMES = 100_000
"""So many names that are left out, or wait to be read, are remembered at the most."""

_MAX_SAMPLED = 1_000
"""The same for names that were sampled and may be about to be told: it is over in a moment."""


class PointHistory:
    """The points of all variables of one namespace, bounded.

    Parameters
    ----------
    total : int
        How many points to keep in all. Where there are more, the longest rings give way: every
        variable may keep the same number, and rings that are shorter are left alone.
    clock : callable
        Seconds since the epoch.
    excludes : callable
        Told a name; whether there must be no history of it. Asked once a name.

    Examples
    --------
    >>> history = PointHistory()
    >>> history.keep(100)
    >>> for loss in (0.5, 0.25):
    ...     history.take("loss", loss, 1)
    >>> [point.value for point in history.points("loss")]
    [0.5, 0.25]
    """

    def __init__(
        self,
        total: int = 200_000,
        clock: Callable[[], float] = time.time,
        excludes: Callable[[str], bool] = lambda name: False,
    ) -> None:
        self._total = total
        self._clock = clock
        self._excludes = excludes
        self._limit = self._cut_at = self._added = 0
        # In a flood the driver, who tidies, may not come to it for a second.
        self._too_many = total // 4
        self.forget()

    def forget(self) -> None:
        """Keep nothing of what was."""
        # Most variables are stored once: the first point is its own ring, and takes no list.
        self._rings: dict[str, Point | list[Point]] = {}
        self._left_out: set[str] = set()
        self._sampled: dict[str, int] = {}
        self._unread: dict[str, tuple[float, int | None]] = {}
        self._failed: set[str] = set()

    def keep(self, limit: int) -> None:
        """Keep so many points of each variable from now on, 0 for none."""
        self._limit = limit
        # Cutting one point off a long list for each that is added would move all of them.
        self._cut_at = limit + max(16, limit >> 2)
        self._left_out.clear()
        self._cut_all(limit)

    # -- writing ---------------------------------------------------------------------------

    def take(self, name: str, value: Any, execution_count: int | None) -> None:
        """Add a point for what was stored just now; called by the thread that stores."""
        if not self._limit:
            return
        try:
            # The poller may have seen this very store, between it and its being told.
            if self._sampled and self._sampled.pop(name, None) == id(value):
                return
            ring = self._rings.get(name)
            if ring is None and self._is_left_out(name):
                return
            kind = type(value)
            if (kind is float and isfinite(value)) or (kind is int and -EXACT <= value <= EXACT):
                point = Point(self._clock(), value, execution_count)  # the usual case, at once
            else:
                reading = measure(value)
                if reading is None:
                    self._put_off(name, execution_count)
                    return
                point = Point(self._clock(), reading[0], execution_count, reading[1], reading[2])
            if self._unread:
                self._unread.pop(name, None)
            self._add(name, ring, point)
        except BaseException as err:  # noqa: BLE001 - a border, before the user's statement
            self._fails(name, reason_of(err, "measuring it"))
            self._put_off(name, execution_count)

    def _put_off(self, name: str, execution_count: int | None) -> None:
        if len(self._unread) < _MAX_NAMES:
            self._unread[name] = (self._clock(), execution_count)

    def _fails(self, name: str, reason: str) -> None:
        if name not in self._failed and len(self._failed) < _MAX_SAMPLED:
            self._failed.add(name)
            logger.warning("The history of the variable %r lacks what was seen: %s", name, reason)

    def _add(self, name: str, ring: Point | list[Point] | None, point: Point) -> None:
        if ring is None:
            self._rings[name] = point
        elif type(ring) is list:
            ring.append(point)
            if len(ring) > self._cut_at:
                del ring[: len(ring) - self._limit]
        else:
            self._rings[name] = [ring, point]  # type: ignore[list-item]
        self._added += 1
        if self._added > self._too_many:
            self.tidy()

    def sample(self, name: str, value: Any, execution_count: int | None) -> None:
        """Add a point for what a look at the namespace found."""
        self._sampled.pop(name, None)
        self.take(name, value, execution_count)
        if len(self._sampled) >= _MAX_SAMPLED:
            self._sampled.clear()
        self._sampled[name] = id(value)

    def read(self, name: str, variable: Variable) -> None:
        """Add the point that was put off until the value was described."""
        put_off = self._unread.pop(name, None)
        if put_off is None or not self._limit:
            return
        at, execution_count = put_off
        try:
            reading = described(variable)
            point = Point(at, reading.value, execution_count, reading.size, reading.nbytes)
            self._add(name, self._rings.get(name), point)
        except BaseException as err:  # noqa: BLE001 - a border
            self._fails(name, reason_of(err, "reading its description"))

    def _is_left_out(self, name: str) -> bool:
        if name in self._left_out:
            return True
        if not self._excludes(name):
            return False
        if len(self._left_out) < _MAX_NAMES:
            self._left_out.add(name)
        return True

    # -- reading ---------------------------------------------------------------------------

    def __contains__(self, name: str) -> bool:
        return name in self._rings

    def waits_for(self, name: str) -> bool:
        """Return whether a point waits for the value to be described."""
        return name in self._unread

    def points(self, name: str, since: float = 0.0) -> list[Point]:
        """Return the points of a variable, the oldest first, or those after a time."""
        if name not in self._rings or not self._limit:
            return []
        return [point for point in _listed(self._rings[name])[-self._limit :] if point.at > since]

    def last_points(self) -> dict[str, Point]:
        """Return the newest point of each variable."""
        return {name: _listed(ring)[-1] for name, ring in copied_items(self._rings)}

    # -- bounds ----------------------------------------------------------------------------

    def tidy(self) -> None:
        """See to it that there are not many more points than may be; cheap if there are not."""
        if self._added < self._total // 10:
            return
        self._added = 0
        lengths = [len(_listed(ring)) for _, ring in copied_items(self._rings)]
        if sum(lengths) > self._total:
            self._cut_all(fair_share(lengths, self._total * 4 // 5))

    def _cut_all(self, limit: int) -> None:
        rings = copied_items(self._rings)
        if limit:
            for _, ring in rings:
                if type(ring) is list and len(ring) > limit:
                    del ring[:-limit]
            return
        if not self._limit:
            self._rings = {}
            return
        # More names than points: those that have been quiet for longest go.
        rings.sort(key=lambda item: _listed(item[1])[-1].at)
        for _, ring in rings:
            if type(ring) is list:
                del ring[:-1]
        for name, _ in rings[: len(rings) - self._total // 2]:
            self._rings.pop(name, None)


def _listed(ring: Point | list[Point]) -> list[Point]:
    return ring if type(ring) is list else [ring]  # type: ignore[list-item]


def fair_share(lengths: Iterable[int], room: int) -> int:
    """Find out how long each may be so that all fit, if what is shorter is left alone.

    Examples
    --------
    >>> fair_share([2, 10, 10], room=12)
    5
    """
    ordered = sorted(lengths)
    share = room
    for index, length in enumerate(ordered):
        share = room // (len(ordered) - index)
        if length > share:
            break
        room -= length
    return share


class HistoryCursor:
    """How far one subscriber has been told of a history.

    Parameters
    ----------
    history : PointHistory
        Where the points are.
    limit : int
        How many points of a variable one message has at the most.
    """

    def __init__(self, history: PointHistory, limit: int) -> None:
        self._history = history
        self._limit = limit
        self.catch_up()

    def catch_up(self) -> None:
        """Take all that there is for told."""
        self._told = self._history.last_points()

    def news(self, name: str, limit: int) -> list[Point]:
        """Return the newest of the points that came since the last call, and take all for told."""
        points = self._history.points(name)
        told = self._told.get(name)
        if points:
            self._told[name] = points[-1]
        for index in range(len(points) - 1, -1, -1):
            if points[index] is told:
                points = points[index + 1 :]
                break
        return points[-min(limit, self._limit) :]
