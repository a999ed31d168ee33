"""What one client asks of tables besides pages: statistics, and code that does what is shown.

The values are found, and hidden where they must not be seen, by `livens.kernel.inspection`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from livens.exceptions import TookTooLong
from livens.kernel.timed_work import Answer, TimedWork
from livens.protocol.table_requests import (
    Statistics,
    StatisticsParams,
    TableCode,
    TableCodeParams,
)
from livens.values.summaries import WriteShort
from livens.values.tables.opening import all_of, shown_table, source_of
from livens.values.tables.pace import NotWanted, Pace
from livens.watching.view import View


def statistics(
    value: object,
    params: StatisticsParams,
    answer: Answer,
    *,
    view: View,
    preview: WriteShort,
    is_busy: Callable[[], bool],
) -> TimedWork:
    """Return the work to sum up a column or an array, to be started in a thread of its own."""
    whole = params.column is None and params.slice is None
    source = all_of(value) if whole else shown_table(value, params.slice)
    late = TookTooLong(
        f"The statistics took longer than {params.timeout_ms} ms",
        remedy="Ask with a larger timeout_ms, or for a sample.",
    )
    reading: TimedWork

    def read() -> Statistics:
        from livens.values.tables.statistics import StatisticsReader

        redactor = view.redactor
        pace = Pace(is_busy=is_busy, is_over=reading.is_over)
        reader = StatisticsReader(
            source,
            redactor.hides,
            preview,
            time.perf_counter,
            masked=redactor.masked,
            pace=pace,
        )
        try:
            return reader.statistics(params)
        except NotWanted:
            raise late from None  # which nobody is told: there was an answer before

    reading = TimedWork("livens-table", read, params.timeout_ms, late, answer)
    return reading


def table_code(value: object, params: TableCodeParams) -> TableCode:
    """Return code that sorts and filters a table as it is shown."""
    from livens.values.tables.pandas_code import pandas_code

    source = source_of(value)
    return TableCode(pandas_code(source, params.expression, params.sort, params.filters))
