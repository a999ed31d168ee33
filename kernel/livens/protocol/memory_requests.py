"""What clients may ask of memory: what holds it, by the method ``memory``."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class MemoryParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``memory``: which variables hold most memory.

    Attributes
    ----------
    limit : int
        How many variables to send at the most.
    timeout_ms : int
        How long it may take, 50 to 600,000 ms. What was not measured until then is left out, and
        ``unmeasured`` counts it.
    """

    limit: Annotated[int, Meta(ge=1, le=10_000)] = 100
    timeout_ms: Annotated[int, Meta(ge=50, le=600_000)] = 5_000


class HeldMemory(msgspec.Struct, omit_defaults=True):
    """How much one variable holds.

    Attributes
    ----------
    name : str
        The variable.
    type : str
        The name of its class.
    nbytes : int
        The bytes of it and of all that is below it.
    is_all : bool
        Whether everything below it was counted; else it holds more.
    same_as : list of str
        Other variables that are the same object, so that deleting one frees nothing.
    """

    name: str
    type: str
    nbytes: int
    is_all: bool = True
    same_as: list[str] = []


class Memory(msgspec.Struct, omit_defaults=True):
    """The result of ``memory``.

    Attributes
    ----------
    variables : list of HeldMemory
        Those that hold most, the largest first. What two of them share is counted for both.
    total : int
        How many variables there are.
    unmeasured : int
        How many of them were not measured in time.
    process_bytes : int, optional
        The memory of the kernel's process now; absent where that is not known.
    peak_bytes : int, optional
        The most that it has had at once; absent where that is not known.
    """

    variables: list[HeldMemory]
    total: int
    unmeasured: int = 0
    process_bytes: int | None = None
    peak_bytes: int | None = None
