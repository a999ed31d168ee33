"""The suites, and one run of one of them: pytest in another process, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foreign import sources
from foreign.plugins.foreign_report import REPORT
from foreign.verdict import Outcomes, outcomes_of

HERE = Path(__file__).resolve().parent

TEST_S = 120
"""How long a test may take; that much only where the kernel does not answer."""

SUITE_S = 600
"""After that a run is ended, and the tests that are missing count as failed."""

OPTIONS = (
    *("--quiet", "-p", "no:cacheprovider", "-p", "foreign_report"),
    *("--override-ini", "log_cli=false"),
    # Without it pytest-asyncio warns, and the warning is an error in these suites.
    *("--override-ini", "asyncio_default_fixture_loop_scope=function"),
    f"--timeout={TEST_S}",
)


@dataclass(frozen=True)
class Suite:
    """The tests of one project.

    Attributes
    ----------
    name : str
        Of the package whose source has them.
    tests : tuple of str
        What pytest is given.
    members : tuple of str
        What of the source is unpacked: the tests, and how pytest is to run them.
    ours : tuple of str
        On what it runs besides stock, see `WAYS`.
    is_usual : bool
        Whether it runs when no suite is named.
    """

    name: str
    tests: tuple[str, ...] = ("tests",)
    members: tuple[str, ...] = ("tests", "pyproject.toml")
    ours: tuple[str, ...] = ("livens",)
    is_usual: bool = True


SUITES = (
    Suite("jupyter_kernel_test", ("test_ipykernel.py",), ("test_ipykernel.py",)),
    Suite("ipykernel"),
    Suite("nbclient"),
    # No kernel, but IPython's shell in a terminal: it takes some minutes, and finds less.
    Suite("ipython", ("tests", "IPython"), (), ("monitored", "watched"), is_usual=False),
)


@dataclass(frozen=True)
class Way:
    """What makes a suite run on something of ours.

    Attributes
    ----------
    folders : tuple of str
        Folders beside this file, whose modules are found before all others.
    plugins : tuple of str
        Of pytest.
    variables : tuple of str
        Of the environment, to be set.
    """

    folders: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


WAYS = {
    "stock": Way(),
    "livens": Way(("on_livens",), ("foreign_on_livens",)),
    "monitored": Way(("monitored",)),
    "watched": Way(("monitored",), variables=("LIVENS_WATCHED",)),
}


class Run:
    """A run of a suite on one kernel.

    Parameters
    ----------
    suite : Suite
        Its source is unpacked anew.
    kernel : str
        What the suite gets when it starts a kernel, or makes one in its own process; see `WAYS`.
    folder : path
        For this run alone.
    tests : sequence of str
        Only these, by their names.
    """

    def __init__(self, suite: Suite, kernel: str, folder: Path, tests: Sequence[str] = ()) -> None:
        self.suite = suite
        self.kernel = kernel
        self.took_s = 0.0
        self.failures: dict[str, str] = {}
        self._folder = folder
        self._way = WAYS[kernel]
        self._tests = tests or suite.tests
        self._report = folder / "report.jsonl"
        self._process: subprocess.Popen[bytes] | None = None

    def execute(self) -> Outcomes:
        """Run it to its end."""
        self._folder.mkdir(parents=True)
        source = sources.unpack(self.suite.name, self._folder, *self.suite.members)
        began = time.monotonic()
        log = self._folder / "log.txt"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                self._call(source),
                cwd=source,
                env=self._environment(),
                stdout=output,
                stderr=output,
            )
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(SUITE_S)
            self.end()
        self.took_s = time.monotonic() - began
        lines = self._lines()
        outcomes = outcomes_of(lines)
        if not outcomes:
            sys.stdout.write(log.read_text("utf-8", "replace")[-8000:])
            raise SystemExit(f"{self} ran no test (exit code {self._process.returncode})")
        self.failures = {line["test"]: line["text"] for line in lines if line.get("text")}
        return outcomes

    def end(self) -> None:
        """End the process, if it runs; kernels notice that their parent is gone."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def __str__(self) -> str:
        """Name it."""
        return f"{self.suite.name} on {self.kernel}"

    def progress(self) -> str:
        """Say how far it is."""
        lines = self._lines()
        done = {line["test"].partition(" (")[0] for line in lines if "test" in line}
        count = next((line["count"] for line in lines if "count" in line), "?")
        return f"{self} {len(done)}/{count}"

    def _call(self, source: Path) -> list[str]:
        plugins = [part for name in self._way.plugins for part in ("-p", name)]
        options = [*OPTIONS, f"--rootdir={source}", *plugins]
        return [sys.executable, "-m", "pytest", *options, *self._tests]

    def _environment(self) -> dict[str, str]:
        """Return the environment, in which programs and plugins are found before all others."""
        folders = [HERE / name for name in ("plugins", *self._way.folders)]
        path = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
        ours = {
            REPORT: str(self._report),
            "PYTHONPATH": os.pathsep.join(map(str, folders)),
            "PATH": os.pathsep.join(path),
            **dict.fromkeys(self._way.variables, "1"),
        }
        # Colours, and a backend of matplotlib, are what the suites ask for themselves; with CI set
        # ipykernel leaves out tests whose outcomes on stock are stored.
        unset = ("CI", "FORCE_COLOR", "MPLBACKEND")
        others = {k: v for k, v in os.environ.items() if k not in unset}
        return others | ours

    def _lines(self) -> list[dict[str, Any]]:
        """Read what is written so far; the last line may be on its way."""
        try:
            text = self._report.read_text("utf-8")
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in _whole(text.splitlines(keepends=True))]


def _whole(lines: Iterable[str]) -> list[str]:
    return [line for line in lines if line.endswith("\n")]
