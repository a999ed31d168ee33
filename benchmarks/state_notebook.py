"""A busy notebook whose state after each cell is known, and kernels that run it.

Each cell changes some variables by its number alone, so that another process can work out what
they were after any cell, and compare it with what the archive says.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from livens.exceptions import LivensError
from livens.state import encoding
from livens.state.archive.reading import ArchiveReader

TIMEOUT_S = 600
"""So long a cell may take, on a machine that does other things as well."""

FIRST = """\
n = 0; text = ''; items = []; alias = items; table = {}; nested = {'items': items, 'more': [items]}
blob = bytearray(400_000)
def double(value): return 2 * value
class Point:
    def __init__(self, x): self.x = x
point = Point(items)
"""

CELL = """\
n = {n}; text = str(n) * 3
items.append(n)
table[n % 50] = [n] * (n % 30)
blob[n % len(blob)] = n % 256; blob[(n * 7919) % len(blob)] = n % 256
if n % 7 == 0:
    made = list(range(n % 1000))
elif n % 7 == 3 and 'made' in globals():
    del made
if n % 11 == 0:
    blob = bytearray(blob)
if n % 13 == 0:
    rows = [{{'number': k, 'name': str(k)}} for k in range(3000 + n)]
"""

SHARED = {"items", "alias", "nested", "point"}


def cell(number: int) -> str:
    """Return the code of a cell; 0 is the first."""
    return FIRST if number == 0 else CELL.format(n=number)


class Replay:
    """What the variables are after each cell, worked out in this process.

    Examples
    --------
    >>> replay = Replay()
    >>> replay.upto(3)["items"]
    [1, 2, 3]
    """

    def __init__(self) -> None:
        self._names: dict[str, Any] = {}
        self._next = 0

    def upto(self, number: int) -> dict[str, Any]:
        """Return the variables after a cell; of an earlier one than before, all begins anew."""
        if number < self._next - 1:
            self._names, self._next = {}, 0
        while self._next <= number:
            exec(cell(self._next), self._names)
            self._next += 1
        return {name: value for name, value in self._names.items() if name != "__builtins__"}


class Kernel:
    """A kernel that is driven cell by cell.

    Parameters
    ----------
    arguments : list of str
        For the kernel.
    notebook : str
        What it is started for.
    cwd : path, optional
        The folder that it works in.
    python : str, optional
        A Python whose ipykernel is started instead.
    """

    def __init__(
        self,
        arguments: list[str],
        notebook: str = "busy.ipynb",
        cwd: Path | None = None,
        python: str = "",
    ) -> None:
        self.manager: Any = KernelManager(kernel_name="livens")
        self.manager.transport_encryption = "auto"
        if python:
            argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            spec = KernelSpec(argv=argv, display_name="stock", language="python")
            self.manager._kernel_spec = spec
        arguments = ["--HistoryManager.hist_file=:memory:", *arguments]
        # Threads that wait for each other by spinning make a busy machine stand still.
        environment = {**os.environ, "JPY_SESSION_NAME": notebook, "OMP_NUM_THREADS": "1"}
        self.manager.start_kernel(extra_arguments=arguments, env=environment, cwd=cwd)
        self.client: Any = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return int(self.manager.provisioner.pid)

    def run(self, code: str) -> str:
        """Run a cell; return how it failed, an empty text if it did not."""
        # Else what comes right after a cell that failed is aborted.
        msg_id = self.client.execute(code, stop_on_error=False)
        while True:
            reply = self.client.get_shell_msg(timeout=TIMEOUT_S)
            if reply["parent_header"].get("msg_id") == msg_id:
                content = reply["content"]
                return (
                    "" if content["status"] == "ok" else f"{content['ename']}: {content['evalue']}"
                )

    def value(self, expression: str) -> str:
        """Return the text of a value."""
        asked = {"value": expression}
        msg_id = self.client.execute("", store_history=False, user_expressions=asked)
        while True:
            reply = self.client.get_shell_msg(timeout=TIMEOUT_S)
            if reply["parent_header"].get("msg_id") == msg_id:
                found = reply["content"]["user_expressions"]["value"]
                return str(found.get("data", {}).get("text/plain", found.get("evalue")))

    def kill(self) -> None:
        """End it by SIGKILL, and wait for that."""
        self.manager.signal_kernel(signal.SIGKILL)
        self.close()

    def close(self) -> None:
        """End it if it runs."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@contextmanager
def kernel(
    path: Path | None, *options: str, notebook: str = "busy.ipynb", cwd: Path | None = None
) -> Iterator[Kernel]:
    """Start a kernel that keeps its state in *path*; one that keeps nothing if that is None."""
    arguments = [f"--LivensKernel.{option}" for option in options]
    if path is not None:
        arguments += ["--LivensKernel.keep_state=True", f"--LivensKernel.state_file={path}"]
    started = Kernel(arguments, notebook, cwd)
    try:
        yield started
    finally:
        started.close()


def mistakes(path: Path, replay: Replay, offset: int = 1) -> tuple[list[str], dict[str, int]]:
    """Compare all states in an archive with what they have to be.

    Parameters
    ----------
    path : pathlib.Path
        The archive.
    replay : Replay
        Says what they have to be.
    offset : int
        The number that the kernel gave the first cell.

    Returns
    -------
    list of str
        What is wrong.
    dict of str to int
        How many commits and values were compared, and how many names were not kept.
    """
    found: list[str] = []
    counts = {"commits": 0, "values": 0, "not kept": 0}
    try:
        with ArchiveReader(path) as reader:
            for session in reader.sessions():
                for commit in reader.commits(session.id):
                    if commit.kind == "cell" and commit.cell is not None:
                        counts["commits"] += 1
                        state = reader.state_at(session.id, commit.id)
                        expected = replay.upto(commit.cell - offset)
                        found += _compare(
                            reader, state, expected, f"after cell {commit.cell}", counts
                        )
    except LivensError as err:
        found.append(f"the archive cannot be read: {err}")
    return found, counts


def _compare(
    reader: ArchiveReader, state: Any, expected: dict[str, Any], when: str, counts: dict[str, int]
) -> list[str]:
    found = []
    names: dict[str, Any] = {"__name__": "__main__"}
    for group in dict.fromkeys(e.group for e in state.values() if e.group is not None):
        decoded = encoding.decode_group(*reader.read(group), names)
        for name, value in decoded.values.items():
            if state.get(name) is not None and state[name].group == group:
                names[name] = value
        found += [f"{when}: {n} is refused: {why}" for n, why in decoded.refused.items()]
    for name, entry in state.items():
        if name not in expected:
            found.append(f"{when}: there is a {name}, which was deleted")
        elif entry.group is None:
            counts["not kept"] += 1
        elif name in names and not _is_same(names[name], expected[name]):
            found.append(f"{when}: {name} is wrong")
        else:
            counts["values"] += 1
    found += [f"{when}: {name} is missing" for name in expected if name not in state]
    shared = [names[n] for n in ("items", "alias") if n in names and state[n].group is not None]
    if (
        len(shared) == 2
        and state["items"].group == state["alias"].group
        and shared[0] is not shared[1]
    ):
        found.append(f"{when}: items and alias are not one object")
    return found


def _is_same(kept: Any, expected: Any) -> bool:
    kind = type(expected).__name__
    if kind in ("function", "type"):
        return bool(kept.__name__ == expected.__name__)
    if kind == "Point":
        return type(kept).__name__ == "Point" and bool(kept.x == expected.x)
    return type(kept) is type(expected) and bool(kept == expected)


def wait_until_kept(path: Path, cells: int, timeout_s: float = 60.0) -> None:
    """Wait until the archive has a commit of a cell."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        try:
            with ArchiveReader(path) as reader:
                newest = reader.sessions()[-1].id
                if any((c.cell or 0) >= cells for c in reader.commits(newest)):
                    return
        except (LivensError, IndexError):
            pass
        time.sleep(0.01)
    raise TimeoutError(f"cell {cells} is not kept within {timeout_s} s")
