"""The code of an earlier commit beside that of today, for kernels that run in the same rounds."""

from __future__ import annotations

import compileall
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from shutil import copytree, ignore_patterns
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.variants import Variant

ROOT = Path(__file__).parent.parent
SOURCES, PACKAGE = "kernel", "livens"


class Trees(NamedTuple):
    """Two folders to import livens from.

    Attributes
    ----------
    revision : str
        The earlier commit, as it was asked for.
    commit : str
        The same in full.
    now, before : Path
        The folders of today's code and of that commit's.
    """

    revision: str
    commit: str
    now: Path
    before: Path

    def kernels_of(self, variant: Variant) -> list[Variant]:
        """Return the kernels to start for a variant: of livens that of each tree, side by side."""
        if not variant.is_livens:
            return [variant]
        return [variant._replace(code=self.now), variant.before(self.before)]


def commit_of(revision: str) -> str | None:
    """Return the full name of a commit, None where there is no such."""
    asked = ["git", "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"]
    run = subprocess.run(asked, cwd=ROOT, check=False, capture_output=True, text=True)
    return run.stdout.strip() or None


@contextmanager
def beside(revision: str, commit: str) -> Iterator[Trees]:
    """Lay out both trees in a temporary folder, which is removed at the end, however it ends.

    Today's code is copied too: what a process imports from where, and that it is compiled, is
    then equal for both, and a file that is edited meanwhile changes nothing.
    """
    with TemporaryDirectory(prefix="livens-bench-", ignore_cleanup_errors=True) as folder:
        now, before = Path(folder) / "now", Path(folder) / "before"
        copytree(ROOT / SOURCES / PACKAGE, now / PACKAGE, ignore=ignore_patterns("__pycache__"))
        _extract(commit, before)
        compileall.compile_dir(folder, quiet=1)
        yield Trees(revision, commit, now, before / SOURCES)


def _extract(commit: str, folder: Path) -> None:
    asked = ["git", "archive", "--format=tar", commit, f"{SOURCES}/{PACKAGE}"]
    run = subprocess.run(asked, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    with tarfile.open(fileobj=BytesIO(run.stdout)) as archive:
        archive.extractall(folder, filter="data")
