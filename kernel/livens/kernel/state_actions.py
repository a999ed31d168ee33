"""What can be done with kept states: list, save, restore, go back, compare and forget.

The magic, the functions for user code and the requests of clients all come here. It runs on the
thread of the user's code, while no other cell runs. What is stored goes through the
`MonitoredDict`, so that clients are told.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import msgspec

from livens.exceptions import ArchiveFailed, NotAllowed
from livens.kernel.keeping import Keeping
from livens.kernel.state_changes import StateChanges
from livens.protocol import state_requests as requests
from livens.state.archive import forgetting, liveness
from livens.state.archive.comparing import Differences
from livens.state.archive.reading import ArchiveReader, latest_of
from livens.state.archive.records import Commit, Session
from livens.state.archive.telling import as_cell, as_names, as_session, matching
from livens.state.archive.times import after_cell, before_cell
from livens.state.encoding.comparing import LOOKS

OUTSIDE = "Only variables are as they were: files and what is outside of the kernel are not."
"""What everybody is told who goes back."""


class StateActions:
    """Work with the archive of a shell.

    Parameters
    ----------
    keeping : Keeping
        What keeps the shell's variables.

    Raises
    ------
    ArchiveFailed
        By all methods, if the archive cannot be used.
    NotAllowed
        By all methods, if there is nothing that could be done.
    """

    def __init__(self, keeping: Keeping) -> None:
        self._keeping = keeping
        self._changes = StateChanges(keeping.watcher, keeping.pickles())

    # -- looking -----------------------------------------------------------------------------

    def show(self, params: requests.StateListParams) -> requests.StateList:
        """Return what is kept, and what could be restored."""
        keeping, report = self._keeping, self._keeping.report
        found = requests.StateList(
            is_on=keeping.is_on,
            file=str(keeping.path),
            session=keeping.session,
            failure=report.failure,
            failed_at=report.failed_at,
        )
        if keeping.is_on and params.session in (None, keeping.session):
            found.names = [
                requests.StateName(
                    name,
                    "kept" if entry.kind == "kept" else "not kept",
                    entry.reason,
                    entry.cell,
                    entry.nbytes,
                    entry.kind == "pending",
                )
                for name, entry in sorted(keeping.names().items())
            ]
        session = keeping.session if params.session is None else params.session
        if keeping.path.is_file():
            try:
                self._list_archive(found, session, params.limit)
            except ArchiveFailed as err:
                found.failure = found.failure or str(err)
        return found

    def _list_archive(self, found: requests.StateList, session: int | None, limit: int) -> None:
        with ArchiveReader(self._keeping.path) as reader:
            found.nbytes = reader.nbytes()
            found.earlier = [as_session(each) for each in self._earlier(reader)]
            if session is not None:
                commits = reader.commits(session)
                found.cells = [as_cell(commit) for commit in commits[-limit:]]
                if session != self._keeping.session:
                    found.names = as_names(commits, reader.state_at(session))

    def diff(self, params: requests.StateDiffParams) -> requests.StateDifference:
        """Return what differs between the states before two cells, or one and now."""
        self._need_kept()
        with ArchiveReader(self._keeping.path) as reader:
            session, commits = self._own(reader)
            first = self._before(commits, params.cell)
            before = reader.state_at(session, first)
            if params.other is None:
                after = reader.state_at(session)
            else:
                after = reader.state_at(session, before_cell(commits, params.other))
            return Differences(reader, LOOKS).between(before, after)

    # -- keeping -----------------------------------------------------------------------------

    def keep(self, params: requests.StateKeepParams) -> requests.StateList:
        """Keep what cells change from now on, or do not any more."""
        if params.on:
            self._keeping.start()
        else:
            self._keeping.stop()
        return self.show(requests.StateListParams(limit=1))

    def save(self, params: requests.StateSaveParams) -> requests.StateDone:
        """Keep everything now, whether keeping is on or not."""
        keeping = self._keeping
        was_on = keeping.is_on
        keeping.start()
        try:
            is_saved = keeping.flush()
            if not is_saved:
                reason = keeping.report.failure or "it took too long"
                raise ArchiveFailed(f"The state is not saved: {reason}")
            if params.tag:
                keeping.tag(params.tag)
                keeping.flush()
            names = self.show(requests.StateListParams(limit=1)).names
        finally:
            if not was_on:
                keeping.stop()
        return requests.StateDone(names)

    def _need_kept(self) -> None:
        """Have everything in the archive that there is now."""
        if not self._keeping.is_on:
            raise NotAllowed(
                "Keeping is off, so that nothing is known of earlier cells",
                expected="that it was on when they ran",
                remedy="Switch it on with '%state keep on'.",
            )
        if not self._keeping.flush():
            reason = self._keeping.report.failure or "it took too long"
            raise ArchiveFailed(f"The state of now is not kept: {reason}")

    # -- changing ----------------------------------------------------------------------------

    def restore(
        self, params: requests.StateRestoreParams, client: str = "%state restore"
    ) -> requests.StateDone:
        """Set variables to what an earlier session kept of them."""
        with ArchiveReader(self._keeping.path) as reader:
            session = self._chosen(reader, params.session)
            commits = reader.commits(session)
            at = None if params.cell is None else after_cell(commits, params.cell)
            state = reader.state_at(session, at)
            names = matching(state, params.names)
            missing = self._unmatched(state, params.names)
            older = _older(commits, at)
            cells = {commit.id: commit.cell for commit in commits}
            done = self._changes.restore(
                reader, {name: state[name] for name in names}, cells, params.overwrite, client
            )
        for name in done:
            is_kept = name.name in state and state[name.name].group is not None
            if name.outcome == "not restored" and name.name in older and not is_kept:
                name.reason += f"; as after cell {older[name.name]}: --cell {older[name.name]}"
        notes = [f"Restored from session {session} of the archive."] if done else []
        return requests.StateDone([*done, *missing], notes)

    def back(
        self, params: requests.StateBackParams, client: str = "%state back"
    ) -> requests.StateDone:
        """Make the namespace what it was before a cell."""
        self._need_kept()
        with ArchiveReader(self._keeping.path) as reader:
            session, commits = self._own(reader)
            if params.after and params.cell is not None:
                at = after_cell(commits, params.cell)
            else:
                at = self._before(commits, params.cell)
            before, now = reader.state_at(session, at), reader.state_at(session)
            cells = {commit.id: commit.cell for commit in commits}
            done = self._changes.back(reader, before, now, cells, client)
        return requests.StateDone(done, [OUTSIDE])

    def forget(self, params: requests.StateForgetParams) -> requests.StateDone:
        """Remove what was kept from the archive."""
        keeping, path = self._keeping, self._keeping.path
        if params.all:
            was_on = keeping.is_on
            keeping.stop()
            was_there = forgetting.forget_all(path)
            notes = [f"The archive '{path}' is removed." if was_there else "There was no archive."]
            if was_on:
                notes.append("Keeping is off now; '%state keep on' begins a new archive.")
            return requests.StateDone([], notes)
        if not params.names:
            raise NotAllowed(
                "Nothing is forgotten without names", remedy="Name variables, or say --all."
            )
        if keeping.is_on:
            keeping.flush()
        with ArchiveReader(path) as reader:
            sessions = [*self._own_number(), *(each.id for each in self._earlier(reader))]
            known = {
                name for number in sessions for c in reader.commits(number) for name in c.entries
            }
        names = matching(known, params.names)
        gone = forgetting.forget_names(path, sessions, names)
        keeping.report.forget(gone)
        rows = [
            requests.StateName(
                name,
                "not kept",
                forgetting.FORGOTTEN if name in names else forgetting.TOGETHER,
            )
            for name in gone
        ]
        return requests.StateDone([*rows, *self._unmatched(known, params.names)])

    # -- which session -----------------------------------------------------------------------

    def _own_number(self) -> list[int]:
        return [] if self._keeping.session is None else [self._keeping.session]

    def _own(self, reader: ArchiveReader) -> tuple[int, list[Commit]]:
        session = self._keeping.session
        if session is None:
            raise NotAllowed("Nothing is kept of this session yet", remedy="Run a cell first.")
        return session, reader.commits(session)

    def _earlier(self, reader: ArchiveReader) -> list[Session]:
        """Return the sessions that this one could go on from, the best match first."""
        sessions = [s for s in reader.sessions() if s.id != self._keeping.session]
        found = latest_of(sessions, self._keeping.identity)
        running = liveness.running(found, time.time())
        return sorted(found, key=lambda session: session.id in running)

    def _chosen(self, reader: ArchiveReader, number: int | None) -> int:
        if number is not None:
            return reader.session(number).id
        earlier = self._earlier(reader)
        ended = [s for s in earlier if not (s.ended_at is None and liveness.is_running(s.process))]
        if ended:
            return ended[0].id
        others = [
            str(s.id) for s in reader.sessions() if s.commits and s.id != self._keeping.session
        ]
        if earlier:
            raise NotAllowed(
                f"Another kernel runs with this notebook, as session {earlier[0].id}",
                remedy=f"To take its state, say --session {earlier[0].id}.",
            )
        raise NotAllowed(
            "No earlier session of this notebook is in the archive",
            remedy=f"Choose one with --session: {', '.join(others[-20:])}." if others else "",
        )

    def _before(self, commits: Iterable[Commit], cell: int | None) -> int:
        """Return the commit before a cell; by default before the last that has ended."""
        known = list(commits)
        if cell is None:
            running = self._keeping.current().execution_count
            ended = [c.cell for c in known if c.cell is not None and c.cell != running]
            if not ended:
                raise NotAllowed("No cell is kept yet", remedy="Run a cell first.")
            cell = ended[-1]
        return before_cell(known, cell)

    def _unmatched(
        self, known: Iterable[str], patterns: Iterable[str]
    ) -> Iterable[requests.StateName]:
        names = list(known)
        return [
            requests.StateName(pattern, "not kept", "there is nothing of this name in the archive")
            for pattern in patterns
            if not matching(names, [pattern])
        ]


def _older(commits: Iterable[Commit], at: int | None) -> dict[str, int]:
    """Return the last cell after which each name was kept."""
    return {
        name: commit.cell
        for commit in commits
        if commit.cell is not None and (at is None or commit.id <= at)
        for name, entry in commit.entries.items()
        if entry.kind == "kept"
    }


def carry_out(actions: StateActions, method: str, params: Any, client: str) -> msgspec.Struct:
    """Answer a request of a client.

    Raises
    ------
    RequestError
        If it cannot be done.
    """
    try:
        match method:
            case "state.list":
                return actions.show(params)
            case "state.keep":
                return actions.keep(params)
            case "state.save":
                return actions.save(params)
            case "state.restore":
                return actions.restore(params, client)
            case "state.back":
                return actions.back(params, client)
            case "state.diff":
                return actions.diff(params)
        return actions.forget(params)
    except ArchiveFailed as err:
        raise NotAllowed(str(err), expected="an archive that can be used") from err
