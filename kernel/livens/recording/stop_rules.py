"""Rules that stop a run when a condition becomes true.

The kernel checks a rule where the variable is stored, and stops the cell itself. `StopRules` adds
the rules when the run begins, and keeps which of them has stopped it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from livens.exceptions import ConnectionFailed, RequestError, RunFailed
from livens.protocol import requests
from livens.protocol.messages import EventParams
from livens.recording.observer import RunListener, RunObserver
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

    def told(self, event: EventParams, at: float) -> None:
        """Keep which of these rules has stopped the run; the first one counts."""
        if event.rule is not None and event.rule.id in self._rules and self.stopped_by is None:
            self.stopped_by = StoppedBy(*self._rules[event.rule.id], event.message)
