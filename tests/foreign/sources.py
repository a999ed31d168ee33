"""The source distributions of installed packages: downloaded once into a cache, then unpacked."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path


def cache() -> Path:
    """Return the folder for what is downloaded; it is outside of the repository."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "livens" / "foreign"


def unpack(package: str, into: Path, *members: str) -> Path:
    """Unpack the source of a package in the version that is installed; returns its folder.

    With *members* only these files and folders are unpacked. Whoever has the tests without the
    package beside them tests what is installed.
    """
    with tarfile.open(archive_of(package)) as archive:
        chosen = list(_chosen(archive, members))
        archive.extractall(into, chosen, filter="data")
    return into / chosen[0].name.partition("/")[0]


def archive_of(package: str) -> Path:
    """Return where the source distribution is, which is downloaded if need be."""
    found = cache() / f"{package}-{version(package)}.tar.gz"
    if not found.exists():
        wanted = f"{package}=={version(package)}"
        pip("download", "--no-binary", package, "--dest", str(cache()), wanted)
    return found


def pip(command: str, *options: str) -> None:
    """Call pip, for the named packages only."""
    call = [sys.executable, "-m", "pip", "--quiet", command, "--no-deps", *options]
    subprocess.run(call, check=True)


def _chosen(archive: tarfile.TarFile, members: tuple[str, ...]) -> Iterator[tarfile.TarInfo]:
    for member in archive:
        first = member.name.partition("/")[2].partition("/")[0]
        if not members or first in members:
            yield member
