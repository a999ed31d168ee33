"""The kernel's channels as in ipykernel: errors, aborting, and what the statuses say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from livens.testing import DEFAULT_TIMEOUT_S, KernelClient

GATE = "import threading\ngate = threading.Event()"


@contextmanager
def made_subshell(client: KernelClient) -> Iterator[dict[str, str]]:
    """Make a subshell, give the header of messages for it, and delete it in the end."""
    made = asked(client, "create_subshell_request", {})
    yield {"subshell_id": made["subshell_id"]}
    asked(client, "delete_subshell_request", {"subshell_id": made["subshell_id"]})


def asked(client: KernelClient, kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """Ask on the control channel and return the content of the reply."""
    request = client.send(kind, content)
    while True:
        reply = client.client.get_control_msg(timeout=DEFAULT_TIMEOUT_S)
        if reply["parent_header"]["msg_id"] == request:
            return dict(reply["content"])


@pytest.fixture(params=["stock", "livens", "watched"])
def any_kernel(request: pytest.FixtureRequest) -> Iterator[KernelClient]:
    """A client of a stock kernel, of a livens kernel, and of one that it watches.

    It takes messages with a signature that came before: when two threads of the stock kernel
    publish at once, jupyter_client finds one now and then and raises.
    """
    name = "stock" if request.param == "stock" else "kernel"
    client: KernelClient = request.getfixturevalue(name)
    session = client.client.session
    before = session.digest_history_size
    session.digest_history_size = 0
    session.digest_history.clear()
    if request.param == "watched":
        client.open()
    yield client
    session.digest_history_size = before


def run(client: KernelClient, code: str, header: dict[str, str] | None = None) -> str:
    """Ask to run code on a shell; returns the id of the request."""
    content = {
        "code": code, "silent": False, "store_history": False, "user_expressions": {},
        "allow_stdin": False, "stop_on_error": True,
    }  # fmt: skip
    return client.send("execute_request", content, "shell", header)


def replies(client: KernelClient, *requests: str) -> list[str]:
    """Return how these requests on the shell channel ended."""
    found: dict[str, str] = {}
    while not found.keys() >= set(requests):
        reply = client.client.get_shell_msg(timeout=DEFAULT_TIMEOUT_S)
        found[reply["parent_header"]["msg_id"]] = reply["content"]["status"]
    idle: set[str] = set()
    while not idle >= set(requests):
        message = client.next_message()
        if message["content"].get("execution_state") == "idle":
            idle.add(message["parent_header"]["msg_id"])
    return [found[request] for request in requests]


def test_subshell_lives_on_after_errors(any_kernel: KernelClient) -> None:
    """What waited behind a cell that failed on a subshell is aborted, and what comes later runs."""
    client = any_kernel
    client.execute(GATE)
    with made_subshell(client) as header:
        for _ in range(2):
            client.execute("gate.clear()")
            failing = run(client, "gate.wait()\n1/0", header)
            waiting = run(client, "ran = True", header)
            opening = run(client, "gate.set()")
            assert replies(client, failing, waiting, opening) == ["error", "aborted", "ok"]
            assert replies(client, run(client, "2 + 2", header)) == ["ok"]
    assert client.execute("'ran' in globals()").result == "False"


def test_main_shell_lives_on_after_errors(any_kernel: KernelClient) -> None:
    """A cell that failed on the main shell aborts what waited there, and nothing else."""
    client = any_kernel
    client.execute(GATE)
    with made_subshell(client) as header:
        failing = run(client, "gate.wait()\n1/0")
        waiting = run(client, "ran = True")
        question = client.send("kernel_info_request", {}, "shell")
        opening = run(client, "gate.set()", header)
        ended = replies(client, failing, waiting, question, opening)
        assert ended == ["error", "aborted", "ok", "ok"]
        assert replies(client, run(client, "2 + 2"), run(client, "2 + 2", header)) == ["ok", "ok"]


def test_questions_that_wait_behind_an_error_are_answered(watched: KernelClient) -> None:
    """Requests for livens on a shell that aborts its cells are carried out, in their order."""
    watched.execute(GATE)
    with made_subshell(watched) as header:
        failing = run(watched, "gate.wait()\nx = 1\n1/0")
        waiting = run(watched, "x = 2")
        request = {"method": "set", "id": "s", "params": {"name": "y", "expression": "x + 10"}}
        request["params"]["when_busy"] = "queue"  # type: ignore[index]
        watched.send_data(request, "shell")
        watched.send_data({"method": "list", "id": "l"}, "shell")
        opening = run(watched, "gate.set()", header)
        assert replies(watched, failing, waiting, opening) == ["error", "aborted", "ok"]
        watched.wait_for(lambda: watched.previews.get("y") == "11")
        watched.wait_for(lambda: watched._answers.keys() >= {"s", "l"})
        assert replies(watched, run(watched, "y += 1")) == ["ok"]
        assert watched.previews["y"] == "12"


def test_frames_that_are_no_message_change_nothing(any_kernel: KernelClient) -> None:
    """Unsigned, empty and unknown messages on any channel leave the next ones answered."""
    client = any_kernel
    session = client.client.session
    with made_subshell(client) as header:
        for channel in ("shell", "control"):
            message = session.msg("comm_msg", {"comm_id": client.comm_id, "data": {}})
            message["header"].update(header)
            signed = session.serialize(message)
            for frames in (
                [signed[0], b"0" * 64, *signed[2:]],  # a wrong signature
                [*signed[:2], b"", *signed[3:]],  # no header
                signed[:3],
                [b""],
                [b"comm_msg"],
                session.serialize(session.msg("comm_unheard_of", {})),
                session.serialize({**message, "content": {"comm_id": ["no", "id"]}}),
            ):
                getattr(client.client, f"{channel}_channel").socket.send_multipart(frames)
        assert replies(client, run(client, "1"), run(client, "1", header)) == ["ok", "ok"]
        client.wait_until_idle(client.send("kernel_info_request", {}, "control"))


# -- statuses ------------------------------------------------------------------------------

SILENT_REQUESTS = {
    "debug_request": {"type": "request", "seq": 1, "command": "debugInfo", "arguments": {}},
    "kernel_info_request": {},
    "comm_info_request": {},
}
"""Requests on control whose statuses front ends leave out of the kernel's."""


def statuses(client: KernelClient, until: str) -> list[tuple[str, str]]:
    """Take messages until a request is idle; returns the statuses with the requests' ids."""
    found: list[tuple[str, str]] = []
    while (until, "idle") not in found:
        message = client.next_message()
        if message["msg_type"] == "status":
            state = message["content"]["execution_state"]
            found.append((message["parent_header"].get("msg_id", ""), state))
    return found


def test_last_control_message_is_known(any_kernel: KernelClient) -> None:
    """Code can ask for it, whoever has answered it, and whatever it was."""
    for kind in ("kernel_info_request", "comm_info_request"):
        asked(any_kernel, kind, {})
        code = "get_ipython().kernel.get_parent('control')['header']['msg_type']"
        assert any_kernel.execute(code).result == repr(kind)


def test_statuses_beside_a_cell_are_as_in_stock(any_kernel: KernelClient) -> None:
    """The debugger's requests beside a cell say busy and idle once, and the cell says no more."""
    client = any_kernel
    client.execute(GATE)
    names = {run(client, "gate.wait()"): "cell"}
    cell = next(iter(names))
    seen = [*statuses_of_start(client, cell)]
    for kind, content in SILENT_REQUESTS.items():
        names[asked := client.send(kind, content)] = kind
        seen += statuses(client, asked)
    with made_subshell(client) as header:
        # Those of the subshell count: they are in the next test.
        opening = run(client, "gate.set()", header)
        replies(client, cell, opening)
    told = [(names[msg_id], state) for msg_id, state in seen if msg_id in names]
    assert told == [
        ("cell", "busy"),
        *((kind, state) for kind in SILENT_REQUESTS for state in ("busy", "idle")),
    ]


def statuses_of_start(client: KernelClient, cell: str) -> list[tuple[str, str]]:
    """Take messages until a cell has begun; returns its statuses."""
    found = []
    while not found:
        message = client.next_message()
        if message["msg_type"] == "status" and message["parent_header"].get("msg_id") == cell:
            found.append((cell, message["content"]["execution_state"]))
    return found


def test_kernel_that_computes_does_not_look_idle(kernel: KernelClient) -> None:
    """After what front ends go by, the newest status is that of the cell that still runs."""
    kernel.execute(GATE)
    with made_subshell(kernel) as header:
        cell = run(kernel, "gate.wait()")
        statuses_of_start(kernel, cell)
        for kind, content in (
            ("usage_request", {}),
            ("comm_open", {"comm_id": "none", "target_name": "none"}),
            ("list_subshell_request", {}),
        ):
            statuses(kernel, kernel.send(kind, content))
            assert statuses_of_start(kernel, cell) == [(cell, "busy")]
        question = kernel.send("is_complete_request", {"code": "x"}, "shell", header)
        statuses(kernel, question)
        assert statuses_of_start(kernel, cell) == [(cell, "busy")]
        for code in ("1 + 1", "1/0"):
            other = run(kernel, code, header)
            beside = statuses(kernel, other)
            assert [state for msg_id, state in beside if msg_id == other] == ["busy", "idle"]
            # As in ipykernel, each cell has one of both: what follows names neither.
            last = kernel.next_message()
            while last["msg_type"] != "status":
                last = kernel.next_message()
            assert last["content"]["execution_state"] == "busy"
            assert last["parent_header"]["msg_type"] == "execute_request"
            assert last["parent_header"]["msg_id"] not in (cell, other)
        opening = run(kernel, "gate.set()", header)
        last = statuses(kernel, cell)
        if (opening, "idle") not in last:
            last += statuses(kernel, opening)
        assert last[-1] in [(cell, "idle"), (opening, "idle")]


def test_what_is_left_out_is_what_front_ends_leave_out() -> None:
    """jupyter_server, and JupyterLab with it, take no status of these requests for the kernel's."""
    from jupyter_server.services.kernels.kernelmanager import MappingKernelManager

    from livens.kernel.kernel import NO_SIGN

    untracked = MappingKernelManager.untracked_message_types.make_dynamic_default()  # type: ignore[attr-defined]
    requests = {kind for kind in untracked if kind.endswith("_request")}
    assert requests - {"input_request"} == NO_SIGN  # which the kernel sends, and has no status
