"""`VariablesWidget` in real kernels: a page that talks to it by custom messages, as hosts do."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gates import rounds_until, wait_for

from livens.protocol import messages
from livens.testing import KernelClient, Run, validate

# The tests of the kernel's side need no Node.js, which builds what is sent to the page.
MAKE = """
import livens.widget as _module
_module._built = lambda name: "export default {{}}" + (" // more" if "tabs" in name else "")
{variable} = _module.VariablesWidget({arguments})
"""


class Page(KernelClient):
    """A client that is a page with one widget in it, and speaks on the shell channel."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self.viewer = uuid.uuid4().hex
        self.opened: dict[str, Any] = {}
        self.is_idle_told = 0
        self.is_closed = False
        self.program = ""

    def next_message(self, timeout_s: float = 20.0) -> dict[str, Any]:
        """Take the next message; what is the widget's counts as a message of the protocol."""
        message: dict[str, Any] = self.client.get_iopub_msg(timeout=timeout_s)
        content = message["content"]
        match message["msg_type"]:
            case "comm_open" if content["data"]["state"].get("_model_module") == "anywidget":
                self.comm_id = content["comm_id"]
                self.opened = content["data"]["state"]
            case "comm_msg" if content["comm_id"] == self.comm_id:
                self._take_custom(content["data"], message)
            case "comm_close" if content["comm_id"] == self.comm_id:
                self.is_closed = True
        return message

    def _take_custom(self, data: dict[str, Any], message: dict[str, Any]) -> None:
        if data["method"] == "update":
            return  # a trait of the widget's own
        assert data["method"] == "custom"
        assert set(data) == {"method", "content"}  # no 'state': nbclient keeps that
        if data["content"] == {"method": "widget.idle"}:
            self.is_idle_told += 1
            return
        if data["content"].get("method") == "widget.program":
            self.program = data["content"]["params"]["text"]
            return
        validate(data["content"])
        self._take(messages.decode_message(data["content"]), message)

    def make(self, arguments: str = "", variable: str = "w") -> Run:
        """Run a cell that makes a widget and does not display it."""
        run = self.execute(MAKE.format(arguments=arguments, variable=variable))
        assert run.error is None, run.error
        return run

    def look(self, channel: str = "shell", header: Any = None) -> None:
        """Say that this page shows the widget, and wait for the state."""
        before = self.replica.seq
        self.send_data(
            {"method": "widget.open", "params": {"viewer": self.viewer}}, channel, header
        )
        self.wait_for(lambda: self.replica.seq > before)

    def leave(self) -> None:
        """Say that this page does not show it any more."""
        self.send_data({"method": "widget.close", "params": {"viewer": self.viewer}}, "shell")

    def send_data(self, data: Any, channel: str = "control", header: Any = None) -> None:
        """Send a custom message."""
        super().send_data({"method": "custom", "content": data}, channel, header)


@pytest.fixture
def page(kernel: KernelClient) -> Iterator[Page]:
    """A page on a livens kernel; what is made there has to be closed in the end."""
    page = Page(kernel.client)
    yield page
    kernel.execute("import ipywidgets as _ipywidgets; _ipywidgets.Widget.close_all()")
    kernel.execute("%reset -f")


def counting(until: Path) -> str:
    """Return the code of a cell that counts in `i` until a file is there, and shows the last."""
    return f"import time\nfor i in {rounds_until(until)}: time.sleep(0.02)\ni"


def subscribers(client: KernelClient) -> str:
    """Count who is told of changes."""
    return client.execute(
        "print(len(get_ipython().kernel.watcher._publisher.subscribers))"
    ).stdout.strip()


def test_a_page_gets_the_state_and_what_changes(page: Page) -> None:
    """The messages are those of the protocol; those of a cell have its request as parent."""
    page.execute("x = 1")
    page.make()
    page.look()
    assert page.previews["x"] == "1"
    run = page.execute("x = 2")
    assert page.previews["x"] == "2"
    told = [
        parent["msg_id"]
        for message, parent in zip(page.notifications, page.parents, strict=True)
        if isinstance(message, messages.Update)
        and any(variable.name == "x" for variable in message.params.changed)
    ]
    assert told == [run.msg_id]
    assert isinstance(page.notifications[0], messages.Refresh)
    assert page.notifications[0].params.mode == "full"


def test_names_and_traits_are_as_asked(page: Page) -> None:
    """Only the chosen names are told, and no trait holds a value."""
    page.execute("loss = 0.125; secret = 'not in a trait'")
    page.make('names=["lo*"], interval_ms=200, height=240')
    page.look()
    assert page.previews == {"loss": "0.125"}
    assert page.opened["height"] == "240px"
    assert page.opened["_esm"] == "export default {}"
    assert "0.125" not in str(page.opened)
    wrong = page.execute("w.__class__(names=[], interval_ms=1)")
    assert wrong.error is not None
    assert "InvalidParams" in wrong.error


def test_values_come_while_a_cell_runs(page: Page, tmp_path: Path) -> None:
    """Nothing is asked for: the kernel pushes."""
    page.make()
    page.look()
    seen = tmp_path / "seen"
    cell = page.start(counting(seen))
    page.wait_for(lambda: len(page.seen("i")) >= 5)
    seen.touch()
    last = page.finish(cell).result
    assert page.previews["i"] == last


def test_a_question_on_the_shell_waits_for_the_cell(page: Page, tmp_path: Path) -> None:
    """Most hosts have no subshells: there the answer comes with the end of the cell."""
    page.execute("tree = {'a': 1}")
    page.make()
    page.look()
    asked = tmp_path / "asked"
    cell = page.start(f"{wait_for(asked)}done = True")
    question = {"method": "inspect", "params": {"path": [["name", "tree"]]}, "id": "p:1"}
    page.send_data(question, "shell")
    asked.touch()
    page.finish(cell)
    assert page.previews["done"] == "True"
    page.wait_for(lambda: "p:1" in page._answers)
    assert page._answers["p:1"]["children"][0]["preview"] == "1"


def test_a_question_on_a_subshell_is_answered_while_a_cell_runs(
    page: Page, subshell: str, tmp_path: Path
) -> None:
    """JupyterLab sends a widget's messages to a subshell; pushes do not turn them away from it,
    the user's hooks do not run for them, and the kernel says busy again.
    """
    page.execute(
        "hooks = []\nget_ipython().events.register('pre_execute', lambda: hooks.append('pre'))"
    )
    header = {"subshell_id": subshell}
    page.make()
    page.look(header=header)
    before = page.execute("len(hooks)").result
    answered = tmp_path / "answered"
    cell = page.start(f"{counting(answered)}\ncount = len(hooks)")
    page.wait_for(lambda: "i" in page.previews)
    statuses = []
    for _ in range(3):
        answer = page.request("list", "shell", header)
        assert answer["total"] >= 1
    assert "count" not in page.variables
    answered.touch()
    for message in page.finish(cell).messages:
        statuses.append(message["content"].get("execution_state"))
    assert statuses[-1] == "idle"
    assert int(page.previews["count"]) == int(before or 0) + 1  # the cell's own
    page.execute("get_ipython().events.callbacks['pre_execute'].clear()")


def test_displayed_is_watched_before_a_page_is_heard(page: Page, tmp_path: Path) -> None:
    """Run all: the page's first message comes after the long cell, the values come before."""
    page.make()
    shown = page.execute("x = 1; w")
    assert shown.error is None
    page.replica.reset()  # what the page missed while it loaded the program
    seen = tmp_path / "seen"
    cell = page.start(counting(seen))
    page.wait_for(lambda: page.previews.get("x") == "1")
    page.wait_for(lambda: "i" in page.previews)
    assert not page.replica.needs_refresh
    seen.touch()
    last = page.finish(cell).result
    assert page.previews["i"] == last


def test_the_second_part_of_the_program_comes_on_request(page: Page) -> None:
    """It is no trait: notebooks in which the widget's state is saved stay small."""
    page.make()
    page.look()
    page.send_data({"method": "widget.program", "params": {"viewer": page.viewer}}, "shell")
    page.wait_for(lambda: page.program)
    assert page.program == "export default {} // more"
    assert "more" not in str(page.opened)


def test_what_was_heard_is_not_told_again(page: Page, tmp_path: Path) -> None:
    """A page that has the state gets only what changes."""
    page.make()
    page.execute("x = 1; w")
    page.look()
    known = len(page.notifications)
    seen = tmp_path / "seen"
    cell = page.start(counting(seen))
    page.wait_for(lambda: len(page.seen("i")) >= 5)
    seen.touch()
    page.finish(cell)
    later = page.notifications[known:]
    assert later
    assert all(isinstance(message, messages.Update) for message in later)


def test_the_end_of_a_cell_is_told(page: Page, tmp_path: Path) -> None:
    """Pages see no status: they hear when a cell that they saw running is over."""
    page.make()
    page.look()
    seen = tmp_path / "seen"
    cell = page.start(f"{counting(seen)}\nlast = 1")
    page.wait_for(lambda: "i" in page.previews)
    seen.touch()
    page.finish(cell)
    assert page.is_idle_told == 1
    page.execute("pass")
    assert page.is_idle_told == 1


def test_nobody_looks_nothing_is_watched(page: Page, second: KernelClient) -> None:
    """The subscription ends with the last page that shows the widget, and begins anew."""
    page.make()
    assert subscribers(page) == "0"
    page.look()
    other = Page(second.client)
    other.comm_id = page.comm_id
    other.look()
    assert subscribers(page) == "1"
    page.leave()
    assert subscribers(page) == "1"
    other.leave()
    # It is on another connection: what we ask may overtake it.
    found = [subscribers(page)]
    while found[-1] != "0" and len(found) < 100:
        found.append(subscribers(page))
    assert found[-1] == "0"
    page.replica.reset()
    page.look()
    page.execute("x = 5")
    assert page.previews["x"] == "5"


def test_closing_ends_everything_and_keeps_no_value(page: Page) -> None:
    """After `close` nobody is subscribed, the page is told, and the user's objects can go."""
    page.execute(
        "import weakref, gc\nclass Thing: pass\nthing = Thing()\nseen = weakref.ref(thing)"
    )
    page.make()
    page.execute("w")
    page.look()
    page.execute("thing = None")
    assert page.execute("gc.collect(); seen() is None").result == "True"
    page.execute("w.close(); w.close()")
    assert page.is_closed
    assert subscribers(page) == "0"
    assert page.execute("get_ipython().kernel.comms._clients").result == "{}"
    assert page.execute("'w' in __import__('ipywidgets').Widget.widgets").error is None


def test_several_widgets_are_told_each(page: Page) -> None:
    """Each has its names and its numbers."""
    page.make('names=["a"]', "first")
    first = page.comm_id
    page.make('names=["b"]', "second")
    page.look()
    page.execute("a = 1; b = 2")
    assert page.previews == {"b": "2"}
    page.comm_id = first
    page.replica.reset()
    page.look()
    assert page.previews == {"a": "1"}


def test_the_widget_is_no_news_itself(page: Page, tmp_path: Path) -> None:
    """A cell that has nothing to do with it changes neither the widget nor its module."""
    page.make()
    page.execute("from livens.widget import VariablesWidget\nimport livens.widget")
    page.look()
    known = len(page.notifications)
    for i in range(5):
        page.execute(f"x = {i}\nw")
        seen, before = tmp_path / str(i), len(page.seen("i"))
        cell = page.start(counting(seen))
        page.wait_for(lambda before=before: len(page.seen("i")) >= before + 3)
        seen.touch()
        page.finish(cell)
    told = [
        variable.name
        for message in page.notifications[known:]
        if isinstance(message, messages.Update)
        for variable in message.params.changed
    ]
    assert set(told) == {"x", "i", "time"}


@pytest.fixture
def lite_page(stock: KernelClient) -> Iterator[Page]:
    """A page on a stock kernel in which nothing of livens was loaded."""
    yield Page(stock.client)
    stock.execute("import ipywidgets as _ipywidgets; _ipywidgets.Widget.close_all()")
    stock.execute("%reload_ext livens\n%unload_ext livens")
    left = stock.execute(
        "hasattr(get_ipython().kernel, 'comms'), hasattr(get_ipython(), 'watcher')"
    )
    assert left.result == "(False, False)"


def test_a_stock_kernel_is_watched_in_lite_mode(lite_page: Page, tmp_path: Path) -> None:
    """The widget loads what it needs, says that it is lite, and shows values during a run."""
    page = lite_page
    page.execute("x = 1")
    page.make()
    page.look()
    refresh = page.notifications[0]
    assert isinstance(refresh, messages.Refresh)
    assert refresh.params.mode == "lite"
    seen = tmp_path / "seen"
    cell = page.start(counting(seen))
    page.wait_for(lambda: len(page.seen("i")) >= 5)
    seen.touch()
    last = page.finish(cell).result
    assert page.previews["x"] == "1"
    assert page.previews["i"] == last


def test_unloading_leaves_the_widget_silent_and_whole(lite_page: Page) -> None:
    """`%unload_ext livens` ends the subscription; the widget can still be closed."""
    page = lite_page
    page.make()
    page.look()
    page.execute("%unload_ext livens")
    known = len(page.notifications)
    page.execute("x = 1")
    page.send_data({"method": "refresh", "params": {}}, "shell")
    page.execute("y = 1; w.height = '100px'")
    assert len(page.notifications) == known
    assert page.execute("w.close()").error is None
    assert page.is_closed
