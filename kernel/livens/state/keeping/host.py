"""What the keeper asks of the kernel around it, and which names are not the user's."""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Protocol

from livens.state.keeping.drafts import CellEnd

_IPYTHONS_OWN = re.compile(r"_{1,3}|_i{1,3}|_i?\d+|_[io]h|_dh|__.*__|__vsc_.*")
"""Names that IPython, or a front end, puts among the user's."""


def is_ipythons(name: str) -> bool:
    """Return whether a name is one that IPython, or a front end, puts among the user's.

    Examples
    --------
    >>> is_ipythons("_i5"), is_ipythons("__session__"), is_ipythons("_mine")
    (True, True, False)
    """
    return _IPYTHONS_OWN.fullmatch(name) is not None


class Host(Protocol):
    """Where the namespace is: a kernel."""

    def is_hidden(self, name: str) -> bool:
        """Return whether a name is not the user's, or not there."""

    def running(self) -> int:
        """Return how many cells run."""

    def current(self) -> CellEnd:
        """Return which cell runs."""

    def is_untouched(self, names: Set[str]) -> bool:
        """Return whether no running cell mentions any of these names, as far as it has run."""

    def is_owing(self) -> bool:
        """Return whether something is still to be compared after the last cell."""
