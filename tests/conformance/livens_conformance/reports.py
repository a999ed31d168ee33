"""What came of the checks, as JSON, as a Markdown scorecard, and as JUnit."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence

import msgspec

from livens_conformance.checking import TIERS
from livens_conformance.verdicts import Outcome, Verdict

_SIGNS = {
    Verdict.PASS: "Pass",
    Verdict.NOT_STRICT: "**Not strict**",
    Verdict.FAIL: "**Fail**",
    Verdict.MISSING: "Missing",
    Verdict.INFO: "Info",
}

Results = Mapping[str, Sequence[Outcome]]
"""The outcomes of each host or client, by its name."""


def as_json(results: Results) -> str:
    """Return all outcomes."""
    return msgspec.json.format(msgspec.json.encode(dict(results)), indent=1).decode() + "\n"


def as_markdown(results: Results) -> str:
    """Return a scorecard: a column for each host, a row for each check, and then the reasons."""
    hosts = list(results)
    found = {
        (host, outcome.tier, outcome.check): outcome
        for host, outcomes in results.items()
        for outcome in outcomes
    }
    rows = list(dict.fromkeys((o.tier, o.check) for each in results.values() for o in each))
    rows.sort(key=lambda row: TIERS.index(row[0]) if row[0] in TIERS else len(TIERS))
    lines = [
        f"| tier | check | {' | '.join(hosts)} |",
        f"|---|---|{'---|' * len(hosts)}",
    ]
    for tier, check in rows:
        signs = [_sign(found.get((host, tier, check))) for host in hosts]
        lines.append(f"| {tier} | {check.replace('_', ' ')} | {' | '.join(signs)} |")
    lines.append(f"| | **Pass, of all** | {' | '.join(_score(results[h]) for h in hosts)} |")
    reasons = [reason for host in hosts for reason in _reasons(host, results[host])]
    return "\n".join([*lines, "", *reasons]) + "\n"


def _reasons(host: str, outcomes: Sequence[Outcome]) -> list[str]:
    """Return why checks did not pass, a line for each reason."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for outcome in outcomes:
        if outcome.verdict is not Verdict.PASS:
            key = outcome.verdict.value, _plain(outcome.detail)
            by_reason.setdefault(key, []).append(outcome.check.replace("_", " "))
    return [
        f"- **{host}**, {'all checks' if len(found) == len(outcomes) else ', '.join(found)}: "
        f"{verdict}. {detail}"
        for (verdict, detail), found in by_reason.items()
    ]


def _sign(outcome: Outcome | None) -> str:
    return "" if outcome is None else _SIGNS[outcome.verdict]


def _score(outcomes: Sequence[Outcome]) -> str:
    passed = sum(outcome.verdict is Verdict.PASS for outcome in outcomes)
    return f"{passed} of {len(outcomes)}"


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")[:300]


def as_junit(results: Results) -> str:
    """Return the outcomes as JUnit: Fail and Not strict are failures, and Missing is skipped."""
    root = ET.Element("testsuites")
    for host, outcomes in results.items():
        suite = ET.SubElement(root, "testsuite", name=host, tests=str(len(outcomes)))
        bad = [o for o in outcomes if o.verdict in (Verdict.FAIL, Verdict.NOT_STRICT)]
        missing = [o for o in outcomes if o.verdict is Verdict.MISSING]
        suite.set("failures", str(len(bad)))
        suite.set("skipped", str(len(missing)))
        for outcome in outcomes:
            case = ET.SubElement(
                suite,
                "testcase",
                classname=f"{host}.{outcome.tier}",
                name=outcome.check,
                time=f"{outcome.seconds:.2f}",
            )
            if outcome in bad:
                ET.SubElement(case, "failure", type=outcome.verdict.value, message=outcome.detail)
            elif outcome.verdict is Verdict.MISSING:
                ET.SubElement(case, "skipped", message=outcome.detail)
            elif outcome.detail:
                ET.SubElement(case, "system-out").text = outcome.detail
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"
