"""Which commit holds the state before or after a cell."""

from __future__ import annotations

from collections.abc import Sequence

from livens.exceptions import ArchiveFailed
from livens.state.archive.records import Commit


def before_cell(commits: Sequence[Commit], cell: int) -> int:
    """Return the commit that holds what the names were before a cell.

    A cell that changed nothing has no commit: before it everything was as before the next one.

    Parameters
    ----------
    commits : sequence of Commit
        Those of one session, the oldest first.
    cell : int
        The number of the cell.

    Raises
    ------
    ArchiveFailed
        If the archive does not go back so far.

    Examples
    --------
    >>> commits = [Commit(1, "between", None, None, 0.0, ""), Commit(5, "cell", 2, None, 1.0, "")]
    >>> before_cell(commits, 2), before_cell(commits, 1), before_cell(commits, 3)
    (1, 1, 5)
    """
    at = next(
        (n for n, commit in enumerate(commits) if commit.cell is not None and commit.cell >= cell),
        len(commits),
    )
    if at == 0:
        first = next((commit.cell for commit in commits if commit.cell is not None), None)
        known = f"cell {first + 1}" if first is not None else "nothing: no cell is kept yet"
        raise ArchiveFailed(
            f"What the variables were before cell {cell} is not kept; the first is {known}"
        )
    return commits[at - 1].id


def after_cell(commits: Sequence[Commit], cell: int) -> int:
    """Return the commit that holds what the names were when a cell had ended.

    Raises
    ------
    ArchiveFailed
        If the archive does not go back so far.
    """
    upto = [c for c in commits if c.cell is None or c.cell <= cell]
    if not any(commit.cell is not None for commit in upto):
        raise ArchiveFailed(f"What the variables were after cell {cell} is not kept")
    last = max(n for n, c in enumerate(commits) if c.cell is not None and c.cell <= cell)
    return commits[last].id
