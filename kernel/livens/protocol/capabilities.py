"""What a kernel can do, as it says in `refresh`: methods and features, each with a revision.

A client offers only what the kernel says. So nothing is added to the protocol by a new version: a
later method, a new field of params or a new feature has a name or a higher revision here, and is
sent only to a kernel that says it. Revision 1 of everything but `REVISIONS` is what this
module lists.

A kernel that says nothing is older than capabilities, and has all of `BEFORE_CAPABILITIES`.
"""

from __future__ import annotations

from collections.abc import Mapping

from livens.protocol.requests import REQUESTS

FEATURES: dict[str, str] = {
    "answers-while-busy": "requests are answered while a cell runs",
    "cells": "updates say which cell runs, and changes which cell made them",
    "digests": "a subscription may ask for `digests`",
    "forms": "variables say in `forms` as what they can be shown",
    "frames": "a subscription may ask for `frames`",
    "lines": "changes say the line of the cell that made them",
    "progress": "`table` may ask for `progress`",
    "sharing": "a subscription may ask for `sharing`",
    "stop": "a rule may have the action `stop`",
}
"""What a kernel can do besides its methods."""

REVISIONS = {"delete": 2, "rename": 2, "set": 2, "table": 2, "value": 2}
"""The revisions that are not the first. ``table`` 2: `Comparison`'s ``in`` and ``between``, a
filter's ``alternatives``, and the params ``slice``, ``levels``, ``max_chars`` and ``find``. ``set``
2: the params ``path`` and ``keep_s``, and the step ``cell`` in any path. ``delete`` and ``rename``
2: ``keep_s``. ``value`` 2: the forms ``lines``, ``best`` and ``text/x-ai-repr``, and the params
``max_px`` and ``passive``."""

ALL: dict[str, int] = dict.fromkeys([*REQUESTS, *FEATURES], 1) | REVISIONS
"""What a livens kernel can do."""

_STATE = tuple(method for method in REQUESTS if method.startswith("state."))

_LATER = frozenset(
    {"forms", "memory", "sharing", "sharing.list", "statistics", "table.code", "undo", *_STATE}
)

BEFORE_CAPABILITIES: dict[str, int] = {name: 1 for name in ALL if name not in _LATER}
"""What is taken to be there where a kernel does not say."""

NEED_THREADS = ("answers-while-busy", "cancel", "sharing", "sharing.list", *_STATE, "undo", "value")
"""What is not there where there are no threads."""


def all_but(*names: str) -> dict[str, int]:
    """Return what a kernel can do that lacks some of it.

    Examples
    --------
    >>> "value" in all_but("value"), all_but("value")["table"]
    (False, 2)
    """
    _need_known(names)
    return {name: revision for name, revision in ALL.items() if name not in names}


def only(*names: str) -> dict[str, int]:
    """Return what a kernel can do that has nothing but this.

    Examples
    --------
    >>> only("list", "cells")
    {'list': 1, 'cells': 1}
    """
    _need_known(names)
    return {name: revision for name, revision in ALL.items() if name in names}


def of(told: Mapping[str, int]) -> dict[str, int]:
    """Return what a kernel can do by what it said in `refresh`, if it said anything.

    Examples
    --------
    >>> of({"list": 1}), of({}) == BEFORE_CAPABILITIES
    ({'list': 1}, True)
    """
    return dict(told or BEFORE_CAPABILITIES)


def _need_known(names: tuple[str, ...]) -> None:
    unknown = set(names).difference(ALL)
    if unknown:
        raise ValueError(f"No capabilities: {', '.join(sorted(unknown))}; expected some of ALL")
