"""The extensions of JupyterLab: what they send is read from their installed files."""

from __future__ import annotations

import ast
import json
import uuid
from pathlib import Path
from typing import Any

from benchmarks.race import javascript
from benchmarks.race.front_ends import FrontEnd, Row
from benchmarks.race.kernels import Arrived, RacedKernel


class Extension(FrontEnd):
    """A front end whose code is in a folder.

    Parameters
    ----------
    kernel : RacedKernel
        The kernel that it is connected to.
    files : Path
        Where the package is installed.
    """

    def __init__(self, kernel: RacedKernel, files: Path) -> None:
        super().__init__(kernel)
        self.files = files / "share/jupyter/labextensions"
        self.javascript = javascript.sources(self.files)

    def default_of(self, setting: str) -> Any:
        """Return the default of a setting, from the extension's own schemas.

        Raises
        ------
        NotFound
            If it has no such setting.
        """
        for path in sorted(self.files.rglob("schemas/**/*.json")):
            properties = json.loads(path.read_text("utf-8")).get("properties", {})
            if setting in properties:
                return properties[setting]["default"]
        raise javascript.NotFound(f"no setting {setting!r}")


class Lckr(Extension):
    """lckr's inspector: a query is queued as soon as the kernel says that a cell begins."""

    def __init__(self, kernel: RacedKernel, files: Path) -> None:
        super().__init__(kernel, files)
        self._script = javascript.python_with(
            self.javascript, "def _jupyterlab_variableinspector_dict_list"
        )
        self._query = javascript.one(
            self.javascript, r'queryCommand:"(_jupyterlab_variableinspector\w+\(\))"'
        )
        change = javascript.one(
            self.javascript, r"(_jupyterlab_variableinspector_changesettings\(maxitems=)\$\{"
        )
        self._settings = f"{change}{self.default_of('maxItems')})"
        self._queries: set[str] = set()

    def attach(self) -> None:
        """Define its functions, set them up, and list for the first time."""
        self.execute(self._script, silent=True)
        self.settle()
        self.execute(self._settings, store_history=False)
        self.settle()

    def react(self, message: Arrived) -> None:
        """Query at each ``execute_input`` that is not one of its own."""
        if message.kind == "execute_input" and message.content["code"] != self._query:
            self._queries.add(self.execute(self._query, store_history=False))

    def shown(self, message: Arrived) -> dict[str, Row]:
        """Read the JSON in the text of a result."""
        if message.kind != "execute_result" or message.parent not in self._queries:
            return {}
        listed = json.loads(ast.literal_eval(message.content["data"]["text/plain"]))
        return {row["varName"]: Row(str(row["varContent"]), json.dumps(row)) for row in listed}


class Mljar(Extension):
    """mljar's inspector: the whole script in a subshell, after two pauses after each cell."""

    can_ask = True

    def __init__(self, kernel: RacedKernel, files: Path) -> None:
        super().__init__(kernel, files)
        self._script = javascript.python_with(
            self.javascript, "def __mljar_variable_inspector_dict_list"
        )
        pauses = (
            r"refreshTimer=setTimeout\(.{0,200}?\},(\d+)\)",
            r"useRef\)\(new \w+\((\d+)\)\)",
        )
        self._pauses_s = [int(javascript.one(self.javascript, text)) / 1000 for text in pauses]
        self._asks_by_itself = bool(self.default_of("variableInspectorAutoRefresh"))
        self._subshell = ""

    def attach(self) -> None:
        """Make a subshell, and list for the first time."""
        msg_id = self.request("control", "create_subshell_request", {})
        for message in self.settle():
            if message.parent == msg_id and message.channel == "control":
                self._subshell = message.content.get("subshell_id") or ""
        self.ask()
        self.settle()

    def react(self, message: Arrived) -> None:
        """List some time after each cell of the user."""
        if self._asks_by_itself and message.is_idle_of(self.cell):
            self.pause(self._pauses_s[0], lambda: self.pause(self._pauses_s[1], self.ask))

    def ask(self) -> None:
        """Send the whole script."""
        self.execute(
            self._script,
            store_history=False,
            stop_on_error=True,
            subshell=self._subshell,
            metadata={"mljar_variable_inspector": True},
        )

    def shown(self, message: Arrived) -> dict[str, Row]:
        """Read the JSON of a result."""
        if message.kind not in ("execute_result", "display_data"):
            return {}
        listed = message.content["data"].get("application/json", [])
        return {row["varName"]: Row(str(row["varSimpleValue"]), json.dumps(row)) for row in listed}


class Explorer(Extension):
    """variable-explorer: what it put into the kernel sends all variables after each cell."""

    can_ask = True

    def __init__(self, kernel: RacedKernel, files: Path) -> None:
        super().__init__(kernel, files)
        self._script = javascript.python_with(self.javascript, "import init_comm")
        self._target = javascript.one(self.javascript, r'createComm\("(\w+)"\)')
        self._refresh = javascript.one(
            self.javascript, r'refresh\(\)\{this\.send\(\{type:"(\w+)"\}\)'
        )
        self._comm = uuid.uuid4().hex
        self._subshell = ""

    def attach(self) -> None:
        """Define its comm, and open it; JupyterLab gives each comm target a subshell."""
        self.execute(self._script.strip(), silent=True, store_history=False)
        self.settle()
        msg_id = self.request("control", "create_subshell_request", {})
        for message in self.settle():
            if message.parent == msg_id and message.channel == "control":
                self._subshell = message.content.get("subshell_id") or ""
        self._send("comm_open", target_name=self._target, data={})
        if not any(message.kind == "comm_msg" for message in self.settle()):
            raise javascript.NotFound("nothing came when its comm was opened")

    def ask(self) -> None:
        """Send what its button sends."""
        self._send("comm_msg", data={"type": self._refresh})

    def _send(self, kind: str, **content: Any) -> None:
        content["comm_id"] = self._comm
        self.request("shell", kind, content, has_reply=False, subshell=self._subshell)

    def shown(self, message: Arrived) -> dict[str, Row]:
        """Read the list in a comm message."""
        if message.kind != "comm_msg":
            return {}
        listed = message.content["data"].get("variables", [])
        return {row["name"]: Row(str(row["shortRepr"]), json.dumps(row)) for row in listed}
