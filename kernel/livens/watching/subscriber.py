"""One subscriber: which names it wants, what it has been told, and its running number.

The watcher tells every subscriber which names changed; each builds its own messages from them,
at its own pace and in its own selection. No value is kept: a message is made from what the
namespace holds at that moment, so the latest value wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from livens.protocol import messages, requests
from livens.protocol.capabilities import ALL
from livens.protocol.selection import Selection
from livens.protocol.types import Cell, Digest, Frame, Origin, Point, Unevaluated, Variable
from livens.rules.rulebook import FiredRule
from livens.values.passive import sendable_text
from livens.watching.history import HistoryCursor
from livens.watching.process_identity import this_process
from livens.watching.throttle import Throttle

Describe = Callable[[str], Variable | None]
"""Describes what a name holds now; None if there is no such variable (any more)."""

MakeDigest = Callable[[str, Variable], Digest | None]
"""Makes the digest of a variable that has been described; None if there is to be none."""

Send = Callable[[messages.Notification, Cell | None], None]
"""Takes a message away. It must not block."""

_ENVELOPE_BYTES = 200
"""About what a variable takes in a message besides its name and preview."""

_PART_BYTES = 40_000
"""What many variables take is divided into messages of this size, however large they may be: the
copies on the way out are the same memory again and again, nobody waits long for the first, and the
1,000 messages that ZeroMQ keeps for a client which does not read are no more than 40 MB."""

_LEISURELY_MS = 100
"""From this interval on nobody waits for the first change after quiet."""

_QUIET_S = 0.2
"""From then on that the cell is at another line is told by itself, to those who are told frames."""

_POINT_BYTES = 50
"""About what a point takes."""


class _Draft:
    """An update that is being written."""

    __slots__ = ("changed", "digests", "frames", "points", "removed", "size", "unevaluated")

    def __init__(self) -> None:
        self.changed: list[Variable] = []
        self.removed: dict[str, Origin | None] = {}
        self.points: dict[str, list[Point]] = {}
        self.unevaluated: list[Unevaluated] = []
        self.frames: list[Frame] | None = None
        self.digests: list[Digest] = []
        self.size = 0

    @property
    def has_news(self) -> bool:
        """Whether there is anything in it."""
        has_frames = self.frames is not None
        return bool(self.changed or self.removed or self.points or self.unevaluated or has_frames)

    @property
    def last(self) -> Variable | None:
        """The last variable in it."""
        return self.changed[-1] if self.changed else None

    def add_digest(self, digest: Digest | None) -> None:
        """Add a digest, if there is one."""
        if digest is not None:
            self.digests.append(digest)
            self.size += _ENVELOPE_BYTES * (1 + len(digest.columns))


class Subscriber:
    """What one client wants to know, and how far it has been told.

    Parameters
    ----------
    subscription : requests.Subscription
        Names, kinds, pace and sizes.
    epoch : str
        Goes into every message.
    send : callable
        Gets every message, with the cell that it belongs to.
    time_share : float
        The part of the time that this subscriber's messages may take while a cell runs.
    """

    def __init__(
        self, subscription: requests.Subscription, epoch: str, send: Send, time_share: float = 1.0
    ) -> None:
        self._epoch = epoch
        self._send = send
        self._time_share = time_share
        self.seq = 0
        self.must_refresh = False
        self.known: dict[str, None] = {}  # half as large as a set
        self.pending: dict[str, Origin | None] = {}
        self.unevaluated: dict[str, str] = {}
        self.cursor: HistoryCursor | None = None
        self.change_to(subscription)

    def change_to(self, subscription: requests.Subscription) -> None:
        """Take another subscription; a refresh has to follow."""
        self.subscription = subscription
        self._most_bytes = min(subscription.max_bytes, _PART_BYTES)
        self.throttle = Throttle(subscription.interval_ms / 1000, self._time_share)
        self._frames_told: list[Frame] = []
        self._frames: list[Frame] | None = None
        self._line_told: int | None = None
        self._is_elsewhere = False
        self.selection = Selection(subscription)

    def note(self, changed: Mapping[str, Origin | None]) -> None:
        """Note that names changed, and where."""
        pending, has_all, has_name = self.pending, self.selection.has_all, self.selection.has_name
        for name, origin in changed.items():
            if (has_all and name[:1] != "_") or has_name(name):
                pending[name] = origin

    def note_again(self, names: Iterable[str]) -> None:
        """Note that names are to be told as they are, without that being a change."""
        self.note(dict.fromkeys(names))

    def note_doubtful(self, names: Iterable[str]) -> None:
        """Take note that a later look will tell whether names have changed: nothing to tell yet."""

    def note_unevaluated(self, reasons: Mapping[str, str]) -> None:
        """Note what was touched and could not be compared, with the reason for each."""
        has_name = self.selection.has_name
        for name, reason in reasons.items():
            if has_name(name):
                self.unevaluated[name] = reason

    @property
    def has_news(self) -> bool:
        """Whether there is something that the client has not been told."""
        has_moved = self._frames is not None or self._is_elsewhere
        return bool(self.pending or self.unevaluated or self.must_refresh or has_moved)

    @property
    def is_eager(self) -> bool:
        """Whether the first change after quiet is to be told at once, and not by the next look."""
        return self.subscription.interval_ms < _LEISURELY_MS

    def begin_cell(self, now: float) -> None:
        """Begin a cell, whose first change counts as the first one after quiet.

        Who is not eager is told at the end of the cell, or when that takes longer: a recorder has
        one update for each short cell that way.
        """
        if self.is_eager:
            self.throttle.reset()
        else:
            self.throttle.reset(now + _LEISURELY_MS / 1000)

    def cell_began(self) -> None:
        """Take note that a cell begins: nothing is held, so that there is nothing to do."""

    def end_cell(self, cell: Cell) -> None:
        """End a cell: the next one starts afresh."""
        self.throttle.reset()

    @property
    def wants_frames(self) -> bool:
        """Whether the functions that run are to be told."""
        return self.subscription.frames != "none"

    def note_frames(self, stacks: list[list[Frame]]) -> None:
        """Note which functions run, by thread; what was told before is no news."""
        depth = None if self.subscription.frames == "all" else 1
        frames = [frame for stack in stacks for frame in stack[:depth]]
        size = 0
        for index, frame in enumerate(frames):
            size += _ENVELOPE_BYTES + sum(map(_size_of, frame.variables))
            if size > self.subscription.max_bytes // 2:
                frames = frames[:index]
                break
        self._frames = frames if frames != self._frames_told else None

    def note_line(self, line: int | None, now: float) -> None:
        """Note the line that the cell is at: news by itself, once nothing else was to be told."""
        is_other = line is not None and line != self._line_told
        self._is_elsewhere = is_other and now >= self.throttle.due_at + _QUIET_S

    def refresh(
        self,
        names: list[str],
        describe: Describe,
        mode: messages.Mode = "full",
        capabilities: Mapping[str, int] = ALL,
    ) -> None:
        """Send the whole state, in as many messages as its size asks for."""
        self.must_refresh = True  # until it is done: an interrupt can come at any line
        self.pending.clear()
        self.unevaluated.clear()
        self.known.clear()
        self._frames_told, self._frames = [], None
        self._line_told, self._is_elsewhere = None, False
        chosen, selection = [], self.selection
        for name in names:
            variable = describe(name) if selection.has_name(name) else None
            if variable is not None and selection.has_kind(variable):
                chosen.append(variable)
                self.known[name] = None
        start = 0
        for part in self._parts(chosen) or [[]]:
            self.seq += 1
            params = messages.RefreshParams(
                protocol=messages.PROTOCOL,
                epoch=self._epoch,
                seq=self.seq,
                variables=part,
                start=start,
                length=len(chosen),
                mode=mode,
                capabilities={} if start else dict(capabilities),
                process=None if start else this_process(),
            )
            self._send(messages.Refresh(params), None)
            start += len(part)
        self.must_refresh = False

    def flush(
        self,
        describe: Describe,
        cell: Cell | None,
        is_over_budget: Callable[[], bool] | None,
        digest: MakeDigest | None = None,
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
        digest : callable, optional
            Makes the digest that goes with a described variable, or returns None.

        Returns
        -------
        bool
            Whether there was anything: names that are IPython's own are pending, and not sent.
        """
        self.must_refresh = True  # if anything below raises, what was pending is lost
        draft = _Draft()
        seq = self.seq
        for name in list(self.pending):
            origin = self.pending.pop(name, None)
            variable = describe(name)
            draft = self._add(name, variable, origin, draft, cell)
            if digest is not None and variable is not None and variable is draft.last:
                draft.add_digest(digest(name, variable))
            if is_over_budget is not None and is_over_budget():
                break
        if not self.pending:
            self.pending.clear()  # it keeps the room for all that was in it
        draft.unevaluated = [Unevaluated(*item) for item in self.unevaluated.items()]
        self.unevaluated.clear()
        draft.frames, self._frames = self._frames, None
        if draft.frames is not None:
            self._frames_told = draft.frames
        if draft.has_news or self._is_elsewhere:
            self._send_update(draft, cell)
        self.must_refresh = False
        return self.seq != seq

    def _add(
        self,
        name: str,
        variable: Variable | None,
        origin: Origin | None,
        draft: _Draft,
        cell: Cell | None,
    ) -> _Draft:
        """Add what there is of a name to an update; where it gets too large, send it first.

        Nothing waits for the last name: described, variables take more than as a message.
        """
        kinds = self.subscription.kinds
        points = None
        if variable is not None and (kinds is None or variable.kind in kinds):
            size = _size_of(variable)
            if self.cursor is not None:
                points = self._news_of(name)
                size += _POINT_BYTES * len(points)
            if draft.size + size > self._most_bytes and draft.changed:
                self._send_update(draft, cell)
                draft = _Draft()
            draft.changed.append(variable)
            draft.size += size
            self.known[name] = None
        elif name in self.known:
            del self.known[name]
            draft.removed[sendable_text(name)] = origin
            points = self._news_of(name)
        elif variable is None and kinds is None:
            points = self._news_of(name)  # it came and went between two messages
        if points:
            draft.points[sendable_text(name)] = points
        return draft

    def _news_of(self, name: str) -> list[Point]:
        if self.cursor is None:
            return []
        return self.cursor.news(name, self.subscription.max_bytes // _POINT_BYTES)

    def _send_update(self, draft: _Draft, cell: Cell | None) -> None:
        self.seq += 1
        self._line_told, self._is_elsewhere = cell.line if cell is not None else None, False
        gone = draft.removed
        params = messages.UpdateParams(
            epoch=self._epoch,
            seq=self.seq,
            changed=draft.changed,
            removed=list(gone),
            unevaluated=draft.unevaluated,
            cell=cell,
            origins={name: origin for name, origin in gone.items() if origin is not None},
            points=draft.points,
            frames=draft.frames,
            digests=draft.digests,
        )
        self._send(messages.Update(params), cell)

    def tell(
        self,
        name: str,
        message: str,
        cell: Cell | None,
        kind: Literal["set-aside", "sharing"] = "set-aside",
    ) -> None:
        """Send the event that a variable was set aside, or what became of its being shared."""
        if name in self.known or self.selection.has_name(name):
            self.seq += 1
            params = messages.EventParams(
                epoch=self._epoch,
                seq=self.seq,
                kind=kind,
                name=sendable_text(name),
                message=sendable_text(message),
            )
            self._send(messages.Event(params), cell)

    def tell_rule(self, fired: FiredRule, cell: Cell | None) -> None:
        """Send the event that a rule fired, whoever added it."""
        self.seq += 1
        more = f" ({fired.times} times since the last message)" if fired.times > 1 else ""
        params = messages.EventParams(
            epoch=self._epoch,
            seq=self.seq,
            kind="rule",
            name=sendable_text(fired.name),
            message=sendable_text(fired.message) + more,
            rule=fired.rule,
            origin=fired.origin,
            times=fired.times,
        )
        self._send(messages.Event(params), cell)

    def _parts(self, variables: list[Variable]) -> list[list[Variable]]:
        """Divide variables so that no message gets much larger than the client asked for."""
        parts: list[list[Variable]] = []
        size = self._most_bytes
        for variable in variables:
            needs = _size_of(variable)
            if size + needs > self._most_bytes:
                parts.append([])
                size = 0
            parts[-1].append(variable)
            size += needs
        return parts


def _size_of(variable: Variable) -> int:
    """Estimate what a variable takes in a message."""
    return _ENVELOPE_BYTES + 2 * len(variable.name) + len(variable.preview)
