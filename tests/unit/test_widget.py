"""The widget without a kernel: what it says where it cannot work, and who is told when."""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

import pytest

from livens import widget as widget_module
from livens.exceptions import InvalidParams, NotBuilt, NotMonitored
from livens.kernel.endpoint import Endpoint
from livens.protocol import messages
from livens.protocol.types import Cell
from livens.testing import Clock
from livens.watching.namespace import MonitoredDict
from livens.watching.watcher import Watcher
from livens.widget import FIRST_PAUSE_S, MAX_VIEWERS, Pages, VariablesWidget


def test_without_anywidget_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error of the import names the extra."""
    monkeypatch.delitem(sys.modules, "livens.widget")
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ImportError, match=r'pip install "livens\[widget\]"'):
        import livens.widget  # noqa: F401


def test_without_a_kernel_it_says_where_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain Python and marimo have no kernel to watch."""
    with pytest.raises(NotMonitored, match="JupyterLab, Notebook, VS Code or Colab"):
        VariablesWidget()
    monkeypatch.setitem(sys.modules, "marimo", sys)
    with pytest.raises(NotMonitored, match="and marimo has none"):
        VariablesWidget()


def test_without_the_build_it_says_what_to_run() -> None:
    """A clone without Node.js has the kernel, and a widget that explains itself."""
    with pytest.raises(NotBuilt, match="make panel"):
        widget_module._built("no-such-file.js")


@pytest.mark.parametrize("options", [{"names": []}, {"interval_ms": 1}, {"names": [""]}])
def test_what_does_not_fit_is_refused_at_once(options: dict[str, Any]) -> None:
    """The parameters are those of a subscription."""
    with pytest.raises(InvalidParams):
        VariablesWidget(**options)


class FakeWidgetComm:
    """What `Comms.join` returns, with a real endpoint and no comm."""

    def __init__(self, watcher: Watcher, on_sent: Any) -> None:
        self.messages: list[Any] = []
        self._on_sent = on_sent
        nobody: Any = None  # nothing is asked for here
        self.endpoint = Endpoint(watcher, nobody, self._send)

    def _send(self, data: bytes, cell: Cell | None) -> None:
        self.messages.append(messages.decode_message(json.loads(data)))
        self._on_sent(cell)

    def close(self) -> None:
        self.endpoint.close()


class Joined:
    """A widget's pages on a watcher whose clock is pushed by hand."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.watcher = Watcher()
        self.namespace = MonitoredDict({"x": 1})
        self.watcher.attach(self.namespace)
        self.pages = Pages(self, None, {"names": ["*"]}, self.clock)

    def join(self, comm: Any, receive: Any, on_sent: Any) -> FakeWidgetComm:
        self.widget_comm = FakeWidgetComm(self.watcher, on_sent)
        return self.widget_comm

    def tell(self, cell: Cell) -> None:
        """Say that the thread that tells has sent an update of a cell."""
        thread = threading.Thread(target=self.pages._on_sent, args=(cell,))
        thread.start()
        thread.join()

    @property
    def refreshes(self) -> int:
        return sum(isinstance(message, messages.Refresh) for message in self.widget_comm.messages)


RUNNING = Cell(msg_id="m", running=True)


def test_the_state_is_sent_again_until_a_page_is_heard() -> None:
    """Each time after twice as long; never by the thread that runs the user's code."""
    joined = Joined()
    joined.pages.on_displayed()
    assert joined.refreshes == 1
    joined.tell(RUNNING)
    assert joined.refreshes == 1  # it is too early
    joined.clock.push(FIRST_PAUSE_S)
    joined.pages._on_sent(RUNNING)
    assert joined.refreshes == 1  # this is the main thread
    joined.tell(RUNNING)
    assert joined.refreshes == 2
    joined.clock.push(FIRST_PAUSE_S)
    joined.tell(RUNNING)
    assert joined.refreshes == 2
    joined.clock.push(FIRST_PAUSE_S)
    joined.tell(RUNNING)
    assert joined.refreshes == 3
    joined.pages.receive({"method": "refresh", "params": {}})
    joined.clock.push(100)
    joined.tell(RUNNING)
    assert joined.refreshes == 4  # the one that was asked for
    joined.pages.close()


def test_the_subscription_ends_with_the_last_page() -> None:
    """Pages that nobody knows of, and messages that nobody understands, change nothing."""
    joined = Joined()
    assert not joined.watcher.is_watched
    for viewer in ("one", "two"):
        joined.pages.receive({"method": "widget.open", "params": {"viewer": viewer}})
    assert joined.watcher.is_watched
    joined.pages.receive({"method": "widget.close", "params": {"viewer": "one"}})
    joined.pages.receive({"method": "widget.close", "params": {"viewer": "unknown"}})
    for content in (
        None,
        3,
        {},
        {"method": "widget.close"},
        {"method": "widget.close", "params": 1},
    ):
        joined.pages.receive(content)
    assert joined.watcher.is_watched
    joined.pages.receive({"method": "widget.close", "params": {"viewer": "two"}})
    assert not joined.watcher.is_watched
    joined.pages.receive({"method": "widget.open", "params": {"viewer": "one"}})
    assert joined.watcher.is_watched
    joined.pages.close()
    joined.pages.on_displayed()
    assert not joined.watcher.is_watched


def test_pages_that_vanish_take_no_room() -> None:
    """A page that is reloaded has a new name, and may not have said goodbye."""
    joined = Joined()
    for i in range(2 * MAX_VIEWERS):
        joined.pages.receive({"method": "widget.open", "params": {"viewer": f"page {i}"}})
    assert len(joined.pages._viewers) == MAX_VIEWERS
    joined.pages.close()
