"""What clients may ask of kept states: the params of the methods ``state.…`` and their results.

`livens.protocol.requests` lists the methods. What the magic and the functions for user code show is
of the same types.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

_Names = Annotated[list[Annotated[str, Meta(min_length=1, max_length=1000)]], Meta(max_length=1000)]
_Number = Annotated[int, Meta(ge=0)]

Outcome = Literal["kept", "restored", "removed", "unchanged", "not kept", "not restored"]
"""What has become of a name."""

CommitKind = Literal["cell", "during", "between", "back", "restore"]


class StateListParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``state.list``.

    Attributes
    ----------
    session : int, optional
        Of which session in the archive; by default of this kernel's.
    limit : int
        How many cells to send at the most, the newest ones.
    """

    session: _Number | None = None
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 1_000


class StateKeepParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``state.keep``: cells are kept from now on, or not any more.

    Attributes
    ----------
    on : bool
        Whether they are; what was kept stays.
    """

    on: bool


class StateSaveParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``state.save``.

    Attributes
    ----------
    tag : str
        What the state is to be called.
    """

    tag: Annotated[str, Meta(max_length=200)] = ""


class StateRestoreParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``state.restore``: what an earlier session kept is set.

    Attributes
    ----------
    names : list of str
        Names or patterns; empty for all.
    session : int, optional
        Which session; by default the last one of this notebook that has ended.
    cell : int, optional
        As it was after this cell; by default as it was last.
    overwrite : bool
        Whether names that exist are set as well.
    """

    names: _Names = []
    session: _Number | None = None
    cell: _Number | None = None
    overwrite: bool = False


class StateBackParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``state.back``: the namespace becomes what it was before a cell.

    Attributes
    ----------
    cell : int, optional
        The number of the cell; by default the last one.
    after : bool
        Whether it becomes what it was after the cell: to go forth again.
    """

    cell: _Number | None = None
    after: bool = False


class StateDiffParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``state.diff``: what differs between two states.

    Attributes
    ----------
    cell : int, optional
        The state before this cell; by default before the last one.
    other : int, optional
        The state before this cell; by default as it is now.
    """

    cell: _Number | None = None
    other: _Number | None = None


class StateForgetParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``state.forget``: what was kept is removed from the archive.

    Attributes
    ----------
    names : list of str
        Names or patterns of this notebook's sessions.
    all : bool
        Whether the whole archive is removed, that of other notebooks included.
    """

    names: _Names = []
    all: bool = False


class StateName(msgspec.Struct, omit_defaults=True):
    """What has become of a name.

    Attributes
    ----------
    name : str
        The name.
    outcome : str
        ``kept`` only if its value is in the archive.
    reason : str
        Why it is not kept, not restored, or unchanged.
    cell : int, optional
        The cell after which its value was so.
    nbytes : int
        How large it is in the archive, with what shares objects with it.
    is_pending : bool
        Whether it is not kept yet, and may be soon.
    """

    name: str
    outcome: Outcome
    reason: str = ""
    cell: int | None = None
    nbytes: int = 0
    is_pending: bool = False


class StateCell(msgspec.Struct, omit_defaults=True):
    """What a cell changed.

    Attributes
    ----------
    commit : int
        The number of its commit in the archive.
    kind : str
        At the end of a cell, while one ran, or between two.
    at : float
        When, in seconds since the epoch.
    cell : int, optional
        The number of the cell.
    cell_id : str, optional
        The notebook's id of the cell.
    tag : str
        What the user called the state.
    code : str
        Its first line.
    changed, removed, not_kept : list of str
        Names.
    """

    commit: int
    kind: CommitKind
    at: float
    cell: int | None = None
    cell_id: str | None = None
    tag: str = ""
    code: str = ""
    changed: list[str] = []
    removed: list[str] = []
    not_kept: list[str] = []


class StateSession(msgspec.Struct, omit_defaults=True):
    """What one kernel process has kept.

    Attributes
    ----------
    session : int
        Its number in the archive.
    name, notebook : str
        What it is found by again.
    python : str
        The version of Python.
    started_at : float
        In seconds since the epoch.
    last_at : float, optional
        When something was kept last.
    is_running : bool
        Whether the kernel still runs, or may.
    cells : int
        How many commits there are.
    """

    session: int
    name: str
    notebook: str
    python: str
    started_at: float
    last_at: float | None = None
    is_running: bool = False
    cells: int = 0


class StateList(msgspec.Struct, omit_defaults=True):
    """The result of ``state.list``: what is kept, and where.

    Attributes
    ----------
    is_on : bool
        Whether cells are kept now.
    file : str
        The archive.
    nbytes : int
        How large it is.
    session : int, optional
        The number of this kernel's session.
    failure : str
        Why nothing is kept now, although it is on.
    failed_at : float, optional
        Since when.
    names : list of StateName
        What is kept of each variable; of another session, what it kept last.
    cells : list of StateCell
        What cells changed, the oldest first.
    earlier : list of StateSession
        Sessions of this notebook that can be restored, the best match first.
    """

    is_on: bool
    file: str
    nbytes: int = 0
    session: int | None = None
    failure: str = ""
    failed_at: float | None = None
    names: list[StateName] = []
    cells: list[StateCell] = []
    earlier: list[StateSession] = []


class StateDone(msgspec.Struct, omit_defaults=True):
    """The result of the other methods ``state.…``.

    Attributes
    ----------
    names : list of StateName
        What has become of each name.
    notes : list of str
        What else is to be known.
    """

    names: list[StateName] = []
    notes: list[str] = []


class StateDifference(msgspec.Struct, omit_defaults=True):
    """The result of ``state.diff``.

    Attributes
    ----------
    added, changed, removed : list of str
        Names, from the first state to the second.
    unknown : dict of str to str
        Names of which nobody knows, with the reasons.
    """

    added: list[str] = []
    changed: list[str] = []
    removed: list[str] = []
    unknown: dict[str, str] = {}
