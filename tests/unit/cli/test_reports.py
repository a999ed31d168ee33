"""What is made of records: the page for the browser, and the comparison of two runs."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from recorded import change, header, number

from livens.cli import main
from livens.cli.report_page import MAX_POINTS, page, thinned
from livens.protocol.types import Origin, Point, Variable
from livens.recording import record
from livens.recording.comparison import Tolerance, compare, is_same
from livens.recording.file import RecordFile
from livens.recording.reading import Record, read_record
from livens.recording.timeline import Timeline

EVIL = "</script><script>window.hacked = 1</script><!--<img src=x onerror=alert(1)>"


def written(
    path: Path, *cells: tuple[str, list[Variable]], status: record.EndStatus = "ok"
) -> Path:
    """Write the record of a run whose cells have these sources and changes."""
    file = RecordFile(path)
    timeline = Timeline(file, header())
    final: dict[str, Variable] = {}
    for count, (source, variables) in enumerate(cells, 1):
        timeline.cell_started(count - 1, source, at=100.0 + count)
        timeline.changed(change(*variables), at=100.5 + count)
        timeline.cell_ended(status, at=100.75 + count, execution_count=count)
        final |= {variable.name: variable for variable in variables}
    timeline.end(status, final.values(), at=200.0)
    file.close()
    return path


def array(name: str, preview: str, count: int = 1, line: int | None = None) -> Variable:
    return Variable(
        name,
        [["name", name]],
        "array",
        "ndarray",
        preview=preview,
        shape=[2],
        changed_by=Origin(count, line=line),
    )


class TestPage:
    """The page."""

    @pytest.fixture
    def evil(self, tmp_path: Path) -> Record:
        text = Variable(EVIL, [["name", EVIL]], "text", "str", preview=EVIL)
        found = read_record(written(tmp_path / "a", (EVIL, [text]), status="failed"))
        found.header.notebook = EVIL
        found.problems.append(EVIL)
        return found

    def test_values_are_never_markup(self, evil: Record) -> None:
        """Whatever a name, value or source is, the page has the elements that it has by itself."""
        text = page(evil)
        assert EVIL not in text
        assert len(re.findall(r"<script", text)) == 2
        assert "<img" not in text
        data = re.search(r'id="record">(.*?)</script>', text, re.DOTALL)
        assert data is not None
        assert json.loads(data[1])["cells"][0]["changed"][0]["name"] == EVIL

    def test_policy_allows_only_what_is_in_it(self, evil: Record) -> None:
        """The page's policy names its script and its style by their hashes, and nothing else."""
        text = page(evil)
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
        assert policy is not None
        assert policy[1].startswith("default-src 'none'; ")
        assert "unsafe" not in policy[1]
        for tag, directive in (("script", "script-src"), ("style", "style-src")):
            inside = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(inside[0].encode()).digest()).decode()
            assert f"{directive} 'sha256-{digest}'" in policy[1]

    def test_needs_nothing_else(self, evil: Record) -> None:
        """Nothing in the page names another place."""
        outside = re.findall(r"""(?:src|href)=["'][^"']*["']|@import|url\(""", page(evil))
        assert outside == ['href="data:,"']

    def test_script_makes_no_markup(self) -> None:
        """The script has no way to turn text into elements."""
        script = Path(page.__code__.co_filename).parent / "assets" / "page.js"
        source = script.read_text("utf-8")
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert way not in source

    def test_command(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The page goes where it is asked to, by default beside, under the record's name."""
        monkeypatch.chdir(tmp_path)
        file = written(tmp_path / "a.livens.jsonl.gz", ("x = 1", [number("x", 1)]))
        assert main(["report", str(file), "--output", "b.html"]) == 0
        assert main(["report", str(file), "--format", "html"]) == 0
        assert Path("a.livens.html").read_text() == Path("b.html").read_text()
        assert main(["report", str(file), "--output", "b.txt", "--format", "text"]) == 0
        assert Path("b.txt").read_text().splitlines()[-1].split()[0] == "x"
        assert main(["report", str(file), "--output", "no/b.html"]) == 2

    def test_many_points_keep_their_extremes(self) -> None:
        """A curve that is thinned out still has its highest and lowest point, and its ends."""
        points = [
            Point(float(n), 1e9 if n == 77_777 else -1e9 if n == 5 else n) for n in range(10**5)
        ]
        values = [point.value for point in thinned(points)]
        assert len(values) <= MAX_POINTS + 2
        assert {1e9, -1e9, 99_999} <= set(values)


class TestComparison:
    """`jupyter livens diff`."""

    def run(self, path: Path, loss: float, last: str = "[1, 2]", code: str = "b") -> Path:
        return written(
            path,
            ("a = 1", [number("a", 1, 1, 1)]),
            (code, [number("loss", loss, 4, 2), number("rate", loss / 2, 3, 2)]),
            ("c", [array("c", last, 3)]),
        )

    def test_same(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Two runs that did the same are the same, and the code is 0."""
        files = [str(self.run(tmp_path / name, 0.5)) for name in "ab"]
        assert main(["diff", *files]) == 0
        assert capsys.readouterr().out.endswith("The runs are the same.\n")

    def test_first_difference(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The first cell and the first line that made a difference are named."""
        files = [self.run(tmp_path / str(loss), loss) for loss in (0.5, 0.6)]
        found = compare(*map(read_record, files))
        assert found.first is not None
        assert (found.first.name, found.first.number, found.first.line) == ("rate", 2, 3)
        assert (found.first.a, found.first.b) == ("0.25", "0.3")
        assert [difference.name for difference in found.final] == ["loss", "rate"]
        assert main(["diff", *map(str, files)]) == 1
        assert "They diverge first in cell 2, line 3:" in capsys.readouterr().out

    def test_tolerance(self, tmp_path: Path) -> None:
        """Numbers within the tolerance are the same, in previews of arrays too."""
        a = self.run(tmp_path / "a", 0.5, "[1.0, 2]")
        b = self.run(tmp_path / "b", 0.5000001, "[1.0000001, 2]")
        assert main(["diff", str(a), str(b)]) == 1
        assert main(["diff", str(a), str(b), "--rel-tol", "1e-6"]) == 0
        assert main(["diff", str(a), str(b), "--abs-tol", "1e-6"]) == 0

    def test_cells(self, tmp_path: Path) -> None:
        """Other code, other ends and missing cells are told."""
        a = self.run(tmp_path / "a", 0.5)
        b = written(tmp_path / "b", ("a = 2", []), ("b", []), status="failed")
        found = compare(read_record(a), read_record(b)).cells
        assert found == [
            "Cell 1 has another source",
            "Cell 1 ended as ok in A, as failed in B",
            "Cell 2 ended as ok in A, as failed in B",
            "1 cell ran only in A, from cell 3 on",
        ]

    def test_json(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Programs get everything as JSON."""
        files = [str(self.run(tmp_path / str(loss), loss)) for loss in (0.5, 0.6)]
        assert main(["diff", *files, "--json"]) == 1
        data: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert data["first"]["line"] == 3
        assert len(data["final"]) == 2

    @pytest.mark.parametrize("text", ["-1", "nan", "much", "inf"])
    def test_tolerance_that_is_none(self, text: str) -> None:
        """A tolerance is a number of 0 or more."""
        with pytest.raises(SystemExit) as caught:
            main(["diff", "a", "b", f"--rel-tol={text}"])
        assert caught.value.code == 2

    def test_not_a_number_is_the_same_as_itself(self) -> None:
        """A run that gives NaN twice did the same twice."""
        nan = number("x", float("nan"))
        assert is_same(nan, nan, Tolerance())
        assert Tolerance().allows(float("nan"), float("nan"))
        assert not Tolerance(abs=9.0).allows(float("nan"), 1.0)

    def test_types_and_sizes_count(self) -> None:
        """The same text of another type or size is another value."""
        one, other = array("a", "[1, 2]"), array("a", "[1, 2]")
        other.shape = [3]
        assert not is_same(one, other, Tolerance(rel=1.0))
        assert not is_same(number("x", 1), number("x", 1.0), Tolerance(rel=1.0))


class TestBadInput:
    """What is wrong is said, and no report fails on it."""

    def test_times_beyond_the_calendar(self, tmp_path: Path) -> None:
        """A record whose times are none is shown all the same."""
        file = written(tmp_path / "a.livens.jsonl", ("x = 1", [number("x", 1)]))
        text = file.read_text("utf-8")
        file.write_text(text.replace('"started_at":', '"started_at":-5e300, "was":'), "utf-8")
        assert main(["report", str(file)]) == 0
        assert "at an unknown time" in page(read_record(file))

    def test_replay_that_finds_no_place(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A place that cannot be written is told in a sentence."""
        file = written(tmp_path / "a.livens.jsonl", ("x = 1", [number("x", 1)]))
        assert main(["replay", str(file), "--directory", str(file / "no"), "--no-live"]) == 2
        assert "No connection file can be written to" in capsys.readouterr().err
