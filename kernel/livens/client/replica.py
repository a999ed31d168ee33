"""A client's own copy of the variables, kept by replaying the kernel's messages.

It knows no connection, no thread and no clock; `livens.client.conversation` feeds it. Two numbers
keep it right: `epoch` names the kernel process, `seq` counts the messages within a comm. A number
that is missing means that messages were lost (ZeroMQ drops them for a reader that is too slow), and
then nothing that follows may be trusted until a whole `refresh` has come.
"""

from __future__ import annotations

from collections.abc import Iterable

from livens.protocol import capabilities
from livens.protocol.messages import (
    Event,
    EventParams,
    Notification,
    Refresh,
    RefreshParams,
    Update,
    UpdateParams,
)
from livens.protocol.types import ChangeSet, Frame, Point, Process, Unevaluated, Variable


class Replica:
    """A copy of the variables of one subscription.

    Parameters
    ----------
    max_points : int
        How many points of each variable's history to keep.

    Attributes
    ----------
    variables : dict of str to Variable
        The variables by name, as of the last message that could be trusted. A refresh puts a new
        dict in place, so whoever keeps the old one sees no half of a state.
    points : dict of str to list of Point
        The newest points of the variables by name, as far as updates brought them; there may be
        a hole where messages were lost, and of a variable that is gone they stay.
    frames : list of Frame
        The functions that run, the innermost of each thread first.
    capabilities : dict of str to int
        What the kernel can do: the revision of each method and feature; empty before the first
        message.
    process : Process, optional
        Which process they come from, if it says so.
    epoch : str
        The kernel process they come from; empty before the first message.
    seq : int
        The number of the last message.
    needs_refresh : bool
        Whether messages were lost. True until the first part of a refresh comes.

    Examples
    --------
    >>> x = Variable("x", [["name", "x"]], "number", "int", preview="1")
    >>> replica = Replica()
    >>> state = RefreshParams(protocol=1, epoch="e1", seq=1, variables=[x], start=0, length=1)
    >>> replica.apply(Refresh(state)).complete
    True
    >>> replica.apply(Update(UpdateParams(epoch="e1", seq=2, removed=["x"]))).removed
    ['x']
    >>> replica.variables
    {}
    """

    def __init__(self, max_points: int = 1_000) -> None:
        self.variables: dict[str, Variable] = {}
        self.points: dict[str, list[Point]] = {}
        self.frames: list[Frame] = []
        self._max_points = max_points
        self.capabilities: dict[str, int] = {}
        self.process: Process | None = None
        self.epoch = ""
        self.seq = 0
        self.needs_refresh = False
        self._parts: list[Variable] | None = None
        self._held: list[UpdateParams] = []

    def apply(self, message: Notification) -> ChangeSet | None:
        """Replay one message.

        Parameters
        ----------
        message : Refresh, Update or Event
            The next message of the comm. Those that came before are ignored.

        Returns
        -------
        ChangeSet or None
            What it changed here. None for an event, for what is ignored, and for a part of a
            refresh that is not the last; the last gives a change set that is `complete`.
        """
        match message:
            case Refresh(params):
                return self._refresh(params)
            case Update(params):
                return self._update(params)
            case Event(params):
                self._follows(params)
        return None

    def pass_over(self, epoch: str, seq: int) -> None:
        """Take note of a message of a later version, which changes nothing here."""
        if epoch == self.epoch and seq == self.seq + 1:
            self.seq = seq

    def reset(self) -> None:
        """Start anew with the next refresh, whatever its numbers; until then the copy stays."""
        self.epoch, self.seq, self.needs_refresh = "", 0, False
        self._drop_parts()

    def whole(self, change_sets: list[ChangeSet]) -> ChangeSet:
        """Make one complete change set for a reader who has missed some."""
        touched: dict[str, None] = {}
        for change_set in change_sets:
            touched.update(dict.fromkeys(variable.name for variable in change_set.changed))
            touched.update(dict.fromkeys(change_set.removed))
        last = change_sets[-1]
        return ChangeSet(
            last.epoch,
            last.seq,
            list(self.variables.values()),
            [name for name in touched if name not in self.variables],
            last.unevaluated,
            last.cell,
            complete=True,
            points=_joined(change_set.points for change_set in change_sets),
            frames=self.frames,
            capabilities=self.capabilities,
            process=self.process,
            digests=[digest for change_set in change_sets for digest in change_set.digests],
        )

    def _follows(self, params: RefreshParams | UpdateParams | EventParams) -> bool:
        """Return whether this is the very next message; a gap is noted."""
        if params.epoch == self.epoch and params.seq <= self.seq:
            return False
        if params.epoch != self.epoch or params.seq != self.seq + 1:
            self._lost()
            return False
        self.seq = params.seq
        return not self.needs_refresh

    def _lost(self) -> None:
        self.needs_refresh = True
        self._drop_parts()

    def _drop_parts(self) -> None:
        self._parts, self._held = None, []

    def _update(self, params: UpdateParams) -> ChangeSet | None:
        if not self._follows(params):
            return None
        for name, points in params.points.items():
            self.points[name] = [*self.points.get(name, ()), *points][-self._max_points :]
        if params.frames is not None:
            self.frames = params.frames
        if self._parts is not None:
            self._held.append(params)
            return None
        for variable in params.changed:
            self.variables[variable.name] = variable
        for name in params.removed:
            self.variables.pop(name, None)
        return ChangeSet(
            params.epoch,
            params.seq,
            params.changed,
            params.removed,
            params.unevaluated,
            params.cell,
            origins=params.origins,
            points=params.points,
            frames=params.frames,
            digests=params.digests,
        )

    def _refresh(self, params: RefreshParams) -> ChangeSet | None:
        if params.start == 0:
            if params.epoch == self.epoch and params.seq <= self.seq:
                return None
            if params.epoch != self.epoch:
                self.points = {}
            self.frames = []
            self.epoch, self.seq = params.epoch, params.seq
            self.capabilities = capabilities.of(params.capabilities)
            self.process = params.process
            self.needs_refresh = False
            self._parts, self._held = [], []
        elif not self._follows(params):
            return None
        if self._parts is None or params.start != len(self._parts):
            self._lost()
            return None
        self._parts += params.variables
        return self._complete() if len(self._parts) >= params.length else None

    def _complete(self) -> ChangeSet:
        """Put the new state in the place of the old one."""
        before, parts, held = self.variables, self._parts or [], self._held
        self._drop_parts()
        variables = {variable.name: variable for variable in parts}
        unevaluated: list[Unevaluated] = []
        for update in held:
            _merge(variables, update)
            unevaluated += update.unevaluated
        self.variables = variables
        return ChangeSet(
            self.epoch,
            self.seq,
            list(variables.values()),
            [name for name in before if name not in variables],
            unevaluated,
            held[-1].cell if held else None,
            complete=True,
            points=_joined(update.points for update in held),
            frames=self.frames,
            capabilities=self.capabilities,
            process=self.process,
            digests=[digest for update in held for digest in update.digests],
        )


def is_state(data: object) -> bool:
    """Return whether data are of the state, which a client cannot do without.

    Examples
    --------
    >>> is_state({"method": "update"}), is_state({"method": "of.a.later.version"}), is_state(None)
    (True, False, False)
    """
    return isinstance(data, dict) and data.get("method") in ("refresh", "update")


def numbers_of(data: object) -> tuple[str, int]:
    """Return the epoch and the number of a message that cannot be read, as far as it has them.

    Examples
    --------
    >>> numbers_of({"params": {"epoch": "e", "seq": 3}}), numbers_of(None)
    (('e', 3), ('', 0))
    """
    params = data.get("params") if isinstance(data, dict) else None
    if not isinstance(params, dict):
        return "", 0
    epoch, seq = params.get("epoch"), params.get("seq")
    if isinstance(epoch, str) and isinstance(seq, int):
        return epoch, seq
    return "", 0


def _joined(parts: Iterable[dict[str, list[Point]]]) -> dict[str, list[Point]]:
    """Put the points of several messages one after the other."""
    joined: dict[str, list[Point]] = {}
    for part in parts:
        for name, points in part.items():
            joined.setdefault(name, []).extend(points)
    return joined


def _merge(variables: dict[str, Variable], update: UpdateParams) -> None:
    """Apply an update that came between two parts of a refresh.

    A later part may describe a value that is newer than the one in the update: the version says
    which.
    """
    for variable in update.changed:
        known = variables.get(variable.name)
        if known is None or known.version <= variable.version:
            variables[variable.name] = variable
    for name in update.removed:
        variables.pop(name, None)
