"""Who is told what changed, and when it goes out.

The watcher says which names changed. Here that is noted for every `Subscriber`, described once
for all who want it in the same form, and sent to those for whom it is time. What one of them runs
into reaches neither the others nor the user.

Nothing in here looks for changes, and nothing waits: the watcher holds its lock around all of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from livens.protocol import messages, requests
from livens.protocol.types import Cell, Origin, Variable
from livens.rules.rulebook import FiredRule
from livens.values.summaries import Limits
from livens.watching.budgets import Budgets
from livens.watching.cells import Cells
from livens.watching.frames import MAX_FRAMES, Frames, awaited
from livens.watching.history import HistoryCursor, PointHistory
from livens.watching.subscriber import MakeDigest, Send, Subscriber
from livens.watching.view import View

logger = logging.getLogger(__name__)

_Descriptions = dict[tuple[str, int], Variable | None]
"""What was described for one round of messages, by name and depth."""


class Publisher:
    """Send any number of subscribers what is new.

    Parameters
    ----------
    budgets : Budgets
        What it may cost.
    view, history, frames : View, PointHistory, Frames
        What there is to tell.
    clock, cpu_clock, wall_clock : callable
        Seconds: of a steady clock, of this thread's work, and since the epoch.
    epoch : str
        Names this process.
    mode : {"full", "lite"}
        What clients are told of how stores are seen.
    capabilities : mapping
        What clients are told that this kernel can do.
    cells : Cells
        What is running.
    """

    def __init__(
        self,
        budgets: Budgets,
        view: View,
        history: PointHistory,
        frames: Frames,
        *,
        clock: Callable[[], float],
        cpu_clock: Callable[[], float],
        wall_clock: Callable[[], float],
        epoch: str,
        mode: messages.Mode,
        capabilities: Mapping[str, int],
        cells: Cells,
    ) -> None:
        self.epoch = epoch
        self.mode: messages.Mode = mode
        self.capabilities = capabilities
        self.subscribers: list[Subscriber] = []
        self.is_telling = False
        self._budgets = budgets
        self._clock, self._cpu_clock, self._wall_clock = clock, cpu_clock, wall_clock
        self._cells = cells
        self._view, self._history, self._frames = view, history, frames
        self._frames_due_at = 0.0

    # -- who ---------------------------------------------------------------------------------

    def new_subscriber(self, subscription: requests.Subscription, send: Send) -> Subscriber:
        """Make a subscriber, who hears nothing before `add`."""
        return Subscriber(subscription, self.epoch, send, self._budgets.time_share * 5)

    def add(self, subscriber: Subscriber) -> None:
        """Add a subscriber, and send it the whole state."""
        self.subscribers.append(subscriber)
        self._keep_history()
        self.refresh(subscriber)

    def change(self, subscriber: Subscriber, subscription: requests.Subscription) -> None:
        """Give a subscriber another subscription, and send it the whole state anew."""
        subscriber.change_to(subscription)
        self._keep_history()
        self.refresh(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        """Take a subscriber away; what was kept of the past stays if it was the last one."""
        self.subscribers.remove(subscriber)
        if self.subscribers:
            self._keep_history()

    def _keep_history(self) -> None:
        """Keep as many points as any subscriber asks for, and some as soon as anybody watches."""
        asked = [subscriber.subscription.history for subscriber in self.subscribers]
        self._history.keep(max(self._budgets.history_points, *asked) if asked else 0)

    # -- what is noted -------------------------------------------------------------------------

    def note(self, changed: Mapping[str, Origin | None], differences: Mapping[str, str]) -> None:
        """Note when, where and how names changed, and put them on every subscriber's list."""
        if not changed:
            return
        self._view.note_changes(changed, round(self._wall_clock(), 3), differences)
        for subscriber in list(self.subscribers):
            subscriber.note(changed)

    def note_again(self, names: Sequence[str], unevaluated: Mapping[str, str]) -> None:
        """Put names on every list as they are, and what could not be compared, with reasons."""
        if names or unevaluated:
            for subscriber in list(self.subscribers):
                subscriber.note_again(names)
                subscriber.note_unevaluated(unevaluated)

    def note_doubtful(self, names: Sequence[str]) -> None:
        """Have everybody hear what the ending cell may have changed; a later look will tell."""
        if names:
            for subscriber in list(self.subscribers):
                subscriber.note_doubtful(names)

    def refresh_later(self) -> None:
        """Have everybody sent the whole state: an interrupt cut off what was being told."""
        for subscriber in list(self.subscribers):
            subscriber.must_refresh = True

    def look_at_frames(self, now: float) -> None:
        """Find out which functions run, and where the cell is, for those who want to know."""
        cells = list(self._cells.active)
        if not (cells or self._frames.looks_always) or now < self._frames_due_at:
            return
        wanting = [s for s in self.subscribers if s.wants_frames and s.throttle.is_due(now)]
        if not wanting:
            return
        wants_all = any(s.subscription.frames == "all" for s in wanting)
        started = self._cpu_clock()
        stop_at = started + self._budgets.flush_ms / 1000
        stacks = self._frames.running(
            self._view.namespace,
            depth=MAX_FRAMES if wants_all else 1,
            waiting=[frame for cell in cells for frame in awaited(cell.coroutine)],
            is_over_budget=lambda: self._cpu_clock() > stop_at,
        )
        cell = self._current_cell()
        for subscriber in wanting:
            subscriber.note_frames(stacks)
            subscriber.note_line(cell.line if cell is not None else None, now)
        cost_s = self._cpu_clock() - started
        self._frames_due_at = now + cost_s / self._budgets.time_share

    # -- what is described ---------------------------------------------------------------------

    def describe(self, name: str, limits: Limits | None = None) -> Variable | None:
        """Describe what a name holds now, as `View.describe`; its history hears of it."""
        variable = self._view.describe(name, limits)
        if variable is not None and self._history.waits_for(name):
            self._history.read(name, variable)
        return variable

    def _limits(self, subscriber: Subscriber) -> Limits:
        budgets = self._budgets
        depth = subscriber.subscription.depth
        return Limits(budgets.preview_chars, budgets.preview_items, depth)

    # -- what goes out -------------------------------------------------------------------------

    @property
    def is_eager(self) -> bool:
        """Whether anybody is to be told the first change after quiet at once."""
        return any(subscriber.is_eager for subscriber in list(self.subscribers))

    def tell_due(self, now: float, *, eager_only: bool = False) -> None:
        """Send what is new to those for whom it is time, as much as the budget allows."""
        self.is_telling = True
        try:
            due = [
                s
                for s in self.subscribers
                if s.has_news and s.throttle.is_due(now) and (s.is_eager or not eager_only)
            ]
            if due:
                self._tell(due, self._current_cell(), is_end=False)
        finally:
            self.is_telling = False

    def tell_all(self, cell: Cell | None = None) -> None:
        """Send everybody all that is new: the doing of *cell*, or of the one that runs."""
        self._tell(list(self.subscribers), cell or self._current_cell(), is_end=True)

    def end_cell(self, cell: Cell) -> None:
        """Send everybody all that is new of a cell that has ended; the next starts afresh."""
        is_last = len(self._cells.active) == 1
        for subscriber in self.subscribers if is_last else ():
            subscriber.note_frames([])
            subscriber.note_line(None, self._clock())
        self.tell_all(cell)
        for subscriber in list(self.subscribers):
            subscriber.end_cell(cell)

    def cell_began(self) -> None:
        """Have everybody hear that a cell begins; without the watcher's lock."""
        for subscriber in list(self.subscribers):
            subscriber.cell_began()

    def begin_cell(self, now: float) -> None:
        """Begin a cell: its first change is told at once to those who are eager."""
        for subscriber in list(self.subscribers):
            subscriber.begin_cell(now)

    def _current_cell(self) -> Cell | None:
        running = self._cells.current()
        return running.cell(is_running=True) if running is not None else None

    def tell_rule(self, fired: FiredRule) -> None:
        """Send everybody the event that a rule fired."""
        for subscriber in list(self.subscribers):
            subscriber.tell_rule(fired, self._current_cell())

    def tell_sharing(self, name: str, message: str) -> None:
        """Send those who asked for it the event that something happened to a shared name."""
        for subscriber in list(self.subscribers):
            if subscriber.subscription.sharing:
                subscriber.tell(name, message, self._current_cell(), "sharing")

    def tell_set_aside(self, name: str, reason: str) -> None:
        """Send everybody the event that a variable was set aside, and why."""
        logger.warning("Variable %r is set aside: %s", name, reason)
        for subscriber in list(self.subscribers):
            try:
                subscriber.tell(name, reason, self._current_cell())
            except Exception:
                # A border: one subscriber's trouble must not reach the others, nor the user.
                logger.exception("livens could not tell a subscriber")

    def refresh(self, subscriber: Subscriber) -> None:
        """Send a subscriber the whole state anew."""
        limit = subscriber.subscription.history
        subscriber.cursor = HistoryCursor(self._history, limit) if limit else None
        limits = self._limits(subscriber)
        names = self._view.variable_names()
        subscriber.refresh(
            names, lambda name: self.describe(name, limits), self.mode, self.capabilities
        )

    def _tell(self, subscribers: list[Subscriber], cell: Cell | None, *, is_end: bool) -> None:
        descriptions: _Descriptions = {}
        for subscriber in subscribers:
            try:
                if subscriber.must_refresh:
                    self.refresh(subscriber)
                elif subscriber.has_news:
                    self._update(subscriber, cell, descriptions, is_end)
            except Exception:
                # A border: one subscriber's trouble must not reach the others, nor the user.
                logger.exception("livens could not tell a subscriber")

    def _update(
        self,
        subscriber: Subscriber,
        cell: Cell | None,
        descriptions: _Descriptions,
        is_end: bool,
    ) -> None:
        """Send a subscriber what is new, by descriptions that others may have needed before."""
        limits = self._limits(subscriber)
        started = self._cpu_clock()
        stop_at = started + self._budgets.flush_ms / 1000

        def describe(name: str) -> Variable | None:
            if len(self.subscribers) == 1:
                return self.describe(name, limits)
            key = name, limits.depth
            if key not in descriptions:
                descriptions[key] = self.describe(name, limits)
            return descriptions[key]

        is_sent = True
        try:
            is_sent = subscriber.flush(
                describe,
                cell,
                None if is_end else lambda: self._cpu_clock() > stop_at,
                self._digest_for(subscriber, cell) if is_end else None,
            )
        finally:
            cost_s = self._cpu_clock() - started
            if is_sent:
                subscriber.throttle.sent(self._clock(), cost_s)
            else:
                subscriber.throttle.spent(self._clock(), cost_s)

    def _digest_for(self, subscriber: Subscriber, cell: Cell | None) -> MakeDigest | None:
        """Return what makes the digests that go with the last update of a cell."""
        if not subscriber.subscription.digests or cell is None or cell.running:
            return None
        from livens.watching.digesting import SmallDigests

        return SmallDigests(self._view, self._cpu_clock).of
