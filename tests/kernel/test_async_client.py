"""`watch` in an event loop, on real kernels."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from jupyter_client.manager import AsyncKernelManager
from watches import TIMEOUT_S

from livens.client.blocking import watch
from livens.exceptions import ConnectionFailed, VariableNotFound
from livens.protocol import requests
from livens.protocol.capabilities import ALL
from livens.testing import KernelClient


class TestAsync:
    """Change sets and answers, awaited."""

    def test_iteration(self, kernel: KernelClient) -> None:
        """Change sets come by `async for`, answers by `await`."""

        async def main() -> None:
            async with watch(kernel.client) as changes:
                assert changes.capabilities == ALL
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
