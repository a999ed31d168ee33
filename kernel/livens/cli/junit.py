"""JUnit's XML, which every CI server reads: a test case for each notebook."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from livens.recording.notebooks import without_colours
from livens.recording.outcome import ExitCode, Outcome

_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_ERRORS = (
    ExitCode.NOT_RUN,
    ExitCode.NOT_RECORDED,
    ExitCode.NOT_WRITTEN,
    ExitCode.UNDECIDED,
    ExitCode.INTERRUPTED,
)
"""What says nothing about the notebook."""


class Case(NamedTuple):
    """What became of one notebook.

    Attributes
    ----------
    path : Path
        The notebook.
    outcome : Outcome
        How its last run ended.
    seconds : float
        How long that took.
    retried : sequence of str
        How each run before it failed.
    """

    path: Path
    outcome: Outcome
    seconds: float
    retried: Sequence[str] = ()


def junit_xml(cases: Sequence[Case]) -> bytes:
    """Return the content of the file."""
    suite = ElementTree.Element("testsuite", name="livens", tests=str(len(cases)))
    counts = {"failures": 0, "errors": 0}
    for case in cases:
        element = ElementTree.SubElement(
            suite,
            "testcase",
            classname=_clean(str(case.path.parent)),
            name=_clean(case.path.name),
            time=f"{case.seconds:.3f}",
        )
        if case.outcome.code:
            kind = "error" if case.outcome.code in _ERRORS else "failure"
            counts[f"{kind}s"] += 1
            message = "; ".join([case.outcome.reason, *case.outcome.notes]).strip("; ")
            told = ElementTree.SubElement(element, kind, message=_clean(message))
            told.text = _clean(case.outcome.traceback)
        # As Maven's Surefire names them.
        rerun = "rerunFailure" if case.outcome.code else "flakyFailure"
        for reason in case.retried:
            ElementTree.SubElement(element, rerun, message=_clean(reason), type="failed")
    for key, count in counts.items():
        suite.set(key, str(count))
    suite.set("time", f"{sum(case.seconds for case in cases):.3f}")
    root = ElementTree.Element("testsuites")
    root.append(suite)
    xml: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return xml


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", without_colours(text))
