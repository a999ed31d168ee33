"""One subscriber: which names it wants, what it has been told, and its running number.

The watcher tells every subscriber which names changed; each builds its own messages from them,
at its own pace and in its own selection. No value is kept: a message is made from what the
namespace holds at that moment, so the latest value wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fnmatch import translate
from types import MappingProxyType

from livens import methods, wire
from livens.coalesce import Throttle
from livens.events import Cell, Frame, Origin, Point, Unevaluated, Variable
from livens.passive import sendable_text
from livens.points import Reader
from livens.rulebook import Fired

Describe = Callable[[str], Variable | None]
"""Describes what a name holds now; None if there is no such variable (any more)."""

Send = Callable[[wire.Notification, Cell | None], None]
"""Takes a message away. It must not block."""

_ENVELOPE_BYTES = 200
"""About what a variable takes in a message besides its name and preview."""

_PART_BYTES = 120_000
"""What many variables take is divided into messages of this size, however large they may be: the
copies on the way out are the same memory again and again, and nobody waits long for the first."""

_POINT_BYTES = 50
"""About what a point takes."""


class Subscriber:
    """What one client wants to know, and how far it has been told.

    Parameters
    ----------
    subscription : methods.Subscription
        Names, kinds, pace and sizes.
    epoch : str
        Goes into every message.
    send : callable
        Gets every message, with the cell that it belongs to.
    time_share : float
        The part of the time that this subscriber's messages may take while a cell runs.
    """

    def __init__(
        self, subscription: methods.Subscription, epoch: str, send: Send, time_share: float = 1.0
    ) -> None:
        self._epoch = epoch
        self._send = send
        self._time_share = time_share
        self.seq = 0
        self.must_refresh = False
        self.known: dict[str, None] = {}  # half as large as a set
        self.pending: dict[str, Origin | None] = {}
        self.unevaluated: dict[str, str] = {}
        self.reader: Reader | None = None
        self.change_to(subscription)

    def change_to(self, subscription: methods.Subscription) -> None:
        """Take another subscription; a refresh has to follow."""
        self.subscription = subscription
        self.throttle = Throttle(subscription.interval_ms / 1000, self._time_share)
        self._frames_told: list[Frame] = []
        self._frames: list[Frame] | None = None
        self._choices: dict[str, bool] = {}
        self._wants_all = "*" in subscription.names
        self._patterns = [
            (re.compile(translate(pattern)), pattern.startswith("_"))
            for pattern in subscription.names
        ]

    def wants(self, name: str) -> bool:
        """Tell whether the name is in the selection.

        A name that starts with an underscore needs a pattern that does, as hidden files do.
        """
        is_private = name.startswith("_")
        if self._wants_all and not is_private:
            return True
        choice = self._choices.get(name)
        if choice is None:
            choice = any(
                pattern.match(name) is not None
                for pattern, shows_private in self._patterns
                if shows_private or not is_private
            )
            if len(self._choices) < 100_000:
                self._choices[name] = choice
        return choice

    def chooses(self, variable: Variable) -> bool:
        """Tell whether a variable whose name is wanted is of a wanted kind."""
        kinds = self.subscription.kinds
        return kinds is None or variable.kind in kinds

    def note(self, changed: Mapping[str, Origin | None]) -> None:
        """Take in that names changed, and where."""
        for name, origin in changed.items():
            if self.wants(name):
                self.pending[name] = origin

    def note_unevaluated(self, reasons: Mapping[str, str]) -> None:
        """Take in what was touched and could not be compared, with the reason for each."""
        for name, reason in reasons.items():
            if self.wants(name):
                self.unevaluated[name] = reason

    @property
    def has_news(self) -> bool:
        """Whether there is something that the client has not been told."""
        has_frames = self._frames is not None
        return bool(self.pending or self.unevaluated or self.must_refresh or has_frames)

    @property
    def wants_frames(self) -> bool:
        """Whether the functions that run are to be told."""
        return self.subscription.frames != "none"

    def note_frames(self, stacks: list[list[Frame]]) -> None:
        """Take in which functions run, by thread; what was told before is no news."""
        depth = None if self.subscription.frames == "all" else 1
        frames = [frame for stack in stacks for frame in stack[:depth]]
        size = 0
        for index, frame in enumerate(frames):
            size += _ENVELOPE_BYTES + sum(map(_size_of, frame.variables))
            if size > self.subscription.max_bytes // 2:
                frames = frames[:index]
                break
        self._frames = frames if frames != self._frames_told else None

    def refresh(self, names: list[str], describe: Describe, mode: wire.Mode = "full") -> None:
        """Send the whole state, in as many messages as its size asks for."""
        self.must_refresh = True  # until it is done: an interrupt can come at any line
        self.pending.clear()
        self.unevaluated.clear()
        self.known.clear()
        self._frames_told, self._frames = [], None
        chosen = []
        for name in names:
            variable = describe(name) if self.wants(name) else None
            if variable is not None and self.chooses(variable):
                chosen.append(variable)
                self.known[name] = None
        start = 0
        for part in self._parts(chosen) or [[]]:
            self.seq += 1
            params = wire.RefreshParams(
                protocol=wire.PROTOCOL,
                epoch=self._epoch,
                seq=self.seq,
                variables=part,
                start=start,
                length=len(chosen),
                mode=mode,
            )
            self._send(wire.Refresh(params), None)
            start += len(part)
        self.must_refresh = False

    def flush(
        self, describe: Describe, cell: Cell | None, is_over_budget: Callable[[], bool] | None
    ) -> bool:
        """Send what is pending; what there is no time for stays pending.

        Parameters
        ----------
        describe : callable
            Describes a name.
        cell : Cell, optional
            The cell that the update belongs to.
        is_over_budget : callable, optional
            Asked after each variable; when it says yes, the rest is put off.

        Returns
        -------
        bool
            Whether there was anything: names that are IPython's own are pending, and not sent.
        """
        self.must_refresh = True  # if anything below raises, what was pending is lost
        changed: list[Variable] = []
        removed: dict[str, Origin | None] = {}
        points: dict[str, list[Point]] = {}
        for name in list(self.pending):
            origin = self.pending.pop(name, None)
            variable = describe(name)
            if variable is not None and self.chooses(variable):
                changed.append(variable)
                self.known[name] = None
                self._add_points(points, name)
            elif name in self.known:
                del self.known[name]
                removed[sendable_text(name)] = origin
                self._add_points(points, name)
            elif variable is None and self.subscription.kinds is None:
                self._add_points(points, name)  # it came and went between two messages
            if is_over_budget is not None and is_over_budget():
                break
        if not self.pending:
            self.pending.clear()  # it keeps the room for all that was in it
        unevaluated = [Unevaluated(*item) for item in self.unevaluated.items()]
        self.unevaluated.clear()
        is_sent = self._send_update(changed, removed, unevaluated, cell, points)
        self.must_refresh = False
        return is_sent

    def _add_points(self, points: dict[str, list[Point]], name: str) -> None:
        if self.reader is not None:
            new = self.reader.news(name, self.subscription.max_bytes // _POINT_BYTES)
            if new:
                points[sendable_text(name)] = new

    def _send_update(
        self,
        changed: list[Variable],
        removed: dict[str, Origin | None],
        unevaluated: list[Unevaluated],
        cell: Cell | None,
        points: dict[str, list[Point]],
    ) -> bool:
        frames, self._frames = self._frames, None
        if not (changed or removed or unevaluated or points or frames is not None):
            return False
        if frames is not None:
            self._frames_told = frames
        present = {variable.name for variable in changed}
        gone = {name: new for name, new in points.items() if name not in present}
        for part in self._parts(changed, points) or [[]]:
            self.seq += 1
            params = wire.UpdateParams(
                epoch=self._epoch,
                seq=self.seq,
                changed=part,
                removed=list(removed),
                unevaluated=unevaluated,
                cell=cell,
                origins={name: origin for name, origin in removed.items() if origin is not None},
                points=gone | {v.name: points[v.name] for v in part if v.name in points},
                frames=frames,
            )
            self._send(wire.Update(params), cell)
            removed, unevaluated, gone, frames = {}, [], {}, None
        return True

    def tell(self, name: str, message: str, cell: Cell | None) -> None:
        """Send the event that a variable was set aside."""
        if name in self.known or self.wants(name):
            self.seq += 1
            params = wire.EventParams(
                epoch=self._epoch, seq=self.seq, kind="set-aside", name=name, message=message
            )
            self._send(wire.Event(params), cell)

    def tell_rule(self, fired: Fired, cell: Cell | None) -> None:
        """Send the event that a rule fired, whoever added it."""
        self.seq += 1
        more = f" ({fired.times} times since the last message)" if fired.times > 1 else ""
        params = wire.EventParams(
            epoch=self._epoch,
            seq=self.seq,
            kind="rule",
            name=sendable_text(fired.name),
            message=sendable_text(fired.message) + more,
            rule=fired.rule,
            origin=fired.origin,
        )
        self._send(wire.Event(params), cell)

    def _parts(
        self, variables: list[Variable], points: Mapping[str, list[Point]] = MappingProxyType({})
    ) -> list[list[Variable]]:
        """Divide variables so that no message gets much larger than the client asked for."""
        parts: list[list[Variable]] = []
        most = min(self.subscription.max_bytes, _PART_BYTES)
        size = most
        for variable in variables:
            needs = _size_of(variable) + _POINT_BYTES * len(points.get(variable.name, ()))
            if size + needs > most:
                parts.append([])
                size = 0
            parts[-1].append(variable)
            size += needs
        return parts


def _size_of(variable: Variable) -> int:
    """Estimate what a variable takes in a message."""
    return _ENVELOPE_BYTES + 2 * len(variable.name) + len(variable.preview)
