"""`watch` on real kernels: what comes in by its own connection, and questions."""

from __future__ import annotations

import gc
import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from gates import wait_for
from jupyter_client.manager import KernelManager
from watches import TIMEOUT_S, has, until

from livens.client.blocking import Watch, watch
from livens.exceptions import InvalidParams, VariableNotFound, WatchClosed
from livens.protocol import requests
from livens.protocol.capabilities import ALL
from livens.testing import KernelClient


class TestWatching:
    """What comes in."""

    def test_state_then_changes(self, kernel: KernelClient) -> None:
        """The first change set is the whole state, the next tell what changed."""
        kernel.execute("x = 1")
        with watch(kernel.client) as changes:
            state = changes.next(TIMEOUT_S)
            assert state.complete
            assert state.capabilities == changes.capabilities == ALL
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
