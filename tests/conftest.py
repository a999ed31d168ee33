"""Settings for all tests, where their kernels live, and a word about tests that take long."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import settings
from jupyter_client import localinterfaces

pytest.register_assert_rewrite(
    "commands",
    "differences",
    "embeddings",
    "endpoints",
    "looks",
    "parity",
    "recorded",
    "running_code",
    "servers",
    "spies",
    "store_conformance",
    "worlds",
)

# No deadlines: the machines that run this are shared and noisy, a timed test would be a lottery.
settings.register_profile("livens", deadline=None)
settings.load_profile("livens")

LONG_S = 10.0
"""A test that takes longer has its reason beside it: ``@pytest.mark.long_because("…")``."""


class LongTests:
    """Lists the tests that took long and do not say why.

    Nothing fails for it: how long a test takes depends on the machine.
    """

    def __init__(self) -> None:
        self._found: list[tuple[float, str]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of a test; what starts and ends its kernel is not its own time."""
        is_long = report.when == "call" and report.duration > LONG_S
        if is_long and "long_because" not in report.keywords:
            self._found.append((report.duration, report.nodeid))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """List them, the longest first."""
        if not self._found:
            return
        terminalreporter.section(f"warning: over {LONG_S:.0f} s, without a reason", yellow=True)
        for seconds, name in sorted(self._found, reverse=True):
            terminalreporter.line(f"{seconds:6.1f} s  {name}")
        terminalreporter.line('Make them shorter, or say why: @pytest.mark.long_because("…")')


def pytest_configure(config: pytest.Config) -> None:
    """Pytest calls this in the beginning; with xdist, in every process."""
    # A script's `command &` ignores SIGINT, and so would all that the tests start.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(LongTests())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Escape what UTF-8 cannot carry: xdist cannot send it, and its process ends."""
    report = yield
    report.sections = [
        (title, text.encode("utf-8", "backslashreplace").decode())
        for title, text in report.sections
    ]
    return report


OWN_ADDRESS = Path(__file__).parent / "own_address"


@pytest.fixture(scope="session", autouse=True)
def _own_jupyter_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the user's IPython profile and history out of the tests, and kernels of others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        patch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        yield


@pytest.fixture(scope="session", autouse=True)
def own_address() -> Iterator[str]:
    """The loopback address of all kernels that are started here, by whatever and from wherever.

    Tests run in several processes, and their kernels must not take each other's ports; see
    `own_address/sitecustomize.py`. Only Linux has more than one such address from the beginning.
    """
    if sys.platform != "linux":
        yield "127.0.0.1"
        return
    address = str(IPv4Address("127.1.0.0") + os.getpid() % 2**22)
    spec = importlib.util.spec_from_file_location("own_address", OWN_ADDRESS / "sitecustomize.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(localinterfaces, "_load_ips_psutil", None)
        module.give(localinterfaces, address)
        patch.setenv("LIVENS_TESTS_ADDRESS", address)
        patch.setenv("PYTHONPATH", str(OWN_ADDRESS), prepend=os.pathsep)
        assert localinterfaces.localhost() == address, "was asked for before the tests began"
        yield address
