"""The kernel's end of the protocol for one client: requests in, answers and changes out.

There is no comm in here: whoever carries the messages (`livens.kernel.comms`, a test, another
transport) hands over a client's data with `receive` and gets called back with what to send.
Requests come from any thread, while a cell runs as well; what needs the main thread or the
user's own code asks the `Host` for it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from livens.exceptions import (
    InvalidMessage,
    NotAllowed,
    RequestError,
    no_variable,
)
from livens.kernel.changes import Changes
from livens.kernel.refusals import MISSING, busy
from livens.kernel.timed_work import Answer, TimedWork, failed_inside, in_thread, outcome_of
from livens.protocol import messages, requests, table_requests
from livens.protocol.types import Cell
from livens.rules.conditions import Condition
from livens.watching.subscriber import Subscriber
from livens.watching.watcher import Watcher

if TYPE_CHECKING:
    from livens.kernel.inspection import Inspector
    from livens.kernel.state_actions import StateActions
    from livens.protocol.memory_requests import MemoryParams
    from livens.protocol.sharing_requests import SharedNames
    from livens.protocol.state_requests import StateList

logger = logging.getLogger(__name__)

SendData = Callable[[bytes, Cell | None], None]
"""Takes the data of one message as JSON, and the cell it belongs to; None for an answer."""


class Host(Protocol):
    """What an endpoint asks of the kernel around it."""

    def call_on_main_thread(self, function: Callable[[], None]) -> None:
        """Run *function* on the main thread, now if this is it, else when it is idle."""

    def queue(self, function: Callable[[], None]) -> None:
        """Run *function* on the main thread when no cell runs, after those queued before.

        Raises
        ------
        KernelBusy
            If too much is queued already.
        """

    def nothing_kept(self) -> StateList | None:
        """Return the answer to ``state.list`` where nothing was ever kept, else None."""

    def state_actions(self) -> StateActions:
        """Return what can be done with kept states."""

    def shared_names(self) -> SharedNames:
        """Return what is shared with other programs."""

    def form(self, value: object, mime: str) -> str | bytes:
        """Return what the user would see of a value; see `livens.kernel.forms.Forms`."""

    def forms(self, value: object) -> list[str]:
        """Return in which forms `form` has a value; see there."""


class Reply:
    """Answers one request of a client; called once.

    Parameters
    ----------
    send : callable
        Gets the id and the outcome.
    request_id : int or str, optional
        Of the request; a success without one is not answered.
    """

    def __init__(
        self,
        send: Callable[[messages.Id | None, msgspec.Struct | RequestError], None],
        request_id: messages.Id | None,
    ) -> None:
        self._send = send
        self.request_id = request_id

    def __call__(self, outcome: msgspec.Struct | RequestError) -> None:
        self._send(self.request_id, outcome)


class Endpoint:
    """Serve one client.

    Parameters
    ----------
    watcher : Watcher
        What to subscribe to and to ask.
    host : Host
        The kernel around it.
    send_data : callable
        Gets the data of each message.

    Raises
    ------
    InvalidParams
        By `open`, if the subscription does not fit.
    """

    def __init__(self, watcher: Watcher, host: Host, send_data: SendData) -> None:
        self._watcher = watcher
        self._view = watcher.view
        self._changes = Changes(watcher, host)
        self._host = host
        self._send_data = send_data
        self._subscriber: Subscriber | None = None
        # The client may know that it is open, and ask on another channel, before `open` returns.
        self._opening = threading.Lock()
        self._works: dict[messages.Id, TimedWork] = {}  # what may be cancelled

    def open(self, data: object) -> None:
        """Subscribe as the data of the ``comm_open`` say; sends a refresh.

        A second call changes the subscription. Data that do not fit are answered with an error
        without an id, and the client gets the default subscription: it can still ask.
        """
        try:
            subscription = messages.decode_subscription(data)
            self._need_features(subscription)
        except RequestError as err:
            self._fail(None, err)
            subscription = requests.Subscription()
        with self._opening:
            if self._subscriber is None:
                self._subscriber = self._watcher.subscribe(subscription, self._notify)
            else:
                self._watcher.resubscribe(self._subscriber, subscription)

    def close(self) -> None:
        """End the subscription."""
        with self._opening:
            subscriber, self._subscriber = self._subscriber, None
        self._watcher.rules.remove_of(self)
        for request_id in list(self._works):
            self._abandon(request_id)
        self._changes.close()
        if subscriber is not None:
            self._watcher.unsubscribe(subscriber)

    def receive(self, data: object) -> None:
        """Carry out one request; never raises, every failure becomes an answer."""
        request_id: messages.Id | None = None
        try:
            if isinstance(data, dict) and type(data.get("id")) in (int, str):
                request_id = data["id"]
            request = messages.decode_request(data)
            params = messages.decode_params(request.method, request.params)
            self._need(request.method)
            answer = Reply(self._answer, request_id)
            if request.method.startswith("state."):
                self._on_state(request.method, params, answer)
                return
            handler = getattr(self, "_on_" + request.method.replace(".", "_"))
            handler(params, answer)
        except RequestError as err:
            self._fail(request_id, err)
        except Exception as err:  # noqa: BLE001 - a border: the comm and the kernel live on
            self._fail(request_id, failed_inside(err))

    def _need(self, capability: str) -> None:
        """Refuse what this kernel does not say that it can do."""
        if capability not in self._watcher.capabilities:
            why, remedy = MISSING.get(capability, (f"This kernel has no '{capability}'", ""))
            raise NotAllowed(
                why, expected="what its 'refresh' says in 'capabilities'", remedy=remedy
            )

    def _need_features(self, subscription: requests.Subscription) -> None:
        if subscription.sharing:
            self._need("sharing")

    def _notify(self, message: messages.Notification, cell: Cell | None) -> None:
        self._send_data(messages.encode_json(message), cell)

    def _answer(
        self, request_id: messages.Id | None, outcome: msgspec.Struct | RequestError
    ) -> None:
        if request_id is not None:
            self._works.pop(request_id, None)
        if isinstance(outcome, RequestError):
            self._fail(request_id, outcome)
        elif request_id is not None:
            self._send_data(messages.encode_result(request_id, outcome), None)

    def _fail(self, request_id: messages.Id | None, error: RequestError) -> None:
        self._send_data(messages.encode_json(messages.failure(request_id, error)), None)

    # -- the subscription ------------------------------------------------------------------

    def _on_subscribe(self, params: requests.Subscription, answer: Answer) -> None:
        subscriber = self._need_subscriber()
        self._need_features(params)
        self._watcher.resubscribe(subscriber, params)
        answer(self._subscribed(subscriber))

    def _on_refresh(self, params: requests.NoParams, answer: Answer) -> None:
        subscriber = self._need_subscriber()
        self._watcher.refresh(subscriber)
        answer(self._subscribed(subscriber))

    def _need_subscriber(self) -> Subscriber:
        with self._opening:
            subscriber = self._subscriber
        if subscriber is None:
            raise InvalidMessage("This comm is closed", remedy="Open a new comm.")
        return subscriber

    def _subscribed(self, subscriber: Subscriber) -> requests.Subscribed:
        return requests.Subscribed(
            messages.PROTOCOL, self._watcher.epoch, subscriber.seq, subscriber.subscription
        )

    # -- single values ---------------------------------------------------------------------

    def _on_list(self, params: requests.ListParams, answer: Answer) -> None:
        selection = self._need_subscriber().selection
        names = sorted(filter(selection.has_name, self._view.variable_names()))
        described = map(self._view.describe, names)
        chosen = [v for v in described if v is not None and selection.has_kind(v)]
        page = chosen[params.start : params.start + params.limit]
        answer(requests.VariableList(page, params.start, len(chosen)))

    @cached_property
    def _inspector(self) -> Inspector:
        from livens.kernel.inspection import (
            Inspector,  # whoever looks first loads it, not the first client
        )

        return Inspector(self._view, self._host, lambda: self._watcher.is_busy)

    def _on_inspect(self, params: requests.InspectParams, answer: Answer) -> None:
        answer(self._inspector.inspect(params))

    def _on_table(self, params: requests.TableParams, answer: Reply) -> None:
        request_id = answer.request_id

        def tell(doing: Any, done: float) -> None:
            assert request_id is not None
            progress = messages.ProgressParams(id=request_id, doing=doing, done=done)
            self._send_data(messages.encode_json(messages.Progress(progress)), None)

        is_told = params.progress and request_id is not None
        self._start(self._inspector.table(params, answer, tell if is_told else None), answer)

    def _on_statistics(self, params: table_requests.StatisticsParams, answer: Reply) -> None:
        self._start(self._inspector.statistics(params, answer), answer)

    def _on_table_code(self, params: table_requests.TableCodeParams, answer: Answer) -> None:
        answer(self._inspector.table_code(params))

    def _on_value(self, params: requests.ValueParams, answer: Reply) -> None:
        self._start(self._inspector.value(params, answer), answer)

    def _start(self, work: TimedWork, reply: Reply) -> None:
        """Start work that the client may cancel, and that ends when it goes."""
        request_id = reply.request_id
        if request_id is not None:
            self._works[request_id] = work
        work.start()
        with self._opening:
            is_closed = self._subscriber is None
        if is_closed and request_id is not None:
            self._abandon(request_id)  # it came in the same moment

    def _abandon(self, request_id: messages.Id) -> None:
        work = self._works.pop(request_id, None)
        if work is not None:
            work.abandon()

    def _on_cancel(self, params: requests.CancelParams, answer: Answer) -> None:
        work = self._works.get(params.id)
        answer(requests.CancelDone(params.id, work is not None and work.cancel()))

    def _on_history(self, params: requests.HistoryParams, answer: Answer) -> None:
        name = params.name
        self._inspector.paths.need_shown(name)
        history = self._watcher.history
        if history.waits_for(name):
            self._watcher.describe(name)
        if name not in history and self._view.is_hidden(name):
            raise no_variable(name, ", and no history of one")
        points = history.points(name)
        newer = [point for point in points if point.at > params.since]
        answer(requests.History(name, newer[-params.limit :], len(points)))

    def _on_digest(self, params: requests.DigestParams, answer: Answer) -> None:
        from livens.kernel.digesting import start_digesting

        start_digesting(self._watcher, params, answer)

    def _on_environment(self, params: requests.NoParams, answer: Answer) -> None:
        from livens.kernel.environment import environment

        in_thread("livens-environment", environment, answer)

    # -- changing --------------------------------------------------------------------------

    def _on_set(self, params: requests.SetParams, answer: Answer) -> None:
        self._changes.ask("set", params, self._client(), answer)

    def _on_delete(self, params: requests.DeleteParams, answer: Answer) -> None:
        self._changes.ask("delete", params, self._client(), answer)

    def _on_rename(self, params: requests.RenameParams, answer: Answer) -> None:
        self._changes.ask("rename", params, self._client(), answer)

    def _on_undo(self, params: requests.UndoParams, answer: Answer) -> None:
        self._changes.ask("undo", params, self._client(), answer)

    def _client(self) -> str:
        return self._need_subscriber().subscription.client or "a client"

    # -- kept states -----------------------------------------------------------------------

    def _on_state(self, method: str, params: Any, answer: Answer) -> None:
        """Answer a request about kept states: all but the list on the main thread, while idle."""
        if method == "state.list" and (nothing := self._host.nothing_kept()) is not None:
            answer(nothing)
            return
        from livens.kernel.state_actions import carry_out  # whoever asks first loads it

        actions = self._host.state_actions()
        client = self._client()

        def work() -> msgspec.Struct:
            if method != "state.list" and self._watcher.is_busy:
                raise busy(method)
            return carry_out(actions, method, params, client)

        if method == "state.list":
            in_thread("livens-state", work, answer)
        elif self._watcher.is_busy:
            raise busy(method)
        else:
            self._host.call_on_main_thread(lambda: answer(outcome_of(work)))

    def _on_sharing_list(self, params: requests.NoParams, answer: Answer) -> None:
        answer(self._host.shared_names())

    # -- rules -----------------------------------------------------------------------------

    def _on_rule_add(self, params: requests.RuleAddParams, answer: Answer) -> None:
        if params.action == "stop":
            self._need("stop")
        client = self._need_subscriber().subscription.client
        condition = Condition(params.condition)
        rules = self._watcher.rules
        rule = rules.add(condition, params.action, client=client, owner=self)
        with self._opening:
            is_closed = self._subscriber is None
        if is_closed:
            rules.remove_of(self)  # it came in the same moment
        notes = self._view.notes(condition)
        answer(requests.RuleAdded(rule, notes, rules.state(rule.id)))

    def _on_rule_check(self, params: requests.RuleCheckParams, answer: Answer) -> None:
        self._inspector.check(params, answer)

    def _on_rule_remove(self, params: requests.RuleRemoveParams, answer: Answer) -> None:
        self._watcher.rules.remove(params.id)
        answer(requests.RuleRemoved(params.id))

    def _on_memory(self, params: MemoryParams, answer: Reply) -> None:
        from livens.kernel.held_memory import memory

        self._start(memory(self._view, params, answer), answer)

    def _on_rule_list(self, params: requests.NoParams, answer: Answer) -> None:
        rules = self._watcher.rules
        answer(requests.Rules(rules.rules(), rules.states()))
