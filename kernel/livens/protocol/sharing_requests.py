"""What clients are told of names that are shared with other programs, by ``sharing.list``."""

from __future__ import annotations

import msgspec


class SharedVariable(msgspec.Struct, omit_defaults=True):
    """How one variable is shared. Who wrote it last is in its ``changed_by``.

    Attributes
    ----------
    name : str
        The variable.
    store : str
        The URL of the store, without secrets.
    policy : str
        ``both``, ``read`` or ``write``.
    reason : str
        Why it is not shared now; empty if it is.
    away : str
        Why the store cannot be reached now; empty if it can.
    is_unwritten : bool
        Whether it was changed here, and is not in the store yet.
    is_waiting : bool
        Whether others wrote it, and it is not set here before somebody agrees.
    """

    name: str
    store: str
    policy: str
    reason: str = ""
    away: str = ""
    is_unwritten: bool = False
    is_waiting: bool = False


class SharedNames(msgspec.Struct, omit_defaults=True):
    """The result of ``sharing.list``.

    Attributes
    ----------
    variables : list of SharedVariable
        Those that are shared, or should be.
    """

    variables: list[SharedVariable] = []
