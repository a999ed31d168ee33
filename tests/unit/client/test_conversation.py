"""A conversation with a kernel: how it begins, what comes in, questions and answers."""

from __future__ import annotations

import pytest
from conversations import FakeKernel, names

from livens.client.conversation import MAX_PENDING, Conversation
from livens.exceptions import (
    ConnectionFailed,
    InvalidParams,
    KernelGone,
    ProtocolError,
    VariableNotFound,
)
from livens.protocol import messages, requests


class TestHello:
    """From the first question to the whole state."""

    def test_comm_is_opened_when_both_channels_work(self, conversation: Conversation) -> None:
        """The comm is opened after the welcome, so that its first message cannot be missed."""
        kernel = FakeKernel(conversation)
        assert [m.msg_type for m in kernel.hears()] == ["kernel_info_request"]
        assert not conversation.outbox
        kernel.welcomes()
        assert [m.msg_type for m in kernel.hears()] == ["comm_open"]
        content = kernel.opened[0]
        assert content["target_name"] == "livens.variables"
        assert content["data"]["names"] == ["x*"]
        assert conversation.is_open()

    def test_order_does_not_matter(self, conversation: Conversation) -> None:
        """The welcome may come before the answer to the first question."""
        kernel = FakeKernel(conversation)
        kernel.welcomes()
        kernel.hears()
        kernel.hears()
        assert conversation.is_open()

    def test_welcome_of_another_topic_does_not_count(self, conversation: Conversation) -> None:
        """Only the welcome of this comm's topic proves that its messages will come."""
        kernel = FakeKernel(conversation)
        kernel.hears()
        kernel.sends("iopub_welcome", subscription="kernel.")
        assert not conversation.outbox

    def test_kernel_without_welcome_is_opened_all_the_same(
        self, conversation: Conversation
    ) -> None:
        """After a second without a welcome the comm is opened, and opened again if need be."""
        kernel = FakeKernel(conversation)
        kernel.hears()
        kernel.passes(2)
        kernel.hears()
        assert conversation.is_open()

    def test_other_kernel_is_named(self, conversation: Conversation) -> None:
        """A stock kernel is refused at once, with its name and the remedy."""
        kernel = FakeKernel(conversation)
        kernel.implementation = "ipython"
        kernel.hears()
        with pytest.raises(ConnectionFailed, match=r"k\.json is 'ipython'.*Python 3 \(livens\)"):
            conversation.is_open()

    def test_nobody_there(self, conversation: Conversation) -> None:
        """A connection file that is stale ends in an error that names it."""
        kernel = FakeKernel(conversation)
        kernel.is_silent = True
        kernel.passes(7, with_heart=False)
        with pytest.raises(ConnectionFailed, match=r"No kernel answers at k\.json"):
            conversation.take()

    def test_kernel_that_is_too_busy(self, conversation: Conversation) -> None:
        """A heart that beats without an answer is told apart from a kernel that is gone."""
        kernel = FakeKernel(conversation)
        kernel.is_silent = True
        kernel.passes(7)
        with pytest.raises(ConnectionFailed, match="is alive, but did not answer within 5 s"):
            conversation.take()

    def test_lost_comm_open_is_said_again(self, conversation: Conversation) -> None:
        """A comm_open that got lost is repeated."""
        kernel = FakeKernel(conversation)
        kernel.hears()
        kernel.welcomes()
        conversation.outbox.clear()
        kernel.passes(4)
        kernel.hears()
        assert conversation.is_open()

    def test_kernel_that_never_sends_its_state(self, conversation: Conversation) -> None:
        """A livens kernel that sends no variables is not waited for for ever."""
        kernel = FakeKernel(conversation)
        kernel.hears()
        kernel.welcomes()
        kernel.is_silent = True
        kernel.passes(7)
        with pytest.raises(ConnectionFailed, match="sent no variables within 5 s"):
            conversation.take()

    def test_refused_subscription_is_raised(self, conversation: Conversation) -> None:
        """An error without an id, while the comm is opened, is about the subscription."""
        kernel = FakeKernel(conversation)
        kernel.hears()
        kernel.welcomes()
        kernel.says(messages.failure(None, InvalidParams("no good", remedy="better")))
        with pytest.raises(InvalidParams, match="no good") as caught:
            conversation.take()
        assert caught.value.remedy == "better"

    def test_comm_that_is_closed_at_once(self, conversation: Conversation) -> None:
        """A kernel that closes the comm while it is opened does not want it."""
        kernel = FakeKernel(conversation)
        kernel.hears()
        kernel.welcomes()
        kernel.sends("comm_close", comm_id="c1", data={})
        with pytest.raises(ConnectionFailed, match="refused"):
            conversation.take()


class TestChanges:
    """What comes in while all is well, and when it is not."""

    def test_updates_become_change_sets(
        self, conversation: Conversation, kernel: FakeKernel
    ) -> None:
        """Every update is told, in order."""
        for name in ("x1", "x2"):
            kernel.says(kernel.update(name))
        assert names(conversation) == ["x1", "x2"]
        assert list(conversation.replica.variables) == ["x1", "x2"]

    def test_comm_of_another_client_is_ignored(
        self, conversation: Conversation, kernel: FakeKernel
    ) -> None:
        """Every client hears all comms; only its own counts."""
        data = messages.encode(kernel.update("x"))
        kernel.sends("comm_msg", comm_id="another", data=data)
        kernel.sends("comm_close", comm_id="another", data={})
        assert conversation.take() is None
        assert conversation.is_open()

    def test_gap_is_repaired(self, conversation: Conversation, kernel: FakeKernel) -> None:
        """After a lost message the state is asked for at once, and only once."""
        kernel.update("lost")
        kernel.says(kernel.update("x"))
        kernel.says(kernel.update("y"))
        sent = [m.content.get("data", {}).get("method", m.msg_type) for m in conversation.outbox]
        assert sent == ["refresh", "kernel_info_request"]
        kernel.hears()
        assert names(conversation) == ["lost", "x", "y"]

    def test_lost_refresh_is_asked_for_again(
        self, conversation: Conversation, kernel: FakeKernel
    ) -> None:
        """A refresh that does not come is asked for again after a while."""
        kernel.update("lost")
        kernel.says(kernel.update("x"))
        conversation.outbox.clear()
        kernel.passes(4)
        kernel.hears()
        assert names(conversation) == ["lost", "x"]

    def test_backlog_is_distrusted(self, conversation: Conversation, kernel: FakeKernel) -> None:
        """Who finds very many messages at once asks for the state: the last may be lost."""
        conversation.fell_behind(kernel.now)
        conversation.outbox.clear()  # the first question gets lost as well
        kernel.passes(4)
        kernel.hears()
        assert [r.method for r in kernel.requests] == ["refresh"]
        kernel.passes(4)
        assert not conversation.outbox

    def test_slow_reader_gets_the_newest_state(
        self, conversation: Conversation, kernel: FakeKernel
    ) -> None:
        """Change sets that nobody takes become one complete one instead of filling the memory."""
        for _ in range(3 * MAX_PENDING):
            kernel.says(kernel.update("x"))
        taken = []
        while (change_set := conversation.take()) is not None:
            taken.append(change_set)
        assert len(taken) <= MAX_PENDING
        assert taken[0].complete
        assert taken[-1].seq == kernel.seq

    def test_events_are_kept(self, conversation: Conversation, kernel: FakeKernel) -> None:
        """Events are there to be read and are no change sets."""
        kernel.seq += 1
        params = messages.EventParams(
            epoch=kernel.epoch, seq=kernel.seq, kind="set-aside", name="x", message="slow"
        )
        kernel.says(messages.Event(params))
        assert list(conversation.events) == [params]
        assert conversation.take() is None

    def test_end_of_a_cell_is_seen_without_a_question(
        self, conversation: Conversation, kernel: FakeKernel
    ) -> None:
        """When the idle of a cell has come, so has everything that the kernel had to say of it."""
        kernel.sends("status", parent="cell", execution_state="busy")
        assert not conversation.has_ended("cell")
        kernel.sends("status", parent="cell", execution_state="idle")
        assert conversation.has_ended("cell")
        assert not conversation.has_ended("another")
        kernel.sends("shutdown_reply", restart=False)
        with pytest.raises(KernelGone):
            conversation.has_ended("cell")

    def test_unreadable_message_is_the_kernels_fault(
        self, conversation: Conversation, kernel: FakeKernel
    ) -> None:
        """A message of another version of the protocol ends the watch with that reason."""
        kernel.sends(
            "comm_msg", comm_id="c1", data={"method": "refresh", "params": {"protocol": 9}}
        )
        with pytest.raises(ProtocolError, match="version 9"):
            conversation.take()

    def test_comm_that_the_kernel_drops_is_opened_again(
        self, conversation: Conversation, kernel: FakeKernel
    ) -> None:
        """A kernel may take a client for gone; the client says that it is not."""
        kernel.sends("comm_close", comm_id="c1", data={})
        kernel.seq = 0
        assert [m.msg_type for m in kernel.hears()] == ["comm_open"]
        change_set = conversation.take()
        assert change_set is not None
        assert change_set.complete


class TestRequests:
    """Questions and answers."""

    def test_answer(self, conversation: Conversation, kernel: FakeKernel) -> None:
        """The result is of the method's own type, and handed over once."""
        request_id = conversation.send_request("delete", {"names": ["x"]})
        assert conversation.answer(request_id) is None
        kernel.hears()
        kernel.says(messages.Result(request_id, {"names": ["x"]}))
        assert conversation.answer(request_id) == requests.Deleted(["x"])

    def test_error(self, conversation: Conversation, kernel: FakeKernel) -> None:
        """An error comes back as the class that it was in the kernel, with its remedy."""
        request_id = conversation.send_request("inspect", {"path": [["name", "x"]]})
        error = VariableNotFound("No variable 'x'", remedy="Ask 'list'")
        kernel.says(messages.failure(request_id, error))
        with pytest.raises(VariableNotFound, match="No variable 'x'") as caught:
            conversation.answer(request_id)
        assert caught.value.remedy == "Ask 'list'"

    def test_answers_find_their_requests(
        self, conversation: Conversation, kernel: FakeKernel
    ) -> None:
        """Answers may come in any order."""
        first, second = (conversation.send_request("delete", {"names": [name]}) for name in "ab")
        kernel.says(messages.Result(second, {"names": ["b"]}))
        kernel.says(messages.Result(first, {"names": ["a"]}))
        assert conversation.answer(first) == requests.Deleted(["a"])
        assert conversation.answer(second) == requests.Deleted(["b"])

    def test_answer_that_nobody_wants_any_more(
        self, conversation: Conversation, kernel: FakeKernel
    ) -> None:
        """An answer that comes after its timeout is dropped."""
        request_id = conversation.send_request("delete", {"names": ["x"]})
        conversation.forget(request_id)
        kernel.says(messages.Result(request_id, {"names": ["x"]}))
        assert conversation.answer(request_id) is None

    def test_request_that_nobody_waits_for_is_cancelled(
        self, conversation: Conversation, kernel: FakeKernel
    ) -> None:
        """The kernel is told of a request without an answer, and only of such a one."""
        open_one, answered = (conversation.send_request("list", {}) for _ in range(2))
        kernel.says(messages.Result(answered, {"variables": [], "start": 0, "total": 0}))
        for request_id in (open_one, answered, open_one):
            conversation.forget(request_id)
        kernel.hears()
        asked = [(request.method, request.params, request.id) for request in kernel.requests]
        assert asked[2:] == [("cancel", {"id": open_one}, None)]

    def test_progress_is_told_to_who_asked(
        self, conversation: Conversation, kernel: FakeKernel
    ) -> None:
        """Progress goes to the one request that it is of, and changes no state."""
        told: list[float] = []
        request_id = conversation.send_request("table", {}, lambda now: told.append(now.done))
        other = conversation.send_request("table", {})
        kernel.hears()
        assert [request.params for request in kernel.requests[-2:]] == [{"progress": True}, {}]
        for of, done in ((request_id, 0.25), (other, 0.5), (request_id, 0.75)):
            progress = messages.ProgressParams(id=of, doing="sorting", done=done)
            kernel.says(messages.Progress(progress))
        assert told == [0.25, 0.75]
        conversation.forget(request_id)
        kernel.says(messages.Progress(progress))
        assert told == [0.25, 0.75]
        assert conversation.is_open()

    def test_new_subscription_is_remembered(
        self, conversation: Conversation, kernel: FakeKernel
    ) -> None:
        """After a restart the kernel is asked for what was subscribed last."""
        request_id = conversation.send_request("subscribe", {"names": ["y"]})
        subscription = requests.Subscription(names=["y"])
        result = messages.encode(requests.Subscribed(1, kernel.epoch, kernel.seq, subscription))
        kernel.says(messages.Result(request_id, result))
        conversation.answer(request_id)
        kernel.restarts()
        kernel.hears()
        kernel.hears()
        assert kernel.opened[0]["data"]["names"] == ["y"]

    def test_restart_fails_what_is_open(
        self, conversation: Conversation, kernel: FakeKernel
    ) -> None:
        """A request that the old process took with it is not waited for."""
        request_id = conversation.send_request("list", {})
        conversation.outbox.clear()
        kernel.restarts()
        with pytest.raises(ConnectionFailed, match="restarted before it answered"):
            conversation.answer(request_id)
