"""The record: what is left of a run when nobody has watched it.

A record is a file of JSON Lines, one object per line, its ``type`` first. It is only ever added
to, so that a run that was killed keeps what had happened:

================= ==================================================================
``header``        `Header`: what wrote this, of which notebook, within which limits
``cell-started``  `CellStarted`
``changes``       `Changes`: what changed, and the points of the variables
``event``         `EventTold`: a rule fired, or a variable was set aside
``cut``           `Cut`: where the limits left something out
``cell-ended``    `CellEnded`: how, and what the cell changed in all
``expectation``   `Expected`: what was expected at the end, and whether it is so
``digests``       `DigestsTold`: what the values of variables can be compared by
``environment``   `EnvironmentTold`: where the code ran
``final``         `Final`: the variables at the end
``footer``        `Footer`: how the run ended; missing if it was killed
================= ==================================================================

The order is that of the events; ``header`` is first, ``final`` and ``footer`` are last. Within a
version lines of other types and fields may be added, and a reader passes over what it does not
know. `VERSION` changes when an old reader would misread a new record.

These types write the file and read it, and the JSON Schema (`json_schema`) comes from them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from livens.protocol.schema import self_contained
from livens.protocol.types import Digest, Origin, Point, Rule, Unevaluated, Variable
from livens.recording.git_state import GitState
from livens.recording.outcome import ExpectationStatus

FORMAT = "livens.record"
"""What the first line of every record says of itself."""

VERSION = 1
"""The version of the format."""

_Ended = Literal["ok", "failed", "stopped", "interrupted", "terminated", "timed-out", "died"]
EndStatus = Literal[_Ended, "unmet", "undecided"]
"""How a cell or a run ended. `stopped`: by a rule. `interrupted`: by Ctrl-C. `terminated`: by
SIGTERM or SIGHUP. `died`: with its kernel. `unmet`, `undecided`: an expectation, or a rule, is."""

Limit = Literal["points", "changes", "names", "record"]
"""What a limit of the policy left out."""


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """The limits of a record, stated in its header; what they leave out is told by `Cut`.

    Attributes
    ----------
    max_bytes : int
        How large the record may get, before compression. From four fifths on only the cells are
        written, without what they changed, and the last 4,000 bytes are the footer's.
    max_changes : int
        How many descriptions of variables of one cell are written while it runs. Of what comes
        later, only the last of each variable is, when the cell ends.
    max_points : int
        How many points of one variable in one cell are written: the first ones.
    max_names : int
        How many variables `CellEnded` and `Final` list.
    max_chars : int
        How long a traceback may be, of which the end stays, and the source of a cell, of which the
        beginning does.
    interval_ms : int
        The shortest time between two descriptions of a variable; points are not bound by it.
    names : list of str
        The variables that were recorded: names or patterns.
    """

    max_bytes: Annotated[int, Meta(ge=20_000)] = 50_000_000
    max_changes: Annotated[int, Meta(ge=0)] = 10_000
    max_points: Annotated[int, Meta(ge=0)] = 10_000
    max_names: Annotated[int, Meta(ge=0)] = 2_000
    max_chars: Annotated[int, Meta(ge=100)] = 20_000
    interval_ms: Annotated[int, Meta(ge=10, le=60_000)] = 100
    names: list[str] = msgspec.field(default_factory=lambda: ["*"])


class _Line(msgspec.Struct, kw_only=True, omit_defaults=True, tag_field="type"):
    """What all lines are."""


class Header(_Line, tag="header"):
    """The first line.

    Attributes
    ----------
    format : str
        Always ``livens.record``.
    version : int
        The version of the format.
    protocol : int
        The version of the protocol (`livens.protocol.messages.PROTOCOL`) that the variables are of.
    livens, python : str
        The versions of what wrote the record.
    kernel : str
        What the kernel is called; of a kernel that is no livens kernel, nothing is recorded but
        the cells.
    notebook : str
        The name of the notebook.
    started_at : float
        Seconds since the epoch.
    cells : int
        How many cells there are to execute.
    policy : Policy
        The limits.
    parameters : dict
        Which the run was given, by name; secrets are redacted.
    git : GitState, optional
        Of which commit the notebook's folder was; absent where that is not known.
    host : str
        The name of the machine.
    retried : list of str
        How each run of the notebook failed that was made before this one, in the same command.
    """

    format: str
    version: int
    protocol: int
    livens: str
    python: str
    started_at: float
    kernel: str = ""
    notebook: str = ""
    cells: int = 0
    policy: Policy = msgspec.field(default_factory=Policy)
    parameters: dict[str, bool | int | float | str | None] = {}
    git: GitState | None = None
    host: str = ""
    retried: list[str] = []


class CellStarted(_Line, tag="cell-started"):
    """A cell begins.

    Attributes
    ----------
    number : int
        1 is the first that is executed.
    index : int
        Its position in the notebook, from 0.
    at : float
        Seconds since the epoch.
    sha256 : str
        Of its source.
    lines : int
        How many the source has.
    first_line : str
        The first that says something, cut to 200 characters.
    source : str
        The source, cut after ``max_chars`` characters.
    cell_id : str
        The notebook's id of the cell; empty where it has none.
    """

    number: int
    index: int
    at: float
    sha256: str
    lines: int
    first_line: str
    cell_id: str = ""
    source: str = ""


class Changes(_Line, tag="changes"):
    """What changed since the line of this type before.

    Attributes
    ----------
    at : float
        Seconds since the epoch.
    number : int, optional
        The cell that was running; absent between cells.
    changed, removed, unevaluated, origins, points
        As in `livens.protocol.messages.UpdateParams`.
    """

    at: float
    number: int | None = None
    changed: list[Variable] = []
    removed: list[str] = []
    unevaluated: list[Unevaluated] = []
    origins: dict[str, Origin] = {}
    points: dict[str, list[Point]] = {}


class EventTold(_Line, tag="event"):
    """Something that a person may want to know of, as `livens.protocol.messages.EventParams`.

    Attributes
    ----------
    at : float
        Seconds since the epoch.
    number : int, optional
        The cell that was running.
    kind, name, message, rule, origin
        As in `livens.protocol.messages.EventParams`; the kind ``note`` is about the watch itself.
    """

    at: float
    kind: str
    name: str
    message: str
    number: int | None = None
    rule: Rule | None = None
    origin: Origin | None = None


class Error(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The exception that ended a cell, without colours.

    Attributes
    ----------
    ename, evalue : str
        Its class and its text.
    traceback : str
        As IPython shows it.
    """

    ename: str
    evalue: str = ""
    traceback: str = ""


class CellChange(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a cell did to one variable, in all.

    Attributes
    ----------
    name : str
        The variable.
    count : int
        How often it was described while the cell ran.
    lines : list of int
        The lines that changed it, where they were seen; the first 20.
    removed : bool
        Whether the name is gone.
    type, preview : str
        What it was at the end.
    """

    name: str
    count: int = 0
    lines: list[int] = []
    removed: bool = False
    type: str = ""
    preview: str = ""


class CellEnded(_Line, tag="cell-ended"):
    """A cell is done.

    Attributes
    ----------
    number : int
        As in `CellStarted`.
    at : float
        Seconds since the epoch.
    seconds : float
        How long it took.
    status : str
        How it ended.
    execution_count : int, optional
        The number in its ``In [n]``.
    error : Error, optional
        The exception, if it has failed.
    changed : list of CellChange
        What it changed.
    more : int
        How many more it changed than are listed.
    """

    number: int
    at: float
    seconds: float
    status: EndStatus
    execution_count: int | None = None
    error: Error | None = None
    changed: list[CellChange] = []
    more: int = 0


class DigestsTold(_Line, tag="digests"):
    """What the values of variables can be compared by, when those are not in the record.

    Attributes
    ----------
    at : float
        Seconds since the epoch.
    number : int, optional
        The cell at whose end the values were so; absent at the end of the run.
    digests : list of Digest
        One for each variable.
    """

    at: float
    number: int | None = None
    digests: list[Digest] = []


class EnvironmentTold(_Line, tag="environment"):
    """Where the code ran, as the kernel said when the run was over.

    Attributes
    ----------
    at : float
        Seconds since the epoch.
    python, platform, packages, peak_memory_bytes
        As in `livens.protocol.requests.Environment`.
    """

    at: float
    python: str
    platform: str
    packages: dict[str, str] = {}
    peak_memory_bytes: int | None = None


class Cut(_Line, tag="cut"):
    """Where the limits left something out.

    Attributes
    ----------
    at : float
        Seconds since the epoch.
    what : {"points", "changes", "names", "record"}
        Which limit: ``max_points``, ``max_changes``, ``max_names`` or ``max_bytes``.
    dropped : int
        How many points, descriptions or names are missing; 0 where nobody counts any more.
    number : int, optional
        The cell.
    name : str
        The variable, where it is about one.
    """

    at: float
    what: Limit
    dropped: int = 0
    number: int | None = None
    name: str = ""


class Expected(_Line, tag="expectation"):
    """Something that was expected at the end of the run.

    Attributes
    ----------
    at : float
        Seconds since the epoch.
    condition : str
        The condition.
    status : {"met", "unmet", "undecided", "unchecked"}
        Whether it holds; ``undecided`` if that could not be worked out, ``unchecked`` if the run
        did not come to its end.
    reason : str
        Why it does not hold, or could not be worked out.
    """

    at: float
    condition: str
    status: ExpectationStatus
    reason: str = ""


class Final(_Line, tag="final"):
    """The variables at the end.

    Attributes
    ----------
    at : float
        Seconds since the epoch.
    length : int
        How many there were.
    variables : list of Variable
        Their descriptions.
    """

    at: float
    length: int
    variables: list[Variable]


class Footer(_Line, tag="footer"):
    """The last line.

    Attributes
    ----------
    at : float
        Seconds since the epoch.
    seconds : float
        How long the run took.
    status : str
        How it ended.
    reason : str
        Why, in a sentence; empty if all is well.
    cells, failed : int
        How many cells were begun, and how many of them did not end well.
    changes, points : int
        How many descriptions and points were written.
    cuts : int
        How often a limit left something out.
    exit_code : int, optional
        What ``jupyter livens run`` returned for the notebook, as far as it was known when the
        record ended: only afterwards it turns out whether the notebook can be written. Absent for
        other programs.
    """

    at: float
    seconds: float
    status: EndStatus
    reason: str = ""
    exit_code: int | None = None
    cells: int = 0
    failed: int = 0
    changes: int = 0
    points: int = 0
    cuts: int = 0


RecordLine = (
    Header
    | CellStarted
    | Changes
    | EventTold
    | CellEnded
    | DigestsTold
    | EnvironmentTold
    | Cut
    | Expected
    | Final
    | Footer
)

LINES: tuple[type[msgspec.Struct], ...] = get_args(RecordLine)
"""The types of the lines, in the order in which they first come."""


def encode(record_line: RecordLine) -> bytes:
    r"""Return a line as bytes.

    Examples
    --------
    >>> encode(Cut(at=1.5, what="record"))
    b'{"type":"cut","at":1.5,"what":"record"}\n'
    """
    return msgspec.json.encode(record_line) + b"\n"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of one line of a record."""
    _, components = msgspec.json.schema_components(LINES, ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A line of a {FORMAT}, version {VERSION}",
        "oneOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in LINES],
        "$defs": dict(sorted(self_contained(components).items())),
    }
