"""A conversation whose kernel restarts or ends, and one that is closed."""

from __future__ import annotations

import pytest
from conversations import GRACE_S, FakeKernel, names

from livens.client.conversation import Conversation, Phase
from livens.exceptions import KernelGone, LivensError, WatchClosed


class TestEnds:
    """Restarts, ends and good-byes."""

    def test_restart_starts_anew(self, conversation: Conversation, kernel: FakeKernel) -> None:
        """A new process is told of the subscription; its state has another epoch."""
        kernel.says(kernel.update("x"))
        names(conversation)
        before = conversation.replica.epoch
        kernel.restarts()
        assert [m.msg_type for m in kernel.hears()] == ["kernel_info_request"]
        assert [m.msg_type for m in kernel.hears()] == ["comm_open"]
        change_set = conversation.take()
        assert change_set is not None
        assert change_set.complete
        assert change_set.removed == ["x"]
        assert conversation.replica.epoch != before

    def test_message_of_the_old_process_is_not_taken_for_the_new(
        self, conversation: Conversation, kernel: FakeKernel
    ) -> None:
        """What still comes for the old comm before the new one is open does not count."""
        kernel.restarts()
        kernel.says(kernel.update("x"))
        assert conversation.take() is None

    def test_lost_question_after_a_restart_is_asked_again(
        self, conversation: Conversation, kernel: FakeKernel
    ) -> None:
        """What was sent into the dying process is sent again."""
        kernel.restarts()
        conversation.outbox.clear()
        kernel.passes(5)
        kernel.hears()
        kernel.hears()
        assert conversation.is_open()

    def test_shutdown_ends_it(self, conversation: Conversation, kernel: FakeKernel) -> None:
        """After a shutdown for good, what has come is still told, and then the end."""
        kernel.says(kernel.update("x"))
        kernel.sends("shutdown_reply", status="ok", restart=False)
        assert conversation.take() is not None
        with pytest.raises(KernelGone, match=r"k\.json has ended"):
            conversation.take()

    def test_shutdown_for_a_restart_does_not(
        self, conversation: Conversation, kernel: FakeKernel
    ) -> None:
        """A shutdown that is half of a restart is waited out."""
        kernel.sends("shutdown_reply", status="ok", restart=True)
        kernel.passes(5, with_heart=False)
        kernel.restarts()
        kernel.hears()
        kernel.hears()
        assert conversation.is_open()

    def test_silence_ends_it(self, conversation: Conversation, kernel: FakeKernel) -> None:
        """A heart that stands still for longer than a restart takes is dead."""
        kernel.passes(GRACE_S - 2, with_heart=False)
        assert conversation.is_open()
        kernel.passes(4, with_heart=False)
        with pytest.raises(KernelGone):
            conversation.take()

    def test_absent_reader_does_not_count_as_silence(
        self, conversation: Conversation, kernel: FakeKernel
    ) -> None:
        """A loop body that takes an hour does not make the kernel dead."""
        kernel.passes(1, with_heart=False)
        kernel.now += 3600
        conversation.tick(kernel.now)
        assert conversation.is_open()

    def test_close_says_goodbye(self, conversation: Conversation, kernel: FakeKernel) -> None:
        """The kernel is told, and every later call is told that it is closed."""
        conversation.close()
        assert [m.msg_type for m in kernel.hears()] == ["comm_close"]
        with pytest.raises(WatchClosed):
            conversation.take()
        conversation.close()
        assert not conversation.outbox

    def test_close_before_it_was_open_says_nothing(self, conversation: Conversation) -> None:
        """A kernel that never heard of us needs no good-bye."""
        conversation.close()
        assert not conversation.outbox

    def test_first_reason_stays(self, conversation: Conversation, kernel: FakeKernel) -> None:
        """What comes after the end does not change why it ended."""
        kernel.sends("shutdown_reply", restart=False)
        kernel.says(kernel.update("x"))
        conversation.close()
        with pytest.raises(LivensError) as caught:
            conversation.take()
        assert type(caught.value) is KernelGone
        assert Phase.OVER is conversation.phase
