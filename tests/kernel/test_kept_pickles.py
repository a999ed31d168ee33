"""What only a pickle keeps is restored by kernels that have the secret and the same versions."""

from __future__ import annotations

from pathlib import Path

import pytest
from kept_kernels import KeptKernel, kept_kernel

MODULE = """\
__version__ = {version!r}
class Thing:
    def __reduce__(self): return Thing, ()
"""

CODE = """\
class Own:
    def __init__(self, held): self.held = held
    def __reduce__(self): return Own, (self.held,)
shared = [1]; own = Own(shared); plain = 5; thing = versioned.Thing()
"""

# A pickle of another Python, signed with the secret of this user.
OTHER_PYTHON = """\
import livens.state.encoding.pickles as pickles
pickles.python_version = lambda: '3.99'
late = versioned.Thing()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.sqlite"


def version(path: Path, number: str) -> str:
    """Make the user's package be of a version; return the cell that finds it."""
    folder = path.parent / f"of {number}"
    folder.mkdir(exist_ok=True)
    (folder / "versioned.py").write_text(MODULE.format(version=number))
    return f"import sys; sys.path[:0] = [{str(folder)!r}]; import versioned"


def restored(kernel: KeptKernel, cell: str = "") -> str:
    """Kill the kernel; return what another one restores of the first session."""
    kernel.kill()
    kernel.restart(now=True)
    kernel.run(cell)
    return " ".join(kernel.run("%state restore --session 1").split())


@pytest.mark.long_because("a kernel is killed and started again for each reason to refuse")
def test_pickles_are_restored_only_where_all_of_it_fits(path: Path) -> None:
    """After kill -9; else each has its reason, and what is no pickle is there."""
    cell = version(path, "1.0")
    with kept_kernel(path, "state_pickles=True") as kernel:
        kernel.run(cell)
        kernel.run(CODE)
        kernel.wait_for_kept("own", "shared", "thing", "plain")
        kernel.run(OTHER_PYTHON)
        kernel.wait_for_kept("late")

        printed = restored(kernel, cell)
        assert "late not restored its pickle is of Python 3.99, and this is Python 3." in printed
        assert kernel.run("own.held is shared, shared, plain, type(thing).__module__") == (
            "(True, [1], 5, 'versioned')"
        )

        printed = restored(kernel, version(path, "2.0"))
        assert "thing not restored its pickle is of versioned 1.0, and here is 2.0" in printed
        assert kernel.run("own.held is shared, plain") == "(True, 5)"

        path.with_name("pickle-secret").write_bytes(b"another's".ljust(32))
        printed = restored(kernel, cell)
        for name in ("own", "shared", "thing", "late"):
            assert f"{name} not restored its pickle is not signed with the secret" in printed
        assert kernel.run("plain, 'own' in globals()") == "(5, False)"


def test_pickles_are_off_by_default(path: Path) -> None:
    """None is made, and none is loaded that was made when they were on."""
    cell = version(path, "1.0")
    with kept_kernel(path, "state_pickles=True") as kernel:
        kernel.run(cell)
        kernel.run(CODE)
        kernel.wait_for_kept("own")
    with kept_kernel(path) as kernel:
        kernel.run(cell)
        printed = " ".join(kernel.run("%state restore --session 1").split())
        assert "own not restored it is kept as a pickle, and pickles are not switched on" in printed
        kernel.run("mine = versioned.Thing()")
        kernel.wait_for(lambda state: "mine" in state and state["mine"].kind == "not kept")
        assert "class Thing has a __reduce__ of its own" in kernel.run("%state")
