"""The audit log: a line for each change that an agent asks for, before it is made.

A change that cannot be written down is not made. The name of the agent is that by which the
kernel's other clients are told who changed a variable. Secrets in code are masked.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_core.paths import jupyter_data_dir

from livens.exceptions import NotAllowed
from livens.protocol.redaction import Redactor
from livens.protocol.types import REDACTED

FILE = "agents.audit.jsonl"
"""The name of the log, in the folder `livens` of Jupyter's data directory."""

MAX_TEXT_CHARS = 10_000
"""So much of a piece of code is written down."""


def default_file() -> Path:
    """Return where the log is by default."""
    return Path(jupyter_data_dir()) / "livens" / FILE


class Who(NamedTuple):
    """Who changes what.

    Attributes
    ----------
    client : str
        The agent, as the kernel's other clients know it.
    kernel, epoch : str
        The kernel, and its process.
    tool : str
        What it called.
    """

    client: str
    kernel: str
    epoch: str
    tool: str


class AuditLog:
    """A file of JSON Lines that only its owner can read.

    Parameters
    ----------
    file : Path
        Where; made with its folder by the first line.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._redactor = Redactor()

    def begun(self, who: Who, what: dict[str, Any]) -> None:
        """Write down what is about to be done.

        Raises
        ------
        NotAllowed
            If it cannot be written down.
        """
        try:
            self._write("asked", who, what)
        except OSError as err:
            raise NotAllowed(
                f"The audit log {self.file} cannot be written: {err.strerror or err}",
                expected="a file that can be written; what is not written down is not done",
                remedy="Free the disk, or name another file by --audit-log.",
            ) from None

    def ended(self, who: Who, outcome: str) -> None:
        """Write down how it ended, as far as that can be written."""
        with suppress(OSError):  # that it was asked for is written down
            self._write("ended", who, {"outcome": outcome})

    def _write(self, event: str, who: Who, what: dict[str, Any]) -> None:
        line = {
            "at": round(time.time(), 3),
            "event": event,
            **who._asdict(),
            **self._told(what),
        }
        self.file.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        descriptor = os.open(self.file, flags, 0o600)
        try:
            data = (json.dumps(line, ensure_ascii=True) + "\n").encode()
            if os.write(descriptor, data) < len(data):
                raise OSError(0, "the disk is full")
        finally:
            os.close(descriptor)

    def _told(self, what: dict[str, Any]) -> dict[str, Any]:
        """Return what is written of the arguments: no secret, by its name or by its look."""
        told = {name: self._shown(value) for name, value in what.items()}
        if isinstance(told.get("name"), str) and self._redactor.hides(told["name"]):
            told["expression"] = REDACTED
        return told

    def _shown(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._redactor.masked(value)[:MAX_TEXT_CHARS]
        if isinstance(value, list):
            return [self._shown(item) for item in value]
        return value
