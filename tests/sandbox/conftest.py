"""Kernels in sandboxes, which the tests share. bubblewrap exists for Linux alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandboxed import SECRET, Kernel, kernel_spec

if sys.platform != "linux":
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="package")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the folders of kernels are in."""
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture(scope="package")
def kernel(folders: Path) -> Iterator[Kernel]:
    """A sandboxed kernel for all the tests that leave it alive."""
    started = Kernel(folders / "one", kernel_spec())
    yield started
    started.stop()


@pytest.fixture(scope="package")
def neighbour(folders: Path) -> Iterator[Kernel]:
    """Another one, which the first must not reach."""
    started = Kernel(folders / "two", kernel_spec())
    (started.folder / "secret.txt").write_text(SECRET)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process of this user, outside, that has a secret in its environment."""
    process = subprocess.Popen(["sleep", "600"], env={**os.environ, "API_TOKEN": SECRET})
    yield process
    process.kill()
    process.wait()
