"""A client of an endpoint in the same process, with a kernel that is a stand-in."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from livens.kernel.endpoint import Endpoint
from livens.kernel.ipython_forms import form, forms
from livens.kernel.state_actions import StateActions
from livens.protocol import messages
from livens.protocol.redaction import Redactor
from livens.protocol.sharing_requests import SharedNames
from livens.testing import validate
from livens.watching.namespace import MonitoredDict
from livens.watching.watcher import Watcher

SHELL = InteractiveShell()


class FakeHost:
    """A kernel whose main thread is the one that calls."""

    def __init__(self) -> None:
        self.queued: list[Callable[[], None]] = []

    def call_on_main_thread(self, function: Callable[[], None]) -> None:
        function()

    def queue(self, function: Callable[[], None]) -> None:
        self.queued.append(function)

    def run_queued(self) -> None:
        while self.queued:
            self.queued.pop(0)()

    def nothing_kept(self) -> None:
        return None

    def shared_names(self) -> SharedNames:
        return SharedNames()

    def state_actions(self) -> StateActions:
        raise AssertionError("no test of these asks for kept states")

    def form(self, value: object, mime: str) -> str | bytes:
        return form(SHELL, value, mime)

    def forms(self, value: object) -> list[str]:
        return forms(SHELL, value)


class Client:
    """One client of an endpoint; every message that it gets is valid."""

    def __init__(self, **values: Any) -> None:
        # No verdict hangs on how busy the machine is: by this clock nothing takes long.
        self.watcher = Watcher(redactor=Redactor(), cpu_clock=lambda: 0.0)
        self.namespace = MonitoredDict({"__builtins__": __builtins__, **values})
        self.watcher.attach(self.namespace, {"In": values.get("In")})
        self.messages: list[dict[str, Any]] = []
        self.got_answer = threading.Event()
        self.host = FakeHost()
        self.endpoint = Endpoint(self.watcher, self.host, self.take)
        self.endpoint.open({})

    def take(self, message: bytes, cell: Any) -> None:
        data = json.loads(message)
        validate(data)
        self.messages.append(data)
        if "id" in data:
            self.got_answer.set()

    def send(self, data: Any) -> dict[str, Any]:
        self.got_answer.clear()
        self.endpoint.receive(data)
        assert self.got_answer.wait(60)
        return next(m for m in reversed(self.messages) if "id" in m)

    def ask(self, method: str, **params: Any) -> Any:
        answer = self.send({"method": method, "params": params, "id": 7})
        assert answer["id"] == 7
        if "result" in answer:
            messages.decode_result(method, answer["result"])
            return answer["result"]
        return answer["error"]
