"""A client of ``jupyter livens serve``, blocking or not: code, its output, and the variables.

It speaks HTTP alone, so it works through proxies, and needs no Jupyter; httpx comes with the extra
``http``. What is sent and how answers are read is in `livens.client.http_calls`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Self, TypeVar

import httpx

from livens.client import http_calls as calls
from livens.client.http_types import Answer, Change, Event, Health, Session
from livens.protocol.types import Variable

T = TypeVar("T")

URL = "http://127.0.0.1:8765"
"""Where ``jupyter livens serve`` listens, if it is not told otherwise."""


class HttpClient:
    """A client of a livens server that waits for each answer.

    A context, which closes its connections. It may be used by several threads.

    Parameters
    ----------
    url : str
        Of the server; with ``/livens`` at the end if it is a Jupyter server with the extension.
    token : str
        What lets it in.
    client : str
        Who this is, for the others in a session.

    Raises
    ------
    ConnectionFailed
        By all methods: if the server does not answer.
    ServerRefused
        By all methods: if it answers with an error, such as an id that is none.

    Examples
    --------
    ::

        with HttpClient("http://127.0.0.1:8765", token="secret") as server:
            print(server.execute("demo", "x = 6 * 7\\nx").output)
            for event in server.stream("demo", "for n in range(3): print(n)", variables=True):
                print(event)
            print([variable.preview for variable in server.variables("demo")])
            server.end("demo")
    """

    def __init__(self, url: str = URL, *, token: str = "", client: str = "") -> None:
        self._url = url
        self._http = httpx.Client(**calls.options(url, token, client))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; the sessions stay."""
        self._http.close()

    def execute(self, session_id: str, code: str, *, timeout_s: float | None = None) -> Answer:
        """Run code, and return all that it told; a session that is not there is made.

        Parameters
        ----------
        session_id : str
            Where to run it: 1 to 64 letters, digits and ``._-``.
        code : str
            What to run. Its errors are in the answer, and raise nothing here.
        timeout_s : float, optional
            How long it may take until it is interrupted; by default what the server allows.
        """
        return self._call(calls.execute(session_id, code, timeout_s))

    def stream(
        self,
        session_id: str,
        code: str,
        *,
        timeout_s: float | None = None,
        variables: bool = False,
    ) -> Iterator[Event]:
        """Run code, and yield what it tells, as it does; the last event is a `Complete`.

        Whoever leaves the iteration early interrupts the code, once the generator is closed.

        Parameters
        ----------
        session_id, code, timeout_s
            As in `execute`.
        variables : bool
            Whether to be told the changes of variables as well.

        Raises
        ------
        ConnectionFailed
            Also if the connection ends before the code does: how that ended is not known then.
        """
        event: Event | None = None
        for event in self._events(
            calls.stream(session_id, code, timeout_s, variables), calls.EventReader()
        ):
            yield event
        calls.need_complete(event, session_id)

    def changes(self, session_id: str, *, names: str = "*") -> Iterator[Change]:
        """Yield the whole state of the variables, then each change, for ever.

        If the connection is cut, the iteration goes on after the last change on another one, or
        with the whole state if that is too long ago.

        Parameters
        ----------
        session_id : str
            Of the session; one that is not there is made.
        names : str
            Names or patterns, with commas between them.

        Raises
        ------
        KernelGone
            If the session can be watched no longer.
        ConnectionFailed
            If the server does not answer any more, after several tries.
        """
        call, reader, retries = (
            calls.changes(session_id, names),
            calls.EventReader(),
            calls.Retries(),
        )
        while True:
            with retries.unless_up():
                for event in self._events(call, reader):
                    retries.succeeded()
                    yield calls.change_of(event, session_id)
            time.sleep(retries.pause_s)

    def reset(self, session_id: str) -> None:
        """Empty the namespace, in the same kernel; what runs is interrupted."""
        self._call(calls.reset(session_id))

    def interrupt(self, session_id: str) -> None:
        """Interrupt the code that runs."""
        self._call(calls.interrupt(session_id))

    def create(self, session_id: str | None = None) -> Session:
        """Make a session, if there is none of this id; without one the server finds an id."""
        return self._call(calls.create(session_id))

    def end(self, session_id: str) -> None:
        """End a session and its kernel."""
        self._call(calls.end(session_id))

    def sessions(self) -> list[Session]:
        """Return all sessions of the server."""
        return self._call(calls.SESSIONS).sessions

    def health(self) -> Health:
        """Return whether the server answers; needs no token."""
        return self._call(calls.HEALTH)

    def variables(self, session_id: str) -> list[Variable]:
        """Return descriptions of all variables."""
        return self._call(calls.variables(session_id)).variables

    def variable(self, session_id: str, name: str) -> Variable:
        """Return the description of a variable."""
        return self._call(calls.variable(session_id, name))

    def set_variable(self, session_id: str, name: str, expression: str) -> Variable:
        """Bind a name to the value of a Python expression; returns its description."""
        return self._call(calls.set_variable(session_id, name, expression))

    def delete_variable(self, session_id: str, name: str) -> None:
        """Delete a variable."""
        self._call(calls.delete_variable(session_id, name))

    def _call(self, call: calls.Call[T]) -> T:
        with calls.as_ours(self._url):
            return calls.read(call, self._http.request(**calls.request(call)))

    def _events(self, call: calls.Call[Event], reader: calls.EventReader) -> Iterator[Event]:
        request = calls.request(call, reader.last_id)
        with calls.as_ours(self._url), self._http.stream(**request) as answer:
            if not answer.is_success:
                answer.read()
            calls.need_success(answer)
            for line in answer.iter_lines():
                event = reader.read(line)
                if event is not None:
                    yield event


class AsyncHttpClient:
    """A client of a livens server for asyncio; its methods are those of `HttpClient`.

    Parameters
    ----------
    url, token, client
        As in `HttpClient`.

    Examples
    --------
    ::

        async with AsyncHttpClient("http://127.0.0.1:8765", token="secret") as server:
            print((await server.execute("demo", "6 * 7")).output)
            async for event in server.stream("demo", "print('hello')"):
                print(event)
            await server.end("demo")
    """

    def __init__(self, url: str = URL, *, token: str = "", client: str = "") -> None:
        self._url = url
        self._http = httpx.AsyncClient(**calls.options(url, token, client))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections; the sessions stay."""
        await self._http.aclose()

    async def execute(
        self, session_id: str, code: str, *, timeout_s: float | None = None
    ) -> Answer:
        """Run code, and return all that it told; see `HttpClient.execute`."""
        return await self._call(calls.execute(session_id, code, timeout_s))

    async def stream(
        self,
        session_id: str,
        code: str,
        *,
        timeout_s: float | None = None,
        variables: bool = False,
    ) -> AsyncIterator[Event]:
        """Run code, and yield what it tells, as it does; see `HttpClient.stream`."""
        event: Event | None = None
        async for event in self._events(
            calls.stream(session_id, code, timeout_s, variables), calls.EventReader()
        ):
            yield event
        calls.need_complete(event, session_id)

    async def changes(self, session_id: str, *, names: str = "*") -> AsyncIterator[Change]:
        """Yield the state of the variables, then each change; see `HttpClient.changes`."""
        call, reader, retries = (
            calls.changes(session_id, names),
            calls.EventReader(),
            calls.Retries(),
        )
        while True:
            with retries.unless_up():
                async for event in self._events(call, reader):
                    retries.succeeded()
                    yield calls.change_of(event, session_id)
            await asyncio.sleep(retries.pause_s)

    async def reset(self, session_id: str) -> None:
        """Empty the namespace, in the same kernel; what runs is interrupted."""
        await self._call(calls.reset(session_id))

    async def interrupt(self, session_id: str) -> None:
        """Interrupt the code that runs."""
        await self._call(calls.interrupt(session_id))

    async def create(self, session_id: str | None = None) -> Session:
        """Make a session, if there is none of this id; without one the server finds an id."""
        return await self._call(calls.create(session_id))

    async def end(self, session_id: str) -> None:
        """End a session and its kernel."""
        await self._call(calls.end(session_id))

    async def sessions(self) -> list[Session]:
        """Return all sessions of the server."""
        return (await self._call(calls.SESSIONS)).sessions

    async def health(self) -> Health:
        """Return whether the server answers; needs no token."""
        return await self._call(calls.HEALTH)

    async def variables(self, session_id: str) -> list[Variable]:
        """Return descriptions of all variables."""
        return (await self._call(calls.variables(session_id))).variables

    async def variable(self, session_id: str, name: str) -> Variable:
        """Return the description of a variable."""
        return await self._call(calls.variable(session_id, name))

    async def set_variable(self, session_id: str, name: str, expression: str) -> Variable:
        """Bind a name to the value of a Python expression; returns its description."""
        return await self._call(calls.set_variable(session_id, name, expression))

    async def delete_variable(self, session_id: str, name: str) -> None:
        """Delete a variable."""
        await self._call(calls.delete_variable(session_id, name))

    async def _call(self, call: calls.Call[T]) -> T:
        with calls.as_ours(self._url):
            return calls.read(call, await self._http.request(**calls.request(call)))

    async def _events(
        self, call: calls.Call[Event], reader: calls.EventReader
    ) -> AsyncIterator[Event]:
        request = calls.request(call, reader.last_id)
        with calls.as_ours(self._url):
            async with self._http.stream(**request) as answer:
                if not answer.is_success:
                    await answer.aread()
                calls.need_success(answer)
                async for line in answer.aiter_lines():
                    event = reader.read(line)
                    if event is not None:
                        yield event
