"""Control groups are found in both versions, and limits are what is written into their files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from livens.exceptions import SandboxRefused
from livens.sandbox.cgroups import Group, Parent, _write_limit, find_parents, settings_of
from livens.sandbox.limits import Limits

LIMITS = Limits(100_000_000, 50, 100, 10, 1_000_000)

MEMORY = str(100_000_000 // os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PAGE_SIZE"))


def process(folder: Path, groups: str, mounts: str) -> Path:
    """Return a directory as that of a process in /proc."""
    (folder / "cgroup").write_text(groups)
    (folder / "mountinfo").write_text(mounts)
    return folder


def test_groups_of_version_1_are_found(tmp_path: Path) -> None:
    """Each controller has a directory of its own, which a container may see a part of."""
    proc = process(
        tmp_path,
        "8:pids:/\n4:memory:/docker/abc/inner\n3:cpu,cpuacct:/\n0::/\n",
        "30 1 0:1 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
        "31 1 0:2 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
        "32 1 0:3 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
    )
    assert find_parents(proc) == [
        Parent(Path("/sys/fs/cgroup/memory/inner"), 1, ("memory",)),
        Parent(Path("/sys/fs/cgroup/pids"), 1, ("pids",)),
    ]


def test_group_of_version_2_is_found(tmp_path: Path) -> None:
    """One directory is for both controllers."""
    own = tmp_path / "fs" / "user.slice"
    own.mkdir(parents=True)
    (own / "cgroup.controllers").write_text("cpu memory pids\n")
    mounts = f"30 1 0:1 / {tmp_path}/fs rw - cgroup2 cgroup2 rw,nsdelegate\n"
    proc = process(tmp_path, "0::/user.slice\n", mounts)
    assert find_parents(proc) == [Parent(own, 2, ("memory", "pids"))]


def test_missing_controller_is_named(tmp_path: Path) -> None:
    """Nothing starts with half of its limits."""
    mounts = "30 1 0:1 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
    proc = process(tmp_path, "8:pids:/\n0::/\n", mounts)
    with pytest.raises(SandboxRefused, match=r"no cgroup for memory here.*limits_by='process'"):
        find_parents(proc)


def test_swap_is_limited_in_version_2(tmp_path: Path) -> None:
    """What is moved to the swap space is memory too."""
    (tmp_path / "memory.swap.max").touch()
    parent = Parent(tmp_path, 2, ("memory", "pids"))
    assert settings_of(parent, tmp_path, LIMITS) == {
        "memory.max": MEMORY,
        "memory.swap.max": "0",
        "pids.max": "50",
    }


def test_swap_is_not_used_in_version_1_where_it_is_not_counted(tmp_path: Path) -> None:
    """Without the accounting of swap there is only whether it is used."""
    parent = Parent(tmp_path, 1, ("memory",))
    assert settings_of(parent, tmp_path, LIMITS) == {
        "memory.limit_in_bytes": MEMORY,
        "memory.swappiness": "0",
    }


def test_group_is_written_and_removed(tmp_path: Path) -> None:
    """In version 2 the group above is told first which limits those below keep."""
    (tmp_path / "cgroup.subtree_control").write_text("cpu")
    group = Group("box", [Parent(tmp_path, 2, ("memory", "pids"))])
    group.create(LIMITS)
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+memory +pids"
    assert (tmp_path / "box" / "pids.max").read_text() == "50"
    assert (tmp_path / "box" / "memory.max").read_text() == MEMORY


def test_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """The error says what to do; nothing is left."""
    group = Group("no/such/place", [Parent(tmp_path, 1, ("pids",))])
    with pytest.raises(SandboxRefused, match=r"cannot be limited by cgroups.*start it as root"):
        group.create(LIMITS)
    assert list(tmp_path.iterdir()) == []


def test_limit_that_does_not_hold_is_refused(tmp_path: Path) -> None:
    """What is read back is what counts, whatever the write said."""
    file = tmp_path / "pids.max"
    file.symlink_to("/dev/null")
    with pytest.raises(SandboxRefused, match=r"pids.max is ; expected 50"):
        _write_limit(file, "50")
