"""Prove that a server carries a load: ``make prove-server``.

Sessions, requests, streams and sockets at once, all on loopback. Each request prints a number of
its own: nothing may be lost or mixed up. The load comes twice, and the memory of the server after
the second time is compared with that after the first. Then, alone: a warm call beside a bare round
trip of jupyter_client, in turns, and how late output and changes come.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from statistics import fmean, median
from typing import Any

import httpx
import psutil
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import start_new_async_kernel
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from tests.server.conftest import TOKEN, LivensServer

MAX_RATIO = 1.5
MAX_OUTPUT_MS = 30.0
MAX_CHANGE_MS = 60.0
MAX_GROWTH = 1.05
MAX_GROWTH_MB = 5.0
AT_ONCE = 20


def main() -> int:
    """Measure; returns 1 if something was lost or a figure is worse than it may be."""
    parser = argparse.ArgumentParser(description="Prove that a server carries a load.")
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--listeners", type=int, default=50, help="of each kind")
    parser.add_argument("--turns", type=int, default=100, help="of what is timed")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = LivensServer(Path(folder) / "server", "--LivensServer.max_requests_per_s=0")
        try:
            failures = asyncio.run(prove(server, args))
        finally:
            server.stop()
    for failure in failures:
        print(f"FAILED: {failure}")
    return int(bool(failures))


async def prove(server: LivensServer, args: argparse.Namespace) -> list[str]:
    """Do all of it; returns what went wrong."""
    process = psutil.Process(server.process.pid)
    headers = {"Authorization": f"token {TOKEN}"}
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=server.url, headers=headers, timeout=300, limits=limits
    ) as http:
        failures = await time_alone(http, args.turns)
        names = [f"load-{number}" for number in range(args.sessions)]
        await begin(http, names)
        kernels = [child.memory_full_info().uss / 1e6 for child in process.children()]
        print(f"{len(kernels)} kernels of {fmean(kernels):.0f} MB of their own each, on average")
        after: list[float] = []
        for _ in range(2):
            failures += await carry(server, http, names, args)
            await asyncio.sleep(2)  # what is closed is let go of
            after.append(process.memory_info().rss / 1e6)
        print(f"server: {after[0]:.0f} MB after the load, {after[1]:.0f} MB after it came again")
        print(f"server: {process.num_fds()} open files")
        if after[1] > after[0] * MAX_GROWTH + MAX_GROWTH_MB:
            failures.append("the memory of the server grows with the load")
        await in_parallel(names, lambda name: http.delete(f"/sessions/{name}?files=true"))
        print(f"server: {process.num_fds()} open files, all sessions ended")
    return failures


async def in_parallel(items: list[Any], work: Callable[[Any], Any]) -> list[Any]:
    """Do something with each, some at once."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(item: Any) -> Any:
        async with gate:
            return await work(item)

    return await asyncio.gather(*(one(item) for item in items))


async def begin(http: httpx.AsyncClient, names: list[str]) -> None:
    """Make the sessions."""
    began = time.monotonic()
    answers = await in_parallel(names, lambda name: http.post(f"/sessions/{name}"))
    refused = [answer for answer in answers if answer.status_code != 201]
    assert not refused, f"{len(refused)} of {len(names)} not made; {refused[0].text}"
    print(f"{len(names)} sessions in {time.monotonic() - began:.1f} s")


# -- the load --------------------------------------------------------------------------------


async def carry(
    server: LivensServer, http: httpx.AsyncClient, names: list[str], args: argparse.Namespace
) -> list[str]:
    """Send the requests while others listen; returns what was lost or mixed up."""
    heard: list[list[str]] = [[] for _ in range(args.listeners)]
    seen: list[list[int]] = [[] for _ in range(args.listeners)]
    expected: dict[str, list[str]] = {name: [] for name in names}
    for number in range(args.requests):
        expected[names[number % len(names)]].append(f"{number}\n")
    mine = [names[number % len(names)] for number in range(args.listeners)]
    ready = asyncio.Barrier(2 * args.listeners + 1)
    listening = [
        asyncio.create_task(work)
        for number, name in enumerate(mine)
        for work in (
            hear(server, name, heard[number], len(expected[name]), ready),
            see(http, name, seen[number], len(expected[name]), ready),
        )
    ]
    await ready.wait()
    began = time.monotonic()
    wrong = await in_parallel(
        [(number, names[number % len(names)]) for number in range(args.requests)],
        lambda item: is_wrong(http, *item),
    )
    seconds = time.monotonic() - began
    async with asyncio.timeout(60):
        await asyncio.gather(*listening)
    print(f"{args.requests} requests, {args.listeners} sockets, {args.listeners} streams: "
          f"{args.requests / seconds:.0f} requests/s")  # fmt: skip
    failures = [f"{sum(wrong)} answers were of others"] if any(wrong) else []
    # A kernel may send a line in two pieces.
    if any(sorted(lines_of(heard[i])) != sorted(expected[name]) for i, name in enumerate(mine)):
        failures.append("a socket has not heard exactly the output of its session")
    if any(not {f"{k}\n" for k in seen[i]} <= set(expected[name]) for i, name in enumerate(mine)):
        failures.append("a stream has changes of another session")
    return failures


def lines_of(pieces: list[str]) -> list[str]:
    """Return the lines of a text that came in pieces."""
    return "".join(pieces).splitlines(keepends=True)


async def is_wrong(http: httpx.AsyncClient, number: int, name: str) -> bool:
    """Send a request; returns whether its answer is not its own."""
    code = f"k = {number}; done = globals().get('done', 0) + 1; print(k)"
    answer = await http.post(f"/execute/{name}", json={"code": code})
    return bool(answer.json() != {"output": f"{number}\n", "error": None, "stderr": ""})


async def hear(
    server: LivensServer, name: str, heard: list[str], count: int, ready: asyncio.Barrier
) -> None:
    """Listen on a socket until so many outputs have come."""
    url = f"ws{server.url[4:]}/sessions/{name}/socket?client=load"
    connection = await websocket_connect(
        HTTPRequest(url, headers={"Authorization": f"token {TOKEN}"}), max_message_size=2**27
    )
    await connection.write_message('{"method": "history", "params": {}, "id": "begun"}')
    while json.loads(str(await connection.read_message())).get("id") != "begun":
        pass  # the last of an earlier load
    await ready.wait()
    completed = 0
    while completed < count:
        message = json.loads(str(await connection.read_message()))
        if message.get("method") == "output":
            heard.append(message["params"]["content"])
        completed += message.get("method") == "complete"
    connection.close()


async def see(
    http: httpx.AsyncClient, name: str, seen: list[int], count: int, ready: asyncio.Barrier
) -> None:
    """Listen to the changes until so many calls were counted by the session itself."""
    async with http.stream("GET", f"/changes/{name}", params={"names": "k,done"}) as answer:
        changes = data_of(answer)
        until = count + values_of(await anext(changes)).get("done", 0)
        await ready.wait()
        async for change in changes:
            values = values_of(change)
            if "k" in values:
                seen.append(values["k"])
            if values.get("done", 0) >= until:
                return


def values_of(change: dict[str, Any]) -> dict[str, int]:
    """Return the numbers that a change tells."""
    return {v["name"]: int(v["preview"]) for v in change.get("changed", [])}


async def data_of(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """Yield the data of server-sent events."""
    async for line in answer.aiter_lines():
        if line.startswith("data: "):
            yield json.loads(line[6:])


# -- times -----------------------------------------------------------------------------------


async def time_alone(http: httpx.AsyncClient, turns: int) -> list[str]:
    """Time calls and events while nothing else happens; returns what took too long."""
    ours, bare = await time_calls(http, turns)
    output_ms = median([ms async for ms in delays_of_output(http, turns)])
    change_ms = median([ms async for ms in delays_of_changes(http, turns)])
    ratio = ours / bare
    print(f"warm call: {ours:.1f} ms, bare round trip: {bare:.1f} ms, {ratio:.2f} times")
    print(f"output after {output_ms:.1f} ms, change after {change_ms:.1f} ms (medians)")
    found = (
        (ratio > MAX_RATIO, f"a warm call takes more than {MAX_RATIO} times a bare round trip"),
        (output_ms > MAX_OUTPUT_MS, f"output comes later than {MAX_OUTPUT_MS:g} ms"),
        (change_ms > MAX_CHANGE_MS, f"changes come later than {MAX_CHANGE_MS:g} ms"),
    )
    return [text for is_so, text in found if is_so]


async def time_calls(http: httpx.AsyncClient, turns: int) -> tuple[float, float]:
    """Return the medians of a call and of a bare round trip, in ms, taken in turns."""
    manager, client = await start_new_async_kernel(kernel_name="livens")
    ours: list[float] = []
    bare: list[float] = []
    try:
        for turn in range(turns + 10):
            began = time.perf_counter()
            await http.post("/execute/timed", json={"code": "1 + 1"})
            between = time.perf_counter()
            await round_trip(client, "1 + 1")
            if turn >= 10:  # the first are not warm
                ours.append((between - began) * 1e3)
                bare.append((time.perf_counter() - between) * 1e3)
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
    return median(ours), median(bare)


async def round_trip(client: AsyncKernelClient, code: str) -> None:
    """Run code until its reply is here and all that it told."""
    msg_id = client.execute(code)
    while True:
        reply = await client.get_shell_msg(timeout=60)
        if reply["parent_header"].get("msg_id") == msg_id:
            break
    while True:
        told = await client.get_iopub_msg(timeout=60)
        is_idle = told["content"].get("execution_state") == "idle"
        if is_idle and told["parent_header"].get("msg_id") == msg_id:
            break


async def delays_of_output(http: httpx.AsyncClient, turns: int) -> AsyncIterator[float]:
    """Yield how many ms after its print an event comes."""
    code = f"import time\nfor n in range({turns}):\n"
    code += "    print(time.time(), flush=True)\n    time.sleep(0.03)"
    async with http.stream("POST", "/execute-stream/timed", json={"code": code}) as answer:
        async for event in data_of(answer):
            if event["type"] == "output":
                yield (time.time() - float(event["content"].split()[-1])) * 1e3


async def delays_of_changes(http: httpx.AsyncClient, turns: int) -> AsyncIterator[float]:
    """Yield how many ms after its store a change comes; the value is the time of the store."""
    code = "import time\n" + "stored = time.time()\ntime.sleep(0.15)\n" * turns
    body = {"code": code, "variables": True}
    async with http.stream("POST", "/execute-stream/timed", json=body) as answer:
        async for event in data_of(answer):
            now = time.time()
            for variable in event.get("changed", []):
                if variable["name"] == "stored":
                    yield (now - float(variable["preview"])) * 1e3


if __name__ == "__main__":
    sys.exit(main())
