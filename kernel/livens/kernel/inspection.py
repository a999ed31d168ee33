"""What one client asks of single values: what is below one, pages of a table, its own text.

`inspect` runs none of the user's code. `table` and `rule.check` run none either, and work in a
thread of their own. `value` is the one that does, in a thread of its own as well
(`livens.kernel.own_text`).

Whether a value may be seen is decided by the names on the way to it: whoever may not see
``password`` may not see what is below it, nor get there by the position of a column.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from livens.exceptions import TookTooLong, no_variable, reason_of
from livens.kernel import own_text, table_looks
from livens.kernel.forms import Forms, written_form
from livens.kernel.shown_paths import ShownPaths
from livens.kernel.timed_work import Answer, TimedWork
from livens.protocol import requests
from livens.protocol.table_requests import StatisticsParams, TableCode, TableCodeParams
from livens.protocol.types import REDACTED, Key, Variable
from livens.rules.conditions import Condition
from livens.values import passive
from livens.values.children import Child, children
from livens.values.tables import pace
from livens.values.tables.arrangement import Arrangement
from livens.values.tables.opening import shown_table
from livens.values.tables.page import PageReader
from livens.watching.view import View


class Inspector:
    """Answer what a client asks of single values.

    Parameters
    ----------
    view : View
        Of the user's variables.
    host : Forms
        The kernel around.
    is_busy : callable
        Whether a cell runs.

    Attributes
    ----------
    paths : ShownPaths
        What may be followed.
    """

    def __init__(self, view: View, host: Forms, is_busy: Callable[[], bool]) -> None:
        self._view = view
        self.paths = ShownPaths(view)
        self._host = host
        self._is_busy = is_busy
        self._kept: tuple[bytes, Arrangement] | None = None

    def inspect(self, params: requests.InspectParams) -> requests.Inspection:
        """List a page of what is below a value; nothing of the user's runs."""
        path = params.path
        steps = self.paths.walk(path)
        name, value = steps[-1]
        variable = self._variable(name, path, value)
        try:
            page, total = children(
                value, params.start, params.limit, everything=params.all, preview=self._preview
            )
        except BaseException as err:  # noqa: BLE001 - a border
            page, total = [], 0
            variable.status = "skipped"
            variable.reason = reason_of(err, "listing what is below it")
        around = [id(outer) for _, outer in steps]
        page = [self._without_secret(child, n) for n, child in enumerate(page, params.start)]
        found = [self._child_or_why(child, path, around) for child in page]
        return requests.Inspection(variable, found, params.start, total)

    def _without_secret(self, child: Child, position: int) -> Child:
        """Return a child whose name and path show no secret: a key goes by its position then."""
        name = self._view.redactor.masked(child.name)
        if name == child.name:
            return child
        key = ["entry", position] if child.key[0] == "key" else child.key
        return child._replace(name=name, key=key)

    def _child_or_why(self, child: Child, path: list[Key], around: list[int]) -> Variable:
        try:
            return self._child(child, path, around)
        except BaseException as err:  # noqa: BLE001 - a border
            reason = reason_of(err, "describing it")
            below = [*path, child.key]
            return Variable(child.name, below, "other", "", status="skipped", reason=reason)

    def _child(self, child: Child, path: list[Key], around: list[int]) -> Variable:
        below = [*path, child.key]
        if child.unread:
            return Variable(
                child.name, below, "other", "property", status="skipped", reason=child.unread
            )
        variable = self._view.describe_child(child.name, below, child.value)
        if self._hides(child.name, child.key):
            cls = type(child.value)
            return Variable(
                variable.name,
                below,
                "other",
                passive.class_name(cls),
                passive.class_module(cls),
                REDACTED,
                reason=REDACTED,
            )
        if variable.has_children and id(child.value) in around:
            up = len(around) - around.index(id(child.value))
            variable.has_children = False
            variable.reason = f"a cycle: the object {up} level{'s' * (up > 1)} above"
        return variable

    def _variable(self, name: str, path: list[Key], value: object) -> Variable:
        if len(path) > 1:
            return self._view.describe_child(name, path, value)
        variable = self._view.describe(name)
        if variable is None:
            raise no_variable(name)
        return variable

    def table(
        self, params: requests.TableParams, answer: Answer, tell: pace.Tell | None
    ) -> TimedWork:
        """Return the work to read a page of a table, to be started in a thread of its own."""
        value = self._resolve(params.path)
        source = shown_table(value, params.slice)
        key = self._arrangement_key(params, value)
        known = self._kept[1] if self._kept and self._kept[0] == key else None
        late = TookTooLong(
            f"The page took longer than {params.timeout_ms} ms",
            remedy="Ask with a larger timeout_ms, or for fewer rows and columns.",
        )
        reading: TimedWork

        def read() -> requests.Table:
            steps = pace.Pace(is_busy=self._is_busy, is_over=reading.is_over, tell=tell)
            redactor = self._view.redactor
            reader = PageReader(
                source,
                redactor.hides,
                self._preview,
                time.perf_counter,
                masked=redactor.masked,
                pace=steps,
                known=known,
            )
            try:
                page = reader.read(params)
            except pace.NotWanted:
                raise late from None  # which nobody is told: there was an answer before
            if reader.arrangement is not None and reader.arrangement.is_kept:
                self._kept = (key, reader.arrangement)
            return page

        reading = TimedWork("livens-table", read, params.timeout_ms, late, answer)
        return reading

    def _arrangement_key(self, params: requests.TableParams, value: object) -> bytes:
        """Return what names an order of the rows of a value, as far as it is known to be."""
        root = self._view.describe(str(params.path[0][1]))
        version = (root.version, root.changed_at) if root is not None else ()
        part = (params.path, params.slice, params.sort, params.filters)
        return msgspec.json.encode((*part, id(value), version))

    def statistics(self, params: StatisticsParams, answer: Answer) -> TimedWork:
        """Return the work to sum up a column or an array, to be started in a thread of its own."""
        value = self._resolve(params.path)
        return table_looks.statistics(
            value,
            params,
            answer,
            view=self._view,
            preview=self._preview,
            is_busy=self._is_busy,
        )

    def table_code(self, params: TableCodeParams) -> TableCode:
        """Return code that sorts and filters a table as it is shown."""
        value = self._resolve(params.path)
        return table_looks.table_code(value, params)

    def value(self, params: requests.ValueParams, answer: Answer) -> TimedWork:
        """Return the work to ask a value for its own text or picture, in a thread of its own."""
        value = self._resolve(params.path)
        own_text.need_free_of_threads(value)
        work = partial(written_form, self._view.redactor, self._host, value, params)
        return own_text.ask(work, params, answer)

    def check(self, params: requests.RuleCheckParams, answer: Answer) -> None:
        """Work a condition out, in a thread of its own."""
        condition = Condition(params.condition)
        seconds = params.timeout_ms / 1000
        late = TookTooLong(
            f"The condition took longer than {params.timeout_ms} ms",
            remedy="Ask with a larger timeout_ms, or for fewer figures.",
        )
        patience_ms = int(
            params.timeout_ms * (1 + condition.text.count(".") + len(condition.names))
        )
        work = partial(self._checked, condition, seconds)
        TimedWork("livens-rule", work, patience_ms, late, answer).start()

    def _checked(self, condition: Condition, seconds: float) -> requests.RuleChecked:
        inside = partial(self._view.inside, seconds=seconds)
        verdict = condition.evaluate(self._view.facts, (), inside)
        first = self._view.describe(condition.names[0])
        origin = None if first is None else first.changed_by
        message = condition.message(self._view.facts, origin, inside, verdict)
        return requests.RuleChecked(
            verdict.is_true,
            passive.sendable_text(message),
            passive.sendable_text(verdict.reason),
            passive.sendable_text(verdict.sampled),
        )

    def _preview(self, value: object) -> str:
        return self._view.describe_child("", [["name", ""]], value).preview

    def _resolve(self, path: list[Key]) -> Any:
        return self.paths.walk(path)[-1][1]

    def _hides(self, name: str, key: Key) -> bool:
        hides = self._view.redactor.hides
        return hides(name) or (type(key[-1]) is str and hides(key[-1]))
