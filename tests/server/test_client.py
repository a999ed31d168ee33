"""`livens.client.http` against a real server."""

from __future__ import annotations

import asyncio
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from livens.client import http, http_types
from livens.client.http import AsyncHttpClient, HttpClient
from livens.exceptions import ConnectionFailed, ProtocolError, ServerRefused
from livens.server import events, models
from tests.server.conftest import TOKEN, LivensServer
from tests.server.gateways import Way, free_port
from tests.server.test_execute import SLOW


@pytest.fixture
def client(server: LivensServer) -> Iterator[HttpClient]:
    """A client that is let in."""
    with HttpClient(server.url, token=TOKEN, client="tests") as made:
        yield made


@pytest.fixture
def way(server: LivensServer) -> Iterator[Way]:
    """A way to the server that can be cut."""
    made = Way(int(server.url.rsplit(":", 1)[1]))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (http_types.Answer, models.ExecuteAnswer),
        (http_types.Session, models.SessionInfo),
        (http_types.Health, models.Health),
        (http_types.Output, events.Output),
        (http_types.Display, events.Display),
        (http_types.Error, events.Error),
        (http_types.Change, events.Change),
        (http_types.Complete, events.Complete),
    ],
)
def test_types_are_those_of_the_server(ours: Any, theirs: Any) -> None:
    """What the server encodes is what the client decodes, field by field and by its tag."""
    assert {field.encode_name for field in msgspec.structs.fields(ours)} == {
        field.encode_name for field in msgspec.structs.fields(theirs)
    }
    assert ours.__struct_config__.tag == theirs.__struct_config__.tag


class TestExamples:
    """The examples in docstrings run as they stand, but for the address and the token."""

    @pytest.mark.parametrize(
        ("kind", "printed"),
        [
            (HttpClient, ["42", "2\\n'", "name='n'", "return_code=0", "'42'"]),
            (AsyncHttpClient, ["42", "content='hello\\n'", "return_code=0"]),
        ],
    )
    def test_example(
        self,
        server: LivensServer,
        capsys: pytest.CaptureFixture[str],
        kind: type,
        printed: list[str],
    ) -> None:
        """What it prints is what is told of its code."""
        example = textwrap.dedent((inspect.getdoc(kind) or "").split("::\n")[1])
        example = example.replace(http.URL, server.url).replace('"secret"', repr(TOKEN))
        if kind is AsyncHttpClient:
            body = textwrap.indent(example, "    ")
            example = f"import asyncio\nasync def main():\n{body}\nasyncio.run(main())"
        exec(example, {**vars(http)})
        output = capsys.readouterr().out
        assert [text for text in printed if text not in output] == []


class TestHttpClient:
    """The client that waits."""

    def test_variables(self, client: HttpClient, session_id: str) -> None:
        """One through its life."""
        assert client.create(session_id).session_id == session_id
        assert client.set_variable(session_id, "x", "[1, 2]").preview == "[1, 2]"
        assert client.variable(session_id, "x").type == "list"
        assert [variable.name for variable in client.variables(session_id)] == ["x"]
        client.delete_variable(session_id, "x")
        client.execute(session_id, "y = 1")
        client.reset(session_id)
        assert client.variables(session_id) == []
        assert session_id in [session.session_id for session in client.sessions()]
        client.end(session_id)
        assert session_id not in [session.session_id for session in client.sessions()]
        assert client.health().status == "ok"

    def test_errors_of_the_code_are_answers(self, client: HttpClient, session_id: str) -> None:
        """They raise nothing here; so does a time limit."""
        assert "ZeroDivisionError" in (client.execute(session_id, "1/0").error or "")
        slow = client.execute(session_id, SLOW, timeout_s=0.5)
        assert "took longer than 0.5 s" in (slow.error or "")

    @pytest.mark.parametrize(
        ("session_id", "status", "word"),
        [("no id", 400, "no id of a"), ("unknown", 404, "unknown")],
    )
    def test_refusals(self, client: HttpClient, session_id: str, status: int, word: str) -> None:
        """They say what was asked, and why not."""
        with pytest.raises(ServerRefused, match=word) as refused:
            client.variables(session_id)
        assert refused.value.status == status

    def test_refusal_of_a_stream(self, server: LivensServer, session_id: str) -> None:
        """A wrong token is no error of the code."""
        with HttpClient(server.url, token="wrong") as client:
            with pytest.raises(ServerRefused) as refused:
                list(client.stream(session_id, "1"))
            assert refused.value.status == 403
            with pytest.raises(ServerRefused):
                next(client.changes(session_id))

    def test_no_server(self) -> None:
        """The error names the address, and what would start one."""
        url = f"http://127.0.0.1:{free_port()}"
        with HttpClient(url) as client:
            for call in (client.health, lambda: next(client.changes("a"))):
                with pytest.raises(ConnectionFailed, match=f"{url} .*jupyter livens serve"):
                    call()

    def test_what_is_no_livens_server(self, server: LivensServer) -> None:
        """An answer of somebody else, here of Jupyter, is not taken for one."""
        client = HttpClient(server.url + "/api", token=TOKEN)
        with client, pytest.raises(ProtocolError, match="/api/sessions was not answered as"):
            client.sessions()

    def test_stream_that_is_cut(self, way: Way, session_id: str) -> None:
        """How the code ended is not known, and nobody says that it is."""
        with HttpClient(way.url, token=TOKEN) as client:
            coming = client.stream(session_id, "print('a', flush=True)\n" + SLOW)
            assert next(coming) == http_types.Output(content="a\n")
            way.cut()
            with pytest.raises(ConnectionFailed, match=way.url):
                next(coming)

    def test_changes_go_on_after_a_cut(self, client: HttpClient, way: Way, session_id: str) -> None:
        """Each change once, also what came while there was no connection."""
        client.execute(session_id, "x = 0")
        with HttpClient(way.url, token=TOKEN) as reading:
            coming = reading.changes(session_id, names="x")
            assert next(coming).complete
            for number in (1, 2, 3):
                way.cut()
                client.execute(session_id, f"x = {number}")
                change = next(coming)
                assert not change.complete
                assert [variable.preview for variable in change.changed] == [str(number)]
            coming.close()


class TestAsyncHttpClient:
    """The client for asyncio."""

    def test_calls(self, server: LivensServer, session_id: str) -> None:
        """All methods answer as those of the other one."""
        asyncio.run(self._calls(server.url, session_id))

    async def _calls(self, url: str, name: str) -> None:
        async with AsyncHttpClient(url, token=TOKEN) as client:
            assert (await client.create(name)).session_id == name
            assert (await client.set_variable(name, "x", "2")).preview == "2"
            changes = client.changes(name)
            assert (await anext(changes)).complete
            events_ = [event async for event in client.stream(name, "x = 3", variables=True)]
            assert events_[-1] == http_types.Complete(return_code=0)
            assert [v.preview for v in (await anext(changes)).changed] == ["3"]
            await changes.aclose()
            assert (await client.variable(name, "x")).preview == "3"
            assert [v.name for v in await client.variables(name)] == ["x"]
            await client.delete_variable(name, "x")
            await client.interrupt(name)
            await client.reset(name)
            assert name in [session.session_id for session in await client.sessions()]
            await client.end(name)
            assert (await client.health()).status == "ok"

    def test_stream_that_is_left(self, server: LivensServer, session_id: str) -> None:
        """Its code is interrupted, and the next call is carried out."""
        asyncio.run(self._leave(server.url, session_id))

    async def _leave(self, url: str, name: str) -> None:
        async with AsyncHttpClient(url, token=TOKEN) as client:
            coming = client.stream(name, "n = 0\nprint('a', flush=True)\n" + SLOW)
            assert await anext(coming) == http_types.Output(content="a\n")
            await coming.aclose()
            answer = await client.execute(name, "print(n < 600)", timeout_s=30)
            assert (answer.error, answer.output) == (None, "True\n")
