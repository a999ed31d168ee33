"""Looking deeper in a real kernel: what is below a value, and its own forms, touching nothing."""

from __future__ import annotations

import base64
from typing import Any

from livens.testing import KernelClient

PATH = [["name", "x"]]

COMPUTING = "waiting = True\nwhile waiting: waiting = waiting"
"""A cell that runs until it is interrupted."""


def names(answer: Any) -> list[str]:
    """Return the names of the children in an answer."""
    return [child["name"] for child in answer["children"]]


def test_cycles_classes_modules_and_properties(watched: KernelClient) -> None:
    """Each is listed by what it holds, and no property runs."""
    watched.execute(
        """
import json
class Loud:
    shared = 1
    @property
    def own(self): ran.append(1)
    def __getattr__(self, name): ran.append(name); raise AttributeError
ran = []
x = Loud()
x.me = x
x.near = {"up": x, ("a", 1): 2, None: 3}
"""
    )
    me, near = watched.request("inspect", path=PATH)["children"]
    assert me["reason"] == "a cycle: the object 1 level above"
    below = watched.request("inspect", path=near["path"])
    assert names(below) == ["'up'", "('a', 1)", "None"]
    assert below["children"][0]["reason"] == "a cycle: the object 2 levels above"
    everything = watched.request("inspect", path=PATH, all=True)["children"]
    unread = {c["name"]: c["reason"] for c in everything if c.get("status") == "skipped"}
    assert unread == {"own": "a property: not run"}
    assert "shared" in names(watched.request("inspect", path=[["name", "Loud"]]))
    assert "JSONDecoder" in names(watched.request("inspect", path=[["name", "json"]], limit=1000))
    assert watched.execute("print(ran)").stdout == "[]\n"


def test_page_far_down_a_large_value(watched: KernelClient) -> None:
    """The last page of a million items and of a million entries comes at once."""
    watched.execute("big = list(range(1_000_000)); x = dict.fromkeys(big, 0)")
    for name in ("big", "x"):
        page = watched.request("inspect", path=[["name", name]], start=999_990)
        assert names(page) == [str(n) for n in range(999_990, 1_000_000)]
        assert page["total"] == 1_000_000


def test_forms_while_a_cell_runs(watched: KernelClient, interrupt: Any) -> None:
    """A frame as HTML and an image as PNG come beside a cell that computes."""
    watched.execute(
        """
import pandas as pd
df = pd.DataFrame({"a": [1, 2]})
class Picture:
    def _repr_png_(self): return b"\\x89PNG"
x = Picture()
"""
    )
    cell = watched.start(COMPUTING)
    watched.wait_for(lambda: "waiting" in watched.variables)
    html = watched.request("value", path=[["name", "df"]], mime="text/html", timeout_ms=20_000)
    assert "<th>a</th>" in html["data"]
    image = watched.request("value", path=PATH, mime="image/png", timeout_ms=20_000)
    assert base64.b64decode(image["data"]) == b"\x89PNG"
    refused = watched.request("value", path=[["name", "df"]], mime="image/png")
    assert (refused.code, refused.data.expected) == (-32003, "text/plain or text/html")
    interrupt()
    assert watched.finish(cell).error == "KeyboardInterrupt"


def test_form_that_takes_for_ever(watched: KernelClient) -> None:
    """After its time the client is told, on the main shell as well, which stays free."""
    watched.execute(
        """
import threading
release = threading.Event()
class Slow:
    def _repr_html_(self): release.wait(60); return ""
x = Slow()
"""
    )
    for channel in ("shell", "control"):
        late = watched.request("value", channel, path=PATH, mime="text/html", timeout_ms=100)
        assert late.code == -32005
    assert watched.execute("release.set(); print(1)").stdout == "1\n"


def test_looking_shows_and_counts_nothing(watched: KernelClient) -> None:
    """`_`, `Out`, the counter and the output are what they were; a form that raises is silent."""
    watched.execute(
        """
import pandas as pd
class Broken:
    def _repr_html_(self): raise ValueError
x, df = Broken(), pd.DataFrame({"a": [1]})
"""
    )
    look = "print(_, Out, get_ipython().execution_count)"
    before = watched.execute(look, store_history=False).stdout
    assert watched.request("value", path=PATH, mime="text/html").code == -32004
    assert watched.request("value", path=[["name", "df"]], mime="text/html")["data"]
    assert watched.request("value", path=[["name", "df"]])["data"]
    assert watched.execute(look, store_history=False).stdout == before
    shown = [m["msg_type"] for m in watched.messages_for(0.3)]
    assert not {"stream", "display_data", "error", "execute_result"} & set(shown)


def test_objects_of_one_thread_are_refused(watched: KernelClient) -> None:
    """A connection and a running loop are not touched from another thread."""
    watched.execute(
        "import asyncio, sqlite3\nx, loop = sqlite3.connect(':memory:'), asyncio.get_running_loop()"
    )
    for name in ("x", "loop"):
        refused = watched.request("value", path=[["name", name]])
        assert (refused.code, "its own thread" in refused.message) == (-32003, True)
    watched.execute("x.close()")
