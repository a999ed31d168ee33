"""`history`: what a variable was, for code of the user's in the kernel."""

from __future__ import annotations

from typing import Any

from livens.exceptions import NotMonitored
from livens.protocol.types import Point
from livens.watching.watcher import Watcher


def history(name: str, *, since: float = 0.0, as_frame: bool = False) -> Any:
    """Return what a variable was, as far as somebody watched: a panel, `%watch`, a client.

    Parameters
    ----------
    name : str
        The variable.
    since : float
        Only points after this time, in seconds since the epoch.
    as_frame : bool
        Return a `pandas.DataFrame` with a row for each point, by its time.

    Returns
    -------
    list of livens.protocol.types.Point, or pandas.DataFrame
        The oldest first. Every store of a top-level statement is there; of what changed in a loop,
        by ``global`` in a function or in place, what the poller saw. Empty if nothing changed, or
        if nobody watched.

    Raises
    ------
    NotMonitored
        If there is no livens kernel around.

    Examples
    --------
    In a notebook on a livens kernel, after ``%watch loss``::

        import livens
        [point.value for point in livens.history("loss")]
        livens.history("loss", as_frame=True)["value"].plot()
    """
    watcher = _watcher(name)
    watcher.flush()
    points = watcher.history.points(name, since)
    return _frame(points) if as_frame else points


def _watcher(name: str) -> Watcher:
    from IPython import get_ipython

    watcher = getattr(get_ipython(), "watcher", None)
    if not isinstance(watcher, Watcher):
        raise NotMonitored(
            f"history({name!r}) needs a livens kernel around it, and this Python has none. "
            "Start the notebook with the kernel 'Python 3 (livens)'."
        )
    return watcher


def _frame(points: list[Point]) -> Any:
    from importlib import import_module

    pandas: Any = import_module("pandas")  # by name, because its types are in another package
    columns = ("value", "execution_count", "size", "nbytes")
    at = pandas.to_datetime([point.at for point in points], unit="s", utc=True)
    rows = {column: [getattr(point, column) for point in points] for column in columns}
    frame = pandas.DataFrame(rows, index=pandas.Index(at, name="at"))
    numbers = [float(v) if isinstance(v, str) else v for v in rows["value"]]
    frame["value"] = pandas.Series(numbers, index=frame.index).infer_objects()
    return frame
