"""What the user's code calls of `livens.state`: the same as ``%state``, with results to use.

They are there as ``livens.state.save()`` and so on.
"""

from __future__ import annotations

from typing import Any

from livens.exceptions import NotMonitored
from livens.kernel.keeping import keeping_of
from livens.kernel.state_actions import StateActions
from livens.protocol import state_requests as requests


def _actions(call: str) -> StateActions:
    from IPython import get_ipython

    shell: Any = get_ipython()
    if getattr(shell, "watcher", None) is None:
        raise NotMonitored(
            f"livens.state.{call}() needs a livens kernel around it, and this Python has none. "
            "Start the notebook with the kernel 'Python 3 (livens)', or '%load_ext livens'."
        )
    return StateActions(keeping_of(shell))


def save(tag: str = "") -> requests.StateDone:
    """Keep all variables now, and wait until they are in the archive.

    Parameters
    ----------
    tag : str
        What the state is to be called.

    Returns
    -------
    StateDone
        What has become of each name.

    Raises
    ------
    ArchiveFailed
        If nothing could be kept.
    NotMonitored
        If there is no livens kernel around.
    """
    return _actions("save").save(requests.StateSaveParams(tag=tag))


def restore(
    *names: str, session: int | None = None, cell: int | None = None, overwrite: bool = False
) -> requests.StateDone:
    """Set variables to what an earlier session of this notebook kept of them.

    Parameters
    ----------
    *names : str
        Names or patterns; all if there are none.
    session : int, optional
        Another session, by its number.
    cell : int, optional
        As they were after this cell.
    overwrite : bool
        Whether names that exist are set as well.

    Returns
    -------
    StateDone
        What has become of each name.

    Raises
    ------
    ArchiveFailed, NotAllowed
        If there is nothing to be restored.
    NotMonitored
        If there is no livens kernel around.
    """
    params = requests.StateRestoreParams(
        names=[*names], session=session, cell=cell, overwrite=overwrite
    )
    return _actions("restore").restore(params)


def list(session: int | None = None) -> requests.StateList:
    """Return what is kept of each variable, what cells changed, and which sessions there are.

    Raises
    ------
    NotMonitored
        If there is no livens kernel around.
    """
    return _actions("list").show(requests.StateListParams(session=session))


def diff(cell: int | None = None, other: int | None = None) -> requests.StateDifference:
    """Return what differs between the state before a cell, and now or before another cell.

    Raises
    ------
    ArchiveFailed, NotAllowed
        If that is not kept.
    NotMonitored
        If there is no livens kernel around.
    """
    return _actions("diff").diff(requests.StateDiffParams(cell=cell, other=other))


def back(cell: int | None = None, *, after: bool = False) -> requests.StateDone:
    """Make the variables what they were before a cell, by default before the last one.

    Files and what is outside of the kernel are not undone.

    Parameters
    ----------
    cell : int, optional
        The number of the cell.
    after : bool
        Whether they become what they were after the cell: to go forth again.

    Raises
    ------
    ArchiveFailed, NotAllowed
        If that is not kept.
    NotMonitored
        If there is no livens kernel around.
    """
    return _actions("back").back(requests.StateBackParams(cell=cell, after=after))


def forget(*names: str, all: bool = False) -> requests.StateDone:
    """Remove from the archive what was kept of some names, or all of it.

    Raises
    ------
    ArchiveFailed, NotAllowed
        If nothing could be removed.
    NotMonitored
        If there is no livens kernel around.
    """
    return _actions("forget").forget(requests.StateForgetParams(names=[*names], all=all))
