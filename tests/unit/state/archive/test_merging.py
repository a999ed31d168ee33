"""An archive stays within its limits, goes back as far as it can, and every state left is right."""

from __future__ import annotations

import random

import pytest

from livens.state.archive.merging import ArchiveLimits, Merger
from livens.state.archive.reading import ArchiveReader, used_bytes
from livens.state.archive.records import Identity, NewCommit, NewEntry

from .conftest import PROCESS, Keeping

States = dict[int, dict[str, bytes]]


def _merger(keeping: Keeping, **limits: float) -> Merger:
    return Merger(keeping.writer, ArchiveLimits(**limits), clock=lambda: keeping.now)  # type: ignore[arg-type]


def _states(keeping: Keeping) -> States:
    """Return what the archive says of each commit that it still has."""
    with ArchiveReader(keeping.path) as reader:
        return {
            commit.id: {
                name: reader.read(entry.group)[0]
                for name, entry in reader.state_at(keeping.session, commit.id).items()
                if entry.group is not None
            }
            for commit in reader.commits(keeping.session)
        }


def _write(keeping: Keeping, cells: int, size: int) -> States:
    """Write cells that change, make and delete names; return what the names were after each."""
    dice = random.Random(7)
    names: dict[str, bytes] = {}
    states = {}
    for _ in range(cells):
        changes: dict[str, bytes | None] = {}
        for _ in range(3):
            name = f"n{dice.randrange(10)}"
            changes[name] = None if dice.random() < 0.2 else dice.randbytes(dice.randrange(size))
        names = {name: value for name, value in {**names, **changes}.items() if value is not None}
        states[keeping.cell_ends(**changes)] = names
    return states


def test_thousand_cells_stay_within_the_limit(keeping: Keeping) -> None:
    """The newest states are there, each as it was, and the room of the others is given back."""
    limit = 4_000_000
    merger = _merger(keeping, max_bytes=limit)
    states = _write(keeping, 500, 20_000)
    merger.run()
    states |= _write_more(keeping, states, merger)
    left = _states(keeping)
    assert left == {commit: states[commit] for commit in list(states)[-len(left) :]}
    assert len(left) > 100
    assert used_bytes(keeping.writer.connection) <= limit
    (pages,) = keeping.writer.connection.execute("PRAGMA page_count").fetchone()
    assert pages * 4096 <= limit


def _write_more(keeping: Keeping, states: States, merger: Merger) -> States:
    names = dict(states[max(states)])
    more = {}
    for number in range(500):
        value = random.Random(number).randbytes(15_000)
        names[f"n{number % 10}"] = value
        more[keeping.cell_ends(**{f"n{number % 10}": value})] = dict(names)
        if merger.is_due:
            merger.run()
    return more


def test_goes_back_as_far_as_it_can(keeping: Keeping) -> None:
    """Nothing is merged while there is room, and one more step of merging would be needless."""
    _write(keeping, 50, 2_000)
    before = _states(keeping)
    merger = _merger(keeping, max_bytes=4_000_000)
    assert not merger.is_due
    merger.run()
    assert _states(keeping) == before


@pytest.mark.parametrize("stop_after", range(12))
def test_every_step_leaves_a_right_archive(keeping: Keeping, stop_after: int) -> None:
    """The process may end between any two steps."""
    states = _write(keeping, 60, 60_000)
    merger = _merger(keeping, max_bytes=1_000_000)
    for _ in range(stop_after):
        merger.step()
    left = _states(keeping)
    assert left == {commit: states[commit] for commit in list(states)[-len(left) :]}


def test_old_commits_are_merged(keeping: Keeping) -> None:
    """What is older than the limit of age goes, and the last state stays however old it is."""
    states = _write(keeping, 20, 100)
    merger = _merger(keeping, max_age_s=5.5)
    assert merger.is_due
    merger.run()
    assert _states(keeping) == {commit: states[commit] for commit in list(states)[-6:]}
    keeping.now += 1000
    merger.run()
    assert _states(keeping) == {max(states): states[max(states)]}
    assert not merger.is_due


def test_sessions_that_have_ended_go_first(keeping: Keeping) -> None:
    """A session that still runs keeps its last state."""
    _write(keeping, 5, 50_000)
    ended, running = keeping.session, 0
    for name in ("running", "own"):
        keeping.session = keeping.writer.begin(Identity(name=name), PROCESS)
        running = running or keeping.session
        _write(keeping, 5, 50_000)
    merger = Merger(keeping.writer, ArchiveLimits(500_000), lambda: {running}, clock=lambda: 1e9)
    merger.run()
    with ArchiveReader(keeping.path) as reader:
        commits = {session.id: session.commits for session in reader.sessions()}
    assert ended not in commits
    assert commits[running] >= 1
    assert commits[keeping.session] >= 1


def test_value_without_room_is_given_up_in_words(keeping: Keeping) -> None:
    """The others are kept."""
    keeping.cell_ends(small=b"1", large=random.Random(1).randbytes(3_000_000))
    _merger(keeping, max_bytes=1_000_000).run()
    with ArchiveReader(keeping.path) as reader:
        state = reader.state_at(keeping.session)
    assert state["small"].kind == "kept"
    assert (state["large"].kind, state["large"].group) == ("not kept", None)
    assert state["large"].reason == "the archive's limit of 1,000,000 bytes is reached"
    assert used_bytes(keeping.writer.connection) < 1_000_000


def test_what_was_never_committed_is_removed(keeping: Keeping) -> None:
    """Chunks of a kernel that was killed in the middle of a large value."""
    keeping.content(b"x" * 3_000_000)
    keeping.writer.flush()
    _merger(keeping).run()
    assert keeping.writer.connection.execute("SELECT count(*) FROM chunks").fetchone() == (0,)


def test_chunks_that_another_session_is_about_to_commit_stay(keeping: Keeping) -> None:
    """For an hour; they do not count against the limit meanwhile."""
    states = _write(keeping, 20, 10_000)
    other = Keeping(keeping.path)
    content = other.content(random.Random(2).randbytes(3_000_000))
    other.writer.flush()
    merger = Merger(
        keeping.writer,
        ArchiveLimits(2_000_000),
        lambda: {keeping.session, other.session},
        clock=lambda: keeping.now,
    )
    merger.run()
    assert len(_states(keeping)) == len(states)
    other.writer.commit(NewCommit("cell", 1.0, entries={"x": NewEntry("kept", content)}))
    other.writer.close()


def test_other_sessions_write_between_two_steps(keeping: Keeping) -> None:
    """No step holds the file: a commit of another process waits for one at the most."""
    _write(keeping, 60, 60_000)
    other = Keeping(keeping.path)
    other.writer.connection.execute("PRAGMA busy_timeout = 0")
    merger = _merger(keeping, max_bytes=1_000_000)
    steps = 0
    while merger.step():
        other.cell_ends(x=b"%d" % steps)
        steps += 1
    other.writer.close()
    assert steps > 10
