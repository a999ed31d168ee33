"""%watch, %unwatch and on_change in a real kernel, as a user types them."""

from __future__ import annotations

from livens.testing import KernelClient


def shown(kernel: KernelClient, code: str) -> list[str]:
    """Run a cell and return the plain texts that it displayed."""
    run = kernel.execute(code)
    assert run.error is None, run.reply
    return [
        message["content"]["data"]["text/plain"]
        for message in run.messages
        if message["msg_type"] == "display_data"
    ]


def test_watch_shows_a_table(kernel: KernelClient) -> None:
    """%watch prints name, type and value of every variable, in 80 columns."""
    kernel.execute("x = 5; words = ['a', 'b']; long = 'y' * 500")
    run = kernel.execute("%watch")
    lines = run.stdout.splitlines()
    assert [line for line in lines if line.startswith("x") and "int" in line and "5" in line]
    assert any("['a', 'b']" in line for line in lines)
    assert max(map(len, lines)) <= 80
    assert not run.stdout.count("\x1b")


def test_watch_chooses_names_and_patterns(kernel: KernelClient) -> None:
    """%watch x df* shows these only, from now on, with where they were changed."""
    kernel.execute("x = 5; df1 = 1; df2 = 2; other = 3")
    first = kernel.execute("%watch x df*").stdout
    assert "other" not in first
    count = kernel.execute("\nx = 6").reply["execution_count"]
    again = kernel.execute("%watch").stdout
    assert "df2" in again
    assert "other" not in again
    assert f"[{count}] line 2" in again


def test_watch_on_tells_what_each_cell_changed(kernel: KernelClient) -> None:
    """With --on a line of display data follows each cell that changed something."""
    kernel.execute("gone = 1")
    kernel.execute("%watch --on")
    assert shown(kernel, "x = 5; y = [1]\ndel gone") == ["x = 5, y = [1], - gone"]
    assert shown(kernel, "x") == []
    assert shown(kernel, "for i in range(3): y.append(i)") == ["i = 2, y = [1, 0, 1, 2]"]
    kernel.execute("%watch --off")
    assert shown(kernel, "x = 6") == []


def test_watch_on_with_chosen_names(kernel: KernelClient) -> None:
    """The line speaks of the chosen names only."""
    kernel.execute("%watch --on x*")
    assert shown(kernel, "x1 = 1; y = 2") == ["x1 = 1"]


def test_unwatch_ends_it(kernel: KernelClient) -> None:
    """%unwatch takes names away, and everything without names."""
    kernel.execute("%watch --on x y")
    kernel.execute("%unwatch x")
    assert shown(kernel, "x = 1; y = 2") == ["y = 2"]
    kernel.execute("%unwatch")
    assert shown(kernel, "y = 3") == []


def test_wrong_use_is_told(kernel: KernelClient) -> None:
    """Names that are not watched, and options that exclude each other, are usage errors."""
    run = kernel.execute("%watch x\n%unwatch nope")
    assert (run.error, "nope" in str(run.reply["evalue"])) == ("UsageError", True)
    assert kernel.execute("%watch --on --off").error == "UsageError"


def test_magics_leave_the_namespace_alone(kernel: KernelClient) -> None:
    """Watching by magic adds no name and no result."""
    kernel.execute("x = 1")
    names = "print(sorted(n for n in globals() if not n.startswith('_')))"
    before = kernel.execute(names).stdout
    kernel.execute("%watch --on")
    kernel.execute("%watch x")
    assert kernel.execute(names).stdout == before


def test_on_change_calls_back(kernel: KernelClient) -> None:
    """livens.on_change calls a function with the description, until its handle is closed."""
    kernel.execute(
        "import livens\nseen = []\n"
        "handle = livens.on_change('x', lambda v: seen.append(v and v.preview))"
    )
    kernel.execute("x = 1")
    kernel.execute("y = 2")
    kernel.execute("x = 3")
    kernel.execute("del x")
    assert kernel.execute("print(seen)").stdout == "['1', '3', None]\n"
    kernel.execute("handle.close(); handle.close()\nx = 4")
    assert kernel.execute("print(seen)").stdout == "['1', '3', None]\n"


def test_on_change_that_raises_harms_nobody(kernel: KernelClient) -> None:
    """A callback that raises is logged once; the cell and other watchers go on."""
    kernel.execute(
        "import livens, logging\nrecords = []\n"
        "class Keep(logging.Handler):\n"
        "    def emit(self, record): records.append(record.getMessage())\n"
        "keep = Keep(); logging.getLogger('livens').addHandler(keep)\n"
        "handle = livens.on_change('x', lambda v: 1 / 0)"
    )
    for value in range(3):
        assert kernel.execute(f"x = {value}").error is None
    run = kernel.execute("handle.close(); print(len(records), 'x' in records[0])")
    assert run.stdout == "1 True\n"
    kernel.execute("logging.getLogger('livens').removeHandler(keep)")


def test_callback_may_close_itself(kernel: KernelClient) -> None:
    """A handle closed from its own callback, on livens' own thread, ends cleanly."""
    kernel.execute(
        "import livens, time\nseen = []\n"
        "def once(variable):\n    seen.append(variable.preview); handle.close()\n"
        "handle = livens.on_change('x', once)"
    )
    kernel.execute("for x in range(5): time.sleep(0.1)")
    assert len(eval(kernel.execute("print(seen)").stdout)) == 1
