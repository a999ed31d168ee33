"""Conditions on what is inside of values, and rules about data, without a kernel."""

from __future__ import annotations

import types
from typing import Any

import numpy
import pandas
import pytest
from watched_rules import Watched

from livens.protocol.redaction import Redactor
from livens.rules.conditions import Condition, Verdict
from livens.values import libraries, measures
from livens.watching import rule_effects
from livens.watching.budgets import Budgets
from livens.watching.running import Running
from livens.watching.view import View

VALUES: dict[str, Any] = {
    "df": pandas.DataFrame({"v": [1.0, None, 3.0], "s": ["a", "b", "b"], "api_key": ["x"] * 3}),
    "whole": pandas.DataFrame({"a": [1, None], "b": [None, None]}),
    "arr": numpy.array([[1.0, numpy.nan], [3.0, 4.0]]),
    "losses": [0.5, 0.25, 0.125],
    "cfg": {"lr": 0.1, "deep": {"layers": [8, 16]}, 3: "three", "password": "secret"},
    "model": types.SimpleNamespace(depth=3, mean=2.5, config=types.SimpleNamespace(kind="big")),
    "frames": {"train": pandas.DataFrame({"v": [1, 2]})},
    "limit": 2,
    "loss": 0.5,
    "api_key": "secret",
}


def view(values: dict[str, Any]) -> View:
    """Return the view of some variables."""
    made = View(Redactor(), Budgets(), lambda: 0.0, lambda name, reason: None)
    made.show(values, {})
    return made


def evaluate(text: str) -> Verdict:
    """Work a condition on the values above out, as the kernel does."""
    libraries.load()
    shown = view(VALUES)
    return Condition(text).evaluate(shown.facts, (), shown.inside)


TRUE = [
    'df["v"].nulls == 1', "df['v'].min == 1 and df['v'].max == 3", 'df["v"].mean == 2',
    'df["s"].unique == 2', 'df["s"].max == "b"', "rows(df) == 3", 'rows(df["v"]) == 3',
    'len(df["v"]) == 3', 'df["v"].dtype == "float64"', "df['v'].shape == (3,)",
    "whole.nulls == 3", "arr.nulls == 1", "arr.max == 4", "rows(arr) == 2", "arr[1][0] == 3",
    "losses.min == 0.125", "losses[-1] < 0.2", "losses[0] == losses.max", "rows(losses) == 3",
    'cfg["lr"] == 0.1', 'cfg["deep"]["layers"][1] == 16', 'cfg["deep"]["layers"].mean == 12',
    "cfg[3] == 'three'", 'len(cfg["deep"]) == 1', 'cfg["deep"]["layers"].length == 2',
    "model.depth == 3", "model.config.kind == 'SimpleNamespace' or model.depth == 3",
    'cfg["deep"].kind == "mapping"', "model.mean == 2.5", 'frames["train"]["v"].max == 2',
    "any(isnan(arr))", 'any(isnan(df["v"]))', "not any(isnan(losses))", "all(losses < 1)",
    "all(0 <= losses <= 1)", "any(losses > limit - 2)", "not all(arr >= 1)", "any(3 < arr)",
    'all(df["s"] in ("a", "b"))', 'any(df["s"] == "a")', "all(not losses > 0.5)",
    "all(losses > 0 and losses < limit)", "any(arr > 3 or isnan(arr))", "not any(isinf(arr))",
    'exists(cfg["lr"]) and not exists(cfg["rate"])', "not exists(model.width)",
    'not exists(nothing["lr"])', "not exists(losses[3])", "model.depth is not None",
    "max(losses.max, arr.max) == 4", 'abs(df["v"].mean - 2) < 1e-9',
    'df["v"].nulls / rows(df) < 0.5',
]  # fmt: skip


@pytest.mark.parametrize("text", TRUE)
def test_conditions_on_what_is_inside(text: str) -> None:
    """Items, attributes, figures of data, and tests of items, in every part of a condition."""
    verdict = evaluate(text)
    assert verdict.reason == ""
    assert verdict.is_true


UNKNOWN = [
    ('cfg["rate"] > 1', "cfg[\"rate\"]: it has no key 'rate'"),
    ("model.width > 1", "model.width: it has no attribute 'width'"),
    ("losses[3] > 1", "losses[3]: it has 3 items, and none at 3"),
    ('nothing["lr"] > 1', 'nothing["lr"]: there is no such variable'),
    ('df["w"].nulls == 0', "df[\"w\"]: it has no column 'w'"),
    ("df.v.nulls == 0", 'df.v: its attributes are not read; write ["v"] for a column'),
    ("df.min > 0", 'df: it has columns; say of which, such as ["v"]'),
    ('df["s"].mean > 0', 'df["s"]: there is no mean of text values'),
    ('df["v"] > 0', "neither a number nor a text"),
    ("df.shape[2] == 1", "the shape (3, 3) has no item 2"),
    ("isnan(arr)", "any(isnan(x))"),
    ("loss.mean > 0", "loss: it is of type float, of which there are no figures"),
    ("any(isnan(loss))", "loss: it is of type float, of which there are no figures"),
    ('any(df["s"] > 1)', "it holds text values, not comparable with 1"),
    ("any(losses > arr)", "'arr': it is of type ndarray"),
    ("rows(cfg) == 1", "'cfg': it has no rows"),
    ('df["api_key"].unique == 1', "df[\"api_key\"]: 'api_key' is redacted"),
    ('cfg["password"] == "secret"', "'password' is redacted"),
    ("api_key.kind == 'x' or api_key[0] == 's'", "is redacted"),
    ("df.nulls == 0", "column 'api_key' is redacted"),
]


@pytest.mark.parametrize(("text", "reason"), UNKNOWN, ids=[row[0] for row in UNKNOWN])
def test_what_is_not_there_is_not_true(text: str, reason: str) -> None:
    """And has a reason that names the reference; no secret is looked at."""
    verdict = evaluate(text)
    assert not verdict.is_true
    assert reason in verdict.reason


def test_a_client_cannot_look_inside() -> None:
    """From a description alone nothing of the data is known, and the reason says so."""
    condition = Condition('cfg["lr"] > 0')
    assert condition.looks_inside
    shown = view(VALUES)
    assert "only the kernel can look inside" in condition.evaluate(shown.facts).reason


def test_messages_have_the_figures() -> None:
    """What was found is told, by the text of the condition; of a sample, of how much."""
    shown = view(VALUES)
    condition = Condition('df["v"].nulls > 0 and cfg["lr"] < 1 and loss < 1')
    verdict = condition.evaluate(shown.facts, (), shown.inside)
    told = condition.message(shown.facts, None, shown.inside, verdict)
    assert told == f'{condition.text}: df["v"].nulls = 1, cfg["lr"] = 0.1, loss = 0.5'


def test_messages_show_no_secret() -> None:
    """A text that holds one is hidden, also where it is a figure or an item."""
    secret = "ghp_" + "a1B2" * 9
    shown = view({"texts": [secret], "cfg": {"note": secret}})
    condition = Condition("texts.max != '' and cfg['note'] != ''")
    verdict = condition.evaluate(shown.facts, (), shown.inside)
    assert verdict.is_true
    assert secret not in condition.message(shown.facts, None, shown.inside, verdict)


def test_a_figure_of_a_sample_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The verdict names the figure and of how much it is."""
    monkeypatch.setattr(measures, "STRETCH", 10)
    shown = view({"arr": numpy.arange(1_000)})
    condition = Condition("arr.max >= 0")

    def inside(name: str) -> Any:
        return shown.inside(name, seconds=-1.0)

    verdict = condition.evaluate(shown.facts, (), inside)
    assert verdict.is_true
    assert verdict.sampled == "arr.max is of 10 of 1,000 items"
    told = condition.message(shown.facts, None, inside, verdict)
    assert told == "arr.max >= 0: arr.max = 9 of 10 of 1,000 items"


def test_a_store_does_not_work_out_a_rule_about_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that stores only notes that it is due; the driver works it out."""
    looked: list[str] = []
    watched = Watched()
    watched.add("arr.max > 3")
    inside = View.inside

    def note(shown: View, name: str, seconds: float = 0.05) -> Any:
        looked.append(name)
        return inside(shown, name, seconds)

    monkeypatch.setattr(View, "inside", note)
    monkeypatch.setattr(watched.watcher.rules, "_inside", watched.watcher.view.inside)
    watched.add("arr.max > 4")
    looked.clear()
    watched.namespace["arr"] = numpy.array([1, 5])
    assert looked == []
    watched.drive()
    assert looked == ["arr"]
    assert watched.messages == ["arr.max > 3: arr.max = 5", "arr.max > 4: arr.max = 5"]


def test_a_rule_on_an_item_is_checked_at_the_store() -> None:
    """It takes no time, so it is worked out where the variable is stored."""
    watched = Watched()
    watched.add('cfg["lr"] > 1')
    watched.namespace["cfg"] = {"lr": 2}
    assert watched.watcher.rules.take(0.0)[0][0].message == 'cfg["lr"] > 1: cfg["lr"] = 2'


def test_a_change_in_place_is_found_when_the_cell_ends() -> None:
    """With its rule worked out before the end of the cell is told."""
    watched = Watched(arr=numpy.zeros(3), df=pandas.DataFrame({"v": [1.0]}))
    watched.add("any(isnan(arr))")
    watched.add('df["v"].nulls > 0')
    code = compile("arr[1] = float('nan'); df.loc[0, 'v'] = None", "cell", "exec")
    with watched.watcher.cells.running(Running("m", 1)):
        watched.watcher.cells.statement(code)
        exec(code, watched.namespace.target)
    assert sorted(watched.messages) == [
        "any(isnan(arr)): any(isnan(arr)) = True (cell In [1])",
        'df["v"].nulls > 0: df["v"].nulls = 1 (cell In [1])',
    ]


def test_the_driver_rests_after_work_on_data() -> None:
    """So that rules about data take a share of the time; what is due is done after the rest."""
    watched = Watched()
    watched.add("changed(arr) and arr.max > 0")
    effects = watched.watcher._rule_effects
    real = watched.watcher.rules.work_out

    def slow(clock: Any, until: float) -> Any:
        watched.clock.push(0.01)
        return real(clock, until)

    watched.watcher.rules.work_out = slow  # type: ignore[method-assign]
    watched.namespace["arr"] = numpy.ones(3)
    assert len(effects.work_out()) == 1
    watched.namespace["arr"] = numpy.ones(3)
    assert effects.work_out() == []
    assert effects.due_at() == pytest.approx(watched.clock() + 0.01 * rule_effects.RESTS)
    watched.clock.push(0.01 * rule_effects.RESTS)
    assert len(effects.work_out()) == 1


def reasons(watched: Watched) -> list[str]:
    """Return why rules could never be worked out."""
    return [rule.reason for rule in watched.watcher.rules.rules()]


def test_a_rule_that_could_never_be_worked_out_says_why() -> None:
    """As long as that is so; one that could be at any change has no reason."""
    watched = Watched(df=VALUES["df"])
    for text in ("x > 1", "df > 3", "exists(y) and y > 'a'", "changed(z)", "exists(w)"):
        watched.add(text)
    missing = ["there is no variable 'x'", "", "there is no variable 'z'", ""]
    found = reasons(watched)
    assert [found[0], *found[2:]] == missing
    assert "neither a number nor a text" in found[1]
    watched.namespace["y"] = 3
    assert reasons(watched)[2] == "a number and a text have no order"
    watched.namespace["x"] = None
    assert reasons(watched)[0] == "None and a number have no order"
    watched.namespace["x"] = 0
    watched.namespace["x"] = None
    assert reasons(watched)[0] == "", "it could be worked out at one time"


def test_a_rule_about_data_that_was_decided_only_before_there_were_any() -> None:
    """That there was nothing yet is no change at which it was worked out."""
    watched = Watched()
    watched.add("exists(arr) and arr.max > 'x'")
    watched.drive()
    assert reasons(watched) == [""]
    watched.namespace["arr"] = numpy.ones(3)
    watched.drive()
    assert reasons(watched) == ["a number and a text have no order"]


def test_a_value_that_changes_while_its_rule_is_added_is_looked_at() -> None:
    """The first evaluation takes time; what is stored meanwhile is seen by the next look."""
    watched = Watched(arr=numpy.zeros(3))
    watched.add("arr.max > 0")
    watched.namespace.target["arr"][1] = 5
    watched.drive()
    assert watched.messages == ["arr.max > 0: arr.max = 5.0"]
