"""ipykernel's debugger requests, without a debugger and with it, and JupyterLab's use of them."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from benchmarks.race.front_ends import FrontEnd, Row
from benchmarks.race.kernels import Arrived, RacedKernel

_RENDERED = "x"
"""The variable whose rendering is open."""

_INITIALIZE = {
    "clientID": "jupyterlab",
    "clientName": "JupyterLab",
    "adapterID": "python3",
    "pathFormat": "path",
    "linesStartAt1": True,
    "columnsStartAt1": True,
    "supportsVariableType": True,
    "supportsVariablePaging": True,
    "supportsRunInTerminalRequest": True,
    "locale": "en",
}


class Inspect(FrontEnd):
    """A client of the debugger's requests, with which no debugger has to be attached."""

    can_ask = True

    def __init__(self, kernel: RacedKernel) -> None:
        super().__init__(kernel)
        self._numbers = count(1)
        self._rendering: set[str] = set()

    def attach(self) -> None:
        """List for the first time."""
        self.ask()
        self.settle()

    def react(self, message: Arrived) -> None:
        """List when a cell is idle."""
        if message.is_idle_of(self.cell):
            self.ask()

    def ask(self) -> None:
        """Request all variables."""
        self.debug("inspectVariables")

    def debug(self, command: str, **arguments: Any) -> str:
        """Send a request of the debug adapter protocol; returns its id."""
        content = {
            "type": "request",
            "seq": next(self._numbers),
            "command": command,
            "arguments": arguments,
        }
        return self.request("control", "debug_request", content)

    def shown(self, message: Arrived) -> dict[str, Row]:
        """Read the variables, or the rendering of the one that is open."""
        if message.kind != "debug_reply":
            return {}
        content = message.content
        body = content.get("body") or {}
        if content.get("command") == "richInspectVariables":
            text = body.get("data", {}).get("text/plain")
            return {} if text is None else {_RENDERED: Row(text, json.dumps(body))}
        return {
            row["name"]: Row(row["value"], json.dumps(_without_reference(row)))
            for row in body.get("variables", [])
        }


class Rich(Inspect):
    """The same client while it shows one variable as a notebook would."""

    def ask(self) -> None:
        """Request all variables, and the rendering of one."""
        super().ask()
        self.debug("richInspectVariables", variableName=_RENDERED)


class LabDebugger(Inspect):
    """JupyterLab with the debugger on: it lists at each message of a cell, without a pause."""

    def attach(self) -> None:
        """Start the debugger as JupyterLab does."""
        for command, arguments in (("initialize", _INITIALIZE), ("attach", {})):
            self.debug(command, **arguments)
            self.settle()
        super().attach()

    def react(self, message: Arrived) -> None:
        """List at each message on IOPub that belongs to the cell."""
        if message.channel == "iopub" and message.parent == self.cell:
            self.ask()


def _without_reference(row: dict[str, Any]) -> dict[str, Any]:
    """Leave out the number by which a variable's parts are asked for: each list has new ones."""
    return {key: value for key, value in row.items() if key != "variablesReference"}
