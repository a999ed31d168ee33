"""The kernels that every measurement compares: four, or six against an earlier commit."""

from __future__ import annotations

from pathlib import Path
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
    code : Path, optional
        The folder that its process imports livens from; by default what is installed.
    """

    name: str
    kernel: str
    subscribers: int = 0
    frames: str = "none"
    code: Path | None = None

    @property
    def is_livens(self) -> bool:
        """Whether livens runs in it."""
        return self.kernel == "livens"

    def before(self, code: Path | None = None) -> Variant:
        """Return the same kernel of an earlier commit.

        Examples
        --------
        >>> UNWATCHED.before().name
        'before unwatched'
        """
        return self._replace(name=self.name.replace("livens", "before"), code=code)


STOCK = Variant("stock", "python3")
AGAIN = Variant("stock again", "python3")
LIVENS = Variant("livens", "livens", subscribers=1)
UNWATCHED = Variant("livens unwatched", "livens")

FRAMES = LIVENS._replace(frames="all")
"""As `LIVENS`, in whose column it stands, but told the functions that run."""

BEFORE, UNWATCHED_BEFORE = LIVENS.before(), UNWATCHED.before()
"""What stands for them in the numbers; those that are started have a folder too."""

ALL = (STOCK, LIVENS, UNWATCHED, AGAIN)
COMPARED = (LIVENS, BEFORE, UNWATCHED, UNWATCHED_BEFORE, AGAIN)
"""What is compared with stock."""
