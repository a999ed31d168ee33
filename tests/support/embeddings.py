"""A client of an embedding in the same process: what it was told, and requests of its own."""

from __future__ import annotations

import json
from typing import Any

from livens.kernel.embedding import Connection
from livens.testing import validate


class Told:
    """What a client was sent."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def __call__(self, text: str) -> None:
        message = json.loads(text)
        validate(message)
        self.messages.append(message)

    def previews(self, name: str) -> list[str]:
        """Return the previews of a variable, in the order in which they were told."""
        params = [message.get("params", {}) for message in self.messages]
        changed = [p.get("changed", []) + p.get("variables", []) for p in params]
        return [v["preview"] for each in changed for v in each if v["name"] == name]

    def answer(self, request_id: int) -> dict[str, Any]:
        """Return the answer to a request."""
        return next(message for message in self.messages if message.get("id") == request_id)


def ask(connection: Connection, request_id: int, method: str, **params: Any) -> None:
    """Send a request."""
    connection.receive(json.dumps({"id": request_id, "method": method, "params": params}))
