"""Where functions live: on an exact dict, whatever made them, so that they run at full speed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from parity import saved

from livens.testing import KernelClient

pytestmark = pytest.mark.every_python("the globals of functions, and how fast they are read")


@pytest.mark.parametrize("cell", saved("globals"))
def test_functions_have_an_exact_dict_for_globals(
    ours: KernelClient, tmp_path: Path, cell: str
) -> None:
    """However a function is made, its globals are the module's own dict; the shell's is ours."""
    (tmp_path / "probe.py").write_text("def probe(): return 1\nmade = 1\n")
    ours.execute(f"%cd -q {tmp_path}")
    assert ours.execute(cell).error is None
    found = ours.execute(
        "import __main__\n"
        "type(probe.__globals__).__name__, probe.__globals__ is __main__.__dict__, made, "
        "type(get_ipython().user_ns).__name__, get_ipython().user_ns.target is __main__.__dict__"
    )
    assert found.result == "('dict', True, 1, 'MonitoredDict', True)"


def test_shell_shows_its_namespace_to_other_threads_and_tasks(ours: KernelClient) -> None:
    """While a magic runs on the exact dict, threads and tasks see the MonitoredDict."""
    run = ours.execute(
        "import asyncio, threading\n"
        "def look(): seen.append(type(get_ipython().user_ns).__name__)\n"
        "seen, tasks = [], []\n"
        "def start():\n"
        "    thread = threading.Thread(target=look); thread.start(); thread.join()\n"
        "    loop = asyncio.get_running_loop()\n"
        "    loop.call_later(0.01, look)\n"
        "    look()\n"
        "%prun -q start()\n"
        "for _ in range(1): look()\n"
        "await asyncio.sleep(0.05)\n"
        "seen"
    )
    assert run.result == "['MonitoredDict', 'dict', 'MonitoredDict', 'MonitoredDict']"


def test_startup_files_run_on_the_exact_dict(
    start: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Functions from the profile's startup files have an exact dict; `global` works in them."""
    startup = tmp_path / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "first.py").write_text(
        "n = 0\ndef bump():\n    global n, made\n    n += 1\n    made = True\nbump()\n"
    )
    (startup / "second.ipy").write_text("%time later = n\n")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    with start() as (_, kernel):
        run = kernel.execute("bump(); n, made, later, type(bump.__globals__).__name__")
        assert run.result == "(2, True, 1, 'dict')"
