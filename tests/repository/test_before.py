"""The comparison with an earlier commit: what counts as worse, as better, and as the same."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from benchmarks import before, revisions
from benchmarks.figures import Figure, Samples
from benchmarks.revisions import Trees
from benchmarks.rounds import Plan
from benchmarks.variants import AGAIN, BEFORE, LIVENS, STOCK, UNWATCHED, UNWATCHED_BEFORE

TREES = Trees("v1", "abc", Path("now"), Path("then"))


def figure_of(now: list[float], then: list[float], unit: str = "ms", **more: bool) -> Figure:
    """Make a figure of what two kernels took in the same rounds."""
    return Figure("time", "a cell", unit, **more).add(LIVENS, now).add(BEFORE, then)


def verdict_of(figure: Figure) -> str:
    """Return what is said of the only pair of a figure."""
    (change,) = before.changes_of([figure])
    return change.verdict


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        ([2.0, 2.1, 2.2, 2.1, 2.0], "worse"),
        ([0.5, 0.6, 0.5, 0.4, 0.5], "better"),
        ([1.0, 1.2, 0.8, 1.1, 0.9], "same"),
        ([1.0, 1.0, 1.0, 1.0, 1.0], "same"),
        ([1.1, 3.0, 0.2, 2.0, 0.5], "same"),
    ],
)
def test_a_difference_counts_beyond_twice_its_error(now: list[float], verdict: str) -> None:
    """The median of the differences is set against their own noise, in both directions."""
    assert verdict_of(figure_of(now, [1.0] * 5)) == verdict


def test_only_neighbours_are_compared() -> None:
    """A machine that becomes ten times slower meanwhile hides no difference of a tenth."""
    then = [1.0, 2.0, 4.0, 8.0, 10.0]
    assert verdict_of(figure_of([a * 1.1 for a in then], then, "x")) == "worse"
    assert verdict_of(figure_of([a + 0.1 for a in then], then)) == "worse"


def test_of_what_should_be_high_less_is_worse() -> None:
    """Fewer values in a second are worse, and more of them better."""
    few, many = [20.0, 21.0, 20.0, 20.0, 19.0], [40.0, 41.0, 40.0, 40.0, 42.0]
    assert verdict_of(figure_of(few, many, "/s", at_least=True)) == "worse"
    assert verdict_of(figure_of(many, few, "/s", at_least=True)) == "better"


def test_stock_drops_out_of_the_comparison() -> None:
    """What is shown as a ratio to stock is compared as now divided by before."""
    samples = Samples()
    for stock, now, then in ((1.0, 3.0, 2.0), (5.0, 6.0, 4.0), (2.0, 1.5, 1.0)) * 2:
        samples.add(STOCK, stock)
        samples.add(LIVENS, now)
        samples.add(BEFORE, then)
    (quotient,) = before.changes_of([Figure.ratio("time", "", samples)])
    (difference,) = before.changes_of([Figure.extra("time", "", samples, "ms")])
    assert quotient.spread.median == pytest.approx(1.5)
    assert difference.spread.median == pytest.approx(1.0)
    assert quotient.verdict == "worse"


def test_the_luck_of_a_process_is_no_difference() -> None:
    """Where each start of the kernels says something else, its rounds do not count one by one."""
    now = [0.8] * 6 + [1.1] * 6 + [1.3] * 6 + [1.1] * 6
    figure = Figure("time", "", "ms").add(LIVENS, now, 4).add(BEFORE, [1.0] * 24, 4)
    assert verdict_of(figure) == "same"
    assert verdict_of(figure_of(now, [1.0] * 24)) == "worse"


def test_too_few_rounds_have_no_verdict() -> None:
    """One number each, or two, say nothing of the noise, and so fail nothing."""
    changes = before.changes_of([figure_of([9.0, 9.0], [1.0, 1.0])])
    assert [change.verdict for change in changes] == [""]
    assert before.conclusion(changes) == "nothing could be compared"
    assert "too few rounds" in before.table(changes, "v1")


def test_one_number_of_all_rounds_is_compared_by_its_rounds() -> None:
    """A percentile is shown as one number; between commits its parts are compared."""
    figure = Figure("age", "99th", "ms")
    figure.add(LIVENS, [9.0], rounds=[5.0, 6.0, 7.0, 8.0, 9.0])
    figure.add(BEFORE, [3.0], rounds=[2.0, 3.0, 3.0, 2.0, 1.0])
    assert verdict_of(figure) == "worse"


def named(**medians: float) -> list[Figure]:
    """Make figures by name, each with so much now where it was 1 before."""
    return [
        Figure(name, "", "x").add(LIVENS, [now] * 5).add(BEFORE, [1.0] * 5)
        for name, now in medians.items()
    ]


def test_what_is_worse_is_measured_again() -> None:
    """Only what is worse three times counts; noise that strikes here and there does not."""
    rounds = iter([named(a=1.5, b=1.0, c=1.5), named(a=1.5, b=1.5, c=1.0)])
    first = before.changes_of(named(a=1.5, b=1.5, c=0.5))
    found = before.confirmed(first, lambda: next(rounds))
    assert [change.verdict for change in found] == ["worse", "worse once", "better"]
    assert next(rounds, None) is None


def test_what_is_not_worse_is_measured_once() -> None:
    """The usual case takes no longer than it has to."""
    first = before.changes_of(named(a=1.0, b=0.5))
    assert before.confirmed(first, lambda: pytest.fail("measured again")) == first


def test_the_last_line_names_what_is_worse() -> None:
    """It is one sentence where nothing is, else each figure by its name, nobody's too."""
    same = figure_of([1.0] * 5, [1.0] * 5)
    slow = Figure("start", "", "x").add(UNWATCHED, [1.2] * 5).add(UNWATCHED_BEFORE, [1.0] * 5)
    fine, both = before.changes_of([same]), before.changes_of([same, slow])
    assert before.conclusion(fine) == (
        "no figure is worse beyond twice the standard error (1 compared)"
    )
    assert before.conclusion(both).startswith(
        "worse beyond twice the standard error, 3 times out of 3: 1 of 2 compared"
    )
    assert before.conclusion(both).endswith("\n  start, nobody subscribed")
    assert [change.figure for change in before.worse_of(both)] == [slow]
    assert "| **worse** |" in before.table(both, "v1")


def test_the_earlier_kernels_stand_next_to_todays() -> None:
    """Each livens kernel has its neighbour; stock runs once, whatever is compared."""
    kernels = Plan("full", TREES).kernels()
    assert [(kernel.name, kernel.code) for kernel in kernels] == [
        ("stock", None),
        ("livens", Path("now")),
        ("before", Path("then")),
        ("livens unwatched", Path("now")),
        ("before unwatched", Path("then")),
        ("stock again", None),
    ]
    assert Plan("full").kernels() == [STOCK, LIVENS, UNWATCHED, AGAIN]


def test_a_comparison_has_rounds_enough_for_a_verdict() -> None:
    """A first look that takes one round of a question takes five against a commit."""
    assert Plan("quick").rounds(guard=1, quick=1, full=9) == 1
    assert Plan("quick", TREES).rounds(guard=1, quick=1, full=9) == 5
    assert Plan("full", TREES).rounds(guard=1, quick=1, full=9) == 9


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository whose package was changed since its only commit."""
    module = tmp_path / "kernel" / "livens" / "__init__.py"
    module.parent.mkdir(parents=True)
    module.write_text("AGE = 'old'\n")
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    module.write_text("AGE = 'new'\n")
    monkeypatch.setattr(revisions, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize("end", [None, KeyboardInterrupt])
def test_both_trees_are_there_and_go(repository: Path, end: type[BaseException] | None) -> None:
    """The commit's code and today's lie beside each other until the end, or Ctrl-C."""
    commit = revisions.commit_of("HEAD")
    assert commit is not None
    assert revisions.commit_of("nonsense") is None
    try:
        with revisions.beside("HEAD", commit) as trees:
            assert "old" in (trees.before / "livens" / "__init__.py").read_text()
            assert "new" in (trees.now / "livens" / "__init__.py").read_text()
            if end:
                raise end
    except KeyboardInterrupt:
        assert end
    assert not trees.now.parent.exists()
    assert (
        subprocess.run(
            ["git", "worktree", "list"], cwd=repository, check=True, capture_output=True
        ).stdout.count(b"\n")
        == 1
    )
