"""Variables are kept after each cell, restored in another shell, and gone back to."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from kept_shells import KeptShell, kept_shell

from livens.exceptions import NotAllowed
from livens.state.archive.reading import ArchiveReader


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.sqlite"


@pytest.fixture
def shell(path: Path) -> Iterator[KeptShell]:
    """A shell that has begun to keep: its empty beginning is in the archive."""
    with kept_shell(path) as shell:
        shell.wait()
        yield shell


SHARED = "a = [1, 2]; b = a; c = {'of a': a}; x = 1; s = 'text'"


DEFINITIONS = """
import enum
class Kind(enum.Enum):
    A, B = 1, 2
class Point:
    kinds = {Kind.A: ["text"], Kind.B: []}
    def __init__(self, x, kind=Kind.A): self.x, self.kind = x, kind
class Named(Point):
    def __init__(self, name): super().__init__(1); self.name = name
def counting():
    count = 0
    def counter():
        nonlocal count
        count += 1
        return count
    return counter
counter = counting(); one = Named("one"); all_of_them = {"one": one, "kinds": Point.kinds}
"""


class TestRestoring:
    """What an earlier session kept is set in another shell."""

    def test_shared_objects_are_shared_again(self, shell: KeptShell, path: Path) -> None:
        """As they were after the last cell, changes in place included."""
        shell.run(SHARED)
        shell.run("a.append(3)")
        shell.wait()
        shell.close()
        with kept_shell(path) as other:
            assert set(other.outcomes().values()) == {"restored"}
            found = other.namespace
            assert (found["a"], found["x"], found["s"]) == ([1, 2, 3], 1, "text")
            assert found["b"] is found["a"]
            assert found["c"]["of a"] is found["a"]

    def test_what_is_restored_is_kept_in_turn(self, shell: KeptShell, path: Path) -> None:
        """A third session finds it by the second one."""
        shell.run(SHARED)
        shell.wait()
        shell.close()
        with kept_shell(path) as second:
            second.run("%state restore")
            second.run("a.append(4)")
            second.wait()
        with kept_shell(path) as third:
            third.outcomes()
            assert third.namespace["c"] == {"of a": [1, 2, 4]}

    def test_names_that_exist_are_left_alone(self, shell: KeptShell, path: Path) -> None:
        """Unless they are to be overwritten; the others are set."""
        shell.run("x = 1; y = [2]")
        shell.wait()
        shell.close()
        with kept_shell(path) as other:
            other.run("x = 'mine'")
            assert other.outcomes() == {"x": "not restored", "y": "restored"}
            assert other.namespace["x"] == "mine"
            assert other.outcomes(names=["x"], overwrite=True) == {"x": "restored"}
            assert other.namespace["x"] == 1

    def test_chosen_names(self, shell: KeptShell, path: Path) -> None:
        """By name and by pattern; what there is nothing of is said."""
        shell.run("x1 = 1; x2 = 2; y = 3")
        shell.wait()
        shell.close()
        with kept_shell(path) as other:
            found = other.outcomes(names=["x*", "no"])
            assert found == {"x1": "restored", "x2": "restored", "no": "not kept"}
            assert "y" not in other.namespace

    def test_what_cannot_be_kept_is_named_with_its_reason(
        self, shell: KeptShell, path: Path
    ) -> None:
        """And so are redacted names; their values are nowhere in the files."""
        shell.run("g = (i for i in 'ab'); api_key = 'hunter-2-hunter'; x = 1")
        shell.run("import threading; lock = threading.Lock()")
        shell.wait()
        assert shell.kept() == {
            "g": "not kept", "api_key": "not kept", "x": "kept",
            "lock": "not kept", "threading": shell.kept()["threading"],
        }  # fmt: skip
        assert "is redacted, and redacted values are not kept" in " ".join(
            shell.run("%state").split()
        )
        shell.close()
        content = b"".join(each.read_bytes() for each in path.parent.iterdir())
        assert b"hunter-2" not in content
        with kept_shell(path) as other:
            assert other.outcomes(names=["g", "x"]) == {"g": "not restored", "x": "restored"}

    def test_names_that_were_deleted_do_not_come_back(self, shell: KeptShell, path: Path) -> None:
        """Whether by a cell or between two."""
        shell.run("x = 1; y = 2; z = 3")
        shell.run("del x")
        del shell.watcher.namespace["y"]
        shell.wait()
        shell.close()
        with kept_shell(path) as other:
            assert other.outcomes() == {"z": "restored"}

    def test_as_it_was_after_a_cell(self, shell: KeptShell, path: Path) -> None:
        """And of a session that is chosen by its number."""
        shell.run("x = 1")
        shell.run("x = 2")
        shell.run("x = 3")
        shell.wait()
        session = shell.keeping.session
        shell.close()
        with kept_shell(path, name="other") as other:
            with pytest.raises(NotAllowed, match="No earlier session"):
                other.outcomes()
            other.outcomes(session=session, cell=2)
            assert other.namespace["x"] == 2

    def test_two_shells_of_one_name_are_told_apart(self, shell: KeptShell, path: Path) -> None:
        """A session that still runs is taken only if it is asked for by its number."""
        shell.run("x = 'of the first'")
        shell.wait()
        with kept_shell(path) as other:
            with pytest.raises(NotAllowed, match="Another kernel runs with this notebook"):
                other.outcomes()
            other.run("x = 'of the second'")
            other.wait()
            shell.run("x += '!'")
            shell.wait()
            assert other.outcomes(session=shell.keeping.session, overwrite=True)
            assert other.namespace["x"] == "of the first!"

    def test_clients_are_told_who_restored(self, shell: KeptShell, path: Path) -> None:
        """By the same updates as of any client."""
        shell.run("x = [1]")
        shell.wait()
        shell.close()
        with kept_shell(path) as other:
            other.outcomes()
            described = other.watcher.view.describe("x")
            assert described is not None
            assert described.changed_by is not None
            assert described.changed_by.client == "%state restore"


class TestBack:
    """`%state back` makes the variables what they were before a cell."""

    def test_back_and_forth(self, shell: KeptShell) -> None:
        """Names that were made go, names that changed have their values, shared as before."""
        shell.run(SHARED)
        shell.run("new = 5; a.append(3); x += 1")
        shell.run("del s; b = None")
        assert shell.back(3)["s"] == "restored"
        found = shell.namespace
        assert (found["a"], found["x"], found["s"], found["new"]) == ([1, 2, 3], 2, "text", 5)
        assert found["b"] is found["a"]
        assert found["c"]["of a"] is found["a"]
        assert shell.back(2)["new"] == "removed"
        assert (found["a"], found["x"]) == ([1, 2], 1)
        assert "new" not in found
        assert found["b"] is found["a"]
        shell.run("%state back 3 --after")
        assert "s" not in found
        assert (found["a"], found["new"], found["b"]) == ([1, 2, 3], 5, None)
        assert shell.back(1) == dict.fromkeys(("a", "b", "c", "new", "x"), "removed")

    def test_magic_goes_before_the_last_cell(self, shell: KeptShell) -> None:
        """The cell with the magic itself does not count; it says what it does not undo."""
        shell.run("x = 1")
        shell.run("x = 2")
        printed = shell.run("%state back")
        assert shell.namespace["x"] == 1
        assert "files and what is outside of the kernel are not" in " ".join(printed.split())

    def test_what_was_not_kept_stays_and_is_named(self, shell: KeptShell) -> None:
        """A wrong value would be worse."""
        shell.run("g = (i for i in 'ab'); x = 1")
        shell.run("g = 5; x = 2")
        assert shell.back(2) == {"g": "not restored", "x": "restored"}
        assert (shell.namespace["g"], shell.namespace["x"]) == (5, 1)

    def test_time_before_keeping_is_not_known(self, path: Path) -> None:
        """It is not taken for an empty namespace."""
        with kept_shell(path, is_on=False) as shell:
            shell.run("old = 1")
            shell.run("%state keep on")
            shell.run("x = 1")
            shell.wait()
            with pytest.raises(Exception, match="What the variables were before cell 2"):
                shell.back(2)
            assert shell.back(3) == {"x": "removed"}
            assert shell.namespace["old"] == 1

    def test_diff_says_what_back_would_change(self, shell: KeptShell) -> None:
        """And nothing when it is done."""
        shell.run("x = 1; y = [1]; z = 3")
        shell.run("x = 2; y.append(2); w = 4; del z")
        rows = {tuple(line.split()[:2]) for line in shell.run("%state diff 2").splitlines()[1:]}
        assert rows == {("w", "added"), ("x", "changed"), ("y", "changed"), ("z", "removed")}
        shell.back(2)
        assert shell.run("%state diff 2").strip() == "Nothing differs."

    def test_diff_leaves_out_what_only_shares_with_what_changed(self, shell: KeptShell) -> None:
        """A list that another name joins, and one that is put into a larger one."""
        shell.run(SHARED)
        shell.run("c['more'] = 1; d = [b]")
        rows = {tuple(line.split()[:2]) for line in shell.run("%state diff 2").splitlines()[1:]}
        assert rows == {("c", "changed"), ("d", "added")}
        shell.run("b = list(b)")
        assert "b" in shell.run("%state diff 3")

    def test_definitions_come_back_equal(self, shell: KeptShell) -> None:
        """A class that another one, an instance and a closure lead to, after it has changed."""
        shell.run(DEFINITIONS)
        shell.run("Point.scale = [2]; counter(); one.x = 5; Point.norm = lambda self: self.x")
        lines = shell.run("%state diff 2").splitlines()[1:]
        assert {"Point", "counter", "one"} <= {line.split()[0] for line in lines}
        shell.back(2)
        assert shell.run("%state diff 2").strip() == "Nothing differs."
        shell.back(2, after=True)
        assert shell.run("%state diff 3").strip() == "Nothing differs."
        assert shell.shell.ev("one.norm(), Point.scale, counter()") == (5, [2], 2)

    def test_list_says_what_each_cell_changed(self, shell: KeptShell) -> None:
        """Also what was removed, and what is not kept."""
        shell.run("x = 1; g = (i for i in 'ab')")
        shell.run("pass")
        shell.run("del x; y = 2")
        shell.wait()
        lines = [line.split() for line in shell.run("%state list").splitlines()[1:]]
        cells = {line[0]: " ".join(line[2:]) for line in lines if line[0].isdigit()}
        assert cells == {"1": "x (not kept: g)", "3": "y, -x"}


class TestKeeping:
    """What is kept, when, and what it holds meanwhile."""

    def test_saves_while_it_is_off(self, path: Path) -> None:
        """Everything is kept once, under a name."""
        with kept_shell(path, is_on=False) as shell:
            shell.run("x = 1; y = [x]")
            assert "kept" in shell.run("%state save before the training")
            assert not shell.keeping.is_on
        with kept_shell(path) as other:
            assert other.outcomes() == {"x": "restored", "y": "restored"}
        with ArchiveReader(path) as reader:
            tags = [commit.tag for commit in reader.commits(1) if commit.tag]
        assert tags == ["before the training"]

    def test_nothing_is_held(self, shell: KeptShell) -> None:
        """What a cell drops is gone, also when it was to be read."""
        shell.run("class Thing(list): pass\nx = Thing([1])")
        gone = threading.Event()
        weakref.finalize(shell.namespace["x"], gone.set)
        shell.wait()
        shell.run("x = None")
        assert gone.wait(60)

    def test_change_by_a_client_between_cells_is_kept(self, shell: KeptShell, path: Path) -> None:
        """It is a commit of its own."""
        shell.run("x = 1")
        with shell.watcher.changed_from("JupyterLab"):
            shell.watcher.namespace["x"] = 2
        shell.wait()
        with ArchiveReader(path) as reader:
            kinds = [commit.kind for commit in reader.commits(1)]
        assert kinds == ["between", "cell", "between"]
        assert shell.back(2) == {}

    def test_forgotten_names_are_nowhere(self, shell: KeptShell, path: Path) -> None:
        """Neither their values, nor those that share objects with them."""
        shell.run("a = ['forget-me-1']; b = [a, 'forget-me-2']")
        shell.run("x = 'remember-me'")
        shell.wait()
        printed = shell.run("%state forget a")
        assert "it was forgotten" in printed
        shell.close()
        content = b"".join(each.read_bytes() for each in path.parent.iterdir())
        assert b"forget-me" not in content
        assert b"remember-me" in content

    def test_forget_all_removes_the_file(self, shell: KeptShell, path: Path) -> None:
        """And those beside it; keeping is off then, and can begin again."""
        shell.run("x = 1")
        shell.wait()
        assert "removed." in shell.run("%state forget --all")
        assert list(path.parent.iterdir()) == []
        assert not shell.keeping.is_on
        shell.run("%state keep on")
        shell.run("y = 2")
        shell.wait()
        assert shell.kept() == {"x": "kept", "y": "kept"}

    def test_usage_is_said_in_words(self, shell: KeptShell) -> None:
        """One line for each mistake."""
        for line, words in {
            "%state nonsense": "no 'nonsense'",
            "%state keep": "expected 'on' or 'off'",
            "%state back x": "expected the number of a cell",
            "%state forget": "Nothing is forgotten without names",
            "%state back": "No cell is kept yet",
        }.items():
            with pytest.raises(Exception, match=words):
                shell.run(line)
