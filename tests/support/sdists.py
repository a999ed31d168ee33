"""Files of the source distributions of installed libraries, fetched by pip.

pip has no command that only fetches a source distribution: it asks its build for the metadata, and
some builds compile for minutes. So it is not given what they are built with: it fails after it has
unpacked the source, which ``--no-clean`` has it leave.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TIMEOUT_S = 300


class NotFetched(Exception):
    """A source distribution cannot be had; the text is what pip says."""


def fetched(library: str, folder: Path) -> Path:
    """Return the folder with the source of an installed library; fetch it if it is not there.

    Parameters
    ----------
    library : str
        The name of its distribution.
    folder : pathlib.Path
        Where the sources are; it is made.

    Raises
    ------
    NotFetched
        If pip cannot fetch it.
    importlib.metadata.PackageNotFoundError
        If it is not installed.
    """
    version = importlib.metadata.version(library).partition("+")[0]
    source = folder / f"{library}-{version}"
    if not source.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as place:
            said = _download(f"{library}=={version}", library, Path(place))
            unpacked = [path.parent for path in Path(place).glob("*/*/PKG-INFO")]
            if not unpacked:
                raise NotFetched(f"{library} {version}: {said}")
            shutil.move(unpacked[0], source)
    return source


def _download(requirement: str, library: str, place: Path) -> str:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-clean"]
    command += ["--no-build-isolation", "--no-binary", library, "--dest", str(place / "kept")]
    done = subprocess.run(
        [*command, requirement],
        env={**os.environ, "TMPDIR": str(place), "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    return done.stderr.strip()
