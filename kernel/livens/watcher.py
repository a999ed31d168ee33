"""The watcher: from "this name was stored" to "this subscriber is told", and nothing in between.

::

    MonitoredDict ──mark──▶ ┌─────────┐ ──note──▶ Subscriber ──Update──▶ send
                            │ Watcher │               ▲
    Poller ──compare──────▶ └─────────┘ ──describe────┘

Who runs what: `mark` is called by the thread that stores, and only puts a name into a dict.
`tick` is called by whoever drives the watcher (in a kernel a thread, `livens.ticker`), as often
as it asks for. `end_cell` and the requests of clients come from the threads of the kernel. All
but `mark` hold one lock, and every piece of work under it is bounded by a `Budgets`.

Nothing is held: no value, no frame. Nothing runs while there is no subscriber: the namespace is
not listened to, nothing is compared, no time is asked for. The watcher starts no thread and
takes its clocks as arguments; where there are no threads, call `tick` when it suits.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from types import CodeType
from typing import Any

from livens import methods, wire
from livens.audit import Audit
from livens.budgets import Budgets
from livens.cells import Running, Visitor
from livens.events import Cell, Origin, Variable
from livens.frames import MAX_FRAMES, Frames, awaited
from livens.mentions import stored_names
from livens.namespace import MonitoredDict
from livens.points import MISSING, History, Reader
from livens.poller import Poller
from livens.redaction import Redactor
from livens.rulebook import Fired, OnFired, RuleBook, stop_text
from livens.stops import Stops
from livens.subscriber import Send, Subscriber
from livens.summaries import Limits
from livens.view import View

logger = logging.getLogger(__name__)

Descriptions = dict[tuple[str, int], Variable | None]
"""What was described for one round of messages, by name and depth."""

_STEP_PATIENCE_S = 0.001
"""So long a cell that starts waits for a look that is being taken."""

_IDLE_PATIENCE = 4
"""Between cells the comparing of the whole namespace gets this much less of the time."""


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
        What clients are told: ``lite`` where no store is seen (`livens.extension`).

    Examples
    --------
    >>> watcher = Watcher()
    >>> namespace = MonitoredDict({})
    >>> watcher.attach(namespace)
    >>> told = []
    >>> subscriber = watcher.subscribe(methods.Subscription(), lambda m, cell: told.append(m))
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
        cpu_clock: Callable[[], float] = time.thread_time,
        wall_clock: Callable[[], float] = time.time,
        epoch: str | None = None,
        mode: wire.Mode = "full",
    ) -> None:
        self.budgets = budgets
        self.mode: wire.Mode = mode
        self.epoch = epoch or uuid.uuid4().hex[:12]
        self.on_wake: Callable[[], None] = lambda: None
        """Called when the next `tick` should come at once, from any thread."""
        self.on_lead: Callable[[], None] = lambda: None
        """Called by the thread that stores when it has told the first change after quiet."""
        self.on_first_use: Callable[[], None] | None = None
        """Called once, before anything is described: a kernel that nobody watches loads less."""
        self.on_watched: Callable[[bool], None] = lambda is_watched: None
        """Called with True for the first subscriber, with False after the last one."""
        self._clock, self._cpu_clock, self._wall_clock = clock, cpu_clock, wall_clock
        self._lock = threading.RLock()
        self._subscribers: list[Subscriber] = []
        self._running: dict[Running, None] = {}
        self._running_in: dict[int, Running] = {}
        self._marks: dict[str, tuple[int | None, Running | Visitor | None]] = {}
        self._visitor: Visitor | None = None
        self._wakes = False
        self._is_telling = False
        self._compare_all_at = 0.0
        self._compared_all_at = 0.0
        self._compare_cost_s = 0.0
        self._glance_at = 0.0
        self._owing: Running | None = None  # the cell that nobody has compared everything after
        self.namespace = MonitoredDict({})
        self.view = View(redactor or Redactor(), budgets, cpu_clock, self._set_aside)
        self._poller = Poller({})
        self.rules = RuleBook(self.view.facts)
        self.stops = Stops()
        self._calls: deque[tuple[OnFired, Fired]] = deque()
        self.frames = Frames(self._describe_local)
        self._frames_due_at = 0.0
        self.history = History(budgets.history_total, wall_clock, self._has_no_history)
        self._audit = Audit(self._poller, budgets, cpu_clock)

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
            self._poller = Poller(namespace.target)
            self.history.forget()
            self._audit = Audit(self._poller, self.budgets, self._cpu_clock)
            if self._subscribers:
                self._listen()
                for subscriber in list(self._subscribers):
                    self._refresh(subscriber)

    def _listen(self) -> None:
        self.namespace.on_change = self.mark
        self._poller.remember_all()

    def mark(self, name: Any) -> None:
        """Take in that a name was stored or deleted; called by the `MonitoredDict`."""
        line = running = None
        if self._running:
            frame = sys._getframe(2)
            running = self._running_here()
            if running is not None and frame.f_code.co_filename == running.filename:
                line = frame.f_lineno
        self._marks[name] = (line, running or self._visitor)
        if type(name) is str:
            count = running.execution_count if running is not None else None
            self.history.take(name, self.namespace.target.get(name, MISSING), count)
        # IPython stores `_i`, `_ii` … before each cell: those are no news.
        if self._wakes and type(name) is str and not name.startswith("_"):
            self._lead()
        if self.rules.names and type(name) is str and name in self.rules.names:
            self._obey_store(name, line, running)

    # -- rules -----------------------------------------------------------------------------

    def _obey_store(self, name: str, line: int | None, running: Running | None) -> None:
        """Check the rules of a name that was just stored; a stop is raised right here.

        Not where code of ours or IPython's stores in between: `line` is known for the cell's own
        statements only, and a `KeyboardInterrupt` in the middle of others could break them.
        """
        maker = running or self._visitor
        fired = self._fired_by(name, maker.origin(line) if maker else None)
        reason = self._obey(fired, None if line is None else running) if fired else ""
        if reason:
            raise KeyboardInterrupt(reason)

    def _fired_by(self, name: str, origin: Origin | None) -> list[Fired]:
        try:
            return self.rules.check(name, origin)
        except Exception:
            # A border: whatever fails in here must not reach the user's statement.
            logger.exception("livens could not check the rules of %r", name)
            return []

    def _fired_by_all(self, changed: Mapping[str, Origin | None]) -> list[Fired]:
        names = self.rules.names
        if not names:
            return []
        told = [name for name in changed if type(name) is str and name in names]
        return [fired for name in told for fired in self._fired_by(name, changed[name])]

    def _obey(self, fired: list[Fired], here: Running | None = None) -> str:
        """See to it that what fired is told; stop the cell, or say why *here* is to stop."""
        self.on_wake()
        reason = stop_text(fired)
        if reason and here is None:
            running = next(iter(self._running), None)
            if running is not None:
                self.stops.stop(running, reason)
        return reason if here is not None else ""

    def _look_at_rules(self) -> None:
        """Compare what rules look at: what became true before a cell is not to stop it."""
        fired: list[Fired] = []
        with self._lock:
            for name in self._poller.compare(self.rules.names):
                self._marks[name] = (None, None)
                fired += self._fired_by(name, None)
        if fired:
            self._obey(fired)

    def wants_every_store(self, code: CodeType) -> bool:
        """Tell whether *code* stores a name that a rule has: then it is not to run `apart`."""
        names = self.rules.names
        return bool(names) and not names.isdisjoint(stored_names(code))

    def stoppable(self) -> AbstractContextManager[None]:
        """Say that a statement of the running cell runs, which a rule may stop."""
        return self.stops.statement(self._running_here())

    def stop_reason(self) -> str:
        """Return, once, which rule interrupted the running cell; empty if none did."""
        return self.stops.reason(self._running_here())

    def _tell_fired(self, now: float, is_end: bool = False) -> None:
        """Tell everybody which rules fired."""
        for fired, on_fired in self.rules.take(now, is_end=is_end):
            if on_fired is not None:
                self._calls.append((on_fired, fired))
            for subscriber in list(self._subscribers):
                subscriber.tell_rule(fired, self._current_cell())

    def run_calls(self) -> None:
        """Call the functions of rules that fired: by the driver, without any lock."""
        while self._calls:
            call, fired = self._calls.popleft()
            try:
                call(fired)
            except Exception:
                # A border: the function is the user's.
                logger.exception("The function of the rule %r raised", fired.rule.condition)

    # -- telling at once -------------------------------------------------------------------

    def _lead(self) -> None:
        """Tell the first change after quiet at once, on the thread that made it.

        A driver in another thread would first have to wait for the GIL: for 5 ms if the user's
        code computes, more than once.
        """
        self._wakes = False
        if not self._lock.acquire(blocking=False):
            return  # somebody is looking already, and will look at this mark too
        try:
            if not self._is_telling:
                self._tell_due(self._clock(), self._take_marks())
                self.on_lead()
        except Exception:
            # A border: whatever fails in here must not reach the user's statement.
            logger.exception("livens could not tell a change")
        except BaseException:
            self._refresh_later()  # an interrupt, which is the user's
            raise
        finally:
            self._lock.release()
        if not self._running:
            self.on_wake()

    # -- cells -----------------------------------------------------------------------------

    @contextmanager
    def running(self, cell: Running) -> Iterator[None]:
        """Say that a cell runs; at the end everything pending goes out."""
        outer = self._running_in.get(cell.thread_id)
        if self.rules.names:
            self._look_at_rules()
        self._running[cell] = None
        self._running_in[cell.thread_id] = cell
        try:
            if self._subscribers:
                # A step at a large value that is being made has it for a moment: it ends first.
                if self._lock.acquire(timeout=_STEP_PATIENCE_S):
                    self._lock.release()
                self.on_wake()  # from now on the driver is asked for every `poll_ms`
            yield
        finally:
            self._end(cell, outer)

    def statement(self, code: CodeType, coroutine: object = None) -> None:
        """Say that a statement of the running cell starts, and which coroutine it is, if one."""
        running = self._running_here()
        if running is not None:
            running.starts(code)
            if coroutine is not None:
                running.coroutine = coroutine
            self.frames.note_cell(code.co_filename, running.execution_count, running.lines_above)

    @contextmanager
    def apart(self, code: CodeType) -> Iterator[None]:
        """Say that a statement runs whose stores the `MonitoredDict` does not see.

        While it runs the poller looks at the names that it stores; when it ends they are
        compared once more, so that what it left behind is told with its line.
        """
        lines = stored_names(code) if self._subscribers else {}
        running = self._running_here()
        if running is not None:
            running.lines = {**running.lines, **lines}
        try:
            yield
        finally:
            if self._subscribers:
                self._compare_stored(lines or stored_names(code), running)

    def unread_code_ran(self) -> None:
        """Say that code ran whose names are not known, such as a magic's."""
        if self._subscribers:
            running = self._running_here()
            if running is not None:
                running.ran_unread_code = True
            self._compare_all_at = 0.0
            self._wake()

    def _compare_stored(self, lines: Mapping[str, int | None], running: Running | None) -> None:
        fired: list[Fired] = []
        with self._lock:
            for name in self._poller.compare(lines):
                self._marks[name] = (lines[name], running)
                self._sample(name, running)
                if self.rules.names and name in self.rules.names:
                    fired += self._fired_by(name, running.origin(lines[name]) if running else None)
        if fired:
            self._obey(fired)
        if self._marks:
            self._wake()

    def _wake(self) -> None:
        if self._wakes:
            self._wakes = False
            self.on_wake()

    def _running_here(self) -> Running | None:
        return self._running_in.get(threading.get_ident())

    def _end(self, cell: Running, outer: Running | None) -> None:
        try:
            if self._subscribers:
                with self._lock:
                    changed = self._look(self._clock(), is_end=True)
                    self._note(changed)
                    self._settle(cell, changed)
                    self._tell_fired(self._clock(), is_end=True)
                    descriptions: Descriptions = {}
                    for subscriber in list(self._subscribers):
                        told = cell.cell(is_running=False)
                        if len(self._running) == 1:
                            subscriber.note_frames([])
                        self._flush(subscriber, told, descriptions, is_end=True)
                        subscriber.throttle.reset()
                    self.history.tidy()
        except KeyboardInterrupt:
            # It came too late for the cell, which is over; raised from here it would take the
            # cell's reply with it.
            self._refresh_later()
        except Exception:
            # A border: whatever fails in here must not reach the user's cell.
            logger.exception("livens could not tell what the cell changed")
        finally:
            self._running.pop(cell, None)
            self.stops.forget(cell)
            if outer is not None:
                self._running_in[cell.thread_id] = outer
            else:
                self._running_in.pop(cell.thread_id, None)

    def _settle(self, cell: Running, changed: Mapping[str, Any]) -> None:
        """Look at what is large and mentioned by the cell; say what could not be compared."""
        target = self.namespace.target
        found, reasons = self._audit.end_cell(
            self._clock(),
            cell.mentioned(target),
            changed,
            lambda: cell.touched(target),
            cell.origin(None),
        )
        self._note(found)
        fired = self._fired_by_all(found)
        if fired:
            self._obey(fired)
        for name in found:
            self._sample(name, cell)
        again = self._audit.take_again()
        for subscriber in list(self._subscribers):
            subscriber.note(dict.fromkeys(again))
            subscriber.note_unevaluated(reasons)

    def _refresh_later(self) -> None:
        """Have everybody sent the whole state: an interrupt cut off what was being told."""
        for subscriber in list(self._subscribers):
            subscriber.must_refresh = True

    @property
    def is_busy(self) -> bool:
        """Whether a cell is running."""
        return bool(self._running)

    @property
    def is_settled(self) -> bool:
        """Whether of every large value it is known what it holds."""
        with self._lock:
            return self._audit.is_settled

    # -- subscribers -----------------------------------------------------------------------

    @property
    def is_watched(self) -> bool:
        """Whether there is any subscriber."""
        return bool(self._subscribers)

    def subscribe(self, subscription: methods.Subscription, send: Send) -> Subscriber:
        """Add a subscriber, and send it the whole state.

        Parameters
        ----------
        subscription : methods.Subscription
            What it wants to be told.
        send : callable
            Gets each message and the cell it belongs to, from any thread; must not block.

        Returns
        -------
        Subscriber
            To hand to `unsubscribe`.
        """
        subscriber = Subscriber(subscription, self.epoch, send, self.budgets.time_share * 5)
        self.prepare()
        with self._lock:
            is_first = not self._subscribers
            if is_first:
                self._listen()
            self._subscribers.append(subscriber)
            self._keep_history()
            self._refresh(subscriber)
        if is_first:
            self.on_watched(True)
        return subscriber

    def prepare(self) -> None:
        """Make ready to describe values: for whoever does without having subscribed."""
        with self._lock:
            prepare, self.on_first_use = self.on_first_use, None
            if prepare is not None:
                prepare()

    def resubscribe(self, subscriber: Subscriber, subscription: methods.Subscription) -> None:
        """Give a subscriber another subscription, and send it the whole state anew."""
        with self._lock:
            subscriber.change_to(subscription)
            self._keep_history()
            self._refresh(subscriber)

    def refresh(self, subscriber: Subscriber) -> None:
        """Send a subscriber the whole state anew."""
        with self._lock:
            self._refresh(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Take a subscriber away; after the last one nothing is watched."""
        with self._lock:
            if subscriber not in self._subscribers:
                return
            self._subscribers.remove(subscriber)
            is_last = not self._subscribers
            if is_last:
                self._stop_listening()
            else:
                self._keep_history()
        if is_last:
            self.on_watched(False)

    def _stop_listening(self) -> None:
        self.namespace.on_change = None
        self._wakes = False
        self._marks.clear()
        self._owing = None
        self.view.forget()
        self._poller.forget_all()

    def abandon(self) -> None:
        """Forget everybody without telling: for the child process after a fork."""
        self._lock = threading.RLock()
        self._subscribers = []
        self.rules.clear()
        self._stop_listening()

    # -- driving ---------------------------------------------------------------------------

    def tick(self) -> float:
        """Look for changes and tell the subscribers for whom it is time.

        Returns
        -------
        float
            When to call again, on the same clock; `on_wake` may ask for it earlier.
        """
        with self._lock:
            now = self._clock()
            self._look_at_frames(now)
            self._tell_due(now, self._look(now))
            self._tell_fired(now)
            self.history.tidy()
            return self._next_tick(self._clock())

    def _tell_due(self, now: float, changed: Mapping[str, Origin | None]) -> None:
        """Note changes, and tell the subscribers for whom it is time."""
        self._is_telling = True
        try:
            self._note(changed)
            descriptions: Descriptions = {}
            for subscriber in list(self._subscribers):
                if subscriber.has_news and subscriber.throttle.is_due(now):
                    self._flush(subscriber, self._current_cell(), descriptions)
        finally:
            self._is_telling = False

    @contextmanager
    def changed_from(self, client: str) -> Iterator[None]:
        """Say that what is stored inside is a client's doing; then tell it, in one update.

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

    def flush(self) -> None:
        """Look for changes and tell every subscriber now."""
        self.prepare()
        if not self._subscribers:
            return
        with self._lock:
            self._note(self._look(self._clock(), is_end=True))
            self._tell_fired(self._clock(), is_end=True)
            descriptions: Descriptions = {}
            for subscriber in list(self._subscribers):
                self._flush(subscriber, self._current_cell(), descriptions, is_end=True)

    def _next_tick(self, now: float) -> float:
        pause_ms = self.budgets.poll_ms if self._running else self.budgets.idle_poll_ms
        times = [now + pause_ms / 1000]
        if not self._running:
            soonest = now if self._owing else times[0]
            times = [max(soonest, self._compare_all_at)]
        times.append(self._audit.due_at)
        times += [s.throttle.due_at for s in self._subscribers if s.has_news]
        times.append(self.rules.due_at())
        quiet_from = min(
            (s.throttle.due_at for s in self._subscribers if not s.has_news), default=float("inf")
        )
        self._wakes = quiet_from <= now
        if self._wakes and self._marks:
            return now  # stored between the look and now
        times.append(max(now, quiet_from) if not self._wakes else times[0])
        return max(now, min(times))

    def _current_cell(self) -> Cell | None:
        for running in list(self._running):
            return running.cell(is_running=True)
        return None

    def _take_marks(self) -> dict[str, Origin | None]:
        """Take the names that were stored since the last look."""
        changed: dict[str, Origin | None] = {}
        for name in list(self._marks):
            line, running = self._marks.pop(name)
            changed[name] = running.origin(line) if running else None
            self._poller.note(name)
        return changed

    def _look(self, now: float, is_end: bool = False) -> dict[str, Origin | None]:
        """Take what was stored, and compare the rest; say where each change was made."""
        self.namespace.absorb()
        changed = self._take_marks()
        running = next(iter(self._running), None)
        maker = running or self._owing
        fired: list[Fired] = []
        for name in self._differing(now, running, is_end, known=changed):
            line = maker.lines.get(name) if maker else None
            changed.setdefault(name, maker.origin(line) if maker else None)
            if name not in self._marks:
                self._sample(name, maker)
            if self.rules.names and type(name) is str and name in self.rules.names:
                fired += self._fired_by(name, changed[name])
        if running is not None:
            self._audit.told(changed)
        elif not is_end:
            found = self._audit.look_idle(now, lambda: bool(self._running or self._marks))
            fired += self._fired_by_all(found)
            for name in found:
                self._sample(name, None)
            changed = {**found, **changed}
        again = self._audit.take_again()
        for subscriber in list(self._subscribers) if again else ():
            subscriber.note(dict.fromkeys(again))
        if fired:
            self._obey(fired)
        return changed

    def _note(self, changed: Mapping[str, Origin | None]) -> None:
        """Note when and where names changed, and put them on every subscriber's list."""
        if not changed:
            return
        wall_time = round(self._wall_clock(), 3)
        for name, origin in changed.items():
            self.view.note_change(name, wall_time, origin, self._poller.take_difference(name))
        told = {name: origin for name, origin in changed.items() if type(name) is str}
        for subscriber in list(self._subscribers):
            subscriber.note(told)

    def _differing(
        self, now: float, running: Running | None, is_end: bool, known: Mapping[str, Any]
    ) -> Iterable[str]:
        """Compare what the running code mentions, and the whole namespace when it is time."""
        found: list[str] = []
        if running is not None:
            mentioned = running.mentioned(self.namespace.target, anew=is_end)
            closely = is_end or now >= self._glance_at
            started = self._cpu_clock()
            found += self._poller.compare(mentioned.difference(known), closely=closely)
            if closely:
                took_s = self._cpu_clock() - started
                self._glance_at = now + took_s / (2 * self.budgets.time_share)
            if not is_end:
                found += self._audit.look_live(now, mentioned)
        if self.rules.names:
            found += self._poller.compare(self.rules.names.difference(known, found))
        can_afford = self._compare_cost_s <= self.budgets.settle_ms / 1000 or (
            running is not None and running.may_store_any(self.namespace.target)
        )
        if now >= self._compare_all_at or (is_end and can_afford):
            found += self._compare_all(now)
        elif is_end:
            # It would hold up the cell's end: it comes right after, as soon as the budget allows.
            self._owing = running
            soonest = self._compared_all_at + self._compare_cost_s / self.budgets.time_share
            self._compare_all_at = min(self._compare_all_at, soonest)
        return found

    def _compare_all(self, now: float) -> list[str]:
        """Compare the whole namespace, and say when it may be done again."""
        started = self._cpu_clock()
        found = self._poller.compare_all()
        self._compare_cost_s = self._cpu_clock() - started
        share = self.budgets.time_share / (1 if self._running else _IDLE_PATIENCE)
        self._compared_all_at, self._owing = now, None
        self._compare_all_at = now + self._compare_cost_s / share
        return found

    # -- the history -----------------------------------------------------------------------

    def _keep_history(self) -> None:
        """Keep as many points as any subscriber asks for, and some as soon as anybody watches."""
        asked = [subscriber.subscription.history for subscriber in self._subscribers]
        self.history.keep(max(self.budgets.history_points, *asked) if asked else 0)

    def forget_history(self) -> None:
        """Forget what the variables were, up to now."""
        with self._lock:
            self.flush()
            self.history.forget()

    def _has_no_history(self, name: str) -> bool:
        """Tell whether a name is left out: a secret, or hidden as IPython's ``_i`` is."""
        return self.view.redactor.hides(name) or (
            name.startswith("_") and not any(s.wants(name) for s in list(self._subscribers))
        )

    def _sample(self, name: Any, running: Running | None) -> None:
        if type(name) is str:
            count = running.execution_count if running is not None else None
            self.history.sample(name, self.namespace.target.get(name, MISSING), count)

    def describe(self, name: str, limits: Limits | None = None) -> Variable | None:
        """Describe what a name holds now, as `View.describe`; its history hears of it."""
        variable = self.view.describe(name, limits)
        if variable is not None and self.history.waits_for(name):
            self.history.read(name, variable)
        return variable

    # -- the functions that run --------------------------------------------------------------

    def _look_at_frames(self, now: float) -> None:
        """Find out which functions run, for those who want to know and are due."""
        if not self._running or now < self._frames_due_at:
            return
        wanting = [s for s in self._subscribers if s.wants_frames and s.throttle.is_due(now)]
        if not wanting:
            return
        wants_all = any(s.subscription.frames == "all" for s in wanting)
        started = self._cpu_clock()
        stop_at = started + self.budgets.flush_ms / 1000
        stacks = self.frames.running(
            self.namespace.target,
            depth=MAX_FRAMES if wants_all else 1,
            waiting=[f for cell in list(self._running) for f in awaited(cell.coroutine)],
            is_over_budget=lambda: self._cpu_clock() > stop_at,
        )
        for subscriber in wanting:
            subscriber.note_frames(stacks)
        cost_s = self._cpu_clock() - started
        self._frames_due_at = now + cost_s / self.budgets.time_share

    def _describe_local(self, name: str, value: object) -> Variable:
        limits = Limits(min(self.budgets.chars, 100), min(self.budgets.items, 10), 1)
        return self.view.describe_child(name, [], value, limits)

    # -- telling ---------------------------------------------------------------------------

    def _refresh(self, subscriber: Subscriber) -> None:
        limit = subscriber.subscription.history
        subscriber.reader = Reader(self.history, limit) if limit else None
        limits = self._limits(subscriber)
        names = self.view.variable_names()
        subscriber.refresh(names, lambda name: self.describe(name, limits), self.mode)

    def _flush(
        self,
        subscriber: Subscriber,
        cell: Cell | None,
        descriptions: Descriptions,
        is_end: bool = False,
    ) -> None:
        """Tell a subscriber what is new, by descriptions that others may have needed before."""
        if not subscriber.has_news:
            return
        if subscriber.must_refresh:
            self._refresh(subscriber)
            return
        limits = self._limits(subscriber)
        started = self._cpu_clock()
        stop_at = started + self.budgets.flush_ms / 1000

        def describe(name: str) -> Variable | None:
            if len(self._subscribers) == 1:
                return self.describe(name, limits)
            key = name, limits.depth
            if key not in descriptions:
                descriptions[key] = self.describe(name, limits)
            return descriptions[key]

        try:
            subscriber.flush(
                describe,
                cell,
                None if is_end else lambda: self._cpu_clock() > stop_at,
            )
        except Exception:
            # A border: one subscriber's trouble must not reach the others, nor the user.
            logger.exception("livens could not tell a subscriber")
        subscriber.throttle.sent(self._clock(), self._cpu_clock() - started)

    def _limits(self, subscriber: Subscriber) -> Limits:
        return Limits(self.budgets.chars, self.budgets.items, subscriber.subscription.depth)

    def _set_aside(self, name: str, reason: str) -> None:
        logger.warning("Variable %r is set aside: %s", name, reason)
        for subscriber in list(self._subscribers):
            subscriber.tell(name, reason, self._current_cell())
