"""The watcher: from "this name was stored" to "this subscriber is told", and nothing in between.

::

    MonitoredDict ──mark──▶ ┌─────────┐ ──note──▶ Publisher ──Update──▶ send
    Poller ──────look────▶ │ Watcher │
                            └─────────┘ ──check─▶ RuleEffects ──stop, call, tell

Here it is brought together what was stored and what the `Poller` found, in which cell that was, and
what becomes of it: the `Publisher` is told, rules are checked and obeyed (`RuleEffects`), and the
history gets its points.

Who runs what: `mark` is called by the thread that stores, and only puts a name into a dict. `tick`
is called by whoever drives the watcher (in a kernel a thread, `livens.watching.driver`), as often
as it asks for. `end_cell` and the requests of clients come from the threads of the kernel. All but
`mark` hold one lock, and every piece of work under it is bounded by a `Budgets`.

Nothing is held: no value, no frame. Nothing runs before the first subscriber. After the last one
no thread does, and the namespace is not listened to; only which cell changed what is noted at the
end of each cell (`livens.watching.unwatched`), for whoever comes next. The watcher starts no thread
and takes its clocks as arguments; where there are no threads, call `tick` when it suits.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from livens.protocol import messages, requests
from livens.protocol.capabilities import ALL
from livens.protocol.redaction import Redactor
from livens.protocol.types import Origin, Variable
from livens.rules.rulebook import FiredRule, RuleBook
from livens.values import clocks, libraries
from livens.values.gauges import MISSING
from livens.values.passive import name_of
from livens.values.summaries import Limits
from livens.watching.budgets import Budgets
from livens.watching.cells import Cells
from livens.watching.driver import Driver
from livens.watching.frames import Frames
from livens.watching.history import PointHistory
from livens.watching.namespace import MonitoredDict
from livens.watching.poller import Poller
from livens.watching.publisher import Publisher
from livens.watching.rule_effects import RuleEffects
from livens.watching.running import Running, Visitor
from livens.watching.snapshot import GONE
from livens.watching.subscriber import Send, Subscriber
from livens.watching.view import View

if TYPE_CHECKING:
    from livens.watching.listening import Listener

logger = logging.getLogger(__name__)

_Mark = tuple[int | None, Running | Visitor | None, int]
"""Of a store that is to be told: the line, who made it, and the id of what the name holds since."""

_UNSEEN = -1
"""The id of no object: the next look finds the name changed."""

_STEP_PATIENCE_S = 0.001
"""So long a cell that starts waits for a look that is being taken."""


class Watcher:
    """Watch one namespace for any number of subscribers.

    Parameters
    ----------
    budgets : Budgets
        What it may cost.
    redactor : Redactor
        Whose values are not shown.
    clock, cpu_clock, wall_clock : callable
        Seconds: of a steady clock, of this thread's work, and since the epoch.
    epoch : str, optional
        Names this process; made up by default.
    mode : {"full", "lite"}
        What clients are told: ``lite`` where no store is seen (`livens.kernel.lite`).
    capabilities : mapping
        What clients may ask for here (`livens.protocol.capabilities`).
    cells : Cells, optional
        The cells that run where the namespace is; some may have begun.
    driver : Driver, optional
        Who calls `tick`, from the first subscriber to the last; by default nobody does.

    Attributes
    ----------
    namespace : MonitoredDict
        What is watched.
    view, history, frames
        What can be told of it now, of its past, and of the functions that run.
    rules
        What is done when a name changes.
    last_cell : str
        The id of the request of the cell that ended last; empty before the first.

    Examples
    --------
    >>> watcher = Watcher()
    >>> namespace = MonitoredDict({})
    >>> watcher.attach(namespace)
    >>> told = []
    >>> subscriber = watcher.subscribe(requests.Subscription(), lambda m, cell: told.append(m))
    >>> namespace["x"] = 1
    >>> _ = watcher.tick()
    >>> told[-1].params.changed[0].preview
    '1'
    """

    def __init__(
        self,
        budgets: Budgets = Budgets(),  # noqa: B008 - a tuple, nothing can change it
        redactor: Redactor | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        cpu_clock: Callable[[], float] = clocks.thread_time,
        wall_clock: Callable[[], float] = time.time,
        epoch: str | None = None,
        mode: messages.Mode = "full",
        capabilities: Mapping[str, int] = ALL,
        cells: Cells | None = None,
        driver: Driver | None = None,
    ) -> None:
        self.budgets, self.capabilities = budgets, capabilities
        self.last_cell = ""
        self.epoch = epoch or uuid.uuid4().hex[:12]
        self._driver = driver or Driver()
        self._is_prepared = False
        self.keeps_origins = False
        """Whether it is noted which cell changes what, although nobody watches any more."""
        self._clock, self._cpu_clock, self._wall_clock = clock, cpu_clock, wall_clock
        self._lock = threading.RLock()
        self.cells = cells or Cells()
        self._running, self._running_here = self.cells.active, self.cells.here
        self._marks: dict[str, _Mark] = {}
        self._left_to_probes: set[str] = set()
        self._visitor: Visitor | None = None
        self._wakes = False
        self._next_at = float("inf")  # when the driver comes next
        self.namespace = MonitoredDict({})
        self._poller = Poller({}, budgets, cpu_clock)
        self.view = View(redactor or Redactor(), budgets, cpu_clock, self._tell_set_aside)
        self.history = PointHistory(budgets.history_total, wall_clock, self._has_no_history)
        self.frames = Frames(self.view.describe_local, self.cells.files)
        self.rules = RuleBook(self.view.facts, self.view.inside, wall_clock)
        self._rule_effects = RuleEffects(self.rules, self.cells, clock)
        self._publisher = Publisher(
            budgets,
            self.view,
            self.history,
            self.frames,
            clock=clock,
            cpu_clock=cpu_clock,
            wall_clock=wall_clock,
            epoch=self.epoch,
            mode=mode,
            capabilities=capabilities,
            cells=self.cells,
        )
        self.cells.listener = self
        self.cells.interrupts.has_checks = self._driver.is_on_users_thread
        self._driver.drive(self)

    # -- the namespace ---------------------------------------------------------------------

    def attach(self, namespace: MonitoredDict, hidden: Mapping[str, Any] | None = None) -> None:
        """Watch another namespace from now on; subscribers are told by a refresh.

        Parameters
        ----------
        namespace : MonitoredDict
            The user's variables.
        hidden : mapping, optional
            Names with values that are not the user's (IPython's ``user_ns_hidden``).
        """
        with self._lock:
            self.namespace.on_change = None
            self.namespace = namespace
            self.view.show(namespace.target, hidden or {})
            self.history.forget()
            self._poller = Poller(
                namespace.target, self.budgets, self._cpu_clock, hidden, self.view.set_aside
            )
            if self.is_watched:
                self._listen()
                for subscriber in list(self._publisher.subscribers):
                    self._publisher.refresh(subscriber)
            elif self.keeps_origins:
                self._poller.remember_all()

    def _listen(self) -> dict[str, str]:
        """Begin to watch; return what may have changed before, unseen, with the reasons."""
        self.namespace.on_change = self.mark
        if not self.keeps_origins:
            self._poller.remember_all()
            return {}
        self.keeps_origins = False
        self.namespace.absorb()
        changed, doubts = self._poller.watch_again(self.cells.current())
        self._note_unwatched(changed)
        return doubts

    def _note_unwatched(self, changed: Mapping[str, Origin | None]) -> None:
        """Note what was found after the fact: when it was is known only of what a cell did."""
        differences = self._poller.take_differences(changed)
        now = round(self._wall_clock(), 3)
        by_cells = {name: origin for name, origin in changed.items() if origin is not None}
        self.view.note_changes(by_cells, now, differences)
        others = dict.fromkeys(name for name in changed if name not in by_cells)
        self.view.note_changes(others, None, differences)

    def mark(self, name: Any) -> None:
        """Note that a name was stored or deleted; called by the `MonitoredDict`."""
        if type(name) is not str:
            name = name_of(name)
            if name is None:
                return
        line = running = None
        if self._running:
            frame = sys._getframe(2)
            running = self._running_here()
            if running is not None and frame.f_code.co_filename == running.filename:
                line = frame.f_lineno
        self._note_store(name, self.namespace.target.get(name, MISSING), line, running)

    def just_stored(self, lines: Mapping[str, int | None], is_new: bool = False) -> None:
        """Look at names that this thread has just stored, past the `MonitoredDict`, at these lines.

        A name that holds the object that it held is no change, as in `MonitoredDict`, unless it
        was not bound in between (*is_new*). That is told by the ids of what was last marked, else
        of what was last compared: the thread that stores a name again has the new object before it
        lets go of the old one, so that the two have different ids.
        """
        running, ruled = self._running_here(), self.rules.names
        for name, line in lines.items():
            if name in ruled:
                # The driver may be about to find the very same store: each counts once.
                with self._lock:
                    self._note_if_new(name, line, running, is_new)
            else:
                self._note_if_new(name, line, running, is_new)

    def _note_if_new(
        self, name: str, line: int | None, running: Running | None, is_new: bool
    ) -> None:
        value = self.namespace.target.get(name, MISSING)
        mark = self._marks.get(name)
        known = self._poller.known_id(name) if mark is None else mark[2]
        if is_new or known != (GONE if value is MISSING else id(value)):
            self._note_store(name, value, line, running)

    def _note_store(
        self, name: str, value: Any, line: int | None, running: Running | Visitor | None
    ) -> None:
        try:
            number = GONE if value is MISSING else id(value)
            self._marks[name] = (line, running or self._visitor, number)
            count = running.execution_count if running is not None else None
            self.history.take(name, value, count)
            # IPython stores `_i`, `_ii` … before each cell: those are no news.
            if self._wakes and not name.startswith("_"):
                self._lead()
            if self.rules.names and name in self.rules.names:
                self._obey_store(name, line, running)
        except Exception:
            # A border: whatever fails in here must not reach the user's statement.
            logger.exception("livens could not note that %r was stored", name)

    def _lead(self) -> None:
        """Send the first change after quiet at once, on the thread that made it.

        A driver in another thread would first have to wait for the GIL: for 5 ms if the user's
        code computes, more than once.
        """
        self._wakes = False
        if not self._publisher.is_eager:
            if not self._running:
                self._driver.wake()
            return  # while a cell runs the driver looks all the time
        if not self._lock.acquire(blocking=False):
            return  # somebody is looking already, and will look at this mark too
        try:
            if not self._publisher.is_telling:
                changed = self._take_marks()
                if self._running:
                    self._poller.told(changed)
                self._note(changed)
                self._publisher.tell_due(self._clock(), eager_only=True)
                self._driver.told_first()
        except Exception:
            # A border: whatever fails in here must not reach the user's statement.
            logger.exception("livens could not tell a change")
        except BaseException:
            self._publisher.refresh_later()  # an interrupt, which is the user's
            raise
        finally:
            self._lock.release()
        if not self._running:
            self._driver.wake()

    # -- rules -----------------------------------------------------------------------------

    def _obey_store(self, name: str, line: int | None, running: Running | Visitor | None) -> None:
        """Check the rules of a name that was just stored; a stop is raised right here.

        Not where code of ours or IPython's stores in between: `line` is known for the cell's own
        statements only, and a `KeyboardInterrupt` in the middle of others could break them.
        """
        maker = running or self._visitor
        fired = self._rule_effects.fired_by({name: maker.origin(line) if maker else None})
        reason = self._obey(fired, running if line and isinstance(running, Running) else None)
        if reason:
            raise KeyboardInterrupt(reason)

    def _obey(self, fired: list[FiredRule], here: Running | None = None) -> str:
        """See to it that what fired has its effect, or say why *here* is to stop itself."""
        if not fired:
            return ""
        self._driver.wake()
        return self._rule_effects.stop(fired, here)

    @property
    def ruled_names(self) -> Set[str]:
        """The names that rules look at: every store of them counts."""
        return self.rules.names

    def _tell_fired(self, *, is_end: bool = False) -> None:
        for fired in self._rule_effects.take(self._clock(), is_end=is_end):
            self._publisher.tell_rule(fired)

    def run_calls(self) -> None:
        """Work out rules about data, and call functions of rules: by the driver, without a lock."""
        self._obey(self._rule_effects.work_out())
        self._rule_effects.run_calls()

    # -- cells -----------------------------------------------------------------------------

    def cell_starts(self) -> None:
        """Make ready for a cell that is about to run."""
        if self.rules.names:
            # What became true before the cell is not to stop it.
            self.stored(dict.fromkeys(self.rules.names), None)
            self._obey(self._rule_effects.work_out(is_end=True))

    def cell_started(self) -> None:
        """Begin a cell, which counts as running from now on."""
        if self.is_watched:
            try:
                self._publisher.cell_began()
                self._begin_cell()
            except Exception:
                # A border: whatever fails in here must not reach the user's cell.
                logger.exception("livens could not make ready for a cell")

    def _begin_cell(self) -> None:
        self._poller.begin_cell()
        is_soon = False
        # A step at a large value that is being made has it for a moment: it ends first.
        if self._lock.acquire(timeout=_STEP_PATIENCE_S):
            try:
                # The driver may not come to it before the first statement stores.
                now = self._clock()
                self._publisher.begin_cell(now)
                self._wakes = True
                is_soon = self._next_at <= now + self.budgets.poll_ms / 1000
            finally:
                self._lock.release()
        running = self._running_here()
        if running is not None and self._poller.must_take_baselines:
            running.is_early = True
            self.statement_starts(running)  # where the code of a cell is known from the start
        if not is_soon:
            self._driver.wake()  # from now on the driver is asked for every `poll_ms`

    def statement_starts(self, cell: Running) -> None:
        """Look at what the next statement of a cell may change."""
        patience_s = max(_STEP_PATIENCE_S, self.budgets.baseline_ms / 1000)
        if not self._lock.acquire(timeout=patience_s):
            cell.is_early = False  # from now on it is too late
            return
        try:
            self._poller.take_baselines(cell)
        except Exception:
            # A border: whatever fails in here must not reach the user's cell.
            logger.exception("livens could not look at what a cell may change")
        finally:
            self._lock.release()

    def stored(self, lines: Mapping[str, int | None], cell: Running | None) -> None:
        """Look closely at names that a cell has stored at these lines, maybe many times."""
        try:
            with self._lock:
                found = self._find_stored(lines, cell)
                self._sample(found)
                fired = self._rule_effects.fired_by(found)
            self._obey(fired)
            if self._marks:
                self._wake()
        except Exception:
            # A border: whatever fails in here must not reach the user's cell.
            logger.exception("livens could not look at what a statement stored")
        except BaseException:
            self._publisher.refresh_later()  # an interrupt, which is the user's
            raise

    def _find_stored(
        self, lines: Mapping[str, int | None], cell: Running | None
    ) -> dict[str, Origin | None]:
        found = {}
        for name in self._poller.compare(lines):  # and other names of the same objects
            number = self._poller.known_id(name)
            if name in self._marks and self._marks[name][2] == number:
                continue  # a probe has told of it
            line = lines.get(name)
            self._marks[name] = (line, cell, number)
            found[name] = cell.origin(line) if cell else None
        return found

    def may_have_stored_any(self) -> None:
        """Have every name compared by the next look: a magic, say, may have stored any."""
        self._poller.compare_all_soon()
        self._wake()

    def _wake(self) -> None:
        if self._wakes:
            self._wakes = False
            self._driver.wake()

    def cell_ends(self, cell: Running) -> None:
        """End a cell, which has run: everything pending goes out."""
        self.last_cell = cell.msg_id
        try:
            if self.is_watched:
                with self._lock:
                    changed = self._look(self._clock(), is_end=True)
                    self._note(changed)
                    self._settle(cell, changed)
                    if self.rules.is_due:
                        self._obey(self._rule_effects.work_out(is_end=True))
                    self._tell_fired(is_end=True)
                    self._publisher.end_cell(cell.cell(is_running=False))
                    self.history.tidy()
            elif self.keeps_origins:
                with self._lock:
                    self.namespace.absorb()
                    changed = self._poller.look_unwatched(cell)
                    self._note_unwatched(changed)
                    self._sample(changed)
        except KeyboardInterrupt:
            # It came too late for the cell, which is over; raised from here it would take the
            # cell's reply with it.
            self._publisher.refresh_later()
        except Exception:
            # A border: whatever fails in here must not reach the user's cell.
            logger.exception("livens could not tell what the cell changed")

    def _settle(self, cell: Running, changed: Mapping[str, Any]) -> None:
        """Look at what is large and mentioned by the cell; say what could not be compared."""
        found, unevaluated = self._poller.settle(self._clock(), cell, changed)
        self._note(found)
        self._obey(self._rule_effects.fired_by(found))
        self._sample(found)
        if self.rules.names:
            self.rules.look_again(unevaluated)
        self._publisher.note_again(self._poller.take_again(), unevaluated)
        self._publisher.note_doubtful(self._poller.take_doubtful())

    @property
    def is_busy(self) -> bool:
        """Whether a cell is running."""
        return bool(self._running)

    @property
    def is_at_work_here(self) -> bool:
        """Whether this thread is in the middle of work that nothing else may be done beside."""
        return bool(self._lock._is_owned())  # type: ignore[attr-defined]

    @property
    def is_owing(self) -> bool:
        """Whether not all is compared yet that the last cell may have changed."""
        return self._poller.is_owing

    @property
    def is_settled(self) -> bool:
        """Whether of every large value it is known what it holds."""
        with self._lock:
            return self._poller.is_settled

    # -- subscribers -----------------------------------------------------------------------

    @property
    def is_watched(self) -> bool:
        """Whether there is any subscriber."""
        return bool(self._publisher.subscribers)

    def subscribe(self, subscription: requests.Subscription, send: Send) -> Subscriber:
        """Add a subscriber, and send it the whole state.

        Parameters
        ----------
        subscription : requests.Subscription
            What it wants to be told.
        send : callable
            Gets each message and the cell it belongs to, from any thread; must not block.

        Returns
        -------
        Subscriber
            To hand to `unsubscribe`.
        """
        return self._add(self._publisher.new_subscriber(subscription, send))

    def listen(self, listener: Listener) -> Subscriber:
        """Add a listener, who is told which names change.

        Returns
        -------
        Subscriber
            To hand to `unsubscribe`.
        """
        from livens.watching.listening import ChangeListener  # most kernels have none

        return self._add(ChangeListener(listener))

    def _add(self, subscriber: Subscriber) -> Subscriber:
        self.prepare()
        with self._lock:
            is_first = not self.is_watched
            doubts = self._listen() if is_first else {}
            self._publisher.add(subscriber)
            self._publisher.note_again((), doubts)
        if is_first:
            self._driver.start()
        return subscriber

    def prepare(self) -> None:
        """Make ready to describe values: a kernel that nobody watches loads less."""
        with self._lock:
            if not self._is_prepared:
                self._is_prepared = True
                libraries.load()

    def resubscribe(self, subscriber: Subscriber, subscription: requests.Subscription) -> None:
        """Give a subscriber another subscription, and send it the whole state anew."""
        with self._lock:
            self._publisher.change(subscriber, subscription)

    def refresh(self, subscriber: Subscriber) -> None:
        """Send a subscriber the whole state anew."""
        with self._lock:
            self._publisher.refresh(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Take a subscriber away; after the last one nothing is watched.

        It is still noted at the end of each cell what the cell changed, for whoever comes next.
        """
        with self._lock:
            if subscriber not in self._publisher.subscribers:
                return
            if len(self._publisher.subscribers) == 1:
                self._note(self._look(self._clock(), is_end=True))
            self._publisher.remove(subscriber)
            is_last = not self.is_watched
            if is_last:
                self._stop_listening()
                self._poller.stop_watching()
                self.keeps_origins = True
        if is_last:
            self._driver.stop()

    def _stop_listening(self) -> None:
        self.namespace.on_change = None
        self._wakes = False
        self._marks.clear()

    def abandon(self) -> None:
        """Forget everybody without telling: for the child process after a fork."""
        self._lock = threading.RLock()
        self._publisher.subscribers.clear()
        self.rules.clear()
        self._stop_listening()
        self.keeps_origins = False
        self.view.forget()
        self._poller.forget()

    # -- driving ---------------------------------------------------------------------------

    def tick(self) -> float:
        """Look for changes and tell the subscribers for whom it is time.

        Returns
        -------
        float
            When to call again, on the same clock; `Driver.wake` may ask for it earlier.
        """
        with self._lock:
            self._next_at = float("inf")  # nobody knows, should anything below fail
            try:
                self._tell_news(self._clock())
            except KeyboardInterrupt:
                self._publisher.refresh_later()  # the user's, where a look is taken on their thread
                raise
            self._next_at = self._next_tick(self._clock())
            return self._next_at

    def _tell_news(self, now: float) -> None:
        self._publisher.look_at_frames(now)
        self._note(self._look(now))
        self._publisher.tell_due(now)
        self._tell_fired()
        self.history.tidy()

    @contextmanager
    def changed_from(self, client: str) -> Iterator[None]:
        """Note that a client makes the stores inside, and send them in one update at the end.

        Nothing is looked at meanwhile, so keep it to the stores themselves.
        """
        with self._lock:
            self._wakes = False
            self._visitor = Visitor(client)
            try:
                yield
            finally:
                self._visitor = None
            self.flush()

    def tell_changed_inside(self, name: str, client: str) -> None:
        """Tell that a client has changed what a name holds in place, at once."""
        with self._lock:
            self._wakes = False
            value = self.namespace.target.get(name, MISSING)
            if value is not MISSING:
                self._note_store(name, value, None, Visitor(client))
            self.flush()

    def bind(self, values: Mapping[str, Any], gone: list[str], visitor: Visitor) -> None:
        """Bind and delete names as the doing of somebody else, from any thread, and tell it.

        It is told at once, also where the object is the one that was there, and changed.
        """
        target = self.namespace.target
        old = []  # what its going runs is not to run inside
        with self._lock:
            self._wakes = False
            for name, value in values.items():
                old.append(target.get(name))
                target[name] = value
                self._note_store(name, value, None, visitor)
            for name in gone:
                old.append(target.pop(name, None))
                self._note_store(name, MISSING, None, visitor)
            self.flush()
        old.clear()

    def tell_sharing(self, name: str, message: str) -> None:
        """Send those who asked for it the event that something happened to a shared name."""
        with self._lock:
            self._publisher.tell_sharing(name, message)

    def flush(self) -> None:
        """Look for changes and tell every subscriber now."""
        self.prepare()
        if not self.is_watched:
            return
        with self._lock:
            self._note(self._look(self._clock(), is_end=True))
            self._tell_fired(is_end=True)
            self._publisher.tell_all()

    def _next_tick(self, now: float) -> float:
        times = [self._poller.due_at(now, is_running=self.is_busy), self.rules.due_at()]
        times.append(self._rule_effects.due_at())
        quiet_from = float("inf")
        for subscriber in self._publisher.subscribers:
            if subscriber.has_news:
                times.append(subscriber.throttle.due_at)
            else:
                quiet_from = min(quiet_from, subscriber.throttle.due_at)
        self._wakes = quiet_from <= now
        if self._wakes and self._marks:
            return now  # stored between the look and now
        if not self._wakes:
            times.append(quiet_from)
        return max(now, min(times))

    # -- what changed ------------------------------------------------------------------------

    def _take_marks(self) -> dict[str, Origin | None]:
        """Take the names that were stored since the last look."""
        changed: dict[str, Origin | None] = {}
        for name in list(self._marks):
            line, running, number = self._marks.pop(name)
            self._left_to_probes.discard(name)
            changed[name] = running.origin(line) if running else None
            self._poller.remember(name, number)
        return changed

    def _look(self, now: float, is_end: bool = False) -> dict[str, Origin | None]:
        """Take what was stored, and look for the rest; say where each change was made."""
        self.namespace.absorb()
        changed = self._take_marks()
        running = self.cells.current()
        beside = [cell for cell in list(self._running) if cell is not running]
        found = self._poller.look(now, running, changed, self.rules.names, beside, is_end=is_end)
        if running is not None and not is_end:
            self._leave_to_probes(found, running)
        # What is stored right now has its point, from the thread that stores.
        self._sample({name: origin for name, origin in found.items() if name not in self._marks})
        fired = self._rule_effects.fired_by(found)
        if running is None and not is_end:
            idly = self._poller.look_idle(now, lambda: bool(self._running or self._marks))
            self._sample(idly)
            fired += self._rule_effects.fired_by(idly)
            changed = {**idly, **changed}
        self._publisher.note_again(self._poller.take_again(), {})
        self._obey(fired)
        return changed | found

    def _leave_to_probes(self, found: dict[str, Origin | None], running: Running) -> None:
        """Leave names with a rule to the statement that is storing them, until the next look.

        It is to be stopped at its own store rather than by a signal. What a function stores
        under such a name has no probe, and is taken by the second look.
        """
        for name in self.rules.names.intersection(found):
            if name in self._left_to_probes:
                self._left_to_probes.discard(name)
            elif running.stores(name):
                self._left_to_probes.add(name)
                self._poller.remember(name, _UNSEEN)
                del found[name]

    def _note(self, changed: Mapping[str, Origin | None]) -> None:
        self._publisher.note(changed, self._poller.take_differences(changed))

    # -- the past, and the present -------------------------------------------------------------

    def _sample(self, found: Mapping[str, Origin | None]) -> None:
        for name, origin in found.items():
            count = origin.execution_count if origin is not None else None
            self.history.sample(name, self.namespace.target.get(name, MISSING), count)

    def _has_no_history(self, name: str) -> bool:
        """Return whether a name is left out: a secret, or hidden as IPython's ``_i`` is."""
        return self.view.redactor.hides(name) or (
            name.startswith("_")
            and not any(s.selection.has_name(name) for s in list(self._publisher.subscribers))
        )

    def _tell_set_aside(self, name: str, reason: str) -> None:
        self._publisher.tell_set_aside(name, reason)

    def forget_history(self) -> None:
        """Forget what the variables were, up to now."""
        with self._lock:
            self.flush()
            self.history.forget()

    def describe(self, name: str, limits: Limits | None = None) -> Variable | None:
        """Describe what a name holds now, as `View.describe`; its history hears of it."""
        return self._publisher.describe(name, limits)
