"""The sessions of a server: which id has which kernel.

A session is one of Jupyter's own, of the path ``livens/<id>``. So JupyterLab lists it and can open
it, Jupyter's culling ends it, and a kernel behind a gateway is nothing special. What is kept here
is only the connection.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast
from weakref import WeakValueDictionary

from jupyter_client.manager import AsyncKernelManager
from jupyter_server.gateway.managers import (
    GatewayKernelManager,
    GatewayMappingKernelManager,
)
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from jupyter_server.services.sessions.sessionmanager import (
    ModelName,
    SessionManager,
)
from tornado.web import HTTPError

from livens.server.folders import Folder, folder_name
from livens.server.gateway import GatewayKernel, answered
from livens.server.models import SessionInfo
from livens.server.session import Session

T = TypeVar("T")

ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z", re.ASCII)
"""What a session may be called."""

FOLDER = "livens/"
"""What the paths of our sessions begin with."""

SWEEP_S = 1.0
"""How often to look for sessions whose kernel was ended by others, such as Jupyter's culling."""

ENDED = "The session has ended: its kernel was shut down, and the variables are gone"

_log = logging.getLogger(__name__)


class _DiedAtStart(HTTPError):
    """The process of a new kernel ended before its first answer."""


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
    files_dir : Path
        Where their folders are.
    quota_bytes : int
        How much clients may put into each.
    """

    def __init__(
        self,
        jupyter: SessionManager,
        kernels: AsyncMappingKernelManager,
        *,
        kernel_name: str,
        max_sessions: int,
        files_dir: Path,
        quota_bytes: int,
    ) -> None:
        self._jupyter = jupyter
        self._kernels = kernels
        self._kernel_name = kernel_name
        self._max = max_sessions
        self._open: dict[str, tuple[str, Session]] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._starting = 0
        self._files_dir = files_dir
        self._quota = quota_bytes
        self._sweeping: asyncio.Task[None] | None = None

    async def get(self, name: str, *, make: bool = True) -> Session:
        """Return a session by its id; an unknown id makes one.

        Raises
        ------
        HTTPError
            400 if it is no id; 404 if there is none and none is to be made; 429 if there are as
            many as there may be; 503 if its kernel does not start.
        """
        return (await self.begin(name, make=make))[0]

    async def begin(self, name: str, *, make: bool = True) -> tuple[Session, bool]:
        """Return a session as `get` does, and whether it was made by this call."""
        need_id(name)
        work = asyncio.create_task(self._begin(name, make))
        work.add_done_callback(_retrieve)
        # A client that goes away must not leave a kernel behind that no session knows of.
        return await asyncio.shield(work)

    async def _begin(self, name: str, make: bool) -> tuple[Session, bool]:
        async with self._lock(name):
            model = await self._model(name)
            if model is not None:
                known = self._open.get(name)
                if known is not None and _still_holds(known, model):
                    return known[1], False
                model = await self._known_to_gateway(model)
            is_new = model is None
            await self._forget(name)
            if model is None:
                if not make:
                    raise HTTPError(404, f"No session {name!r}; POST /sessions makes one")
                kernel_id, session = await self._make_and_connect(name)
            else:
                kernel_id = _kernel_id(model)
                session = await self._connect(name, kernel_id, is_new=False)
            self._open[name] = kernel_id, session
            if self._sweeping is None:
                self._sweeping = asyncio.create_task(self._sweep())
            return session, is_new

    async def _make_and_connect(self, name: str) -> tuple[str, Session]:
        """Start a kernel, and another one if it dies as it starts.

        Jupyter chooses the ports of a kernel before the kernel takes them. Meanwhile another
        process may take one, and Jupyter starts the kernel again at the very same ports.
        """
        try:
            return await self._make_and_connect_once(name)
        except _DiedAtStart:
            return await self._make_and_connect_once(name)

    async def _make_and_connect_once(self, name: str) -> tuple[str, Session]:
        model = await self._make(name)
        kernel_id = _kernel_id(model)
        try:
            return kernel_id, await self._connect(name, kernel_id, is_new=True)
        except BaseException:
            with suppress(Exception):  # what went wrong first is what counts
                await self._jupyter.delete_session(model["id"])
            raise

    async def _connect(self, name: str, kernel_id: str, is_new: bool) -> Session:
        session = Session(
            name,
            self._manager(kernel_id),
            is_new=is_new,
            connect=lambda: self._kernels.notify_connect(kernel_id),
            disconnect=lambda: self._kernels.notify_disconnect(kernel_id),
        )
        try:
            with session.in_use():
                await self._open_while_there(session, kernel_id, is_new=is_new)
        except (TimeoutError, ConnectionError) as err:
            reason = f": {err}" if str(err) else ""
            raise HTTPError(
                503,
                f"The kernel of session {name!r} does not answer{reason}; DELETE /sessions/{name}, "
                "and begin anew",
            ) from None
        return session

    async def _open_while_there(self, session: Session, kernel_id: str, *, is_new: bool) -> None:
        """Connect, unless the kernel is ended meanwhile, or dies as it starts."""
        opening = asyncio.create_task(session.open())
        try:
            while not opening.done():
                await asyncio.wait({opening}, timeout=SWEEP_S)
                if kernel_id not in self._kernels:
                    raise ConnectionError("the kernel was ended")
                if is_new and not opening.done() and not await session.manager.is_alive():
                    raise _DiedAtStart(
                        503, f"The kernel of session {session.name!r} has died as it started"
                    )
            opening.result()
        finally:
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)

    def _lock(self, name: str) -> asyncio.Lock:
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        return lock

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

    def folder(self, name: str) -> Folder:
        """Return the folder of a session, which may be there when the session is not."""
        need_id(name)
        return Folder(self._files_dir / folder_name(name), self._quota)

    async def end(self, name: str, *, files: bool = False) -> bool:
        """End a session and its kernel, and its files if asked for; returns whether there was one.

        A folder that is empty goes with the session.
        """
        need_id(name)
        async with self._lock(name):
            model = await self._model(name)
            await self._forget(name)
            if model is not None:
                await self._ask(self._jupyter.delete_session(model["id"]))
            await asyncio.to_thread(self.folder(name).remove, files=files)
        return model is not None

    async def close(self) -> None:
        """Disconnect from all kernels; they are Jupyter's to end."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.gather(self._sweeping, return_exceptions=True)
        for name in list(self._open):
            await self._forget(name)
        await self._leave_lost_gateway()

    async def _sweep(self) -> None:
        """Let go of sessions whose kernel is not there any more."""
        while True:
            await asyncio.sleep(SWEEP_S)
            for name, (kernel_id, session) in list(self._open.items()):
                if kernel_id not in self._kernels and self._open.get(name) == (kernel_id, session):
                    try:
                        await self._forget(name)
                    except Exception:  # noqa: BLE001
                        # A border: one session must not keep the others from being cleaned up.
                        _log.warning("Session %r could not be cleaned up", name, exc_info=True)

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
        self._starting += 1
        try:
            if len(await self._models()) + self._starting > self._max:
                raise HTTPError(
                    429,
                    f"There are {self._max} sessions, which is as many as may be; end one first",
                )
            folder = self.folder(name)
            folder.make()
            path = FOLDER + name
            # Jupyter would start it in the folder above.
            starting = self._kernels.start_kernel(
                kernel_name=self._kernel_name,
                cwd=str(folder.path),
                env=self._jupyter.get_kernel_env(path, ModelName(name)),
            )
            kernel_id = await self._ask(starting)
            try:
                model: dict[str, Any] = await self._jupyter.create_session(
                    path=path, name=ModelName(name), type="livens", kernel_id=kernel_id
                )
            except BaseException:
                await self._kernels.shutdown_kernel(kernel_id)
                raise
        except Exception as err:
            if isinstance(err, HTTPError) and err.status_code < 500:
                raise
            # A border: a kernel may fail to start in as many ways as there are provisioners.
            _log.warning("The kernel of session %r did not start", name, exc_info=True)
            reason = err.log_message if isinstance(err, HTTPError) else str(err)
            raise HTTPError(
                503,
                f"The kernel {self._kernel_name!r} of session {name!r} did not start: "
                f"{reason or type(err).__name__}",
            ) from None
        finally:
            self._starting -= 1
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
            await known[1].close(ENDED)


def _retrieve(work: asyncio.Task[Any]) -> None:
    if not work.cancelled():
        work.exception()  # its client may have gone


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
