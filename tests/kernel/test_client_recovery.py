"""`watch` on real kernels: slow readers, lost messages, restarts and ends."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import Any

import pytest
from watches import TIMEOUT_S, has, until

from livens.client.blocking import Watch, watch
from livens.exceptions import ConnectionFailed, KernelGone
from livens.testing import KernelClient


class TestRecovery:
    """Slow readers, lost messages, restarts and ends."""

    def test_lost_messages_are_made_good(self, kernel: KernelClient, changes: Watch) -> None:
        """A client that loses every third message ends with the right values."""
        receive = changes._connection.conversation.receive
        count = 0

        def lossy(message: dict[str, Any], now: float) -> None:
            nonlocal count
            count += message["header"]["msg_type"] == "comm_msg"
            if message["header"]["msg_type"] != "comm_msg" or count % 3:
                receive(message, now)

        changes._connection.conversation.receive = lossy  # type: ignore[method-assign]
        # Longer than the interval between two updates, so that there are many to lose.
        kernel.execute("import time\nfor x in range(40): y = x * 2; time.sleep(0.06)")
        changes._connection.conversation.receive = receive  # type: ignore[method-assign]
        kernel.execute("z = 1")
        until(changes, lambda _: "z" in changes.variables)
        assert changes.variables["x"].preview == "39"
        assert changes.variables["y"].preview == "78"

    @pytest.mark.parametrize("rate", [150.0, 1e9], ids=["fast", "slowly"])
    def test_slow_body_loses_nothing(
        self, rate: float, kernel: KernelClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Two thousand updates that nobody reads, and the values are right all the same.

        Also if they came so slowly that their number is nothing strange.
        """
        monkeypatch.setattr("livens.client.connection.RATE", rate)
        with watch(kernel.client, interval_ms=10) as changes:
            changes.next(TIMEOUT_S)
            comm_id = changes._connection.conversation.comm_id
            kernel.start(
                "from livens.protocol import messages\n"
                f"c = get_ipython().kernel.comms._clients[{comm_id!r}]\n"
                "s = c.endpoint._need_subscriber()\n"
                "for n in range(3000):\n"
                "    s.seq += 1\n"
                "    p = messages.UpdateParams(epoch=s._epoch, seq=s.seq)\n"
                "    c.endpoint._notify(messages.Update(p), None)\n"
                "last = 'here'"
            )
            # The kernel drops messages for whoever reads too slowly; a reply always arrives.
            assert kernel.client.get_shell_msg(timeout=90)["content"]["status"] == "ok"
            taken = []
            while "last" not in changes.variables or not taken:
                taken.append(changes.next(TIMEOUT_S))
            assert changes.variables["n"].preview == "2999"
            assert len(taken) < 2000

    def test_restart(self, fresh: tuple[Any, KernelClient]) -> None:
        """After a restart the state comes anew, with another epoch."""
        manager, kernel = fresh
        with watch(manager) as changes:
            kernel.execute("x = 1")
            until(changes, has("x", "1"))
            before = changes.epoch
            manager.restart_kernel()
            state = until(changes, lambda found: found.complete)
            assert state.epoch != before
            assert state.removed == ["x"]
            kernel.client.wait_for_ready(timeout=60)
            kernel.client.execute("y = 2")
            until(changes, has("y", "2"))

    def test_kill_and_restart(self, fresh: tuple[Any, KernelClient]) -> None:
        """A kernel that is killed and started again on the same ports is found again."""
        manager, kernel = fresh
        with watch(manager) as changes:
            kernel.execute("x = 1")
            before = changes.epoch
            manager.signal_kernel(signal.SIGKILL)
            manager.restart_kernel(now=True)
            state = until(changes, lambda found: found.complete and found.epoch != before)
            assert state.changed == []

    def test_shutdown_ends_the_iteration(self, fresh: tuple[Any, KernelClient]) -> None:
        """When the kernel is shut down for good the loop ends, without an error."""
        manager, kernel = fresh
        changes = watch(manager)
        kernel.execute("x = 1")
        seen = []
        for change_set in changes:
            seen.append(change_set)
            manager.shutdown_kernel()
        assert [v.name for v in seen[0].changed] == ["x"]
        assert set(changes.variables) == {"x"}
        with pytest.raises(KernelGone):
            changes.next()

    def test_killed_kernel_ends_it(self, fresh: tuple[Any, KernelClient]) -> None:
        """When the process is killed and its file removed, the end is noticed."""
        manager, _ = fresh
        with watch(manager) as changes:
            changes.next(TIMEOUT_S)
            manager.shutdown_kernel(now=True)
            with pytest.raises(KernelGone, match="has ended"):
                changes.next(TIMEOUT_S)
            with pytest.raises(KernelGone):
                changes.request("list")

    def test_stock_kernel(self, start: Callable[..., Any]) -> None:
        """A kernel of another kind is named, with the remedy, at once."""
        with start("python3") as (manager, _):
            started = time.monotonic()
            with pytest.raises(ConnectionFailed, match="is 'ipython', expected 'livens'"):
                watch(manager).__enter__()
            assert time.monotonic() - started < TIMEOUT_S / 2

    def test_nobody_there(self) -> None:
        """A kernel that does not answer is an error after the timeout, not a wait for ever."""
        info = dict.fromkeys(
            ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"], 1
        )
        changes = watch({**info, "ip": "127.0.0.1", "key": "k"}, timeout_s=0.5)
        with pytest.raises(ConnectionFailed, match="No kernel answers"):
            changes.next()
        changes.close()
