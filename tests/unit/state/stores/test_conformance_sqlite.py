"""What any store must do, by a SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from store_conformance.suite_entries import *  # noqa: F403 - tests are found by their names
from store_conformance.suite_watching import *  # noqa: F403
from store_conformance.worlds import World


class SqliteWorld:
    """A file in a folder; it is away while its folder has another name."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._elsewhere = folder / "here", folder / "elsewhere"
        self._folder.mkdir()
        self.url = f"sqlite:///{self._folder / 'shared.db'}"

    def go_away(self) -> None:
        """Move the folder."""
        self._folder.rename(self._elsewhere)

    def come_back(self) -> None:
        """Move it back."""
        self._elsewhere.rename(self._folder)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A file that is not there yet."""
    return SqliteWorld(tmp_path)
