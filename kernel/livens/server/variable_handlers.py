"""The handlers of variables: what there is, tables, history, changes as they come."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError

from livens.protocol.types import ChangeSet
from livens.server import events, models
from livens.server.handlers import PING_S, Handler, with_pings
from livens.server.http_errors import as_http_errors

REQUEST_S = 65.0
"""How long an answer may take; a client's ``timeout_ms`` is at most 60,000."""


class VariablesHandler(Handler):
    """What the handlers of variables have."""

    async def ask(self, session_id: str, method: str, params: dict[str, Any]) -> msgspec.Struct:
        """Ask the kernel of a session.

        Raises
        ------
        HTTPError
            With the status that what went wrong has in HTTP.
        """
        session = await self.sessions.get(session_id, make=False)
        with as_http_errors():
            feed = await session.feed()
            return await feed.request(method, params, REQUEST_S)

    def query(self) -> dict[str, Any]:
        """Return the arguments of the query: each is JSON, or else text."""
        found: dict[str, Any] = {}
        for key, values in self.request.query_arguments.items():
            if key in ("token", "no_track_activity"):
                continue
            text = values[-1].decode("utf-8", "replace")
            try:
                found[key] = msgspec.json.decode(text)
            except msgspec.DecodeError:
                found[key] = text
        return found


class ListHandler(VariablesHandler):
    """``GET /variables/{sessionId}``: all of them."""

    @authorized("read")
    async def get(self, session_id: str) -> None:
        """List the variables."""
        self.answer(await self.ask(session_id, "list", self.query()))


class VariableHandler(VariablesHandler):
    """``GET``, ``PUT`` and ``DELETE /variables/{sessionId}/{name}``."""

    @authorized("read")
    async def get(self, session_id: str, name: str) -> None:
        """Describe the variable."""
        found = await self.ask(session_id, "inspect", {"path": [["name", name]], "limit": 1})
        self.answer(found.variable)  # type: ignore[attr-defined]

    @authorized("execute")
    async def put(self, session_id: str, name: str) -> None:
        """Bind the name to the value of an expression."""
        asked = self.body(models.SetRequest)
        params = {"name": name, **msgspec.to_builtins(asked)}
        found = await self.ask(session_id, "set", params)
        self.answer(found.variable)  # type: ignore[attr-defined]

    @authorized("execute")
    async def delete(self, session_id: str, name: str) -> None:
        """Delete the variable."""
        await self.ask(session_id, "delete", {"names": [name], **self.query()})
        self.set_status(204)
        self.finish()


class DetailHandler(VariablesHandler):
    """``GET /variables/{sessionId}/{name}/{inspect,table,value,history}``.

    The query has the params of the method, each as JSON; ``path`` leads on from the variable.
    """

    @authorized("read")
    async def get(self, session_id: str, name: str, method: str) -> None:
        """Answer with the method's result."""
        params = self.query()
        if method == "history":
            params["name"] = name
        else:
            rest = params.get("path", [])
            if not isinstance(rest, list):
                raise HTTPError(400, 'path is a list of keys, such as [["item", "a"]]')
            params["path"] = [["name", name], *rest]
        self.answer(await self.ask(session_id, method, params))


class ChangesHandler(VariablesHandler):
    """``GET /changes/{sessionId}``: the whole state, then each change (SSE)."""

    @authorized("read")
    async def get(self, session_id: str) -> None:
        """Tell the changes until the client goes."""
        names = self.get_query_argument("names", "*").split(",")
        last_id = self.request.headers.get("Last-Event-ID", "")
        await self.unless_gone(self._tell(session_id, names, last_id))

    async def _tell(self, session_id: str, names: list[str], last_id: str) -> None:
        with self.admission.listening():
            await self._tell_all(session_id, names, last_id)

    async def _tell_all(self, session_id: str, names: list[str], last_id: str) -> None:
        session = await self.sessions.get(session_id)
        with as_http_errors():
            feed = await session.feed()
        self.begin_stream()
        changes = feed.changes(last_id)
        with session.in_use():
            async for item in with_pings(changes, PING_S):
                if item is None:
                    await self.send_event(None)
                    continue
                event_id, change_set = item
                chosen = _only(change_set, names)
                if chosen is not None:
                    await self.send_event(events.Change.of(chosen), event_id)
        if feed.ending is not None:
            await self.send_event(events.Error(content=str(feed.ending)))
        self.end_stream()


def _only(change_set: ChangeSet, names: list[str]) -> ChangeSet | None:
    """Return what a change set says of some names; None if that is nothing."""
    if "*" in names:
        return change_set

    def is_chosen(name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in names)

    changed = [variable for variable in change_set.changed if is_chosen(variable.name)]
    removed = [name for name in change_set.removed if is_chosen(name)]
    if not (changed or removed or change_set.complete):
        return None
    origins = {name: origin for name, origin in change_set.origins.items() if is_chosen(name)}
    return msgspec.structs.replace(
        change_set, changed=changed, removed=removed, origins=origins, unevaluated=[]
    )
