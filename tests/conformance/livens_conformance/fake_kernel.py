"""A kernel that is none: it tells variables that a script changes, and loses and swaps messages.

`FakeKernel` holds no connection and no clock: what it says goes into `outbox`, where whoever plays
the network may drop, swap, repeat or hold back messages. So a client can be tried with what happens
once in a thousand hours, as often as one likes.
"""

from __future__ import annotations

import itertools
from typing import Any

_epochs = itertools.count(1)


def variable(name: str, preview: str, version: int = 1) -> dict[str, Any]:
    """Return the description of a number."""
    return {
        "name": name,
        "path": [["name", name]],
        "kind": "number",
        "type": "int",
        "preview": preview,
        "version": version,
    }


class FakeKernel:
    """The kernel's end of one comm.

    Attributes
    ----------
    variables : dict of str to str
        The previews by name.
    epoch, seq
        The process, and the number of the last message.
    outbox : list of dict
        What it has said, the oldest first; taken by whoever carries it.
    refreshes : int
        How often it was asked for the whole state, or for another subscription.
    part : int
        How many variables a part of a refresh has.
    extra : dict
        Fields that are added to each message: what a later version may have.

    Examples
    --------
    >>> kernel = FakeKernel()
    >>> kernel.set(x="1")
    >>> kernel.opened({})
    >>> kernel.set(x="2")
    >>> [(m["method"], m["params"]["seq"]) for m in kernel.take()]
    [('refresh', 1), ('update', 2)]
    """

    def __init__(self, part: int = 1_000) -> None:
        self.variables: dict[str, str] = {}
        self.part = part
        self.extra: dict[str, Any] = {}
        self.outbox: list[dict[str, Any]] = []
        self.refreshes = 0
        self.capabilities = {"subscribe": 1, "refresh": 1, "list": 1, "cells": 1}
        self.restart()

    def restart(self) -> None:
        """Become another process, which knows no variable and no comm."""
        self.epoch = f"epoch-{next(_epochs)}"
        self.seq = 0
        self.is_open = False
        self.outbox.clear()
        self.variables = {}
        self._versions: dict[str, int] = {}

    def take(self) -> list[dict[str, Any]]:
        """Return what it has said, once."""
        said, self.outbox = self.outbox, []
        return said

    # -- what code does --------------------------------------------------------------------

    def set(self, **previews: str) -> None:
        """Store values."""
        self.variables |= previews
        for name in previews:
            self._versions[name] = self._versions.get(name, 0) + 1
        self._tell(changed=[self._variable(name) for name in previews])

    def delete(self, *names: str) -> None:
        """Delete names."""
        for name in names:
            del self.variables[name]
        self._tell(removed=list(names))

    def event(self, kind: str = "set-aside") -> None:
        """Tell an event, which changes no variable."""
        self._say("event", kind=kind, name="x", message="something")

    # -- what the client does --------------------------------------------------------------

    def opened(self, subscription: dict[str, Any]) -> None:
        """Open the comm: the whole state is told."""
        self.is_open, self.seq = True, 0
        self._refresh()

    def received(self, data: Any) -> None:
        """Answer a request."""
        if not self.is_open:
            return
        method, number = data.get("method"), data.get("id")
        if method in ("refresh", "subscribe"):
            self.refreshes += 1
            self._refresh()
            result: dict[str, Any] = {
                "protocol": 1,
                "epoch": self.epoch,
                "seq": self.seq,
                "subscription": {"names": ["*"], **data.get("params", {})},
            }
        elif method == "list":
            found = [self._variable(name) for name in sorted(self.variables)]
            result = {"variables": found, "start": 0, "total": len(found)}
        else:
            self._answer(number, error={"code": -32003, "message": f"no {method}", "data": {}})
            return
        self._answer(number, result=result)

    def _answer(self, number: Any, **content: Any) -> None:
        if number is not None:
            self.outbox.append({"id": number, **content})

    # -- what it says ----------------------------------------------------------------------

    def _variable(self, name: str) -> dict[str, Any]:
        return variable(name, self.variables[name], self._versions.get(name, 1)) | self.extra

    def _tell(self, **params: Any) -> None:
        if self.is_open:
            self._say("update", **params)

    def _refresh(self) -> None:
        names = list(self.variables)
        for start in range(0, max(1, len(names)), self.part):
            params = {
                "protocol": 1,
                "variables": [self._variable(name) for name in names[start : start + self.part]],
                "start": start,
                "length": len(names),
                "mode": "full",
            }
            if start == 0:
                params["capabilities"] = self.capabilities
            self._say("refresh", **params)

    def _say(self, method: str, **params: Any) -> None:
        self.seq += 1
        told = {"epoch": self.epoch, "seq": self.seq, **params, **self.extra}
        self.outbox.append({"method": method, "params": told})
