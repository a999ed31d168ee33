"""Real kernels that keep their state, to be killed and started again."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kernels import NO_HISTORY_FILE, started

from livens.exceptions import ArchiveFailed
from livens.state.archive.reading import ArchiveReader
from livens.state.archive.records import Entry
from livens.testing import KernelClient

TIMEOUT_S = 90.0


class KeptKernel:
    """A kernel, its client, and its archive."""

    def __init__(self, manager: Any, client: KernelClient, path: Path) -> None:
        self.manager, self.client, self.path = manager, client, path

    def run(self, code: str) -> str:
        """Run a cell; return what it printed and its result, or how it failed."""
        done = self.client.execute(code)
        failed = [m["content"]["evalue"] for m in done.messages if m["msg_type"] == "error"]
        texts = [
            m["content"]["text"]
            for m in done.messages
            if m["msg_type"] == "stream" and m["content"]["name"] == "stderr"
        ]
        return "".join([done.stdout, done.result or "", *texts, *failed])

    def kill(self) -> None:
        """End it by SIGKILL."""
        self.manager.signal_kernel(signal.SIGKILL)

    def restart(self, *, now: bool) -> None:
        """Restart it, as a front end or the watchdog of a server does."""
        self.manager.restart_kernel(now=now)
        self.client.client.wait_for_ready(timeout=60)

    def wait_for(self, condition: Callable[[dict[str, Entry]], object]) -> None:
        """Wait until the archive says what is expected of the newest session."""
        until = time.monotonic() + TIMEOUT_S
        state: dict[str, Entry] = {}
        while time.monotonic() < until:
            try:
                with ArchiveReader(self.path) as reader:
                    sessions = reader.sessions()
                    state = reader.state_at(sessions[-1].id) if sessions else {}
            except ArchiveFailed:
                state = {}
            if condition(state):
                return
            time.sleep(0.01)
        raise TimeoutError(f"not within {TIMEOUT_S} s; the archive has {state}")

    def wait_for_kept(self, *names: str) -> None:
        """Wait until names are kept."""
        self.wait_for(lambda state: all(n in state and state[n].kind == "kept" for n in names))


@contextmanager
def kept_kernel(
    path: Path, *options: str, notebook: str = "a.ipynb", is_on: bool = True
) -> Iterator[KeptKernel]:
    """Start a kernel for a notebook that keeps its state."""
    arguments = [
        *NO_HISTORY_FILE,
        f"--LivensKernel.state_file={path}",
        *(["--LivensKernel.keep_state=True"] if is_on else []),
        *(f"--LivensKernel.{option}" for option in options),
    ]
    environment = {**os.environ, "JPY_SESSION_NAME": notebook}
    with started(extra_arguments=arguments, env=environment) as (manager, client):
        yield KeptKernel(manager, client, path)
