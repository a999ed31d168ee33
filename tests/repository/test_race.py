"""The race against other inspectors: what it reads, keeps, writes and draws."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.race import chart, javascript, page
from benchmarks.race.__main__ import CHART, PAGE, PUBLISHED
from benchmarks.race.peers import FLOORS, LEFT_OUT, LIVENS, RACED, SPYDER, STOCK
from benchmarks.race.results import Cost, Results, Verdict

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"

OTHERS = (
    "lckr", "mljar", "variable-explorer", "spyder", "inspectVariables", "richInspectVariables",
    "JupyterLab debugger", "VS Code", "Positron", "marimo", "Thonny", "ipyflow", "Kishu",
    "xeus-python", "Colab", "Databricks", "Datalore", "DataSpell", "PyCharm",
    "jupyter-mcp-server", "mcp-jupyter", "Jupyter AI", "jupyter-distributed", "watchpoints",
    "TensorWatch",
)  # fmt: skip
"""What there is that shows or watches variables, by a word of its name."""


def cost(done_ms: float, size: int = 1_000) -> Cost:
    """Return a cost of which only two numbers matter."""
    return Cost(done_ms, done_ms, done_ms, done_ms, size)


@pytest.fixture
def results() -> Results:
    """A race of three: livens, Spyder, and one that could not be installed."""
    costs = {
        STOCK.name: [cost(5), cost(6)],
        SPYDER.floor: [cost(8), cost(9)],
        LIVENS.name: [cost(6, 2_000), cost(9, 2_200)],
        SPYDER.name: [cost(1_008, 3_000_000), cost(1_009, 3_000_000)],
    }
    return Results(
        setting={
            "date": "2026-01-02T03:04:05+00:00", "commit": "abc", "python": "3.11.7", "cpus": 2,
            "memory_gb": 8.0, "versions": {"ipykernel": "7.4.0"},
            "load": [0.1], "load_after": [1.2],
        },
        peers={LIVENS.name: "0.1.0", SPYDER.name: "3.1.6"},
        failed={"mljar inspector": "no matching distribution"},
        costs={"10000": costs},
        live={LIVENS.name: [39, 40], SPYDER.name: [0, 0]},
        in_place={
            "a": {LIVENS.name: Verdict("yes", 3.0), SPYDER.name: Verdict("no", 0.0)},
            "b": {LIVENS.name: Verdict("told", 80.0), SPYDER.name: Verdict("yes", 1.0)},
        },
        big={"array of 400 MB": costs},
    )  # fmt: skip


# -- taking Python out of JavaScript -------------------------------------------------------


@pytest.mark.parametrize(
    "literal",
    [
        r"""'\nimport sys\ndef listed():\n    return \'a\' + "b" + "\\n"\n'""",
        r'''"\nimport sys\ndef listed():\n    return 'a' + \"b\" + \"\\n\"\n"''',
        '`\nimport sys\ndef listed():\n    return \'a\' + "b" + "\\\\n"\n`',
    ],
)
def test_code_is_the_same_in_all_quotes(literal: str) -> None:
    """A bundler takes the quotes it likes; what the kernel is sent is one code."""
    bundle = (
        f"""const a="it's",b=`not ${{a}} this`;k.requestExecute({{code:{literal},silent:!0}});"""
    )
    code = javascript.python_with(bundle, "def listed")
    assert code == '\nimport sys\ndef listed():\n    return \'a\' + "b" + "\\n"\n'


@pytest.mark.parametrize(
    "bundle", ["", "def listed", "f('def listed(:')", "f(`def listed(): return ${a}`)"]
)
def test_what_is_no_python_is_not_sent_to_a_kernel(bundle: str) -> None:
    """A package that has changed too much is refused, with what was looked for."""
    with pytest.raises(javascript.NotFound, match="def listed"):
        javascript.python_with(bundle, "def listed")


def test_a_number_is_taken_only_where_it_is_certain() -> None:
    """Two pauses that could be meant are none."""
    assert javascript.one("setTimeout(f,150);setTimeout(f,150)", r"setTimeout\(f,(\d+)\)") == "150"
    with pytest.raises(javascript.NotFound, match="2 places"):
        javascript.one("setTimeout(f,150);setTimeout(f,99)", r"setTimeout\(f,(\d+)\)")


# -- results -------------------------------------------------------------------------------


def test_results_are_read_as_they_were_written(results: Results, tmp_path: Path) -> None:
    """The file keeps all that the tables and the chart need."""
    results.write(tmp_path / "race.json")
    read = Results.read(tmp_path / "race.json")
    assert read == results
    assert page.document(read) == page.document(results)


def test_each_is_compared_with_its_own_floor(results: Results) -> None:
    """Spyder's kernel needs another ipykernel, whose time is not Spyder's."""
    costs = results.costs["10000"]
    assert results.extra(costs, LIVENS.name, "done_ms") == 2
    assert results.extra(costs, SPYDER.name, "done_ms") == 1_000
    assert results.extra(costs, "lckr inspector", "done_ms") is None


def test_who_dropped_out_has_no_figure(results: Results) -> None:
    """Half of the rounds, or half of the changes, are not compared with all of them."""
    del results.costs["10000"][SPYDER.name][1]
    del results.in_place["b"][SPYDER.name]
    assert results.extra(results.costs["10000"], SPYDER.name, "done_ms") is None
    assert results.changes_seen(SPYDER.name) is None
    assert results.changes_seen(LIVENS.name) == 2


# -- the page and the chart ----------------------------------------------------------------


def test_page_tells_who_was_not_run_and_why(results: Results) -> None:
    """Nobody is silently left out."""
    text = page.document(results)
    assert "- **mljar inspector**: no matching distribution" in text
    assert re.search(r"\| mljar inspector \| not run \| not run \|", text)
    for name, reason in LEFT_OUT:
        assert f"- {name}: {reason}" in text
    assert "load 0.1 before and 1.2 after" in text


def test_page_tells_who_has_no_button(results: Results) -> None:
    """Where nothing can be asked while a cell runs, no figure stands, and no zero."""
    assert "pressed ten times" not in page.document(results)
    results.asked = {SPYDER.name: [19]}
    text = page.document(results)
    assert f"| **{LIVENS.name}** | 40 of 40 | no button |" in text
    assert f"| {SPYDER.name} | 0 of 40 | 19 of 40 |" in text
    assert "| lckr inspector | not run | not run |" in text


def test_chart_has_a_bar_for_each_figure(results: Results) -> None:
    """It is XML; the most expensive has the longest bar; who was not run has none."""
    svg = ElementTree.fromstring(chart.draw(results))
    texts = [element.text for element in svg.iter(f"{SVG}text")]
    assert all(peer.name in texts for peer in RACED)
    bars = [
        (element.get("class"), float(element.get("width", "nan")))
        for element in svg.iter(f"{SVG}rect")
        if element.get("class") in ("livens", "rest")
    ]
    # livens and Spyder: cost, bytes, live values, changes in place, cost beside the array.
    assert bars == [
        ("livens", 0.2), ("rest", 110.0), ("livens", 0.0), ("rest", 110.0),
        ("livens", 108.6), ("rest", 0.0), ("livens", 110.0), ("rest", 55.0),
        ("livens", 0.2), ("rest", 110.0),
    ]  # fmt: skip
    assert texts.count("not run") == 8 * len(RACED) - len(bars)
    assert {"+2.0 ms", "+1,000 ms", "1.1 kB", "3.0 MB", "40", "2", "1"} <= set(texts)


def test_chart_is_read_in_light_and_in_dark(results: Results) -> None:
    """Every colour has a second one for dark pages."""
    light, _, dark = chart.draw(results).partition("prefers-color-scheme: dark")
    coloured = re.findall(r"([\w.]+) \{ fill", light)
    assert coloured == re.findall(r"([\w.]+) \{ fill", dark)
    assert len(coloured) == 6


def test_stored_page_and_chart_are_of_the_stored_race() -> None:
    """Nobody wrote a figure by hand, and the text that the code writes is today's."""
    results = Results.read(PUBLISHED)
    stored = PAGE.read_text("utf-8")
    assert f"{page.BEGIN}\n\n{page.document(results)}\n\n{page.END}" in stored
    assert CHART.read_text("utf-8") == chart.draw(results)


@pytest.mark.parametrize("other", OTHERS)
def test_every_other_inspector_is_in_the_race(other: str) -> None:
    """Each one runs, or is told as not run with its reason."""
    names = [f"{peer.name} {peer.package}" for peer in RACED] + [name for name, _ in LEFT_OUT]
    assert any(other.lower() in name.lower() for name in names)


def test_page_compares_with_nobody_who_is_not_in_the_race() -> None:
    """The names in its tables and in its list are those of the race."""
    tables, _, left_out = PAGE.read_text("utf-8").partition("### Not run")
    rows = set(re.findall(r"^\| (?:\*\*)?([A-Za-z][\w -]*?)(?:\*\*)? \|", tables, re.M))
    lines = set(re.findall(r"^- (?:\*\*)?([\w -]+?)(?:\*\*)?: ", left_out, re.M))
    known = {peer.name for peer in (*FLOORS, *RACED)} | {name for name, _ in LEFT_OUT}
    assert rows - set(Results.read(PUBLISHED).in_place) <= known
    assert {peer.name for peer in RACED} <= rows
    assert {name for name, _ in LEFT_OUT} <= lines <= known
