"""What variables were, as clients of a real kernel, magics and the user's own code see it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from livens.client.blocking import watch
from livens.protocol import messages, requests
from livens.testing import KernelClient


def told(kernel: KernelClient, name: str) -> list[Any]:
    """The points of a variable that came with updates."""
    return [
        point
        for message in kernel.notifications
        if isinstance(message, messages.Update)
        for point in message.params.points.get(name, [])
    ]


def test_a_thousand_statements_are_a_thousand_points(kernel: KernelClient) -> None:
    """Each store at the top level is kept and told, once, in order, with its cell."""
    kernel.open(history=2_000)
    run = kernel.execute("\n".join(f"x = {n} / 2" for n in range(1_000)))
    points = told(kernel, "x")
    assert [point.value for point in points] == [n / 2 for n in range(1_000)]
    assert {point.execution_count for point in points} == {run.reply["execution_count"]}
    assert [point.at for point in points] == sorted(point.at for point in points)
    assert kernel.replica.points["x"] == points[-1_000:]
    listed = kernel.request("history", name="x", limit=5_000)
    assert listed["total"] == 1_000
    assert [point[1] for point in listed["points"]] == [n / 2 for n in range(1_000)]


def test_history_is_answered_while_a_loop_runs(kernel: KernelClient, tmp_path: Path) -> None:
    """A loop is sampled: its points grow while it runs, and its last value is the last point."""
    kernel.open()
    enough = tmp_path / "enough"
    cell = kernel.start(
        "import os, time\nn = 0\n"
        f"while not os.path.exists({str(enough)!r}): n += 1; loss = 1 / n; time.sleep(0.01)"
    )
    kernel.wait_for(lambda: "loss" in kernel.variables)
    sizes: set[int] = set()
    while len(sizes) < 15:
        sizes.add(kernel.request("history", name="loss")["total"])
    enough.touch()
    kernel.finish(cell)
    points = kernel.request("history", name="loss", limit=100_000)["points"]
    last = int(kernel.previews["n"])
    assert 15 <= len(points) <= last + 1
    values = [point[1] for point in points]
    assert values == sorted(values, reverse=True)
    assert values[-1] == 1 / last
    assert kernel.request("history", name="loss", since=points[-2][0])["points"] == points[-1:]


@pytest.mark.parametrize("channel", ["shell", "control"])
def test_history_on_every_channel(watched: KernelClient, channel: str) -> None:
    """Between cells any channel will do; sizes of what is no number are there too."""
    watched.execute("x = [1]\nx = [1, 2]\nimport numpy as np\nx = np.zeros((3, 4))\ndel x")
    points = watched.request("history", channel, name="x")["points"]
    assert [point[3:] for point in points] == [[[1], None], [[2], None], [[3, 4], 96], [None] * 2]


def test_secrets_have_no_history(watched: KernelClient) -> None:
    """A redacted variable is refused, and no point of it travels."""
    watched.execute("api_key = 1\napi_key = 2")
    error = watched.request("history", name="api_key")
    assert isinstance(error, messages.ErrorInfo)
    assert error.code == -32003


def test_history_in_the_kernel(watched: KernelClient) -> None:
    """livens.history gives a list of points, or a frame; it imports pandas only for that."""
    loaded = "'pandas' in sys.modules"
    watched.execute(f"import sys\nbefore = {loaded}\nimport livens\nloss = 0.5\nloss = 0.25")
    watched.execute("loss = float('nan')")
    assert watched.execute(f"print(before == ({loaded}))").stdout == "True\n"
    run = watched.execute("print([point.value for point in livens.history('loss')])")
    assert run.stdout == "[0.5, 0.25, 'nan']\n"
    run = watched.execute(
        "frame = livens.history('loss', as_frame=True)\n"
        "print(frame['value'].dtype, frame['value'].tolist(), frame.index.dtype, frame.index.name)"
    )
    assert run.stdout.startswith("float64 [0.5, 0.25, nan] datetime64[")
    assert run.stdout.endswith(", UTC] at\n")


def test_history_of_a_cell_that_asks(watched: KernelClient) -> None:
    """What the running cell stored before it asked is there."""
    run = watched.execute("import livens\ny = 1\ny = 2\nprint(len(livens.history('y')))")
    assert run.stdout == "2\n"
    assert watched.execute("print(livens.history('nope'))").stdout == "[]\n"


def test_watch_history_draws(kernel: KernelClient) -> None:
    """%watch --history keeps what it names from then on, and draws it in 80 columns of text."""
    assert kernel.execute("%watch --history loss").stdout.startswith("No history yet")
    kernel.execute("for n in range(3): pass\n" + "\n".join(f"loss = {n}" for n in range(200)))
    run = kernel.execute("%watch --history")
    figures, drawn = run.stdout.splitlines()
    assert figures.startswith("loss: 200 points in ")
    assert figures.endswith("0 to 199 (0 to 199)")
    assert len(drawn) == 80
    assert (drawn[0], drawn[-1]) == ("▁", "█")
    assert "\x1b" not in run.stdout


def test_history_by_a_client(fresh: tuple[Any, KernelClient]) -> None:
    """A program's watch fetches histories, and keeps the newest points if it asked for them."""
    manager, kernel = fresh
    with watch(manager, names="x", history=3) as changes:
        kernel.execute("\n".join(f"x = {n}" for n in range(10)))
        changes.settle()
        assert [point.value for point in changes.points["x"]] == [7, 8, 9]
        found = changes.history("x", limit=4)
        assert isinstance(found, requests.History)
        assert [point.value for point in found.points] == [6, 7, 8, 9]
        assert found.total == 10


def test_history_outlives_a_subscriber(kernel: KernelClient) -> None:
    """Who comes back, as a browser does that reloads, finds what was before."""
    kernel.open()
    kernel.execute("x = 1\nx = 2")
    kernel.close()
    kernel.open()
    assert [p[1] for p in kernel.request("history", name="x")["points"]] == [1, 2]


def test_reset_forgets(watched: KernelClient) -> None:
    """After %reset variables have no past."""
    watched.execute("x = 1\nx = 2")
    watched.execute("%reset -f")
    watched.execute("x = 3")
    assert [p[1] for p in watched.request("history", name="x")["points"]] == [3]
