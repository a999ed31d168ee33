"""`livens-conformance` itself: it needs no livens, finds what is wrong, and reports it."""

from __future__ import annotations

import ast
import json
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from livens_conformance import client_checks, profiles, reports
from livens_conformance.checking import all_checks, carry_out
from livens_conformance.command import is_expected, main
from livens_conformance.fake_kernel import FakeKernel
from livens_conformance.lines import Ran
from livens_conformance.profiles import Profile, Step
from livens_conformance.schema_check import ERRORS, FEATURES, RESULTS
from livens_conformance.verdicts import Outcome, Verdict

from livens import exceptions
from livens.protocol import capabilities, requests

PACKAGE = Path(profiles.__file__).parent

PROFILE = Profile(
    name="tiny",
    steps={
        "clear": Step("clear"),
        "state": Step("set x 1", {"x": "1"}),
        "one": Step("set x 1", {"x": "1"}),
        "two": Step("set x 1\nset y 1", {"x": "1", "y": "1"}),
        "delete_two": Step("delete x\ndelete y"),
    },
)
"""A host whose language has three words."""

Spoil = Callable[[dict[str, Any]], dict[str, Any]]


class TinyLine:
    """A line to a fake kernel, on which each message may be spoilt."""

    def __init__(self, kernel: FakeKernel, spoil: Spoil) -> None:
        self.kernel, self._spoil = kernel, spoil
        self._said: list[dict[str, Any]] = []

    def send(self, data: Any) -> None:
        self.kernel.received(data)

    def next(self, timeout_s: float) -> dict[str, Any] | None:
        self._said += [self._spoil(data) for data in self.kernel.take()]
        return self._said.pop(0) if self._said else None

    def close(self) -> None:
        self.kernel.is_open = False


class TinyHost:
    """A host of fake kernels that have the same variables."""

    def __init__(self, spoil: Spoil = lambda data: data) -> None:
        self._spoil = spoil
        self._variables: dict[str, str] = {}
        self._lines: list[TinyLine] = []
        self._epoch = FakeKernel().epoch

    def execute(self, code: str) -> Ran:
        for line in code.splitlines():
            word, *names = line.split()
            for kernel in [line.kernel for line in self._lines if line.kernel.is_open]:
                if word == "set":
                    kernel.set(**{names[0]: names[1]})
                elif word == "delete":
                    kernel.delete(names[0])
            if word == "set":
                self._variables[names[0]] = names[1]
            elif word == "delete":
                del self._variables[names[0]]
            else:
                self._variables.clear()
        return Ran()

    def start(self, code: str) -> Callable[[], Ran]:
        ran = self.execute(code)
        return lambda: ran

    def open(self, subscription: dict[str, Any]) -> TinyLine:
        kernel = FakeKernel()
        kernel.epoch = self._epoch
        kernel.set(**self._variables)
        kernel.opened(subscription)
        self._lines.append(TinyLine(kernel, self._spoil))
        return self._lines[-1]


def verdict(name: str, spoil: Spoil = lambda data: data) -> Outcome:
    """Carry out one check on a tiny host."""
    (check,) = (each for each in all_checks() if each.name == name)
    return carry_out(check, TinyHost(spoil), PROFILE)


def changed(**fields: Any) -> Spoil:
    """Return what puts other fields into the params of each message."""

    def spoil(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "params": {**data["params"], **fields}} if "params" in data else data

    return spoil


def test_no_module_imports_livens() -> None:
    """A kernel in another language is not measured by the code of one of them."""
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [n for n in names if n.partition(".")[0] == "livens"], file


def test_what_it_knows_is_what_the_protocol_has() -> None:
    """Methods with their results, features, and codes of errors."""
    assert {name: kind.__name__ for name, kind in requests.RESULTS.items()} == RESULTS
    assert set(capabilities.FEATURES) == FEATURES
    kinds = [exceptions.RequestError, *exceptions.RequestError.__subclasses__()]
    assert {kind.code: kind.__name__ for kind in kinds} == ERRORS
    assert set(profiles.load("python").requests) == set(requests.REQUESTS)


def test_a_host_that_is_right_passes() -> None:
    """In whichever language; what its profile does not say is missing."""
    for name in ("first_message_is_the_state", "each_client_counts_for_itself"):
        assert verdict(name).verdict is Verdict.PASS
    assert verdict("what_is_gone_is_told").verdict is Verdict.PASS
    assert verdict("subscription_is_changed").verdict is Verdict.FAIL  # it sends all the same
    found = verdict("flood_is_a_few_messages_and_the_last_values")
    assert (found.verdict, found.detail) == (Verdict.MISSING, "the profile has no step 'flood'")


@pytest.mark.parametrize(
    ("spoil", "expected", "reason"),
    [
        (changed(seq=1), Verdict.FAIL, "seq 1 after 1"),
        (changed(epoch=""), Verdict.FAIL, "not within"),
        (changed(seq="1"), Verdict.FAIL, "is not of type 'integer'"),
        (changed(later=1), Verdict.NOT_STRICT, "later"),
        (lambda data: {**data, "state": {}}, Verdict.FAIL, "nbclient"),
        (lambda data: {"method": data.get("method")}, Verdict.FAIL, "required property"),
    ],
)
def test_a_host_that_is_wrong_is_found_out(
    spoil: Spoil, expected: Verdict, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what is wrong."""
    monkeypatch.setattr("livens_conformance.client.TIMEOUT_S", 0.2)
    found = verdict("what_is_gone_is_told", spoil)
    assert found.verdict is expected
    assert reason in found.detail


DEAF = """
import json, sys
print(json.dumps({"type": "open", "data": {}}), flush=True)
shown = {}
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "told":
        params = message["data"].get("params") or {}
        for variable in params.get("variables", params.get("changed", [])):
            shown[variable["name"]] = variable["preview"]
    elif message["type"] == "show":
        print(json.dumps({"type": "shown", "id": message["id"], "variables": shown}), flush=True)
"""


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (client_checks.swapped_messages_do_no_harm, Verdict.FAIL),
        (client_checks.follows_updates, Verdict.FAIL),
        (client_checks.ignores_what_it_does_not_know, Verdict.PASS),
    ],
)
def test_a_client_that_believes_everything_is_found_out(
    check: Callable[[client_checks.ClientUnderTest], None],
    expected: Verdict,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that counts nothing, and forgets what is gone."""
    if expected is Verdict.FAIL:
        monkeypatch.setattr(client_checks, "TIMEOUT_S", 1.0)
    assert client_checks.carry_out(check, [sys.executable, "-c", DEAF]).verdict is expected


RESULT = {
    "a | host": [
        Outcome("wire", "one", Verdict.PASS),
        Outcome("wire", "two", Verdict.FAIL, "why |\nnot"),
        Outcome("live", "three", Verdict.MISSING, "no"),
    ],
}


def test_reports() -> None:
    """JSON has all, JUnit counts failures, and the scorecard has a row for each check."""
    assert json.loads(reports.as_json(RESULT))["a | host"][1]["verdict"] == "Fail"
    suite = ET.fromstring(reports.as_junit(RESULT))[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "1", "1")
    card = reports.as_markdown(RESULT)
    assert "| wire | two | **Fail** |" in card
    assert "two: Fail. why \\| not" in card
    assert "1 of 3" in card


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It lists the checks, refuses what is no profile, and merges and writes reports."""
    assert main(["--list"]) == 0
    assert "wire     first_message_is_the_state: " in capsys.readouterr().out
    assert main(["no-such-profile"]) == 2
    earlier = tmp_path / "earlier.json"
    earlier.write_text(reports.as_json(RESULT), encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- begin scorecard -->\nold\n<!-- end scorecard -->\nafter")
    assert main(["--merge", str(earlier), "--markdown", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- begin scorecard -->\n\n| tier | check |")
    assert text.endswith("<!-- end scorecard -->\nafter")
    assert "old" not in text


def test_expectations() -> None:
    """A profile may say that a check ends otherwise; then nothing else is right."""
    profile = Profile(name="p", expected={"one": "Fail"})
    assert not is_expected(Outcome("wire", "one", Verdict.PASS), profile)
    assert is_expected(Outcome("wire", "one", Verdict.FAIL), profile)
    assert not is_expected(Outcome("wire", "two", Verdict.NOT_STRICT), profile)
    assert is_expected(Outcome("wire", "two", Verdict.MISSING), profile)
