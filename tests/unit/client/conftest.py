"""The two ends of the protocol back to back: a conversation and a scripted kernel."""

from __future__ import annotations

import pytest
from conversations import GRACE_S, FakeKernel

from livens.client.conversation import Conversation
from livens.protocol import requests


@pytest.fixture
def conversation() -> Conversation:
    subscription = requests.Subscription(names=["x*"])
    return Conversation(subscription, "c1", where="k.json", timeout_s=5.0, grace_s=GRACE_S)


@pytest.fixture
def kernel(conversation: Conversation) -> FakeKernel:
    """Return a kernel that the conversation has just opened its comm with."""
    kernel = FakeKernel(conversation)
    kernel.hears()
    kernel.welcomes()
    kernel.hears()
    assert conversation.take() is not None
    return kernel
