"""The sessions of a server: which id has which kernel.

A session is one of Jupyter's own, of the path ``livens/<id>``. So JupyterLab lists it and can open
it, Jupyter's culling ends it, and a kernel behind a gateway is nothing special. What is kept here
is only the connection.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any, cast

from jupyter_client.manager import AsyncKernelManager
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from jupyter_server.services.sessions.sessionmanager import (
    KernelName,
    ModelName,
    SessionManager,
)
from tornado.web import HTTPError

from livens.server.models import SessionInfo
from livens.server.session import Session

ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z", re.ASCII)
"""What a session may be called."""

FOLDER = "livens/"
"""What the paths of our sessions begin with."""


class Sessions:
    """Finds and makes sessions.

    Parameters
    ----------
    jupyter : SessionManager
        Jupyter's own sessions.
    kernels : AsyncMappingKernelManager
        Jupyter's kernels.
    kernel_name : str
        The kernel of a new session.
    max_sessions : int
        How many there may be.
    """

    def __init__(
        self,
        jupyter: SessionManager,
        kernels: AsyncMappingKernelManager,
        *,
        kernel_name: str,
        max_sessions: int,
    ) -> None:
        self._jupyter = jupyter
        self._kernels = kernels
        self._kernel_name = kernel_name
        self._max = max_sessions
        self._open: dict[str, tuple[str, Session]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def get(self, name: str, *, make: bool = True) -> Session:
        """Return a session by its id; an unknown id makes one.

        Raises
        ------
        HTTPError
            400 if it is no id; 404 if there is none and none is to be made; 429 if there are as
            many as there may be.
        """
        need_id(name)
        lock = self._locks.setdefault(name, asyncio.Lock())
        async with lock:
            model = await self._model(name)
            if model is None:
                await self._forget(name)
                if not make:
                    raise HTTPError(404, f"No session {name!r}; POST /sessions makes one")
                model = await self._make(name)
            kernel_id = model["kernel"]["id"]
            known = self._open.get(name)
            if known is not None and known[0] == kernel_id:
                return known[1]
            await self._forget(name)
            manager = cast(AsyncKernelManager, self._kernels.get_kernel(kernel_id))
            session = Session(name, manager)
            await session.open()
            self._open[name] = kernel_id, session
            return session

    async def list(self) -> list[SessionInfo]:
        """Return what is known of all sessions."""
        models = await self._jupyter.list_sessions()
        return [
            describe(model) for model in models if str(model.get("path", "")).startswith(FOLDER)
        ]

    async def describe(self, name: str) -> SessionInfo:
        """Return what is known of a session; 404 if there is none."""
        need_id(name)
        model = await self._model(name)
        if model is None:
            raise HTTPError(404, f"No session {name!r}; POST /sessions makes one")
        return describe(model)

    async def end(self, name: str) -> bool:
        """End a session and its kernel; returns whether there was one."""
        need_id(name)
        lock = self._locks.setdefault(name, asyncio.Lock())
        async with lock:
            model = await self._model(name)
            if known := self._open.get(name):
                known[1].broadcast.end()
            await self._forget(name)
            if model is not None:
                await self._jupyter.delete_session(model["id"])
        self._locks.pop(name, None)
        return model is not None

    async def close(self) -> None:
        """Disconnect from all kernels; they are Jupyter's to end."""
        for name in list(self._open):
            await self._forget(name)

    async def _model(self, name: str) -> dict[str, Any] | None:
        try:
            model: dict[str, Any] = await self._jupyter.get_session(path=FOLDER + name)
        except HTTPError as err:
            if err.status_code != 404:
                raise
            return None
        return model

    async def _make(self, name: str) -> dict[str, Any]:
        if len(await self.list()) >= self._max:
            raise HTTPError(
                429, f"There are {self._max} sessions, which is as many as may be; end one first"
            )
        model: dict[str, Any] = await self._jupyter.create_session(
            path=FOLDER + name,
            name=ModelName(name),
            type="livens",
            kernel_name=KernelName(self._kernel_name),
        )
        return model

    async def _forget(self, name: str) -> None:
        known = self._open.pop(name, None)
        if known is not None:
            await known[1].close()


def need_id(name: str) -> None:
    """Raise an `HTTPError` (400) for what is no id of a session."""
    if not ID.match(name):
        raise HTTPError(
            400,
            f"{name[:80]!r} is no id of a session; expected 1 to 64 of letters, digits and '._-'",
        )


def describe(model: dict[str, Any]) -> SessionInfo:
    """Return what clients are told of a session, from Jupyter's model of it."""
    kernel = model.get("kernel") or {}
    return SessionInfo(
        session_id=str(model["path"]).removeprefix(FOLDER),
        kernel_id=kernel.get("id"),
        state=kernel.get("execution_state"),
        last_activity=kernel.get("last_activity"),
        connections=kernel.get("connections") or 0,
    )
