"""`%load_ext livens` where there are no threads: comms of the package `comm`, and ends of cells.

`kernel/jupyterlite/tests` has the same in JupyterLite's own kernel, in Pyodide.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import comm
import pytest
from comm.base_comm import BaseComm, CommManager
from IPython.core.interactiveshell import InteractiveShell

from livens.kernel import lite, plain_comms
from livens.protocol import TARGET
from livens.watching.running import Running


class Page:
    """A kernel of one thread around a shell, and the page that it sends to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []
        sent = self.sent

        class Comm(BaseComm):
            def publish_msg(self, msg_type: str, data: Any = None, *args: Any, **kw: Any) -> None:
                sent.append((msg_type, data))

        monkeypatch.setattr(comm, "create_comm", Comm)
        monkeypatch.setattr(lite, "HAS_THREADS", False)
        self.shell = InteractiveShell()
        self.manager = CommManager()
        self.parent: dict[str, Any] = {}
        self.kernel: Any = SimpleNamespace(
            comm_manager=self.manager, get_parent=lambda: self.parent, run=self._run
        )
        self.shell.kernel = self.kernel

    async def _run(self, code: str) -> Any:
        """Run a cell as JupyterLite's kernel does: of the end, IPython tells nobody."""
        if self.shell.should_run_async(code, transformed_cell=code):
            return await self.shell.run_cell_async(code, transformed_cell=code, store_history=True)
        return self.shell.run_cell(code, store_history=True)

    def load(self) -> lite.LiteWatch:
        """Load the extension."""
        lite.load_ipython_extension(self.shell)
        watch: lite.LiteWatch = self.shell.livens_lite_watch
        return watch

    def message(self, kind: str, **content: Any) -> None:
        """Hand over a message of the page's."""
        getattr(self.manager, kind)(None, None, {"content": {"comm_id": "a", **content}})

    @property
    def told(self) -> list[dict[str, Any]]:
        """The data of all messages to the page."""
        return [data for kind, data in self.sent if kind == "comm_msg"]


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A page whose kernel is left as it was."""
    page = Page(monkeypatch)
    before = dict(vars(page.kernel))
    yield page
    lite.unload_ipython_extension(page.shell)
    assert vars(page.kernel) == before
    assert page.manager.targets == {}
    assert "showtraceback" not in vars(page.shell)


def test_clients_open_and_nothing_is_sent_before(page: Page) -> None:
    """A kernel may load the extension before it has anything to send by."""

    async def main() -> None:
        page.load()
        await page.kernel.run("x = 1")
        assert page.sent == []
        page.message("comm_open", target_name=TARGET, data={})
        assert [v["name"] for v in page.told[0]["params"]["variables"]] == ["x"]
        calls: list[int] = []
        page.shell.events.register("pre_execute", lambda: calls.append(1))
        request = {"id": 1, "method": "set", "params": {"name": "y", "expression": "x + 1"}}
        page.message("comm_msg", data=request)
        assert page.shell.user_ns["y"] == 2
        assert page.told[-1]["id"] == 1
        assert calls == []
        page.message("comm_close")
        await page.kernel.run("x = 2")
        assert page.manager.comms == {}

    asyncio.run(main())


def test_cell_that_awaits_has_ended_when_it_has(page: Page) -> None:
    """Whoever waits for the ends of cells is called once for each."""
    ended: list[Any] = []

    async def main() -> None:
        watch = page.load()
        page.shell.events.register("post_run_cell", lambda result: ended.append(result.success))
        for code in (
            "x = 1",
            "import asyncio; await asyncio.sleep(0)",
            "await asyncio.sleep(0); 1/0",
        ):
            await page.kernel.run(code)
            assert not watch.watcher.is_busy

    asyncio.run(main())
    assert ended == [True, True, False]


def test_what_json_has_no_name_for_is_null() -> None:
    """Pyodide's null of JavaScript is no None."""
    data = {"id": 1, "params": {"a": [object(), 1.5, None], "b": "text"}}
    assert plain_comms.plain(data) == {"id": 1, "params": {"a": [None, 1.5, None], "b": "text"}}


@pytest.mark.parametrize("lacks", ["comm_manager", "kernel"])
def test_what_is_lacking_is_said(
    page: Page, lacks: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without comms, `%watch` and callbacks work all the same; so they do without a kernel."""
    if lacks == "kernel":
        page.shell.kernel = None
    else:
        page.kernel.comm_manager = None
    page.load()
    printed = capsys.readouterr().out
    assert ("the panel and other clients: it has no 'comm_manager'" in printed) is (
        lacks == "comm_manager"
    )
    page.shell.run_cell("x = 5")
    page.shell.run_cell("%watch x")
    assert "5" in capsys.readouterr().out
    page.kernel.comm_manager = page.manager


@pytest.mark.parametrize("when", ["before", "after"])
def test_traceback_of_the_users_own_is_left(page: Page, when: str) -> None:
    """A function that shows tracebacks in the user's way is there after unloading, too."""

    def own(*args: Any, **kwargs: Any) -> None:
        """Show nothing."""

    if when == "before":
        page.shell.showtraceback = own
    page.load()
    if when == "after":
        page.shell.showtraceback = own
    lite.unload_ipython_extension(page.shell)
    assert page.shell.showtraceback is own
    del page.shell.showtraceback


def test_stop_is_raised_in_the_users_code_only(page: Page) -> None:
    """A signal's handler that looks in the middle of the event loop leaves the stop to the cell."""
    driver = page.load().driver
    cells = page.shell.watcher.cells
    namespace = page.shell.user_ns
    namespace["look"] = driver.look
    running = Running("a request", 1)
    with cells.running(running), cells.interrupts.statement(running):
        cells.interrupts.stop(running, "q > 3")
        driver.look()
        with pytest.raises(KeyboardInterrupt, match="q > 3"):
            exec("look()", namespace)
    del namespace["look"]
