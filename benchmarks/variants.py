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
    frames : str
        Which running functions they want to be told.
    """

    name: str
    kernel: str
    subscribers: int = 0
    frames: str = "none"


STOCK = Variant("stock", "python3")
AGAIN = Variant("stock again", "python3")
LIVENS = Variant("livens", "livens", subscribers=1)
UNWATCHED = Variant("livens unwatched", "livens")

FRAMES = LIVENS._replace(frames="all")
"""As `LIVENS`, in whose column it stands, but told the functions that run."""

ALL = (STOCK, LIVENS, UNWATCHED, AGAIN)
