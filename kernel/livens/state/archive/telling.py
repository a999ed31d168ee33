"""What is told of an archive to people and to clients."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from livens.protocol import state_requests as requests
from livens.state.archive import liveness
from livens.state.archive.records import Commit, Entry, Session


def matching(names: Iterable[str], patterns: Iterable[str]) -> list[str]:
    """Return the names that match one of the patterns; all if there are none."""
    chosen = list(patterns)
    return sorted(
        name for name in names if not chosen or any(fnmatchcase(name, each) for each in chosen)
    )


def as_names(commits: Iterable[Commit], state: Mapping[str, Entry]) -> list[requests.StateName]:
    """Return what is told of a state: what it has of each name, and since which cell."""
    cells = {commit.id: commit.cell for commit in commits}
    return [
        requests.StateName(
            name,
            "not kept" if entry.group is None else "kept",
            entry.reason,
            cells.get(entry.commit),
            entry.nbytes,
        )
        for name, entry in sorted(state.items())
    ]


def as_session(session: Session) -> requests.StateSession:
    """Return what is told of a session."""
    return requests.StateSession(
        session=session.id,
        name=session.identity.name,
        notebook=session.identity.notebook,
        python=session.process.python,
        started_at=session.started_at,
        last_at=session.last_at,
        is_running=bool(liveness.running([session], time.time())),
        cells=session.commits,
    )


def as_cell(commit: Commit) -> requests.StateCell:
    """Return what is told of a commit."""
    names = commit.entries.items()
    return requests.StateCell(
        commit=commit.id,
        kind=commit.kind,
        at=commit.at,
        cell=commit.cell,
        cell_id=commit.cell_id,
        tag=commit.tag,
        code=commit.source.strip().partition("\n")[0][:200],
        changed=sorted(name for name, entry in names if entry.kind == "kept"),
        removed=sorted(name for name, entry in names if entry.kind == "gone"),
        not_kept=sorted(name for name, entry in names if entry.kind in ("pending", "not kept")),
    )


def as_name(name: str, entry: Entry, cell: int | None) -> requests.StateName:
    """Return what is told of a name that was there at a commit."""
    outcome: requests.Outcome = "kept" if entry.kind == "kept" else "not kept"
    return requests.StateName(name, outcome, entry.reason, cell, entry.nbytes)
