"""A watcher whose rules are tried, without a kernel."""

from __future__ import annotations

from typing import Any

from livens.protocol import messages, requests
from livens.protocol.redaction import Redactor
from livens.rules.conditions import Condition
from livens.testing import Clock, MessageLog
from livens.watching.namespace import MonitoredDict
from livens.watching.watcher import Watcher


class Watched:
    """A watcher of a namespace with one subscriber, and a clock that stands still."""

    def __init__(self, **values: Any) -> None:
        self.clock = Clock()
        self.watcher = Watcher(redactor=Redactor(), clock=self.clock, wall_clock=self.clock)
        self.namespace = MonitoredDict({**values})
        self.watcher.attach(self.namespace)
        self.told = MessageLog()
        self.watcher.subscribe(requests.Subscription(), self.told)

    def add(self, condition: str, action: Any = "notify", **options: Any) -> str:
        return self.watcher.rules.add(Condition(condition), action, **options).id

    def drive(self) -> None:
        """Do what the driver does."""
        self.watcher.tick()
        self.watcher.run_calls()
        self.clock.push(1)
        self.watcher.tick()

    @property
    def messages(self) -> list[str]:
        return [m.params.message for m in self.told.messages if isinstance(m, messages.Event)]
