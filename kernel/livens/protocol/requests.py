"""The methods that a client may call: the types of their params and of their results.

Part of the protocol (`livens.protocol.messages`): the JSON Schema is generated from these types as
well.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from livens.protocol import state_requests as state
from livens.protocol import table_requests as tables
from livens.protocol.memory_requests import Memory, MemoryParams
from livens.protocol.sharing_requests import SharedNames
from livens.protocol.table_requests import Count, Filter, Histogram, Path, Scalar, Slice, SortKey
from livens.protocol.types import Digest, Kind, Point, Rule, RuleState, Variable

Name = Annotated[str, Meta(min_length=1, max_length=1000)]
Limit = Annotated[int, Meta(ge=1, le=10_000)]
WhenBusy = Literal["refuse", "queue"]
KeepSeconds = Annotated[int, Meta(ge=0, le=60)]


class Subscription(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a client wants to be told. The params of ``subscribe`` and of ``comm_open``.

    Attributes
    ----------
    names : list of str
        Names or patterns in the manner of `fnmatch`, ``["*"]`` for all. A name that starts
        with an underscore is only matched by a pattern that does.
    kinds : list of Kind, optional
        Only these kinds.
    interval_ms : int
        The shortest time between two updates, 10 to 60,000 ms. The first change after quiet
        goes out at once; from 100 ms on, a cell is quiet for its first 100 ms.
    depth : int
        How deep previews go into nested containers, 0 to 4.
    max_bytes : int
        About how large one message may be, 10,000 to 10,000,000 bytes; what does not fit goes
        into the next one.
    history : int
        How many points (`livens.protocol.types.Point`) the kernel is to keep for each variable, 0
        to 100,000; from 1 on, updates carry the new ones.
    frames : {"none", "top", "all"}
        Whether to send the running functions with their locals: none, the innermost one of each
        thread, or all that are code of the user's.
    digests : bool
        Whether updates at the end of a cell are to have the digests of small values.
    client : str
        What the client calls itself, such as ``JupyterLab``: what it changes is told to have been
        changed by it.
    sharing : bool
        Whether to send events of the kind ``sharing``. Only to a kernel with the capability
        ``sharing``: an older one refuses the field.
    """

    names: Annotated[list[Name], Meta(min_length=1, max_length=1000)] = msgspec.field(
        default_factory=lambda: ["*"]
    )
    kinds: list[Kind] | None = None
    interval_ms: Annotated[int, Meta(ge=10, le=60_000)] = 50
    depth: Annotated[int, Meta(ge=0, le=4)] = 2
    max_bytes: Annotated[int, Meta(ge=10_000, le=10_000_000)] = 1_000_000
    history: Annotated[int, Meta(ge=0, le=100_000)] = 0
    frames: Literal["none", "top", "all"] = "none"
    digests: bool = False
    client: Annotated[str, Meta(max_length=100)] = ""
    sharing: bool = False


class NoParams(msgspec.Struct, forbid_unknown_fields=True):
    """The params of ``refresh``, ``environment``, ``rule.list`` and ``sharing.list``: none."""


class ListParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``list``: one page of the variables of the subscription, in order of name.

    Attributes
    ----------
    start, limit : int
        The first to send, and how many at the most.
    """

    start: Count = 0
    limit: Limit = 100


class InspectParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``inspect``: one page of what is below a value.

    Attributes
    ----------
    path : list of Key
        Where to look.
    start, limit : int
        The first child to send, and how many at the most.
    all : bool
        Also what is left out by default: names with two underscores on either side, and the
        properties of the class, which are listed and not run.
    """

    path: Path
    start: Count = 0
    limit: Limit = 100
    all: bool = False


class ValueParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``value``: the value's own text. The one request that runs user code.

    Attributes
    ----------
    path : list of Key
        Which value.
    mime : {"text/plain", "text/html", "image/png", "lines", "best"}
        In which form; an image comes in base64. ``lines`` is a text (`str`) as it is, with its
        line breaks, where ``text/plain`` is what Python writes for it. ``best`` is the first of
        these that the value has: an image, HTML, lines, text. Both came with revision 2 of
        ``value``, as what follows ``max_chars``.
    timeout_ms : int
        How long the value's own code may take, 10 to 60,000 ms.
    max_chars : int
        Where the text is cut.
    max_px : int
        How wide and high the image of an array or of Pillow may be; larger ones are sent smaller.
    passive : bool
        Whether no code of the value's may run. Then only images that are in memory and lines are
        sent, and the rest is `NotAllowed`.
    """

    path: Path
    mime: Literal["text/plain", "text/html", "image/png", "lines", "best"] = "text/plain"
    timeout_ms: Annotated[int, Meta(ge=10, le=60_000)] = 2_000
    max_chars: Annotated[int, Meta(ge=1, le=1_000_000)] = 10_000
    max_px: Annotated[int, Meta(ge=16, le=10_000)] = 2_000
    passive: bool = False


class SetParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``set``: bind a name to the value of a Python expression, or set what is below.

    Attributes
    ----------
    name : str
        An identifier; it is made what Python reads in code (NFKC), as the answer tells.
    expression : str
        Evaluated in the user's namespace, on the main thread, when no cell runs.
    when_busy : {"refuse", "queue"}
        While a cell runs: refuse, or carry it out when the cell has ended.
    path : list of Key, optional
        What is set instead of the name itself: a child, as ``inspect`` gives its path. The first
        key has the name. Revision 2 of ``set``.
    keep_s : int
        For how many seconds the kernel is to keep what was there, for ``undo``; 0 to 60. Revision
        2 of ``set``.
    """

    name: Name
    expression: Annotated[str, Meta(min_length=1, max_length=100_000)]
    when_busy: WhenBusy = "refuse"
    path: Path | None = None
    keep_s: KeepSeconds = 0


class DeleteParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``delete``: remove names, all of them or none.

    Attributes
    ----------
    names : list of str
        The variables to delete.
    when_busy : {"refuse", "queue"}
        As in `SetParams`.
    keep_s : int
        As in `SetParams`. Revision 2 of ``delete``.
    """

    names: Annotated[list[Name], Meta(min_length=1, max_length=10_000)]
    when_busy: WhenBusy = "refuse"
    keep_s: KeepSeconds = 0


class RenameParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``rename``: bind another name to the same object, and delete the old one.

    Attributes
    ----------
    name : str
        The variable.
    to : str
        An identifier that no variable has yet, as in `SetParams`.
    when_busy : {"refuse", "queue"}
        As in `SetParams`.
    keep_s : int
        As in `SetParams`. Revision 2 of ``rename``.
    """

    name: Name
    to: Name
    when_busy: WhenBusy = "refuse"
    keep_s: KeepSeconds = 0


class UndoParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``undo``: take back a ``set``, ``delete`` or ``rename`` of this client.

    Attributes
    ----------
    id : str
        As ``undo`` in the answer to that request. It can be used once.
    forget : bool
        Instead, let go of what the kernel keeps for it.
    when_busy : {"refuse", "queue"}
        As in `SetParams`.
    """

    id: Name
    forget: bool = False
    when_busy: WhenBusy = "refuse"


class TableParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``table``: a piece of a frame, a series, or an array.

    Attributes
    ----------
    path : list of Key
        Where it is.
    start, limit : int
        The first row to send, counted after filtering and sorting, and how many at the most.
    columns : list of int, optional
        The positions of the columns to send; the first 50 by default.
    sort : list of SortKey
        The first key counts most.
    filters : list of Filter
        All have to hold.
    as_text : bool
        Whether to send each value as text, as Python writes it: ``nan``, ``True``, ``1.0``. The
        answer's ``missing`` says which ones are missing.
    summary : bool
        Whether to add missing values, smallest, largest, mean and histogram of each column sent.
    bins : int
        Bars of a histogram.
    sample : bool
        Whether to take evenly spaced rows where all of them would take longer than ``timeout_ms``;
        the answer says how many it took. Without it all rows take part.
    progress : bool
        Whether to be told how far the work is, by `Progress`, from 200 ms on.
    timeout_ms : int
        How long sorting, filtering and summing up may take, 50 to 3,600,000 ms. After it the
        answer is `TookTooLong`.
    slice : Slice, optional
        Of an array of more than two dimensions: which part of it. This and what follows from
        revision 2 of ``table`` on.
    levels : bool
        Whether to send the labels of an index of several levels level by level.
    max_chars : int
        Where the text of a cell is cut.
    find : str
        The label of a row or a column, or a part of it, or the number of a row: `found` of the
        answer says where it is.
    """

    path: Path
    start: Count = 0
    limit: Annotated[int, Meta(ge=0, le=1_000)] = 100
    columns: Annotated[list[Count], Meta(max_length=500)] | None = None
    sort: Annotated[list[SortKey], Meta(max_length=5)] = []
    filters: Annotated[list[Filter], Meta(max_length=20)] = []
    as_text: bool = False
    summary: bool = False
    bins: Annotated[int, Meta(ge=1, le=200)] = 20
    sample: bool = False
    progress: bool = False
    timeout_ms: Annotated[int, Meta(ge=50, le=3_600_000)] = 60_000
    slice: Slice | None = None
    levels: bool = False
    max_chars: Annotated[int, Meta(ge=10, le=1_000_000)] = 200
    find: Annotated[str, Meta(max_length=1_000)] = ""


class CancelParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``cancel``: end the work on a long request of this client.

    Attributes
    ----------
    id : int or str
        Of the request, which is answered with the error `Cancelled`.
    """

    id: int | Annotated[str, Meta(max_length=1_000)]


class HistoryParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``history``: the newest points of a variable, the oldest of them first.

    Attributes
    ----------
    name : str
        The variable.
    since : float
        Only points after this time, in seconds since the epoch.
    limit : int
        How many at the most.
    """

    name: Name
    since: float = 0.0
    limit: Annotated[int, Meta(ge=1, le=100_000)] = 1_000


class DigestParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``digest``: what two runs can compare these variables by.

    Attributes
    ----------
    names : list of str
        The variables, in the order in which to read them.
    cell : str
        The id of an ``execute_request``: only what they hold at the end of that cell is told, and
        the work ends when the next cell begins. Empty for what they hold now.
    timeout_ms : int
        How long it may take, 1 to 60,000 ms. Of what was not read until then the digest says so.
    """

    names: Annotated[list[Name], Meta(min_length=1, max_length=10_000)]
    cell: str = ""
    timeout_ms: Annotated[int, Meta(ge=1, le=60_000)] = 1_000


class RuleAddParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``rule.add``: what to do when a condition becomes true.

    Attributes
    ----------
    condition : str
        Such as ``loss < 0.1`` or ``changed(x)``; docs/protocol.md has the grammar.
    action : {"notify", "stop"}
        Tell the clients, or also stop the running cell.
    """

    condition: Annotated[str, Meta(min_length=1, max_length=1_000)]
    action: Literal["notify", "stop"] = "notify"


class RuleRemoveParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``rule.remove``.

    Attributes
    ----------
    id : str
        As in the answer to ``rule.add``.
    """

    id: Name


class RuleCheckParams(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The params of ``rule.check``: work a condition out now, once.

    Attributes
    ----------
    condition : str
        As in `RuleAddParams`.
    timeout_ms : int
        How long each figure of data may take, 50 to 600,000 ms. What would take longer is done on
        a sample, and the answer says so.
    """

    condition: Annotated[str, Meta(min_length=1, max_length=1_000)]
    timeout_ms: Annotated[int, Meta(ge=50, le=600_000)] = 5_000


class Subscribed(msgspec.Struct):
    """The result of ``subscribe`` and ``refresh``; the state itself comes as `Refresh`."""

    protocol: int
    epoch: str
    seq: int
    subscription: Subscription


class VariableList(msgspec.Struct):
    """The result of ``list``."""

    variables: list[Variable]
    start: int
    total: int


class Inspection(msgspec.Struct):
    """The result of ``inspect``: the value itself, and one page of its children."""

    variable: Variable
    children: list[Variable]
    start: int
    total: int


class ValueText(msgspec.Struct, omit_defaults=True):
    """The result of ``value``.

    Attributes
    ----------
    mime : str
        The form; of a file that the value holds, that of the file, such as ``image/jpeg``.
    data : str
        The text, or an image in base64.
    truncated : bool
        Whether the text is cut, or a secret was left out.
    forms : list of str
        With ``best``: in which forms the value can be had.
    size : list of int
        Of an image that may have been made smaller: the width and the height of the value.
    """

    mime: str
    data: str
    truncated: bool
    forms: list[str] = []
    size: list[int] = []


class SetDone(msgspec.Struct, omit_defaults=True):
    """The result of ``set``.

    Attributes
    ----------
    variable : Variable
        What is there now: the variable, or the child that was set.
    undo : str
        The id for ``undo``; empty where the kernel keeps nothing for it.
    """

    variable: Variable
    undo: str = ""


class Deleted(msgspec.Struct, omit_defaults=True):
    """The result of ``delete``.

    Attributes
    ----------
    names : list of str
        What was deleted.
    undo : str
        As in `SetDone`.
    """

    names: list[str]
    undo: str = ""


class Renamed(msgspec.Struct, omit_defaults=True):
    """The result of ``rename``.

    Attributes
    ----------
    variable : Variable
        The variable under its new name.
    undo : str
        As in `SetDone`.
    """

    variable: Variable
    undo: str = ""


class Undone(msgspec.Struct):
    """The result of ``undo``.

    Attributes
    ----------
    names : list of str
        The variables that are as they were, or that have their old name; none where what was
        kept was only let go.
    """

    names: list[str]


class Column(msgspec.Struct, omit_defaults=True):
    """One column of a table.

    Attributes
    ----------
    position : int
        By which requests name it: labels may occur twice.
    label : str
        Its text.
    dtype : str
        As its library calls it.
    kind : {"number", "bool", "text", "time", "other"}
        How to align and compare its values.
    nulls : int, optional
        Missing values. This and what follows only where ``summary`` was asked for.
    min, max : optional
        The smallest and the largest value.
    mean : float, optional
        The mean of the numbers.
    histogram : Histogram, optional
        Of numbers.
    sampled : int, optional
        How many rows these figures are of, where it is not all of them.
    levels : list of str
        With ``levels``: the parts of the label, where the columns have several levels.
    """

    position: int
    label: str
    dtype: str
    kind: Literal["number", "bool", "text", "time", "other"]
    nulls: int | None = None
    min: Scalar = None
    max: Scalar = None
    mean: float | None = None
    histogram: Histogram | None = None
    sampled: int | None = None
    levels: list[str] = []


class Table(msgspec.Struct, omit_defaults=True):
    """The result of ``table``.

    Attributes
    ----------
    columns : list of Column
        The ones that were asked for.
    index : list of str
        The labels of the rows sent.
    rows : list of list
        Their values, a list for each row; missing values are null, what is no JSON value comes
        as text.
    start : int
        The first row sent, counted after filtering and sorting.
    total : int
        How many rows there are after filtering.
    shape : list of int
        Rows and columns of the whole table.
    sampled : int, optional
        How many rows were filtered or sorted, where a sample was asked for and needed.
    missing : list of list
        With ``as_text``: for each of the columns which of the rows sent are missing there, by
        their position among these.
    index_names : list of str
        With ``levels``: what the labels of the rows are called, one for each level, empty where
        it has no name.
    levels : list of list
        With ``levels``: for each level of an index of several the labels of the rows sent.
    positions : list of int
        Where rows are filtered or sorted: the position of each row sent in the whole table, as the
        step ``cell`` of a path has it. Empty where that is `start` and so on.
    found : list of int
        With ``find``: the row, counted after filtering and sorting, and the column; -1 for what
        the text does not name.
    """

    columns: list[Column]
    index: list[str]
    rows: list[list[Scalar]]
    start: int
    total: int
    shape: list[int]
    sampled: int | None = None
    missing: list[list[int]] = []
    index_names: list[str] = []
    levels: list[list[str]] = []
    positions: list[int] = []
    found: list[int] = []


class History(msgspec.Struct):
    """The result of ``history``.

    Attributes
    ----------
    name : str
        The variable.
    points : list of Point
        The newest, the oldest of them first.
    total : int
        How many the kernel has of it.
    """

    name: str
    points: list[Point]
    total: int


class Digests(msgspec.Struct):
    """The result of ``digest``: one for each of the names that is a variable."""

    digests: list[Digest]


class Environment(msgspec.Struct, omit_defaults=True):
    """The result of ``environment``: where the user's code runs.

    Attributes
    ----------
    python : str
        The version of Python.
    platform : str
        The operating system and the processor, as `platform.platform` has it.
    packages : dict of str to str
        The versions of the packages that are imported, by the names under which they are imported.
    peak_memory_bytes : int, optional
        The most memory that the kernel has had at once; absent where that is not known.
    """

    python: str
    platform: str
    packages: dict[str, str] = {}
    peak_memory_bytes: int | None = None


class CancelDone(msgspec.Struct):
    """The result of ``cancel``.

    Attributes
    ----------
    id : int or str
        Of the request.
    cancelled : bool
        Whether it was worked on; false where it was answered before, or is no such request.
    """

    id: int | str
    cancelled: bool


class RuleAdded(msgspec.Struct):
    """The result of ``rule.add``.

    Attributes
    ----------
    rule : Rule
        The rule with its id.
    notes : list of str
        What may not be meant, such as a name that there is no variable of yet.
    state : RuleState
        What its condition is now.
    """

    rule: Rule
    notes: list[str]
    state: RuleState = RuleState()


class RuleChecked(msgspec.Struct, omit_defaults=True):
    """The result of ``rule.check``.

    Attributes
    ----------
    is_true : bool
        Whether the condition holds.
    message : str
        The condition and its values, and where the first variable was changed last.
    reason : str
        Why it could not be worked out; empty if it was.
    sampled : str
        Which figures of data are of a sample only, and of how much; empty if none is.
    """

    is_true: bool
    message: str
    reason: str = ""
    sampled: str = ""


class RuleRemoved(msgspec.Struct):
    """The result of ``rule.remove``."""

    id: str


class Rules(msgspec.Struct):
    """The result of ``rule.list``: the rules of all clients.

    Attributes
    ----------
    rules : list of Rule
        The oldest first.
    states : dict of str to RuleState
        What each has done and is now, by its id.
    """

    rules: list[Rule]
    states: dict[str, RuleState] = {}


REQUESTS: dict[str, type[msgspec.Struct]] = {
    "subscribe": Subscription,
    "refresh": NoParams,
    "list": ListParams,
    "inspect": InspectParams,
    "table": TableParams,
    "statistics": tables.StatisticsParams,
    "table.code": tables.TableCodeParams,
    "value": ValueParams,
    "cancel": CancelParams,
    "history": HistoryParams,
    "digest": DigestParams,
    "environment": NoParams,
    "memory": MemoryParams,
    "set": SetParams,
    "rename": RenameParams,
    "delete": DeleteParams,
    "undo": UndoParams,
    "rule.add": RuleAddParams,
    "rule.check": RuleCheckParams,
    "rule.remove": RuleRemoveParams,
    "rule.list": NoParams,
    "state.list": state.StateListParams,
    "state.keep": state.StateKeepParams,
    "state.save": state.StateSaveParams,
    "state.restore": state.StateRestoreParams,
    "state.back": state.StateBackParams,
    "state.diff": state.StateDiffParams,
    "state.forget": state.StateForgetParams,
    "sharing.list": NoParams,
}
"""The methods that a client may call, and the type of their params."""

RESULTS: dict[str, type[msgspec.Struct]] = {
    "subscribe": Subscribed,
    "refresh": Subscribed,
    "list": VariableList,
    "inspect": Inspection,
    "table": Table,
    "statistics": tables.Statistics,
    "table.code": tables.TableCode,
    "value": ValueText,
    "cancel": CancelDone,
    "history": History,
    "digest": Digests,
    "environment": Environment,
    "memory": Memory,
    "set": SetDone,
    "rename": Renamed,
    "delete": Deleted,
    "undo": Undone,
    "rule.add": RuleAdded,
    "rule.check": RuleChecked,
    "rule.remove": RuleRemoved,
    "rule.list": Rules,
    "state.list": state.StateList,
    "state.keep": state.StateList,
    "state.save": state.StateDone,
    "state.restore": state.StateDone,
    "state.back": state.StateDone,
    "state.diff": state.StateDifference,
    "state.forget": state.StateDone,
    "sharing.list": SharedNames,
}
"""The type of each method's result."""
