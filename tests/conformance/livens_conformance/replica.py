"""A client's copy of the variables: the rules of the protocol, said once more, without livens."""

from __future__ import annotations

from typing import Any

from livens_conformance.verdicts import Failed


class Replica:
    """A copy of the variables of one subscription.

    Attributes
    ----------
    variables : dict of str to dict
        The variables by name.
    points : dict of str to list
        The points that updates brought.
    frames : list of dict
        The functions that run.
    epoch, seq
        The process, and the number of the last message.
    capabilities : dict of str to int
        What the kernel says that it can do.
    needs_refresh : bool
        Whether a message is missing.

    Examples
    --------
    >>> replica = Replica()
    >>> replica.apply("refresh", {"epoch": "e", "seq": 1, "variables": [], "start": 0, "length": 0})
    >>> replica.apply("update", {"epoch": "e", "seq": 3})
    >>> replica.needs_refresh
    True
    """

    def __init__(self) -> None:
        self.variables: dict[str, dict[str, Any]] = {}
        self.points: dict[str, list[Any]] = {}
        self.frames: list[dict[str, Any]] = []
        self.capabilities: dict[str, int] = {}
        self.epoch = ""
        self.seq = 0
        self.needs_refresh = False
        self._parts: list[dict[str, Any]] | None = None
        self._length = 0

    @property
    def is_whole(self) -> bool:
        """Whether the whole state is here, and nothing is missing."""
        return bool(self.epoch) and self._parts is None and not self.needs_refresh

    def apply(self, method: str, params: dict[str, Any]) -> None:
        """Replay a message.

        Raises
        ------
        Failed
            If its number or its process cannot follow the last one's.
        """
        if method == "refresh" and params["start"] == 0:
            self._begin(params)
        elif params["epoch"] != self.epoch:
            raise Failed("another epoch without a refresh")
        elif params["seq"] <= self.seq:
            raise Failed(f"seq {params['seq']} after {self.seq}")
        elif params["seq"] != self.seq + 1:
            self.needs_refresh = True
            return
        else:
            self.seq = params["seq"]
        if self.needs_refresh:
            return
        if method == "refresh":
            self._part(params)
        elif method == "update":
            self._update(params)

    def _begin(self, params: dict[str, Any]) -> None:
        if params["epoch"] == self.epoch and params["seq"] <= self.seq:
            raise Failed(f"seq {params['seq']} after {self.seq}")
        if params["epoch"] != self.epoch and params["seq"] != 1:
            raise Failed(f"the first message of a comm has the seq {params['seq']}")
        self.epoch, self.seq = params["epoch"], params["seq"]
        self.capabilities = params.get("capabilities", {})
        self.needs_refresh, self._parts, self.frames = False, [], []

    def _part(self, params: dict[str, Any]) -> None:
        if self._parts is None or params["start"] != len(self._parts):
            raise Failed(f"a part of a refresh begins at {params['start']}")
        self._parts += params["variables"]
        if len(self._parts) > params["length"]:
            raise Failed("a refresh has more variables than its length says")
        if len(self._parts) == params["length"]:
            self.variables = {variable["name"]: variable for variable in self._parts}
            if len(self.variables) != params["length"]:
                raise Failed("a refresh has a name twice")
            self._parts = None

    def _update(self, params: dict[str, Any]) -> None:
        for name, points in params.get("points", {}).items():
            self.points.setdefault(name, []).extend(points)
        if params.get("frames") is not None:
            self.frames = params["frames"]
        target = self.variables
        for variable in params.get("changed", []):
            target[variable["name"]] = variable
            if self._parts is not None:
                self._parts = [v for v in self._parts if v["name"] != variable["name"]]
        for name in params.get("removed", []):
            target.pop(name, None)
