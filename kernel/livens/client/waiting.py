"""Waiting in another process until a condition is true, or until it cannot become true any more.

The kernel checks the condition, as a rule: at each store, and not when a client gets to read it.
What is waited for is on the client's side, so nothing of it is left in the kernel: the rule goes
with the wait.
"""

from __future__ import annotations

import re
import time
from typing import Literal

import msgspec

from livens.client.connection import Connection, Waits
from livens.exceptions import KernelGone, LivensError, RequestError, WatchClosed
from livens.protocol import requests
from livens.protocol.types import Variable

Outcome = Literal["fired", "cell_ended", "kernel_gone", "still_running", "idle"]
"""How a wait ended; `Waited` says what each means."""

MAX_NAMES = 20
"""Of so many names in a condition the newest values are fetched."""

_CHECK_MS = 5_000
_ANSWER_S = 10.0


class Waited(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a wait for a condition ended.

    Attributes
    ----------
    outcome : {"fired", "cell_ended", "kernel_gone", "still_running", "idle"}
        ``fired``: the condition was or became true. ``cell_ended``: the cell that was waited for
        has ended, and the condition is not true. ``kernel_gone``: the kernel has ended or was
        restarted. The others say that the time is over: ``still_running`` while a cell runs,
        ``idle`` where none does.
    message : str
        What holds, or does not, for which values, and why.
    variables : dict of str to Variable
        The newest that is known of the variables that the condition names.
    notes : list of str
        What may not be meant, such as a name that there is no variable of.
    waited_s : float
        How long it took.
    """

    outcome: Outcome
    message: str
    variables: dict[str, Variable] = {}
    notes: list[str] = []
    waited_s: float = 0.0


class _Wait:
    """One wait, while it lasts."""

    def __init__(self, connection: Connection, condition: str, timeout_s: float, cell: str) -> None:
        self.connection = connection
        self.conversation = connection.conversation
        self.condition = condition
        self.cell = cell
        self.began_at = time.monotonic()
        self.deadline = self.began_at + timeout_s
        self.restarts = self.conversation.restarts
        self.seen = self.conversation.events_told
        self.ended = self.conversation.cells.ended
        self.rule_id = ""
        self.notes: list[str] = []

    @property
    def left_s(self) -> float:
        return max(0.0, self.deadline - time.monotonic())

    def fired(self) -> str | None:
        """Return what the kernel said when the rule fired."""
        told = self.conversation.events_told
        new = list(self.conversation.events)[-(told - self.seen) :] if told > self.seen else []
        for event in new:
            if event.rule is not None and event.rule.id == self.rule_id:
                return event.message
        return None

    def has_ended(self) -> bool:
        """Return whether the cell that is waited for has ended."""
        if self.cell:
            return self.conversation.has_ended(self.cell)
        return self.conversation.cells.ended > self.ended

    def is_over(self) -> tuple[Outcome, str] | None:
        """Return how the wait ended, if it did; raises `KernelGone` where the kernel did."""
        if self.conversation.restarts != self.restarts:
            return "kernel_gone", "The kernel was restarted: its variables are gone"
        self.conversation.is_open()
        message = self.fired()
        if message is not None:
            return "fired", message
        return ("cell_ended", "") if self.has_ended() else None

    def timed_out(self) -> Outcome:
        return "still_running" if self.conversation.cells.is_busy else "idle"


def waited(
    connection: Connection, condition: str, timeout_s: float, cell: str = ""
) -> Waits[Waited]:
    """Wait for a condition; `livens.client.base.WatchBase.wait_for` says the rest."""
    yield from connection.opened()
    wait = _Wait(connection, condition, timeout_s, cell)
    outcome: Outcome
    try:
        outcome, message = yield from _outcome(wait)
    except KernelGone as gone:
        outcome, message = "kernel_gone", str(gone)
    except WatchClosed:
        raise
    except RequestError:
        raise
    except LivensError as err:
        if wait.conversation.restarts == wait.restarts:
            raise
        outcome, message = "kernel_gone", str(err)
    finally:
        if wait.rule_id and not connection.is_closed:
            wait.conversation.tell("rule.remove", {"id": wait.rule_id})
            connection.send()
    variables = yield from _variables(wait, outcome)
    seconds = round(time.monotonic() - wait.began_at, 3)
    return Waited(outcome, message, variables, wait.notes, seconds)


def _outcome(wait: _Wait) -> Waits[tuple[Outcome, str]]:
    """Add the rule, see whether it holds already, and wait for what comes first."""
    connection = wait.connection
    added = yield from connection.answer("rule.add", {"condition": wait.condition}, _ANSWER_S)
    assert isinstance(added, requests.RuleAdded)
    wait.rule_id, wait.notes = added.rule.id, added.notes
    checked = yield from _checked(wait, wait.left_s)
    if checked is not None and checked.is_true:
        return "fired", checked.message
    try:
        outcome, message = yield from connection.until(wait.is_over, wait.left_s)
    except TimeoutError:
        outcome, message = wait.timed_out(), ""
    if message:
        return outcome, message
    checked = yield from _checked(wait, _ANSWER_S)
    if checked is None:
        return outcome, f"{wait.condition}: not known, the kernel does not answer"
    if checked.is_true:
        return "fired", checked.message
    why = f"{checked.message} ({checked.reason})" if checked.reason else checked.message
    return outcome, f"not true: {why}"


def _checked(wait: _Wait, seconds: float) -> Waits[requests.RuleChecked | None]:
    """Return what the condition is now; None if the kernel takes longer."""
    milliseconds = min(_CHECK_MS, max(50, int(seconds * 1000)))
    params = {"condition": wait.condition, "timeout_ms": milliseconds}
    try:
        checked = yield from wait.connection.answer("rule.check", params, max(seconds, 0.05))
    except TimeoutError:
        return None
    assert isinstance(checked, requests.RuleChecked)
    return checked


def names_in(condition: str) -> list[str]:
    """Return the words of a condition that may be variables, each once.

    Examples
    --------
    >>> names_in('loss < 0.1 and cfg["lr"] > step')
    ['loss', 'and', 'cfg', 'step']
    """
    without_texts = re.sub(r"'[^']*'|\"[^\"]*\"", "", condition)
    words = re.findall(r"(?<![\w.])[^\W\d]\w*", without_texts)
    return list(dict.fromkeys(words))


def _variables(wait: _Wait, outcome: Outcome) -> Waits[dict[str, Variable]]:
    """Return the variables of the condition: asked for, and else as they were told last."""
    known = wait.conversation.replica.variables
    found: dict[str, Variable] = {}
    for name in names_in(wait.condition)[:MAX_NAMES]:
        if outcome == "kernel_gone":
            if name in known:
                found[name] = known[name]
            continue
        params = {"path": [["name", name]], "limit": 1}
        try:
            answer = yield from wait.connection.answer("inspect", params, _ANSWER_S)
        except RequestError:
            continue  # a word of the grammar, or no variable
        except (LivensError, TimeoutError):
            if name in known:
                found[name] = known[name]
            continue
        assert isinstance(answer, requests.Inspection)
        found[name] = answer.variable
    return found
