"""Where the user's code runs: the versions of what is imported, and how much memory it took.

Modules are asked nothing: their ``__version__`` is read from their dict, and where they have none
the metadata of a distribution of the same name say it.
"""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata

from livens.protocol.requests import Environment
from livens.values.passive import module_contents, sendable_text

_VERSION_CHARS = 100
_MAX_PACKAGES = 1_000


def environment() -> Environment:
    """Return what a record says of where the code ran."""
    return Environment(
        platform.python_version(), platform.platform(), packages(), peak_memory_bytes()
    )


def packages() -> dict[str, str]:
    """Return the versions of the imported packages, by the names under which they are imported.

    What is of the standard library, or says no version, is left out.

    Examples
    --------
    >>> "msgspec" in packages(), "sys" in packages()
    (True, False)
    """
    top = {name.partition(".")[0] for name in list(sys.modules) if type(name) is str}
    names = sorted(top - sys.stdlib_module_names - {"__main__", "__mp_main__"})[:_MAX_PACKAGES]
    found = {name: _version(name) for name in names if not name.startswith("_")}
    return {name: version for name, version in found.items() if version}


def _version(name: str) -> str:
    told = module_contents(name).get("__version__")
    if type(told) is str:
        return sendable_text(told[:_VERSION_CHARS])
    try:
        return metadata.version(name)
    except (metadata.PackageNotFoundError, ValueError, OSError):
        return ""


def memory_bytes() -> int | None:
    """Return the memory that this process has now; None where that is not known.

    Examples
    --------
    >>> memory_bytes() is None or memory_bytes() > 1_000_000
    True
    """
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):  # no Linux
        pass
    try:
        import psutil  # a requirement of ipykernel
    except ImportError:
        return None
    return int(psutil.Process().memory_info().rss)


def peak_memory_bytes() -> int | None:
    """Return the most memory that this process has had at once; None where that is not known.

    Examples
    --------
    >>> peak_memory_bytes() > 1_000_000
    True
    """
    if sys.platform == "emscripten":  # where JupyterLite has an empty module of that name
        return None
    try:
        import resource
    except ImportError:  # Windows
        return _peak_by_psutil()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak) if sys.platform == "darwin" else int(peak) * 1024


def _peak_by_psutil() -> int | None:
    try:
        import psutil  # a requirement of ipykernel
    except ImportError:
        return None
    peak = getattr(psutil.Process().memory_info(), "peak_wset", None)
    return None if peak is None else int(peak)
