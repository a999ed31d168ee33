"""Tables, lines and sparklines: what fits, what is marked, and what never reaches a terminal."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from livens.display.tables import (
    as_text,
    frame_line,
    history_text,
    newest_first,
    status_line,
    summary_line,
    value_text,
    variables_table,
)
from livens.display.text import BLOCKS, can_encode, plain, sparkline
from livens.display.trends import Trends
from livens.protocol.types import ChangeSet, Frame, Origin, Point, Unevaluated, Variable
from livens.values.gauges import number


def variable(name: str = "x", preview: str = "5", **fields: object) -> Variable:
    given_fields = {"kind": "number", "type": "int", **fields}
    return Variable(name, [["name", name]], preview=preview, **given_fields)


FRAME = variable("df", "   a  b\n0  1  2", kind="table", type="DataFrame", shape=[3, 4], nbytes=96)


def lines(*variables: Variable, **options: object) -> list[str]:
    return as_text(variables_table(variables, **options)).splitlines()


class TestTable:
    """One row for each variable."""

    def test_columns(self) -> None:
        """Name, type, value, size, and where and when it changed."""
        x = variable(changed_at=96.0, changed_by=Origin(3, line=2))
        header, _, row = lines(x, now=100.0)
        assert header.split() == ["name", "type", "value", "size", "changed"]
        assert row.split() == ["x", "int", "5", "[3]", "line", "2,", "4", "s", "ago"]

    def test_shape_and_bytes(self) -> None:
        """What has a shape shows it, and how many bytes it takes."""
        assert "3×4, 96 B" in lines(FRAME)[2]

    def test_rows_keep_their_order(self) -> None:
        """The caller decides on the order."""
        rows = lines(variable("b"), variable("a"))[2:]
        assert [row.split()[0] for row in rows] == ["b", "a"]

    @pytest.mark.parametrize("width", [30, 50, 80, 120])
    def test_fits_the_width(self, width: int) -> None:
        """No line is wider than the terminal, whatever the variables are called."""
        long = variable(
            "n" * 99,
            "v" * 999,
            type="T" * 99,
            shape=[10**9] * 9,
            nbytes=10**12,
            changed_at=1.0,
            changed_by=Origin(12345, line=678),
        )
        table = variables_table([long, variable()], now=9e9, width=width)
        assert max(map(cell_len, as_text(table, width=width).splitlines())) <= width

    def test_wide_characters_fit(self) -> None:
        """Characters that take two cells are counted as two."""
        table = variables_table([variable(preview="日本語" * 40)])
        assert max(map(cell_len, as_text(table).splitlines())) <= 80

    def test_value_keeps_its_room(self) -> None:
        """In a narrow terminal the other columns go, the value stays."""
        x = variable("x", "0.123456789", changed_at=1.0, changed_by=Origin(1), length=3)
        assert "0.123456789" in as_text(variables_table([x], now=9.0, width=36), width=36)

    def test_more_rows_than_room(self) -> None:
        """The last row says how many are left out."""
        table = lines(*(variable(f"x{n}") for n in range(10)), max_rows=4)
        assert len(table) == 2 + 4
        assert table[-1].strip() == "+ 7 more"

    @pytest.mark.parametrize("width", [30, 36, 44, 60])
    @pytest.mark.parametrize("preview", ["0.12345678901234", "-1.5e-07", "12", "1234567890123456"])
    def test_value_before_sparkline(self, width: int, preview: str) -> None:
        """Where there is little room, all digits are shown, and of the trend what is left."""
        x = variable("x", preview, type="float64", changed_at=1.0, changed_by=Origin(12, line=3))
        past = {"x": [float(n) for n in range(12)]}
        table = variables_table([x], sparklines=past, now=9.0, width=width)
        row = as_text(table, width=width).splitlines()[2]
        assert preview in row
        assert cell_len(row) <= width

    def test_newest_part_of_a_sparkline_stays(self) -> None:
        """A trend that is cut loses its beginning; a stub of it is left out."""
        past = {"x": [1.0] * 9 + [5.0, 1.0, 9.0]}
        for digits, shown in ((52, "▁▁▁▁▁▅▁█"), (57, "▅▁█"), (58, "")):
            row = lines(variable("x", "7" * digits), sparklines=past)[2]
            assert row.endswith(f"7 {shown}".rstrip())
            assert "7" * digits in row

    def test_long_value_is_cut_without_a_sparkline(self) -> None:
        """A value that does not fit is cut, and then there is no trend."""
        row = lines(variable("x", "7" * 99), sparklines={"x": [1.0, 2.0]})[2]
        assert row.endswith("7…")

    def test_no_variables(self) -> None:
        """An empty table is a header."""
        assert len(lines()) == 2

    def test_ascii(self) -> None:
        """An output that knows ASCII only gets nothing else."""
        table = variables_table(
            [variable(preview="é" * 90), FRAME], sparklines={"df": [1, 2]}, ascii_only=True
        )
        assert as_text(table).isascii()


class TestMarks:
    """What is not the whole truth says so."""

    def test_truncated(self) -> None:
        """A preview that shows less than there is ends in a mark, once."""
        assert value_text(variable(preview="[1, 2]", truncated=True)).plain == "[1, 2] …"
        assert value_text(variable(preview="[1, …]", truncated=True)).plain == "[1, …]"

    def test_skipped(self) -> None:
        """What was not described says why."""
        x = variable(status="skipped", reason="it took 300 ms")
        assert value_text(x).plain == "skipped: it took 300 ms"

    def test_redacted(self) -> None:
        """A secret is called one."""
        assert value_text(variable(preview="redacted", reason="redacted")).plain == "redacted"

    def test_stale(self) -> None:
        """A description that may be old is called so."""
        assert value_text(variable(status="stale")).plain == "5 (stale)"


class TestInjection:
    """Names, types and values are anybody's text."""

    NASTY = "[red]x[/red] \x1b[31m\x1b]8;;http://evil\x1b\\ \r\n\t\x07\u202e\x9b"

    def test_markup_stays_text(self) -> None:
        """What looks like markup of rich is shown as it is."""
        assert "[red]x[/red]" in as_text(variables_table([variable(preview="[red]x[/red]")]))

    @pytest.mark.parametrize("field", ["name", "type", "preview", "reason"])
    def test_control_characters_are_shown(self, field: str) -> None:
        """No escape, control character or change of direction is sent to the terminal."""
        fields = {field: self.NASTY}
        name = fields.pop("name", "x")
        status = "skipped" if field == "reason" else "current"
        x = variable(name, **{"status": status, **fields})
        out = io.StringIO()
        console = Console(file=out, force_terminal=False, width=200, color_system=None)
        console.print(variables_table([x], now=1.0, width=200))
        out.write(summary_line(ChangeSet("e", 1, [x])))
        out.write(status_line([x], width=200))
        assert not [c for c in out.getvalue() if not c.isprintable() and c != "\n"]

    def test_one_row_for_each(self) -> None:
        """A line feed in a value does not make a second row."""
        assert len(lines(FRAME)) == 3

    @given(st.text())
    def test_plain_text_is_printable(self, text: str) -> None:
        """Whatever the text, what is shown of it can be printed, and printable text is kept."""
        assert plain(text).isprintable()
        assert plain(plain(text)) == plain(text)


class TestColours:
    """Colours where they are wanted."""

    def printed(self, monkeypatch: pytest.MonkeyPatch, **env: str) -> str:
        for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TERM"):
            monkeypatch.delenv(name, raising=False)
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        console = Console(file=io.StringIO(), force_terminal=True, width=80)
        with console.capture() as capture:
            console.print(variables_table([variable(changed_at=1.0)], now=1.5))
        return capture.get()

    def test_fresh_values_are_coloured(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A change is green while it is new."""
        assert "\x1b[32m" in self.printed(monkeypatch, TERM="xterm-256color")

    def test_no_color(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """With NO_COLOR nothing has a colour."""
        assert "\x1b[32m" not in self.printed(monkeypatch, TERM="xterm-256color", NO_COLOR="1")

    def test_dumb_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A dumb terminal gets no escapes at all."""
        assert "\x1b" not in self.printed(monkeypatch, TERM="dumb")


class TestSparkline:
    """Numbers as bars."""

    def test_scale(self) -> None:
        """The least is the lowest bar, the greatest the highest."""
        assert sparkline(range(8)) == BLOCKS

    def test_constant(self) -> None:
        """Numbers that are all the same are a flat line, not on the ground."""
        assert sparkline([7, 7, 7]) == "▄▄▄"

    def test_gaps(self) -> None:
        """What is no finite number leaves a gap."""
        assert sparkline([0, float("nan"), float("inf"), 1]) == "▁  █"
        assert sparkline([float("nan")]) == " "

    def test_nothing(self) -> None:
        """No numbers, no bars."""
        assert sparkline([]) == ""

    def test_ascii(self) -> None:
        """Where blocks cannot be shown, other characters take their place."""
        bars = sparkline(range(8), ascii_only=True)
        assert bars.isascii()
        assert len(set(bars)) == 8

    @given(st.lists(st.floats()))
    def test_any_numbers(self, numbers: list[float]) -> None:
        """Whatever the numbers, there is one bar for each."""
        assert len(sparkline(numbers)) == len(numbers)

    def test_encodings(self) -> None:
        """What an output can show is asked of its encoding."""
        assert can_encode("utf-8")
        assert not can_encode("latin-1")
        assert not can_encode(None)
        assert not can_encode("no-such-encoding")


class TestSummary:
    """One line for a change set."""

    def test_values_shapes_and_removals(self) -> None:
        """A scalar shows its value, what has a shape its shape, what is gone a minus."""
        change_set = ChangeSet("e", 1, [variable(), FRAME], removed=["y"])
        assert summary_line(change_set) == "x = 5, df (3, 4), - y"

    def test_unevaluated(self) -> None:
        """What may have changed has a question mark."""
        change_set = ChangeSet("e", 1, unevaluated=[Unevaluated("big", "too large")])
        assert summary_line(change_set) == "big ?"

    def test_long_containers_are_counted(self) -> None:
        """A long list is told by its length, a short one by its items."""
        short = variable("a", "[1, 2]", kind="sequence", type="list", length=2)
        long = variable("b", "[" + "1, " * 50 + "…]", kind="sequence", type="list", length=50)
        assert summary_line(ChangeSet("e", 1, [short, long])) == "a = [1, 2], b (list of 50)"

    def test_code_is_named(self) -> None:
        """Functions, classes and modules are told by their kind."""
        f = variable("f", "def f", kind="function", type="function")
        assert summary_line(ChangeSet("e", 1, [f])) == "f (function)"

    def test_width(self) -> None:
        """A line that is too long is cut."""
        change_set = ChangeSet("e", 1, [variable(f"x{n}") for n in range(50)])
        line = summary_line(change_set, width=40)
        assert cell_len(line) == 40
        assert line.endswith("…")

    def test_status_line(self) -> None:
        """As many as fit, with a note in front."""
        many = [variable(f"x{n}") for n in range(50)]
        line = status_line(many, width=60, note="no kernel")
        assert line.startswith("no kernel | x0 = 5 | x1 = 5")
        assert cell_len(line) <= 60


class TestTrends:
    """Past values."""

    def test_numbers_are_kept(self) -> None:
        """The last values of a number, and no more than asked for."""
        trends = Trends(length=3)
        for n in range(5):
            trends.add(ChangeSet("e", n, [variable(preview=str(n))]))
        assert trends["x"] == [2.0, 3.0, 4.0]

    @pytest.mark.parametrize("preview", ["np.float64(0.5)", "0.5", "Decimal(0.5)"])
    def test_previews_of_numbers(self, preview: str) -> None:
        """A number is read from its preview, wrapped in its type or not."""
        trends = Trends()
        trends.add(ChangeSet("e", 1, [variable(preview=preview)]))
        assert trends["x"] == [0.5]

    def test_other_kinds_have_no_trend(self) -> None:
        """A name that is bound to something else starts anew."""
        trends = Trends()
        trends.add(ChangeSet("e", 1, [variable(preview="1")]))
        trends.add(ChangeSet("e", 2, [variable(preview="'1'", kind="text")]))
        assert trends["x"] == []

    def test_removed(self) -> None:
        """A name that is gone has no past."""
        trends = Trends()
        trends.add(ChangeSet("e", 1, [variable(preview="1")]))
        trends.add(ChangeSet("e", 2, removed=["x"]))
        assert trends["x"] == []

    def test_refresh_adds_no_value(self) -> None:
        """A complete change set that repeats what is known is no new value."""
        trends = Trends()
        trends.add(ChangeSet("e", 1, [variable(preview="1")]))
        trends.add(ChangeSet("e", 2, [variable(preview="1")], complete=True))
        assert trends["x"] == [1.0]
        assert trends.items() == {}


def test_newest_first() -> None:
    """What changed last comes first, what never changed last, by name."""
    found = newest_first(
        [
            variable("b"),
            variable("a"),
            variable("old", changed_at=1.0),
            variable("new", changed_at=2.0),
        ]
    )
    assert [v.name for v in found] == ["new", "old", "a", "b"]


class TestFrame:
    """A line for a function that runs."""

    def test_file_and_thread(self) -> None:
        """The file's bare name, and the thread's, where there are such."""
        frame = Frame("fit", "/home/me/model.py", 3, "worker", variables=[variable("n", "1")])
        assert frame_line(frame) == "worker: fit() model.py line 3: n=1"

    def test_fits(self) -> None:
        """It is cut where the line ends, and nothing in it is obeyed by a terminal."""
        frame = Frame("f\x1b[31m", "", 1, variables=[variable("text", "é" * 500)])
        line = frame_line(frame, width=40, ascii_only=True)
        assert len(line) <= 40
        assert line.isascii()
        assert "\x1b" not in line


class TestHistory:
    """A line of figures and a line that draws them."""

    def test_numbers(self) -> None:
        """First and last, smallest and largest, and the trend in as many cells as there are."""
        points = [Point(10.0 + n / 10, abs(500 - n)) for n in range(1_001)]
        figures, drawn = history_text("x", points, width=40).splitlines()
        assert figures == "x: 1001 points in 100 s, 500 to 500 (0…"
        assert len(drawn) == 40
        assert drawn[0] == drawn[-1] == "█"
        assert drawn[20] == "▁"

    def test_sizes(self) -> None:
        """What is no number is drawn by its size; what could not be measured is left out."""
        points = [Point(1.0, size=[2, 3]), Point(2.0), Point(3.0, size=[4, 3])]
        assert history_text("df", points, ascii_only=True).splitlines() == [
            "df: 3 sizes in 2 s, 6 to 12 (6 to 12)",
            "_#",
        ]

    def test_nothing_to_draw(self) -> None:
        """Not even a finite number is needed."""
        assert history_text("x", [Point(1.0)]) == "x: 1 sizes"
        assert history_text("x", [Point(1.0, "nan")]) == "x: 1 points\n "

    @given(st.lists(st.floats() | st.booleans() | st.none(), max_size=200), st.integers(10, 100))
    def test_fits(self, values: list[float | None], width: int) -> None:
        """Whatever the numbers are, no line is wider than asked, and it is one character a cell."""
        points = [Point(1.0, None if v is None else number(v)) for v in values]
        for line in history_text("x" * 50, points, width=width).splitlines():
            assert cell_len(line) <= width
