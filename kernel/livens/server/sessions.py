"""The sessions of a server: which id has which kernel.

A session is one of Jupyter's own, of the path ``livens/<id>``. So JupyterLab lists it and can open
it, Jupyter's culling ends it, and a kernel behind a gateway is nothing special. What is kept here
is only the connection.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar, cast

from jupyter_client.manager import AsyncKernelManager
from jupyter_server.gateway.managers import (
    GatewayKernelManager,
    GatewayMappingKernelManager,
)
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from jupyter_server.services.sessions.sessionmanager import (
    KernelName,
    ModelName,
    SessionManager,
)
from tornado.web import HTTPError

from livens.server.channels import READY_S
from livens.server.gateway import GatewayKernel, answered
from livens.server.models import SessionInfo
from livens.server.session import Session

T = TypeVar("T")

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
            if model is not None:
                known = self._open.get(name)
                if known is not None and _still_holds(known, model):
                    return known[1]
                model = await self._known_to_gateway(model)
            await self._forget(name)
            if model is None:
                if not make:
                    raise HTTPError(404, f"No session {name!r}; POST /sessions makes one")
                model = await self._make(name)
            session = Session(name, self._manager(_kernel_id(model)))
            try:
                await session.open()
            except ConnectionError as err:
                raise HTTPError(503, str(err)) from None
            except TimeoutError:
                reason = f"The kernel of {name!r} did not answer in {READY_S:g} s after its start"
                raise HTTPError(503, reason) from None
            self._open[name] = _kernel_id(model), session
            return session

    async def list(self) -> list[SessionInfo]:
        """Return what is known of all sessions."""
        is_known = await self._refresh()
        return [describe(model, is_known=is_known) for model in await self._models()]

    async def describe(self, name: str) -> SessionInfo:
        """Return what is known of a session; 404 if there is none."""
        need_id(name)
        model = await self._model(name)
        if model is not None:
            model = await self._known_to_gateway(model)
        if model is None:
            raise HTTPError(404, f"No session {name!r}; POST /sessions makes one")
        return describe(model)

    async def end(self, name: str) -> bool:
        """End a session and its kernel; returns whether there was one."""
        need_id(name)
        lock = self._locks.setdefault(name, asyncio.Lock())
        async with lock:
            model = await self._model(name)
            await self._forget(name)
            if model is not None:
                await self._ask(self._jupyter.delete_session(model["id"]))
        self._locks.pop(name, None)
        return model is not None

    async def close(self) -> None:
        """Disconnect from all kernels; they are Jupyter's to end."""
        for name in list(self._open):
            await self._forget(name)
        await self._leave_lost_gateway()

    async def _model(self, name: str) -> dict[str, Any] | None:
        try:
            model: dict[str, Any] = await self._jupyter.get_session(path=FOLDER + name)
        except HTTPError as err:
            if err.status_code != 404:
                raise
            return None
        return model

    async def _models(self) -> Sequence[dict[str, Any]]:
        models = await self._jupyter.list_sessions()
        return [model for model in models if str(model.get("path", "")).startswith(FOLDER)]

    async def _make(self, name: str) -> dict[str, Any]:
        if len(await self._models()) >= self._max:
            raise HTTPError(
                429, f"There are {self._max} sessions, which is as many as may be; end one first"
            )
        made = self._jupyter.create_session(
            path=FOLDER + name,
            name=ModelName(name),
            type="livens",
            kernel_name=KernelName(self._kernel_name),
        )
        model: dict[str, Any] = await self._ask(made)
        return model

    # -- gateways --------------------------------------------------------------------------

    def _manager(self, kernel_id: str) -> AsyncKernelManager | GatewayKernel:
        manager = self._kernels.get_kernel(kernel_id)
        if isinstance(manager, GatewayKernelManager):
            return GatewayKernel(manager)
        return cast(AsyncKernelManager, manager)

    async def _ask(self, request: Awaitable[T]) -> T:
        """Wait for what Jupyter does; a gateway that does not do its part is a 503."""
        if not isinstance(self._kernels, GatewayMappingKernelManager):
            return await request
        try:
            return await answered(request)
        except ConnectionError as err:
            raise HTTPError(503, str(err)) from None

    async def _known_to_gateway(self, model: dict[str, Any]) -> dict[str, Any] | None:
        """Return the model if the gateway still has its kernel, else None; then it is forgotten."""
        kernel = self._manager(_kernel_id(model))
        if isinstance(kernel, GatewayKernel) and not await self._ask(kernel.is_known()):
            self._kernels.remove_kernel(_kernel_id(model))
            return None
        return await self._model(str(model["path"]).removeprefix(FOLDER))

    async def _leave_lost_gateway(self) -> None:
        """Forget the kernels of a gateway that does not answer.

        Jupyter would ask it to end them, fail, and not stop the server.
        """
        if isinstance(self._kernels, GatewayMappingKernelManager):
            ids = list(self._kernels.list_kernel_ids())
            try:
                for kernel in map(self._manager, ids[:1]):
                    if isinstance(kernel, GatewayKernel):
                        await kernel.is_known()
            except ConnectionError:
                for kernel_id in ids:
                    self._kernels.remove_kernel(kernel_id)

    async def _refresh(self) -> bool:
        """Ask the gateway what its kernels do; returns whether that is known."""
        if isinstance(self._kernels, GatewayMappingKernelManager):
            try:
                await answered(self._kernels.list_kernels())
            except ConnectionError:  # or it is not allowed: Kernel Gateway has a setting for it
                return False
        return True

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


def _still_holds(known: tuple[str, Session], model: dict[str, Any]) -> bool:
    """Return whether an open session is connected to the kernel of a model."""
    return known[0] == _kernel_id(model) and not known[1].channels.loss


def _kernel_id(model: dict[str, Any]) -> str:
    return str(model["kernel"]["id"])


def describe(model: dict[str, Any], *, is_known: bool = True) -> SessionInfo:
    """Return what clients are told of a session, from Jupyter's model of it.

    Parameters
    ----------
    model : dict
        The model.
    is_known : bool
        Whether what it says of the kernel's state is of now.
    """
    kernel = model.get("kernel") or {}
    return SessionInfo(
        session_id=str(model["path"]).removeprefix(FOLDER),
        kernel_id=kernel.get("id"),
        state=kernel.get("execution_state") if is_known else None,
        last_activity=kernel.get("last_activity"),
        connections=kernel.get("connections") or 0,
    )
