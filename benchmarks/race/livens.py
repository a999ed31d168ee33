"""livens' own protocol: one subscriber to everything, which is sent what changed."""

from __future__ import annotations

import json
import uuid

from benchmarks.kernels import TARGET
from benchmarks.race.front_ends import FrontEnd, Row
from benchmarks.race.kernels import Arrived

_SHOWN = ("preview", "change", "type", "length", "shape", "dtype", "nbytes", "status", "reason")
"""What a client shows of a variable; the rest says when and where it changed."""


class Livens(FrontEnd):
    """A subscriber; it asks for nothing, whatever the cells do."""

    tells_changes = True
    late_s = 5.0

    def attach(self) -> None:
        """Subscribe on the control channel, and wait for all variables."""
        content = {"comm_id": uuid.uuid4().hex, "target_name": TARGET, "data": {}}
        self.request("control", "comm_open", content, has_reply=False)
        self.settle()

    def shown(self, message: Arrived) -> dict[str, Row]:
        """Read what changed."""
        if message.kind != "comm_msg":
            return {}
        params = message.params
        told = [*params.get("variables", ()), *params.get("changed", ())]
        return {row["name"]: Row(str(row.get("preview", "")), _shown(row)) for row in told}

    def has_told(self, message: Arrived, expected: tuple[str, str]) -> bool:
        """Return whether the message has the variable's new value."""
        return message.tells(*expected)


def _shown(row: dict[str, object]) -> str:
    return json.dumps({key: row[key] for key in _SHOWN if key in row})
