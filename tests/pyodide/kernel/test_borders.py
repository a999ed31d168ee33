"""Whatever code or a client does, the kernel answers, and goes on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from livens.testing import KernelClient

RAISING_TEXT = "class E(Exception):\n    def __str__(self): raise E\nraise E"
ODD_TEXT = "class T(str):\n    def encode(self, *a): raise E\nclass E(Exception):\n"
ODD_TEXT += "    def __str__(self): return T('\\ud800')\nraise E"
RAISING_NAME = "class M(type):\n    @property\n    def __name__(self): raise self\n"
RAISING_NAME += "class E(Exception, metaclass=M): pass\nraise E"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import asyncio; asyncio.current_task().cancel()", "CancelledError"),
        ("import asyncio\nfor each in asyncio.all_tasks(): each.cancel()", "CancelledError"),
        (
            "import asyncio\nfor each in asyncio.all_tasks(): each.cancel()\n"
            "await asyncio.sleep(1)",
            "CancelledError",
        ),
        (RAISING_TEXT, "E"),
        (ODD_TEXT, "E"),
        (RAISING_NAME, "E"),
        ("raise BaseExceptionGroup('g', [KeyboardInterrupt()])", "BaseExceptionGroup"),
        ("class Odd(BaseException): pass\nraise Odd", "Odd"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("import asyncio; await asyncio.sleep(0); raise SystemExit(1)", "SystemExit"),
        ("def f(): f()\nf()", "RecursionError"),
    ],
)
def test_every_cell_is_answered(kernel: KernelClient, code: str, error: str) -> None:
    """With the error that ended it; the next one runs."""
    run = kernel.execute(code)
    assert run.error == error
    assert kernel.execute("'alive'").result == "'alive'"


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"code": None},
        {"code": ["x"]},
        [],
        "x",
        None,
        {"code": "1", "user_expressions": 5},
    ],
)
def test_requests_that_do_not_fit_are_refused(kernel: KernelClient, content: Any) -> None:
    """The client is told, and others are served."""
    reply = answer(kernel, send(kernel, "execute_request", content))
    assert reply["status"] == "error"
    assert reply["ename"] in ("TypeError", "AttributeError")
    assert kernel.execute("'alive'").result == "'alive'"


@pytest.mark.parametrize("kind", ["complete", "inspect", "is_complete", "history", "comm_info"])
@pytest.mark.parametrize("content", [[], {"code": 5, "pattern": 5, "target_name": []}])
def test_other_requests_that_do_not_fit(kernel: KernelClient, kind: str, content: Any) -> None:
    """They are answered too, with whatever can be said."""
    assert answer(kernel, send(kernel, f"{kind}_request", content))["status"]
    assert kernel.execute("'alive'").result == "'alive'"


def send(kernel: KernelClient, kind: str, content: Any, channel: str = "shell") -> str:
    """Send anything as the content of a request, as a client of one's own may."""
    return kernel.send(kind, json.dumps(content).encode(), channel)  # type: ignore[arg-type]


def answer(kernel: KernelClient, msg_id: str) -> Any:
    """Return the content of the reply to a request on the shell channel."""
    while True:
        reply = kernel.client.get_shell_msg(timeout=60)
        if reply["parent_header"].get("msg_id") == msg_id:
            return reply["content"]


def test_halves_of_surrogate_pairs(kernel: KernelClient) -> None:
    """In a request they are an error of this request, as in any kernel."""
    code = {"code": "'\ud800'"}
    assert answer(kernel, send(kernel, "execute_request", code))["ename"] == "UnicodeEncodeError"
    expressions = {"code": "1", "user_expressions": {"\ud800": "1"}}
    assert answer(kernel, send(kernel, "execute_request", expressions))["status"] == "ok"
    assert answer(kernel, send(kernel, "complete_request", {**code, "cursor_pos": 2}))["status"]
    assert kernel.execute("'alive'").result == "'alive'"


def test_halves_of_surrogate_pairs_beside_a_cell(kernel: KernelClient) -> None:
    """What a client sends in the middle of a cell raises nothing in its code."""
    kernel.open()
    msg_id = kernel.start("import time\nprint('runs')\nwhile True: time.sleep(0.01)")
    while "runs" not in str(kernel.next_message()["content"].get("text")):
        pass
    data = {"method": "inspect", "params": {"path": [["name", "\ud800"]]}, "id": 1}
    content = {"comm_id": kernel.comm_id, "data": data}
    send(kernel, "comm_msg", content, "control")
    send(kernel, "comm_msg", [], "control")
    assert kernel.request("list")["total"] >= 0
    kernel.send("interrupt_request", {})
    assert kernel.finish(msg_id).error == "KeyboardInterrupt"
    kernel.close()


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("async def f(): raise SystemExit\nt = asyncio.create_task(f())", "SystemExit"),
        ("async def f(): raise KeyboardInterrupt\nt = asyncio.create_task(f())", "Interrupt"),
        ("async def f(): raise GeneratorExit\nt = asyncio.create_task(f())", ""),
        ("asyncio.get_event_loop().call_soon(exit_now)", ""),
        ("js.setTimeout(create_proxy(exit_now), 0)", "SystemExit"),
        (
            "def tick(*_): js.clearInterval(timer); raise SystemExit\n"
            "timer = js.setInterval(create_proxy(tick), 10)",
            "SystemExit",
        ),
        ("js.queueMicrotask(create_proxy(lambda: 1 / 0))", "ZeroDivisionError"),
        ("t = js.Promise.resolve(1).then(create_proxy(lambda _: 1 / 0))", ""),
        ("t = js.Promise.reject('refused')", ""),
        (
            "target = js.EventTarget.new()\n"
            "target.addEventListener('x', create_proxy(lambda _: 1 / 0))\n"
            "target.dispatchEvent(js.Event.new('x'))",
            "",
        ),
    ],
)
def test_errors_that_nobody_catches_end_nothing(
    kernel: KernelClient, code: str, printed: str
) -> None:
    """Of tasks, timers, promises, listeners: all variables are still there."""
    kernel.execute(
        "import asyncio, js\nfrom pyodide.ffi import create_proxy\n"
        "kept = 'kept'\ndef exit_now(*_): raise SystemExit"
    )
    run = kernel.execute(f"{code}\nawait asyncio.sleep(0.1)")
    assert run.error is None, run.reply
    assert kernel.execute("kept").result == "'kept'"
    assert printed in "".join(
        str(message["content"].get("text"))
        for message in run.messages
        if message["msg_type"] == "stream"
    )


ODD_MESSAGES = {
    "metadata": "port.publish('', 'display_data', '{}', 'x', 'no json', None)",
    "metadata that is a list": "port.publish('', 'display_data', '{}', 'x', '[]', None)",
    "topic": "port.publish('', 'display_data', '{\"data\": {}, \"metadata\": {}}',"
    " '<IDS|MSG>', None, None)",
    "name of a stream": "port.publish('', 'stream', '{\"name\": {\"toString\": 1},"
    ' "text": "x"}\', None, None, None)',
    "text of a stream": "port.publish('', 'stream', '{\"name\": \"stdout\", \"text\": {}}',"
    " None, None, None)",
    "type": "port.publish('', to_js(['stream']), '{}', None, None, None)",
    "content": "port.publish('', 'stream', to_js({'length': -1e9}), None, None, None)",
    "state": "port.status(outputs._parent, 'odd')",
    "cell": "port.cell(2**70, 1)",
    "reply": "port.reply(outputs._parent, 'execute_reply', 'no json')",
    "buffers": "port.publish('', 'display_data', '{}', None, None, to_js([5]))",
    "ready": 'port.ready(\'{"banner": "another"}\')',
}


@pytest.mark.parametrize("odd", ODD_MESSAGES)
def test_odd_messages_of_code_reach_nobody(kernel: KernelClient, odd: str) -> None:
    """What Python says beside its shell is checked by the thread that signs it."""
    run = kernel.execute(
        "from pyodide.ffi import to_js\noutputs = get_ipython().livens_outputs\n"
        f"port = outputs._port\n{ODD_MESSAGES[odd]}"
    )
    for message in run.messages:
        assert message["msg_type"] in ("status", "execute_input", "error", "display_data")
        assert message["content"].get("execution_state") in (None, "busy", "idle")
        assert message["msg_type"] != "display_data" or odd == "topic"
    kernel.client.kernel_info()
    info = kernel.client.get_shell_msg(timeout=60)["content"]
    assert "IPython" in info["banner"]
    assert kernel.execute("'alive'").result == "'alive'"


def test_messages_that_are_refused_leave_room_for_others(kernel: KernelClient) -> None:
    """They do not count as messages that the sockets do not have yet."""
    code = "port = get_ipython().livens_outputs._port\n"
    code += "for _ in range(40): port.publish('', 'stream', 'x' * 1_000_000, None, None, None)"
    assert kernel.execute(code).error is None
    assert kernel.execute("print('x' * 10_000_000)").error is None
