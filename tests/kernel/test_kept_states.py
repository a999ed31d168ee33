"""What a kernel kept is there after it was killed, restarted, or started for the notebook again."""

from __future__ import annotations

from pathlib import Path

import pytest
from kept_kernels import kept_kernel
from kernels import started

CODE = """\
class Point:
    def __init__(self, x): self.x = x
def double(value): return 2 * value
a = [1, 2]; b = a; point = Point(a)
"""

CHECK = "(a, b is a, point.x is a, type(point) is Point, double(n), n)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.sqlite"


def test_killed_and_restarted(path: Path) -> None:
    """After kill -9 the restarted kernel restores it; so it does after a restart by the user."""
    with kept_kernel(path) as kernel:
        kernel.run(CODE)
        kernel.run("n = 1; a.append(3)")
        kernel.wait_for_kept("a", "point", "double", "n")
        kernel.kill()
        kernel.restart(now=True)
        assert "Earlier session 1" in kernel.run("%state")
        assert "is not defined" in kernel.run("a")
        printed = kernel.run("%state restore")
        assert "not restored" not in printed
        assert kernel.run(CHECK) == "([1, 2, 3], True, True, True, 2, 1)"
        kernel.run("n = 2")
        kernel.restart(now=False)  # what was changed last is written on the way out
        kernel.run("import livens.state; done = livens.state.restore('[abdnpP]*')")
        assert kernel.run("{name.outcome for name in done.names}") == "{'restored'}"
        assert kernel.run(CHECK) == "([1, 2, 3], True, True, True, 4, 2)"


def test_restored_at_once(path: Path) -> None:
    """With a setting, for the same notebook in another kernel; and for no other notebook."""
    with kept_kernel(path) as kernel:
        kernel.run(CODE + "n = 5")
        kernel.wait_for_kept("n")
        kernel.kill()
    with kept_kernel(path, "restore_state=always") as kernel:
        assert kernel.run(CHECK) == "([1, 2], True, True, True, 10, 5)"
        kernel.run("n += 1")
        assert kernel.run("%state back\nn").endswith("5")
    with kept_kernel(path, "restore_state=always", notebook="b.ipynb") as kernel:
        assert "is not defined" in kernel.run("n")
        assert "No earlier session of this notebook" in kernel.run("%state restore")


def test_long_cell_is_kept_as_far_as_that_is_safe(path: Path) -> None:
    """Numbers and texts of a cell that is killed; what was changed in place is named."""
    loop = "while True:\n    n += 1; text = str(n); items.append(n)"
    with kept_kernel(path, "state_interval_s=0.2") as kernel:
        kernel.run("n = 0; text = ''; items = []; other = ['as before']")
        kernel.wait_for_kept("items")
        kernel.client.client.execute(loop)
        kernel.wait_for(lambda state: "items" in state and state["items"].kind == "not kept")
        kernel.kill()
        kernel.restart(now=True)
        printed = " ".join(kernel.run("%state restore").split())
        assert "items not restored it changed while a cell ran" in printed
        assert kernel.run("n > 0, text == str(n) or text == str(n - 1), other") == (
            "(True, True, ['as before'])"
        )
        assert "is not defined" in kernel.run("items")
        assert "restored" in kernel.run("%state restore items --cell 1")
        assert kernel.run("items") == "[]"


def test_stock_kernel_keeps_after_loading_the_extension(path: Path) -> None:
    """Only `%state keep on` is needed there; the settings are the defaults, but for the place."""
    folder = str(path.parent)
    code = (
        f"import os; os.environ['JUPYTER_DATA_DIR'] = {folder!r};"
        " os.environ['JPY_SESSION_NAME'] = 'a.ipynb'"
    )
    with started("python3") as (_, client):
        client.execute(code)
        client.execute("%load_ext livens")
        client.execute("%state keep on")
        client.execute("x = [1]; y = x")
        assert "kept" in client.execute("%state save").stdout
        client.execute("x.append(2)")
        client.execute("%state back")
        assert client.execute("x, y is x").result == "([1], True)"
        client.execute("%state keep off")
        client.execute("%unload_ext livens")
    assert (path.parent / "livens" / "archive.sqlite").is_file()


def test_off_costs_nothing(path: Path) -> None:
    """No module of it is loaded, nobody watches, and there is no file."""
    with kept_kernel(path, is_on=False) as kernel:
        kernel.run("x = 1")
        kernel.run("import sys")
        code = (
            "[n for n in sys.modules if n.startswith('livens.state')],"
            " get_ipython().kernel._watcher"
        )
        assert kernel.run(code) == "([], None)"
    assert not path.exists()


def test_values_that_a_long_cell_does_not_touch_are_read_beside_it(path: Path) -> None:
    """What the cell before has left unread is kept, and what this one mentions is not."""
    make = "mine = [[n] for n in range(3_000)]; other = [[n] for n in range(3_000)]"
    with kept_kernel(path, "state_interval_s=0.2") as kernel:
        kernel.client.client.execute(make)
        kernel.client.client.execute("while True: mine[0][0] += 1")
        kernel.wait_for_kept("other")
        kernel.kill()
        kernel.restart(now=True)
        kernel.run("%state restore")
        assert kernel.run("len(other), other[-1]") == "(3000, [2999])"
        assert "is not defined" in kernel.run("mine")
