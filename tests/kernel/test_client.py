"""`watch` on real kernels, blocking and asynchronous: its own connection, recovery, its end."""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gates import wait_for
from jupyter_client.manager import AsyncKernelManager, KernelManager

from livens.client.blocking import Watch, watch
from livens.exceptions import (
    ConnectionFailed,
    InvalidParams,
    KernelGone,
    VariableNotFound,
    WatchClosed,
)
from livens.protocol import requests
from livens.protocol.types import ChangeSet
from livens.testing import KernelClient

TIMEOUT_S = 90


@pytest.fixture
def changes(kernel: KernelClient) -> Iterator[Watch]:
    """A watch of the shared kernel whose namespace is empty; its first change set is taken."""
    with watch(kernel.client) as changes:
        assert changes.next(TIMEOUT_S).complete
        yield changes


def until(changes: Watch, done: Callable[[ChangeSet], bool]) -> ChangeSet:
    """Take change sets until one is what the test waits for."""
    end = time.monotonic() + TIMEOUT_S
    while True:
        change_set = changes.next(end - time.monotonic())
        if done(change_set):
            return change_set


def has(name: str, preview: str) -> Callable[[ChangeSet], bool]:
    return lambda found: any(v.name == name and v.preview == preview for v in found.changed)


class TestWatching:
    """What comes in."""

    def test_state_then_changes(self, kernel: KernelClient) -> None:
        """The first change set is the whole state, the next tell what changed."""
        kernel.execute("x = 1")
        with watch(kernel.client) as changes:
            state = changes.next(TIMEOUT_S)
            assert state.complete
            assert [v.name for v in state.changed] == ["x"]
            kernel.execute("y = 2; del x")
            changes.settle()
            told = [changes.next(TIMEOUT_S)]
            assert not told[0].complete
            assert changes.epoch == state.epoch
            assert {name: v.preview for name, v in changes.variables.items()} == {"y": "2"}

    def test_changes_come_while_the_cell_runs(
        self, kernel: KernelClient, changes: Watch, tmp_path: Path
    ) -> None:
        """A statement is told before the next one has ended."""
        seen = tmp_path / "seen"
        cell = kernel.start(f"x = 1\n{wait_for(seen)}y = 2")
        until(changes, has("x", "1"))
        assert "y" not in changes.variables
        seen.touch()
        kernel.finish(cell)

    def test_names_and_kinds(self, kernel: KernelClient) -> None:
        """Only what was asked for is told."""
        with (
            watch(kernel.client, names="x*") as by_name,
            watch(kernel.client, kinds=["text"]) as by_kind,
        ):
            kernel.execute("x1 = 1; x2 = 'a'; y = 'b'")
            by_name.settle()
            by_kind.settle()
            assert set(by_name.variables) == {"x1", "x2"}
            assert set(by_kind.variables) == {"x2", "y"}

    def test_state_in_many_parts(self, kernel: KernelClient) -> None:
        """A state that does not fit into one message comes in several, and is told as one."""
        kernel.execute("for n in range(500): globals()[f'x{n}'] = 'v' * n")
        with watch(kernel.client, names="x*", max_bytes=10_000) as changes:
            state = changes.next(TIMEOUT_S)
            assert state.complete
            assert state.seq > 3
            assert len(state.changed) == len(changes.variables) == 500

    def test_bad_subscription(self, kernel: KernelClient) -> None:
        """A subscription that is none is refused before anything is sent."""
        with pytest.raises(InvalidParams, match="interval_ms"):
            watch(kernel.client, interval_ms=0)

    def test_callers_client_is_left_alone(self, kernel: KernelClient, changes: Watch) -> None:
        """The program's own client gets its replies and outputs as if nobody watched."""
        run = kernel.execute("print('hello'); 6 * 7")
        assert (run.stdout, run.result) == ("hello\n", "42")
        assert kernel.client.session.session != changes._connection._session.session

    def test_users_output_is_not_received(self, kernel: KernelClient, changes: Watch) -> None:
        """What the user's code prints does not go through a watch, however much it is."""
        received = []
        receive = changes._connection.conversation.receive

        def record(message: dict[str, Any], now: float) -> None:
            received.append(message["header"]["msg_type"])
            receive(message, now)

        changes._connection.conversation.receive = record  # type: ignore[method-assign]
        kernel.execute("for n in range(100): print(n, flush=True)")
        changes.settle()
        assert "comm_msg" in received
        assert "stream" not in received

    @pytest.mark.parametrize("form", ["client", "manager", "path", "string", "dict"])
    def test_ways_to_name_a_kernel(self, fresh: tuple[Any, KernelClient], form: str) -> None:
        """A kernel is a client, a manager, a connection file, or what is in it."""
        manager, kernel = fresh
        file = Path(manager.connection_file)
        named = {
            "client": kernel.client,
            "manager": manager,
            "path": file,
            "string": str(file),
            "dict": json.loads(file.read_text()),
        }
        with watch(named[form]) as changes:
            kernel.execute("x = 1")
            changes.settle()
            assert set(changes.variables) == {"x"}

    def test_unix_sockets(self, tmp_path: Path) -> None:
        """A kernel without ports is watched as any other."""
        manager = KernelManager(kernel_name="livens", transport="ipc", ip=str(tmp_path / "k"))
        manager.start_kernel(extra_arguments=["--HistoryManager.hist_file=:memory:"])
        try:
            with watch(manager) as changes:
                assert changes.next(TIMEOUT_S).complete
        finally:
            manager.shutdown_kernel(now=True)


class TestRequests:
    """Questions, also while a cell runs."""

    def test_typed_answer(self, kernel: KernelClient, changes: Watch) -> None:
        """The answer has the method's own type."""
        kernel.execute("x = [1, 2]")
        answer = changes.request("inspect", path=[["name", "x"]])
        assert isinstance(answer, requests.Inspection)
        assert [child.preview for child in answer.children] == ["1", "2"]

    def test_answered_while_a_cell_runs(
        self, kernel: KernelClient, changes: Watch, tmp_path: Path
    ) -> None:
        """A busy kernel answers all the same: the cell ends only after the answer."""
        answered = tmp_path / "answered"
        cell = kernel.start(f"x = 1\n{wait_for(answered)}")
        until(changes, has("x", "1"))
        changes.request("list")
        answered.touch()
        kernel.finish(cell)

    def test_error(self, changes: Watch) -> None:
        """The kernel's error is raised here as what it was there."""
        with pytest.raises(VariableNotFound, match="nope"):
            changes.request("inspect", path=[["name", "nope"]])

    def test_changes_that_come_meanwhile_are_kept(
        self, kernel: KernelClient, changes: Watch
    ) -> None:
        """A request takes no change set away."""
        kernel.execute("x = 1")
        changes.request("list")
        assert until(changes, has("x", "1"))

    def test_refresh(self, kernel: KernelClient, changes: Watch) -> None:
        """A refresh comes as a complete change set, and is there when the call returns."""
        kernel.execute("x = 1")
        changes.refresh()
        assert "x" in changes.variables
        assert until(changes, lambda found: found.complete).seq > 1

    def test_timeout(self, changes: Watch) -> None:
        """Where nothing comes, waiting ends."""
        with pytest.raises(TimeoutError, match="Nothing from"):
            changes.next(timeout=0.05)

    def test_closed(self, kernel: KernelClient) -> None:
        """A closed watch says so; closing it twice is no error."""
        changes = watch(kernel.client)
        changes.next(TIMEOUT_S)
        changes.close()
        changes.close()
        with pytest.raises(WatchClosed):
            changes.next()
        with pytest.raises(WatchClosed):
            changes.request("list")
        assert list(changes) == []

    def test_forgotten_close(self, kernel: KernelClient) -> None:
        """A watch that is left open is a ResourceWarning, and closed."""
        changes = watch(kernel.client)
        changes.next(TIMEOUT_S)
        forgotten = [changes]
        del changes
        with pytest.warns(ResourceWarning, match="was not closed"):
            forgotten.clear()

    def test_never_opened(self, kernel: KernelClient) -> None:
        """A watch that was never used has nothing to close."""
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            watch(kernel.client)
            gc.collect()


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
            run = kernel.execute(
                "from livens.protocol import messages\n"
                f"c = get_ipython().kernel.comms._clients[{comm_id!r}]\n"
                "s = c.endpoint._need_subscriber()\n"
                "for n in range(3000):\n"
                "    s.seq += 1\n"
                "    p = messages.UpdateParams(epoch=s._epoch, seq=s.seq)\n"
                "    c.endpoint._notify(messages.Update(p), None)\n"
                "last = 'here'",
                timeout_s=90,
            )
            assert run.error is None
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


class TestAsync:
    """The same in an event loop."""

    def test_iteration(self, kernel: KernelClient) -> None:
        """Change sets come by `async for`, answers by `await`."""

        async def main() -> None:
            async with watch(kernel.client) as changes:
                kernel.client.execute("x = [1]")
                async for change_set in changes:
                    if any(v.name == "x" for v in change_set.changed):
                        break
                answer = await changes.request("inspect", path=[["name", "x"]])
                assert isinstance(answer, requests.Inspection)
                with pytest.raises(VariableNotFound):
                    await changes.request("inspect", path=[["name", "nope"]])
                with pytest.raises(TimeoutError):
                    await changes.next(timeout=0.05)
                await changes.refresh()
                assert "x" in changes.variables

        asyncio.run(main())

    def test_without_with(self, kernel: KernelClient) -> None:
        """`async for` opens the watch by itself, `close` ends it."""

        async def main() -> None:
            changes = watch(kernel.client)
            async for change_set in changes:
                assert change_set.complete
                break
            changes.close()

        asyncio.run(main())

    def test_several_tasks(self, kernel: KernelClient) -> None:
        """A task that iterates does not hold up another's questions, nor takes their answers."""

        async def main() -> None:
            async with watch(kernel.client) as changes:

                async def follow() -> int:
                    return len([change_set async for change_set in changes])

                following = asyncio.create_task(follow())
                for _ in range(20):
                    await asyncio.wait_for(changes.settle(), TIMEOUT_S / 2)
                answers = await asyncio.gather(*(changes.request("list") for _ in range(10)))
                assert len(answers) == 10
                await changes.close()
                assert await following >= 1

        asyncio.run(main())

    def test_cancelling(self, kernel: KernelClient) -> None:
        """A task that waits can be cancelled, and the watch goes on."""

        async def main() -> None:
            async with watch(kernel.client) as changes:
                await changes.next()
                for _ in range(20):
                    waiting = asyncio.create_task(changes.next())
                    await asyncio.sleep(0)
                    waiting.cancel()
                    with pytest.raises(asyncio.CancelledError):
                        await waiting
                kernel.client.execute("x = 1")
                assert (await changes.next(TIMEOUT_S)).changed

        asyncio.run(main())

    def test_shutdown(self) -> None:
        """The iteration ends with the kernel; an asynchronous manager is as good as any."""

        async def main() -> None:
            manager = AsyncKernelManager(kernel_name="livens", transport_encryption="auto")
            await manager.start_kernel()
            count = 0
            async with watch(manager) as changes:
                async for _ in changes:
                    count += 1
                    await manager.shutdown_kernel()
            assert count == 1

        asyncio.run(main())

    def test_failure_to_open(self, start: Callable[..., Any]) -> None:
        """A kernel of another kind is refused here as well."""

        async def main(manager: Any) -> None:
            with pytest.raises(ConnectionFailed, match="'ipython'"):
                async with watch(manager):
                    pass

        with start("python3") as (manager, _):
            asyncio.run(main(manager))
