"""The four kernels that every measurement compares."""

from __future__ import annotations

from typing import NamedTuple


class Variant(NamedTuple):
    """A kernel to start, and how many clients subscribe to all of its variables.

    Attributes
    ----------
    name : str
        What tables call it.
    kernel : str
        The name of its kernelspec.
    subscribers : int
        How many comms are opened; 0 for a kernel that nobody watches.
    """

    name: str
    kernel: str
    subscribers: int = 0


STOCK = Variant("stock", "python3")
AGAIN = Variant("stock again", "python3")
LIVENS = Variant("livens", "livens", subscribers=1)
UNWATCHED = Variant("livens unwatched", "livens")

ALL = (STOCK, LIVENS, UNWATCHED, AGAIN)
