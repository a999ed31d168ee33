"""JUnit's XML, which every CI server reads: a test case for each notebook."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from livens.exceptions import TargetRefused
from livens.recording.notebooks import without_colours
from livens.recording.outcome import ExitCode, Outcome, word_of
from livens.recording.saving import is_stream, save, save_elsewhere
from livens.recording.targets import Kind, Target, check_kind

_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_ERRORS = (
    ExitCode.NOT_RUN,
    ExitCode.NOT_RECORDED,
    ExitCode.UNDECIDED,
    ExitCode.NOT_WRITTEN,
    ExitCode.HANGUP,
    ExitCode.INTERRUPTED,
    ExitCode.TERMINATED,
)
"""What says nothing about the notebook."""

_NO_END = "No result: the run has not ended, or it was killed."


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
    output : str
        What the cell printed that failed.
    retried : sequence of str
        How each run before it failed.
    """

    path: Path
    outcome: Outcome
    seconds: float
    output: str = ""
    retried: Sequence[str] = ()


class JUnitFile:
    """The file, which has a test case for every notebook from the start.

    It is replaced as a whole each time. So it tells the truth also if the command is killed: what
    has no result has an error. A pipe or a device gets it once, at the end.

    Parameters
    ----------
    path : Path
        The file.
    notebooks : sequence of Path
        The notebooks.
    mode : int, optional
        Its permission bits.

    Attributes
    ----------
    is_begun : bool
        Whether it was to be written: a command that is refused before leaves what is there.
    """

    def __init__(self, path: Path, notebooks: Sequence[Path], mode: int | None = None) -> None:
        self.is_begun = False
        self._path = path
        self._notebooks = list(notebooks)
        self._mode = mode

    def update(self, cases: Sequence[Case]) -> None:
        """Write the file while the run goes on; if that fails, `write` says so at its end."""
        self.is_begun = True
        if not is_stream(self._path):
            with suppress(OSError, TargetRefused):
                self._save(junit_xml(self._notebooks, cases))

    def write(self, cases: Sequence[Case], tell: Callable[[str], None]) -> bool:
        """Write the file at the end, there or elsewhere; returns whether it is in its place.

        Parameters
        ----------
        cases : sequence of Case
            What became of the notebooks.
        tell : callable
            Is told where it is, if that is another place.
        """
        data = junit_xml(self._notebooks, cases)
        try:
            self._save(data)
            return True
        except TargetRefused as err:
            reason = str(err)
        except OSError as err:
            reason = f"{self._path} cannot be written: {err.strerror or err}"
        try:
            place = save_elsewhere(self._path, data)
            tell(f"{reason}. The JUnit file is in {place}.")
        except OSError:
            tell(f"{reason}. No other place takes the JUnit file: it is lost.")
        return False

    def _save(self, data: bytes) -> None:
        check_kind(Target("--junit", self._path, Kind.JUNIT))  # a cell may have written there
        save(self._path, data, mode=self._mode)


def junit_xml(notebooks: Sequence[Path], cases: Sequence[Case]) -> bytes:
    """Return the content of the file; a notebook without a case has no result yet."""
    known = {case.path: case for case in cases}
    suite = ElementTree.Element("testsuite", name="livens", tests=str(len(notebooks)))
    for path in notebooks:
        suite.append(_testcase(path, known.get(path)))
    for kind in ("failure", "error"):
        suite.set(f"{kind}s", str(len(suite.findall(f"testcase/{kind}"))))
    suite.set("time", f"{sum(case.seconds for case in cases):.3f}")
    root = ElementTree.Element("testsuites")
    root.append(suite)
    xml: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return xml


def _testcase(path: Path, case: Case | None) -> ElementTree.Element:
    element = ElementTree.Element(
        "testcase",
        classname=_clean(str(path.parent)),
        name=_clean(path.name),
        time=f"{case.seconds:.3f}" if case is not None else "0",
    )
    if case is None:
        ElementTree.SubElement(element, "error", type="no result", message=_NO_END)
        return element
    outcome = case.outcome
    if outcome.code:
        kind = "error" if outcome.code in _ERRORS else "failure"
        message = "; ".join([outcome.reason, *outcome.notes]).strip("; ")
        told = ElementTree.SubElement(element, kind, type=word_of(outcome), message=_clean(message))
        told.text = _clean(outcome.traceback)
    # As Maven's Surefire names them.
    rerun = "rerunFailure" if outcome.code else "flakyFailure"
    for reason in case.retried:
        ElementTree.SubElement(element, rerun, message=_clean(reason), type="failed")
    lines = [f"{one.status}: {one.condition}" for one in outcome.expectations]
    lines += [f"error, the run went on: {error}" for error in outcome.errors]
    text = "\n".join([*lines, case.output]).strip("\n")
    if text:
        ElementTree.SubElement(element, "system-out").text = _clean(text)
    return element


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", without_colours(text))
