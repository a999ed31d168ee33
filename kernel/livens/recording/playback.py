"""Plays a record to clients, as the kernel sent it when the notebook ran.

It has the kernel's end of the protocol, but no kernel: what is described in the record can be
shown, and what is not (children of a value, tables, values) is refused with a reason. No socket,
no thread and no clock in here: who has them is `livens.recording.replay_server`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from livens.exceptions import NotAllowed, RequestError, VariableNotFound
from livens.protocol import messages, requests
from livens.protocol.capabilities import only
from livens.protocol.selection import Selection
from livens.protocol.types import Cell, Point, Variable
from livens.recording import record
from livens.recording.reading import Record

PART = 200
"""So many variables are in one part of a refresh."""

Addressed = tuple[str, msgspec.Struct]
"""The id of a comm, and what to send there."""


CAPABILITIES = only(
    "subscribe",
    "refresh",
    "list",
    "inspect",
    "history",
    "rule.list",
    "answers-while-busy",
    "cells",
    "lines",
)
"""What a replay can do."""


class Viewer:
    """One client.

    Parameters
    ----------
    epoch : str
        Names this replay.
    subscription : Subscription
        What it wants to be told.
    """

    def __init__(self, epoch: str, subscription: requests.Subscription) -> None:
        self.subscription = subscription
        self.seq = 0
        self._epoch = epoch

    @property
    def subscription(self) -> requests.Subscription:
        """What the client wants to be told."""
        return self._subscription

    @subscription.setter
    def subscription(self, subscription: requests.Subscription) -> None:
        self._subscription = subscription
        self.selection = Selection(subscription)

    def next_seq(self) -> int:
        """Return the number of the next message."""
        self.seq += 1
        return self.seq

    def refresh(self, variables: Iterable[Variable]) -> Iterator[messages.Refresh]:
        """Return the whole state, in parts."""
        mine = [variable for variable in variables if self.selection.has(variable)]
        for start in range(0, max(1, len(mine)), PART):
            yield messages.Refresh(
                messages.RefreshParams(
                    protocol=messages.PROTOCOL,
                    epoch=self._epoch,
                    seq=self.next_seq(),
                    variables=mine[start : start + PART],
                    start=start,
                    length=len(mine),
                    capabilities={} if start else CAPABILITIES,
                )
            )

    def update(self, changes: record.Changes, cell: Cell | None) -> messages.Update | None:
        """Return what a line of the record says, if the subscription chooses anything of it."""
        has, has_name = self.selection.has, self.selection.has_name
        params = messages.UpdateParams(
            epoch=self._epoch,
            seq=self.seq + 1,
            changed=[variable for variable in changes.changed if has(variable)],
            removed=[name for name in changes.removed if has_name(name)],
            unevaluated=[item for item in changes.unevaluated if has_name(item.name)],
            cell=cell,
            origins={n: origin for n, origin in changes.origins.items() if has_name(n)},
        )
        if self.subscription.history:
            params.points = {n: p for n, p in changes.points.items() if has_name(n)}
        is_end = cell is not None and not cell.running
        if not (params.changed or params.removed or params.unevaluated or params.points or is_end):
            return None
        self.seq += 1
        return messages.Update(params)


class Playback:
    """Plays a record to any number of viewers.

    Parameters
    ----------
    played : Record
        The record.

    Attributes
    ----------
    variables : dict of str to Variable
        The variables as of the last line that was played.
    is_over : bool
        Whether everything was played.
    """

    def __init__(self, played: Record) -> None:
        self.variables: dict[str, Variable] = {}
        self.position = 0
        self._epoch = uuid.uuid4().hex
        self._lines = [line for line in played.lines if not isinstance(line, record.Header)]
        self._points: dict[str, list[Point]] = {}
        self._viewers: dict[str, Viewer] = {}
        self._cell: Cell | None = None
        self._counts = {
            cell.started.number: cell.ended.execution_count
            for cell in played.cells
            if cell.ended is not None
        }

    @property
    def is_over(self) -> bool:
        """Whether everything was played."""
        return self.position >= len(self._lines)

    @property
    def next_at(self) -> float | None:
        """When the next line was written; None at the end."""
        return None if self.is_over else self._lines[self.position].at

    # -- playing ---------------------------------------------------------------------------

    def play(self, now: float) -> list[Addressed]:
        """Play the next line of the record.

        Parameters
        ----------
        now : float
            When it is to have happened, for those who watch.
        """
        record_line = self._lines[self.position]
        self.position += 1
        match record_line:
            case record.CellStarted():
                self._cell = Cell(
                    f"replay-{record_line.number}",
                    True,
                    self._counts.get(record_line.number),
                    record_line.cell_id or None,
                )
            case record.CellEnded() if self._cell is not None:
                ended = msgspec.structs.replace(self._cell, running=False)
                self._cell = None
                return self._told(record.Changes(at=record_line.at), ended)
            case record.Changes():
                return self._told(_moved(record_line, now), self._cell)
            case record.EventTold() if record_line.kind in ("rule", "set-aside"):
                return [self._event(comm_id, record_line) for comm_id in self._viewers]
        return []

    def _told(self, changes: record.Changes, cell: Cell | None) -> list[Addressed]:
        self.variables.update((variable.name, variable) for variable in changes.changed)
        for name in changes.removed:
            self.variables.pop(name, None)
        for name, points in changes.points.items():
            self._points.setdefault(name, []).extend(points)
        updates = (
            (comm_id, viewer.update(changes, cell)) for comm_id, viewer in self._viewers.items()
        )
        return [(comm_id, update) for comm_id, update in updates if update is not None]

    def _event(self, comm_id: str, told: record.EventTold) -> Addressed:
        params = msgspec.convert(
            {
                "epoch": self._epoch,
                "seq": self._viewers[comm_id].next_seq(),
                "kind": told.kind,
                "name": told.name,
                "message": told.message,
            },
            messages.EventParams,
        )
        params.rule, params.origin = told.rule, told.origin
        return comm_id, messages.Event(params)

    # -- viewers ---------------------------------------------------------------------------

    @property
    def viewers(self) -> int:
        """How many there are."""
        return len(self._viewers)

    def open(self, comm_id: str, data: object) -> list[Addressed]:
        """Add a viewer, and return its first messages."""
        answers: list[Addressed] = []
        try:
            subscription = messages.decode_subscription(data)
        except RequestError as err:
            answers.append((comm_id, messages.failure(None, err)))
            subscription = requests.Subscription()
        viewer = self._viewers[comm_id] = Viewer(self._epoch, subscription)
        answers += [(comm_id, part) for part in viewer.refresh(self.variables.values())]
        return answers

    def close(self, comm_id: str) -> None:
        """Forget a viewer."""
        self._viewers.pop(comm_id, None)

    def receive(self, comm_id: str, data: object) -> list[Addressed]:
        """Return the answer to a request."""
        viewer = self._viewers.get(comm_id)
        if viewer is None:
            return []
        request_id: messages.Id | None = None
        try:
            request = messages.decode_request(data)
            request_id = request.id
            params = messages.decode_params(request.method, request.params)
            result = self._answer(viewer, request.method, params)
        except RequestError as err:
            return [(comm_id, messages.failure(request_id, err))]
        before: list[Addressed] = []
        if request.method in ("subscribe", "refresh"):
            before = [(comm_id, part) for part in viewer.refresh(self.variables.values())]
            result = requests.Subscribed(
                messages.PROTOCOL, self._epoch, viewer.seq, viewer.subscription
            )
        if request_id is None:
            return before
        answer: dict[str, Any] = msgspec.to_builtins(result)
        return [*before, (comm_id, messages.Result(request_id, answer))]

    def _answer(self, viewer: Viewer, method: str, params: msgspec.Struct) -> msgspec.Struct:
        match params:
            case requests.Subscription():
                viewer.subscription = params
                return params
            case requests.NoParams() if method == "refresh":
                return params
            case requests.NoParams() if method == "rule.list":
                return requests.Rules([])
            case requests.ListParams(start=start, limit=limit):
                chosen = filter(viewer.selection.has, self.variables.values())
                mine = sorted(chosen, key=lambda variable: variable.name)
                return requests.VariableList(mine[start : start + limit], start, len(mine))
            case requests.InspectParams(path=path) if len(path) == 1:
                return requests.Inspection(self._variable(str(path[0][1])), [], 0, 0)
            case requests.HistoryParams(name=name, since=since, limit=limit):
                points = self._points.get(self._variable(name).name, [])
                new = [point for point in points if point.at > since]
                return requests.History(name, new[-limit:], len(points))
        raise NotAllowed(
            f"'{method}' needs the kernel, and this is a replay of a record",
            expected="subscribe, refresh, list, history, or inspect of a variable",
            remedy="Run the notebook again for what the record does not have.",
        )

    def _variable(self, name: str) -> Variable:
        found = self.variables.get(name)
        if found is None:
            raise VariableNotFound(f"No variable '{name[:100]}' at this moment of the record")
        return found


def _moved(changes: record.Changes, now: float) -> record.Changes:
    """Return changes as if they were of now, without what only a kernel could show."""
    shift = now - changes.at
    changed = [
        msgspec.structs.replace(
            variable,
            changed_at=None if variable.changed_at is None else variable.changed_at + shift,
            has_children=False,
        )
        for variable in changes.changed
    ]
    points = {
        name: [msgspec.structs.replace(point, at=point.at + shift) for point in some]
        for name, some in changes.points.items()
    }
    return msgspec.structs.replace(changes, changed=changed, points=points)
