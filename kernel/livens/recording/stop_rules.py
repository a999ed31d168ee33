"""Rules that stop a run when a condition becomes true.

The kernel checks a rule where the variable is stored, and stops the cell itself. `StopRules` adds
the rules when the run begins, keeps which of them has stopped it, and says at the end which of them
could not be relied on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from livens.client.asynchronous import AsyncWatch
from livens.exceptions import ConnectionFailed, LivensError, RequestError, RunFailed
from livens.protocol import requests
from livens.protocol.messages import EventParams
from livens.recording.expectations import CHECK_MS, PATIENCE_S
from livens.recording.observer import RunListener, RunObserver
from livens.recording.outcome import ExitCode
from livens.rules.conditions import Condition


class StoppedBy(NamedTuple):
    """A rule that stopped the run.

    Attributes
    ----------
    is_failure : bool
        Whether it stands for a failure.
    condition : str
        The condition.
    message : str
        The condition, the values, the cell and the line.
    """

    is_failure: bool
    condition: str
    message: str


class RuleEnd(NamedTuple):
    """What is to be said of a rule when a run has ended.

    Attributes
    ----------
    text : str
        A sentence.
    code : ExitCode
        What the run ends with because of it.
    """

    text: str
    code: ExitCode


class StopRules(RunListener):
    """Stops a run.

    Parameters
    ----------
    until : sequence of Condition
        Stop, and all is well.
    fail_if : sequence of Condition
        Stop, and it is a failure.

    Attributes
    ----------
    stopped_by : StoppedBy, optional
        The rule that stopped the run.
    """

    def __init__(self, until: Sequence[Condition] = (), fail_if: Sequence[Condition] = ()) -> None:
        self.stopped_by: StoppedBy | None = None
        self._wanted = [(False, c) for c in until] + [(True, c) for c in fail_if]
        self._rules: dict[str, tuple[bool, str]] = {}

    async def begin(self, observer: RunObserver) -> None:
        """Add the rules to the kernel.

        Raises
        ------
        RunFailed
            If it cannot have them.
        """
        for is_failure, condition in self._wanted:
            if observer.watch is None:
                raise RunFailed(
                    f"The rule {condition.text!r} needs a livens kernel, and this one cannot be "
                    "watched; leave --kernel out, or the rule"
                )
            try:
                added = await observer.watch.request(
                    "rule.add", condition=condition.text, action="stop"
                )
            except (RequestError, ConnectionFailed, TimeoutError) as err:
                raise RunFailed(f"The kernel does not take {condition.text!r}: {err}") from err
            assert isinstance(added, requests.RuleAdded)
            self._rules[added.rule.id] = (is_failure, condition.text)

    async def ends(self, watch: AsyncWatch | None) -> list[RuleEnd]:
        """Return what is to be said of the rules, when the cells have run.

        A rule that could never be worked out has guarded nothing, whoever added it. What rules
        about data saw of a sample only is looked at as a whole.
        """
        if watch is None:
            return []
        try:
            listed = await watch.request("rule.list")
        except (LivensError, TimeoutError) as err:
            texts = [condition.text for _, condition in self._wanted]
            return [RuleEnd(_undecided(text, str(err)), ExitCode.UNDECIDED) for text in texts]
        assert isinstance(listed, requests.Rules)
        ends = [
            RuleEnd(_undecided(rule.condition, rule.reason), ExitCode.UNDECIDED)
            for rule in listed.rules
            if rule.reason
        ]
        given_up = {rule.condition for rule in listed.rules if rule.reason}
        sampled = {rule.condition: rule.sampled for rule in listed.rules}
        for is_failure, condition in self._wanted:
            # The rule that has stopped the run holds, which is no news.
            is_known = self.stopped_by is not None and condition.text == self.stopped_by.condition
            if condition.looks_inside and not is_known and condition.text not in given_up:
                ends += await _looked_through(
                    condition, watch, sampled.get(condition.text, ""), is_failure=is_failure
                )
        return ends

    def told(self, event: EventParams, at: float) -> None:
        """Keep which of these rules has stopped the run; the first one counts."""
        if event.rule is not None and event.rule.id in self._rules and self.stopped_by is None:
            self.stopped_by = StoppedBy(*self._rules[event.rule.id], event.message)


def _undecided(condition: str, reason: str) -> str:
    return f"The rule {condition} could never be worked out: {reason}."


async def _looked_through(
    condition: Condition, watch: AsyncWatch, sampled: str, *, is_failure: bool
) -> list[RuleEnd]:
    """Work a rule about data out on all of the data, as they are at the end."""
    text = condition.text
    try:
        checked = await watch.check_rule(
            text, timeout_ms=CHECK_MS, timeout=CHECK_MS / 1000 + PATIENCE_S
        )
    except (LivensError, TimeoutError) as err:
        return [
            RuleEnd(
                f"The rule {text} could not be worked out at the end: {err}.", ExitCode.UNDECIDED
            )
        ]
    if checked.is_true:
        code = ExitCode.STOPPED if is_failure else ExitCode.OK
        return [RuleEnd(f"The rule holds at the end: {checked.message}.", code)]
    if checked.sampled or (sampled and checked.reason):
        why = checked.sampled or f"{sampled}; {checked.reason}"
        return [
            RuleEnd(
                f"The rule {text} could not be worked out at the end: {why}.", ExitCode.UNDECIDED
            )
        ]
    if sampled:
        return [
            RuleEnd(
                f"The rule {text} does not hold at the end. While cells ran, {sampled}.",
                ExitCode.OK,
            )
        ]
    return []
