"""The history: what each variable was, as numbers, in rings of points.

A point is a number with the time and the cell that made it so; of what is no number it is the
size. Values themselves are never kept: a ring of points cannot prolong a life.

*Exact* is what the thread that stores tells itself, by `History.take`: each store of a top-level
statement that does not loop makes one point. *Sampled* is what the poller found, by
`History.sample`: loops, ``global`` in functions, changes in place. Numbers, and the builtin types
that have a length, are read on the spot in well under a microsecond. Types of other libraries are
read by a *gauge* (`register_gauge`) where there is one, and else put off until a subscriber has
them described (`History.read`): their points are as many as the descriptions.

How a number is written: an int beyond ±2**53, which JavaScript would change, as the nearest
float; what is no finite number as ``"nan"``, ``"inf"`` or ``"-inf"``. A point without value and
size says that there was nothing to measure: the name was deleted, or bound to something like None
or a function. After a deletion the ring stays, and goes on if the name comes back.

`take` holds no lock, because the user's thread calls it; appending to a list and cutting its
front off are atomic, and what two threads do at once is bounded all the same. (Of two threads
that store the second value of one name in the same instant, one may lose its point.)

(The module is not called `history`: that is the function in the package's face.)
"""

from __future__ import annotations

import logging
import re
import time
from collections import deque
from collections.abc import Callable, Iterable
from math import isfinite
from typing import Any, NamedTuple

from livens.borders import reason_of
from livens.events import Point, Variable
from livens.passive import copied_items, qualified_name

logger = logging.getLogger(__name__)

MISSING: Any = object()
"""Stands for the value of a name that was deleted."""

Number = bool | int | float | str

_EXACT = 2**53
"""The largest int up to which a float, and so JavaScript, tells all ints apart."""

_LARGEST = 2**63 - 1
"""The largest size that is told, as in a `Variable`."""

_MAX_NAMES = 100_000
"""So many names that are left out, or wait to be read, are remembered at the most."""

_MAX_SAMPLED = 1_000
"""The same for names that were sampled and may be about to be told: it is over in a moment."""

_LENGTHS = [[length] for length in range(64)]
"""The sizes that most containers have; points share them, and nobody changes them."""


class Reading(NamedTuple):
    """What a value measures.

    Attributes
    ----------
    value : bool, int, float or str, optional
        Of a number.
    size : list of int, optional
        Of anything else: its shape or length.
    nbytes : int, optional
        The bytes of its data.
    """

    value: Number | None = None
    size: list[int] | None = None
    nbytes: int | None = None


Gauge = Callable[[Any], Reading]
"""From a value of a known type to what it measures, in about a microsecond, by its header alone."""

_gauges: dict[str, Gauge] = {}


_known: dict[int, tuple[type, Gauge]] = {}
"""Gauges by the id of the class, whose name takes a microsecond to read. The class is held, so
that its id stays its own; only classes with a gauge are, which are a library's."""


def register_gauge(qualified_name: str, gauge: Gauge) -> None:
    """Tell how values of one class are measured, as `livens.summaries.register_adapter`."""
    _gauges[qualified_name] = gauge
    _known.clear()


def number(value: float) -> Number:
    """Write an exact bool, int or float as a point does.

    Examples
    --------
    >>> number(5), number(2**53 + 1), number(10**400), number(float("nan"))
    (5, 9007199254740992.0, 'inf', 'nan')
    """
    if type(value) is int and not -_EXACT <= value <= _EXACT:
        try:
            return float(value)
        except OverflowError:
            return "inf" if value > 0 else "-inf"
    return value if isfinite(value) else repr(value)


def measure(value: Any) -> Reading | None:
    """Measure a value without running code of the user's; None where that takes a description.

    Raises what a gauge raises. A size that is too large to be told is left out.

    Examples
    --------
    >>> measure(0.5).value, measure([1, 2, 3]).size, measure(b"abc").nbytes
    (0.5, [3], 3)
    """
    cls = id(type(value))
    if cls in _NUMBERS:
        return Reading(number(value))
    if cls in _SIZED:
        try:
            length = len(value)
        except OverflowError:  # ``range(10**30)``
            return Reading()
        size = _LENGTHS[length] if length < len(_LENGTHS) else [length]
        return Reading(None, size, length if cls in _BYTES else None)
    if value is None or value is MISSING:
        return Reading()
    found = _known.get(cls)
    if found is None:
        gauge = _gauges.get(qualified_name(type(value)))
        if gauge is None:
            return None
        found = type(value), gauge
        if len(_known) < 1_000:
            _known[cls] = found
    reading = found[1](value)
    if (reading.nbytes or 0) > _LARGEST or max(reading.size or (0,)) > _LARGEST:
        return Reading(reading.value)
    return reading


_NUMBERS = frozenset(map(id, (bool, int, float)))
_BYTES = frozenset(map(id, (bytes, bytearray)))
_SIZED = _BYTES | frozenset(map(id, (str, list, tuple, dict, set, frozenset, deque, range)))


def described(variable: Variable) -> Reading:
    """Read what a description says of a value's measures.

    Examples
    --------
    >>> described(Variable("x", [], "number", "Decimal", preview="Decimal('1.5')"))
    Reading(value=1.5, size=None, nbytes=None)
    """
    if variable.status == "skipped" or variable.reason:
        return Reading()
    if variable.kind == "number":
        text = re.sub(r"^[\w.]+\((.*)\)$", r"\1", variable.preview).strip("'")
        for kind in (int, float):
            try:
                return Reading(number(kind(text)))
            except ValueError:
                continue
        return Reading()
    size = variable.shape
    if size is None and variable.length is not None:
        size = [variable.length]
    return Reading(None, size, variable.nbytes)


class History:
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
    >>> history = History()
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
            if (kind is float and isfinite(value)) or (kind is int and -_EXACT <= value <= _EXACT):
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
        """Tell whether a point waits for the value to be described."""
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


class Reader:
    """How far one subscriber has been told of a history.

    Parameters
    ----------
    history : History
        Where the points are.
    limit : int
        How many points of a variable one message has at the most.
    """

    def __init__(self, history: History, limit: int) -> None:
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
