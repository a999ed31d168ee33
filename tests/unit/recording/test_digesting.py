"""Asking for digests: of what cells changed, for as long as the next cell may wait."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from recorded import array, change, number

from livens.exceptions import KernelGone, UnknownMethod
from livens.protocol.digests import needs_digest, opaque_gap
from livens.protocol.requests import Digests
from livens.protocol.types import Cell, Digest, Unevaluated, Variable
from livens.recording import digesting
from livens.recording.digesting import DigestRequests

Told = list[tuple[list[str], int | None]]


class Watch:
    """A watch whose kernel answers when it is told to, or at once."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[dict[str, Any]] = []
        self.may_answer = asyncio.Event()
        self.unread: set[str] = set()
        self.gaps: dict[str, str] = {}
        self._error = error

    async def request(self, method: str, **params: Any) -> Digests:
        self.asked.append({"method": method, **params})
        await self.may_answer.wait()
        if self._error is not None:
            raise self._error
        return Digests(
            [
                Digest(name, gap=self.gaps.get(name, ""))
                if name in self.unread or name in self.gaps
                else Digest(name, "h")
                for name in params["names"]
            ]
        )


def run(case: Coroutine[Any, Any, None]) -> None:
    asyncio.run(case)


def requests_for(told: Told) -> DigestRequests:
    return DigestRequests(lambda found, number: told.append(([d.name for d in found], number)))


def test_what_a_cell_changed() -> None:
    """Data that changed are asked for once, scalars and what is gone are not."""

    async def case() -> None:
        told: Told = []
        watch, requests = Watch(), requests_for(told)
        watch.may_answer.set()
        requests.note(change(array("a", "[1, 2]"), array("b", "[1, 2]"), number("n", 1)))
        requests.note(change(removed=["b"]))
        await requests.after_cell(watch, "id-1", 1, 0.5)  # type: ignore[arg-type]
        await requests.after_cell(watch, "id-2", 2, 0.5)  # type: ignore[arg-type]
        assert told == [(["a"], 1)]
        (asked,) = watch.asked
        assert (asked["method"], asked["names"], asked["cell"]) == ("digest", ["a"], "id-1")

    run(case())


def test_slow_kernel_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next cell goes on when the time is over; what comes later is told with its cell."""
    monkeypatch.setattr(digesting, "FIRST_S", 0.001)

    async def case() -> None:
        told: Told = []
        watch, requests = Watch(), requests_for(told)
        requests.note(change(array("a", "[1, 2]")))
        await requests.after_cell(watch, "id-1", 1, 0.0)  # type: ignore[arg-type]
        assert told == []
        watch.may_answer.set()
        await requests.at_end(watch, [], 0.0)  # type: ignore[arg-type]
        assert told == [(["a"], 1)]

    run(case())


def test_time_grows_with_the_cell() -> None:
    """After a long cell there is more time."""

    async def case() -> None:
        watch, requests = Watch(), requests_for([])
        watch.may_answer.set()
        for count, seconds in enumerate((0.1, 0.1, 100.0)):
            requests.note(change(array("a", "[1, 2]", count)))
            await requests.after_cell(watch, "id", 1, seconds)  # type: ignore[arg-type]
        assert [asked["timeout_ms"] for asked in watch.asked] == [200, 50, 2000]

    run(case())


def test_what_is_not_known_at_the_end() -> None:
    """At the end what was not read, or may have changed since, is asked for; nothing else is."""

    async def case() -> None:
        told: Told = []
        watch, requests = Watch(), requests_for(told)
        watch.may_answer.set()
        watch.unread = {"unread"}
        names = ("known", "unread", "touched", "changed")
        arrays = [array(name, "[1, 2]") for name in names]
        requests.note(change(*arrays))
        await requests.after_cell(watch, "id", 1, 0.0)  # type: ignore[arg-type]
        other = array("changed", "[3, 4]")
        told_again = [*arrays[:3], other]
        doubt = [Unevaluated("touched", "too large")]
        requests.note(change(*told_again, complete=True, unevaluated=doubt))
        await requests.at_end(watch, [*told_again, number("n", 1)], 10.0)  # type: ignore[arg-type]
        assert watch.asked[-1]["names"] == ["unread", "touched", "changed"]

    run(case())


def test_opaque_class_is_asked_for_once() -> None:
    """Of an object that the kernel cannot look into, all others of its class are told at once."""

    async def case() -> None:
        found: list[tuple[str, str, int | None]] = []
        requests = DigestRequests(
            lambda digests, number: found.extend((d.name, d.gap, number) for d in digests)
        )
        watch = Watch()
        watch.may_answer.set()
        watch.gaps = {"first": opaque_gap("Figure"), "busy": "the next cell began"}
        figures = {n: Variable(n, [], "object", "Figure", "plot") for n in ("first", "second")}
        others = [
            Variable("busy", [], "object", "Axes", "plot"),
            Variable("namesake", [], "object", "Figure", "other"),
        ]
        requests.note(change(figures["first"], others[0]))
        await requests.after_cell(watch, "id-1", 1, 0.1)  # type: ignore[arg-type]
        requests.note(change(figures["second"], *others))
        await requests.after_cell(watch, "id-2", 2, 0.1)  # type: ignore[arg-type]
        assert [asked["names"] for asked in watch.asked] == [["first", "busy"], ["namesake"]]
        assert ("second", opaque_gap("Figure"), 2) in found
        everything = [*figures.values(), *others]
        await requests.at_end(watch, everything, 0.1)  # type: ignore[arg-type]
        assert watch.asked[-1]["names"] == ["busy"]
        assert ("first", opaque_gap("Figure"), None) in found

    run(case())


def test_what_has_come_with_the_cell_is_not_asked_for() -> None:
    """Digests in the cell's own update are told with it; those of what changed since are not."""

    async def case() -> None:
        told: Told = []
        watch, requests = Watch(), requests_for(told)
        watch.may_answer.set()
        cell = Cell("id-1", running=False)
        three = [array(name, "[1, 2]") for name in ("here", "later", "large")]
        sent = [Digest("here", "h"), Digest("later", "h")]
        requests.note(change(*three, cell=cell, digests=sent))
        requests.note(change(array("later", "[3, 4]")))  # by a thread, when the cell had ended
        await requests.after_cell(watch, "id-1", 1, 0.1)  # type: ignore[arg-type]
        assert told == [(["here"], 1), (["later", "large"], 1)]
        requests.note(change(array("here", "[5]"), cell=cell, digests=[Digest("here", "i")]))
        await requests.after_cell(watch, "id-2", 2, 0.1)  # type: ignore[arg-type]
        assert told[2:] == [(["here"], 2)]  # what came was of another cell
        assert [asked["names"] for asked in watch.asked] == [["later", "large"], ["here"]]
        await requests.at_end(watch, three, 0.1)  # type: ignore[arg-type]
        assert len(watch.asked) == 2

    run(case())


def test_what_may_have_changed_is_asked_for_after_its_cell() -> None:
    """A value that a cell touched, and that was not compared, is read."""

    async def case() -> None:
        watch, requests = Watch(), requests_for([])
        watch.may_answer.set()
        requests.note(change(array("a", "[1, 2]"), number("n", 1)))
        await requests.after_cell(watch, "id-1", 1, 0.0)  # type: ignore[arg-type]
        doubts = [Unevaluated(name, "too large") for name in ("a", "n", "unknown")]
        requests.note(change(unevaluated=doubts))
        await requests.after_cell(watch, "id-2", 2, 0.0)  # type: ignore[arg-type]
        assert [asked["names"] for asked in watch.asked] == [["a"], ["a"]]

    run(case())


@pytest.mark.parametrize("error", [UnknownMethod("old"), KernelGone("gone"), TimeoutError()])
def test_kernel_that_cannot_answer(error: Exception) -> None:
    """An older kernel, or one that has ended, leaves a record without digests, and no error."""

    async def case() -> None:
        told: Told = []
        watch, requests = Watch(error), requests_for(told)
        watch.may_answer.set()
        requests.note(change(array("a", "[1, 2]")))
        await requests.after_cell(watch, "id", 1, 0.0)  # type: ignore[arg-type]
        await requests.at_end(watch, [array("a", "[1, 2]")], 0.0)  # type: ignore[arg-type]
        assert told == []

    run(case())


@pytest.mark.parametrize(
    ("kind", "fields", "needed"),
    [
        ("number", {}, False),
        ("text", {}, False),
        ("text", {"truncated": True}, True),
        ("number", {"truncated": True}, True),
        ("table", {}, True),
        ("object", {}, True),
        ("function", {}, False),
        ("text", {"reason": "redacted"}, False),
        ("other", {"status": "skipped"}, False),
    ],
)
def test_what_needs_a_digest(kind: Any, fields: dict[str, Any], needed: bool) -> None:
    """Whatever a description shows wholly is compared by that."""
    assert needs_digest(Variable("v", [], kind, "T", **fields)) is needed
