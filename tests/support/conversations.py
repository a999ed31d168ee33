"""A scripted kernel that answers a conversation, without a network."""

from __future__ import annotations

from typing import Any

from livens.client.conversation import Conversation, Outgoing
from livens.protocol import messages
from livens.protocol.types import Variable

GRACE_S = 10.0


class FakeKernel:
    """Answers a conversation as a livens kernel does; the test says what is lost, and when."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self.now = 0.0
        self.session = "s1"
        self.implementation = "livens"
        self.is_silent = False
        self.opened: list[dict[str, Any]] = []
        self.requests: list[messages.Request] = []
        self.seq = 0
        self.names: list[str] = []
        conversation.start(self.now)

    def hears(self) -> list[Outgoing]:
        """Take what the client has sent, and answer it."""
        heard = list(self.conversation.outbox)
        self.conversation.outbox.clear()
        for message in heard:
            if not self.is_silent:
                getattr(self, f"on_{message.msg_type}")(message.content)
        return heard

    def passes(self, seconds: float, *, with_heart: bool = True) -> None:
        """Let time pass, second by second, with a heartbeat or without one."""
        for _ in range(max(1, round(seconds))):
            self.now += min(1.0, seconds)
            if self.conversation.heartbeat.wants_ping:
                self.conversation.heartbeat.pinged(self.now)
            if with_heart:
                self.conversation.heartbeat.heard()
            self.conversation.tick(self.now)

    def sends(self, msg_type: str, parent: str = "", **content: Any) -> None:
        message = {
            "header": {"msg_type": msg_type, "session": self.session},
            "parent_header": {"msg_id": parent} if parent else {},
            "content": content,
        }
        self.conversation.receive(message, self.now)

    def says(self, message: Any) -> None:
        self.sends("comm_msg", comm_id=self.conversation.comm_id, data=messages.encode(message))

    def welcomes(self) -> None:
        self.sends("iopub_welcome", subscription=self.conversation.topic.decode())

    def restarts(self) -> None:
        self.session += "+"
        self.seq, self.names, self.opened = 0, [], []
        self.welcomes()

    @property
    def epoch(self) -> str:
        return f"epoch of {self.session}"

    def update(self, name: str) -> messages.Update:
        self.seq += 1
        self.names.append(name)
        params = messages.UpdateParams(epoch=self.epoch, seq=self.seq, changed=[variable(name)])
        return messages.Update(params)

    def refresh(self) -> messages.Refresh:
        self.seq += 1
        params = messages.RefreshParams(
            protocol=1,
            epoch=self.epoch,
            seq=self.seq,
            variables=[variable(name) for name in self.names],
            start=0,
            length=len(self.names),
        )
        return messages.Refresh(params)

    def on_kernel_info_request(self, content: dict[str, Any]) -> None:
        self.sends("kernel_info_reply", implementation=self.implementation)

    def on_comm_open(self, content: dict[str, Any]) -> None:
        self.opened.append(content)
        self.says(self.refresh())

    def on_comm_close(self, content: dict[str, Any]) -> None:
        self.opened.clear()

    def on_comm_msg(self, content: dict[str, Any]) -> None:
        request = messages.decode_request(content["data"])
        self.requests.append(request)
        if request.method == "refresh":
            self.says(self.refresh())


def variable(name: str) -> Variable:
    return Variable(name, [["name", name]], "number", "int")


def names(conversation: Conversation) -> list[str]:
    """Take all change sets; return what they changed."""
    found = []
    while (change_set := conversation.take()) is not None:
        found += [v.name for v in change_set.changed]
    return found
