"""What is made of records: the page for the browser, and the comparison of two runs."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from recorded import number
from recorded import written_cells as written

from livens.cli import main, replay
from livens.cli.report_page import MAX_POINTS, as_data, page, thinned
from livens.protocol.types import Point, Variable
from livens.recording.reading import Record, read_record

EVIL = "</script><script>window.hacked = 1</script><!--<img src=x onerror=alert(1)>"


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

    def test_cells_are_whole(self, tmp_path: Path) -> None:
        """A cell has all its lines; where the record has less, the page says so."""
        whole, cut = "import a\n\nx = 1\ny = 2", "z = 3; " * 50_000
        file = written(tmp_path / "a", (whole, [number("x", 1)]), (cut, [number("z", 3)]))
        first, second = as_data(read_record(file))["cells"]
        assert (first["source"], first["cut"]) == (whole, False)
        assert second["cut"]
        assert cut.startswith(second["source"])
        assert len(second["source"]) < len(cut)

    def test_points_tell_their_cells(self, tmp_path: Path) -> None:
        """The readout says which cell a value is of."""
        file = written(
            tmp_path / "a",
            *((f"x = {n}", [number("x", n, count=n)]) for n in (1, 2, 3)),
        )
        (series,) = as_data(read_record(file))["series"]
        assert (series["values"], series["cells"]) == ([1.0, 2.0, 3.0], [1, 2, 3])

    def test_script_makes_no_markup(self) -> None:
        """The script has no way to turn text into elements."""
        assets = Path(page.__code__.co_filename).parent / "assets"
        scripts = sorted(assets.glob("*.js"))
        assert len(scripts) == 2
        source = "".join(script.read_text("utf-8") for script in scripts)
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

    @pytest.mark.parametrize(
        ("name", "beginning"),
        [("r.txt", "a.ipynb, "), ("r", "a.ipynb, "), ("r.log", "a.ipynb, "),
         ("r.HTML", "<!doctype"), ("r.htm", "<!doctype"), ("r.json", "{"), ("r.txt.old", "a.ip")],
    )  # fmt: skip
    def test_format_by_name(
        self, name: str, beginning: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The name of the file says the format, text where it says none; text has no colours."""
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("COLUMNS", "30")
        file = written(tmp_path / "a.livens.jsonl", ("x = 1", [number("x", 1)]))
        output = tmp_path / name
        assert main(["report", str(file), "-o", str(output)]) == 0
        text = output.read_text("utf-8")
        assert text.lower().startswith(beginning)
        if beginning.startswith("a"):
            assert "\x1b" not in text
            assert text.splitlines()[-1].split() == ["x", "int", "1", "[1]"]

    def test_many_points_keep_their_extremes(self) -> None:
        """A curve that is thinned out still has its highest and lowest point, and its ends."""
        points = [
            Point(float(n), 1e9 if n == 77_777 else -1e9 if n == 5 else n) for n in range(10**5)
        ]
        values = [point.value for point in thinned(points)]
        assert len(values) <= MAX_POINTS + 2
        assert {1e9, -1e9, 99_999} <= set(values)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "It begins when somebody watches: jupyter livens watch"),
        (["--now"], "It begins now, and waits for nobody. To see it: jupyter livens watch"),
        (["--lab"], "It begins when the panel of variables is open."),
        (["--lab", "--now"], "To see it: open the panel of variables"),
    ],
)
def test_replay_says_when_it_begins(
    options: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What is told is what is done: at once with --now, in JupyterLab as well."""
    file = written(tmp_path / "a.livens.jsonl", ("x = 1", [number("x", 1)]))
    monkeypatch.setattr(replay, "jupyter_runtime_dir", lambda: str(tmp_path))
    monkeypatch.setattr(replay.ReplayServer, "run", lambda *args, **kwargs: None)
    assert main(["replay", str(file), "--no-live", *options]) == 0
    out = capsys.readouterr().out
    assert told in out
    assert ("begins when" in out) is ("--now" not in options)


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
