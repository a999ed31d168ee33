"""Spyder's side of its comm: calls of functions, in both directions."""

from __future__ import annotations

import ast
import json
import uuid
from pathlib import Path
from typing import Any

from benchmarks.race.front_ends import FrontEnd, Row
from benchmarks.race.javascript import NotFound
from benchmarks.race.kernels import Arrived, RacedKernel

_TARGET = "spyder_api"

_SETTINGS = {
    "check_all": False,
    "exclude_private": True,
    "exclude_uppercase": False,
    "exclude_capitalized": False,
    "exclude_unsupported": False,
    "exclude_callables_and_modules": True,
    "excluded_names": [],
    "minmax": False,
    "show_callable_attributes": True,
    "show_special_attributes": False,
    "filter_on": True,
}
"""What its variable explorer asks for as long as the user changes nothing. The names that are sent
are those that the installed package lists."""


class Spyder(FrontEnd):
    """Spyder with its variable explorer open.

    Parameters
    ----------
    kernel : RacedKernel
        A kernel of spyder-kernels.
    packages : list of Path
        Where its packages are imported from.
    """

    can_ask = True

    def __init__(self, kernel: RacedKernel, packages: list[Path]) -> None:
        super().__init__(kernel)
        self._comm = uuid.uuid4().hex
        self._settings = {name: _SETTINGS[name] for name in _names(packages) if name in _SETTINGS}

    def attach(self) -> None:
        """Open the comm, and say what the variable explorer wants to know."""
        content = {"comm_id": self._comm, "target_name": _TARGET, "data": {}}
        self.request("shell", "comm_open", content, has_reply=False)
        self.settle()
        self._call("shell", "set_configuration", {"namespace_view_settings": self._settings})
        self.settle()

    def react(self, message: Arrived) -> None:
        """Answer the kernel's question whether the comm is open."""
        if message.kind != "comm_msg" or not message.has(b"_comm_ready"):
            return
        call = message.content["data"]["content"]
        reply = {
            "is_error": False,
            "call_id": call["call_id"],
            "call_name": call["call_name"],
            "call_return_value": None,
        }
        self._send("shell", "remote_call_reply", reply)

    def ask(self) -> None:
        """Ask for the variables on the control channel, as its button does."""
        self._call("control", "get_namespace_view")

    def _call(self, channel: str, name: str, *arguments: Any) -> None:
        call = {
            "call_name": name,
            "call_id": uuid.uuid4().hex,
            "call_args": list(arguments),
            "call_kwargs": {},
            "buffered_args": [],
            "buffered_kwargs": [],
            "settings": {"blocking": True, "send_reply": True, "timeout": None},
        }
        self._send(channel, "remote_call", call)

    def _send(self, channel: str, kind: str, content: dict[str, Any]) -> None:
        data = {"spyder_msg_type": kind, "content": content}
        self.request(channel, "comm_msg", {"comm_id": self._comm, "data": data}, has_reply=False)

    def shown(self, message: Arrived) -> dict[str, Row]:
        """Read the view of the namespace, pushed or asked for."""
        if message.kind != "comm_msg":
            return {}
        call = message.content["data"].get("content") or {}
        view: Any = None
        if call.get("call_name") == "update_state":
            view = call["call_args"][0].get("namespace_view")
        elif call.get("call_name") == "get_namespace_view":
            view = call.get("call_return_value")
        return {name: Row(str(row["view"]), json.dumps(row)) for name, row in (view or {}).items()}


def _names(packages: list[Path]) -> list[str]:
    """Return the names of the settings that the installed package takes."""
    for folder in packages:
        path = folder / "spyder_kernels/utils/nsview.py"
        if not path.exists():
            continue
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "REMOTE_SETTINGS":
                names: list[str] = list(ast.literal_eval(node.value))
                return names
    raise NotFound("no REMOTE_SETTINGS in spyder_kernels/utils/nsview.py")
