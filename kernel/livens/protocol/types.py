"""The records that the parts of livens hand to each other.

They are plain data: no namespace, no thread and no clock in here. All of them are `msgspec`
structs, so that the JSON Schema of the protocol is generated from the very types that the
kernel uses (`livens.protocol.messages`). None of them ever holds a value of the user's.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec

Kind = Literal[
    "number", "bool", "text", "bytes", "sequence", "mapping", "set", "table", "array",
    "tensor", "object", "function", "class", "module", "lazy", "none", "other",
]  # fmt: skip
"""What a variable is, in one word that every front end can draw an icon for."""

REDACTED = "redacted"
"""Stands in the place of a value, and is the reason of a variable that is not shown at all."""

PARTLY = "partly redacted"
"""The reason of a variable of whose preview a part is not shown."""

KINDS: tuple[str, ...] = get_args(Kind)

Status = Literal["current", "stale", "skipped"]
"""`current`: the description is of the value as last seen. `stale`: it may be older.
`skipped`: the value was not described, `reason` says why."""

Key = list[Any]
"""One step of a path: a tag and its data.

======================== ==================================================================
``["name", "x"]``        a variable of the namespace; always the first step, only there
``["index", 3]``         an item of a sequence, by position
``["key", "int", "1"]``  a value of a mapping, by the key's type and its text (``1`` and
                         ``"1"`` differ: the second is ``["key", "str", "1"]``)
``["entry", 3]``         a value of a mapping whose key has no such text, by position
``["member", 3]``        an element of a set, by position
``["column", 3]``        a column of a frame, a field of an array of records, or a variable
                         of a dataset, by position: labels may occur twice
``["attribute", "y"]``   an attribute of an object, read without running code
``["cell", 7, 3]``       a cell of a table: its row and its column, by position. Only to a kernel
                         whose ``set`` has revision 2
======================== ==================================================================
"""


class Origin(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Where a change was made, as far as it is known.

    Attributes
    ----------
    execution_count : int, optional
        The number in ``In [n]`` of the cell; absent for silent cells and between cells.
    cell_id : str, optional
        The notebook's id of the cell, if the front end sent one.
    line : int, optional
        The line in the cell, counted from 1; only where the store itself was seen.
    client : str
        The client that asked for the change, where one did, or who wrote it into the store; empty
        for the user's code.
    store : str
        The store that the change came from, where it did: a name that is shared was set.
    """

    execution_count: int | None = None
    cell_id: str | None = None
    line: int | None = None
    client: str = ""
    store: str = ""


class Cell(msgspec.Struct, frozen=True, omit_defaults=True):
    """The cell that an update belongs to.

    Attributes
    ----------
    msg_id : str
        The id of the ``execute_request`` that started the cell.
    running : bool
        False in the last update of a cell.
    execution_count, cell_id
        As in `Origin`.
    line : int, optional
        The line that the cell was at when the update was made.
    """

    msg_id: str
    running: bool
    execution_count: int | None = None
    cell_id: str | None = None
    line: int | None = None


class Variable(msgspec.Struct, omit_defaults=True, gc=False):
    """A description of one value: bounded, and made without running the user's code.

    Attributes
    ----------
    name : str
        The variable's name; for a child the text of its key or attribute.
    path : list of Key
        Where it is, from the namespace down.
    kind : Kind
        One word for what it is.
    type : str
        The name of its class.
    module : str
        The module of its class; empty for builtins.
    preview : str
        A short text of the value.
    length, shape, dtype, nbytes, device
        Its size, where the type has such a thing. `nbytes` counts the bytes of the data, not
        of everything that it refers to.
    has_children : bool
        Whether `inspect` has something to show below it.
    truncated : bool
        Whether `preview` shows less than there is.
    status : Status
        Whether to trust it.
    reason : str
        Why it was skipped or redacted, is stale, or is a cycle; empty otherwise.
    changed_at : float, optional
        Seconds since the epoch when the change was noticed, which is at the end of the cell where
        nobody was watching; absent before the first client, and where it is not known.
    changed_by : Origin, optional
        Where it was changed; absent before the first client, between cells, and where it is not
        known.
    version : int
        Counts the changes that were noticed since watching first began.
    forms : list of str
        As what it can be shown besides its preview and its children, the best first: a ``table``
        (the method ``table``), an ``image`` (``value``), or ``html`` (``value``). Told by its class
        and its form: whether an array of floats is an image is seen when it is asked for.
    change : str
        What is different since the version before, where the object is the same and that was
        cheap to see: ``key 'k' added``, ``len 3 → 4``; empty otherwise.
    """

    name: str
    path: list[Key]
    kind: Kind
    type: str
    module: str = ""
    preview: str = ""
    length: int | None = None
    shape: list[int] | None = None
    dtype: str | None = None
    nbytes: int | None = None
    device: str | None = None
    has_children: bool = False
    truncated: bool = False
    status: Status = "current"
    reason: str = ""
    changed_at: float | None = None
    changed_by: Origin | None = None
    version: int = 0
    change: str = ""
    forms: list[Literal["table", "image", "html"]] = []


class Point(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a variable held at one moment; travels as a list of these fields.

    Attributes
    ----------
    at : float
        Seconds since the epoch.
    value : bool, int, float or str, optional
        A number; those that JSON has no way to write are ``"nan"``, ``"inf"`` and ``"-inf"``.
    execution_count : int, optional
        The cell that made it so.
    size : list of int, optional
        Of what is no number: its shape or length.
    nbytes : int, optional
        Of what is no number: the bytes of its data.
    """

    at: float
    value: bool | int | float | str | None = None
    execution_count: int | None = None
    size: list[int] | None = None
    nbytes: int | None = None


class ColumnDigest(msgspec.Struct, omit_defaults=True):
    """What two runs can compare a column of a table or an array by.

    Attributes
    ----------
    label : str
        Its text; of an array that has no columns, all of its elements are one without a label.
    dtype : str
        As its library calls it.
    hash : str
        Of dtype and values; empty where only the whole has one.
    nulls : int, optional
        Missing values, of the rows that were read.
    min, max : optional
        The smallest and the largest of those values.
    mean : float, optional
        The mean of the numbers.
    """

    label: str
    dtype: str
    hash: str = ""
    nulls: int | None = None
    min: bool | int | float | str | None = None
    max: bool | int | float | str | None = None
    mean: float | None = None


class Digest(msgspec.Struct, omit_defaults=True):
    """What two runs can compare a value by: a hash of its content, and figures of its columns.

    Attributes
    ----------
    name : str
        The variable.
    hash : str
        Equal for equal content, in every process and on every machine; empty where nothing of the
        value was read.
    gap : str
        What the hash is not of, and why; empty if it is of all of the value.
    sampled : int, optional
        How many rows, elements or items the hash is of, where there are more.
    columns : list of ColumnDigest
        The first columns.
    more : int
        How many columns there are besides.
    """

    name: str
    hash: str = ""
    gap: str = ""
    sampled: int | None = None
    columns: list[ColumnDigest] = []
    more: int = 0


class Frame(msgspec.Struct, frozen=True, omit_defaults=True):
    """A function that is running.

    Attributes
    ----------
    function : str
        Its qualified name.
    file : str
        The file that it is from; empty if a cell defined it.
    line : int
        Where it is in that file or cell, counted from 1.
    thread : str
        The name of the thread; empty for the main one.
    execution_count : int, optional
        The cell that defined it.
    variables : list of Variable
        Its locals.
    truncated : bool
        Whether it has more locals than are told.
    """

    function: str
    file: str
    line: int
    thread: str = ""
    execution_count: int | None = None
    variables: list[Variable] = []
    truncated: bool = False


class Rule(msgspec.Struct, frozen=True, omit_defaults=True):
    """A condition on variables, and what happens when it becomes true.

    Attributes
    ----------
    id : str
        Names it in requests.
    condition : str
        Such as ``loss < 0.1``.
    action : {"notify", "stop", "call"}
        Tell the clients; also stop the running cell; or also call a function in the kernel.
    client : str
        Who added it; empty for code in the kernel.
    reason : str
        In the answer to ``rule.list``: why the condition could never be worked out so far. Empty
        if it could be at any change, or can be now.
    sampled : str
        In the answer to ``rule.list``: which figures of data were of a sample only when the
        condition was not true.
    """

    id: str
    condition: str
    action: Literal["notify", "stop", "call"] = "notify"
    client: str = ""
    reason: str = ""
    sampled: str = ""


class RuleState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a rule has done so far, and what its condition is now.

    Attributes
    ----------
    times : int
        How often it has fired since it was added.
    fired_at : float, optional
        When it fired last, in seconds since the epoch.
    fired_by : Origin, optional
        Where the change was made that made it fire last.
    holds : bool
        Whether the condition is true now; the rule fires when it becomes true again.
    reason : str
        Why the condition cannot be worked out now; empty if it can.
    """

    times: int = 0
    fired_at: float | None = None
    fired_by: Origin | None = None
    holds: bool = False
    reason: str = ""


class Unevaluated(msgspec.Struct, frozen=True):
    """A variable that the executed code touched and that was too costly to compare.

    Attributes
    ----------
    name : str
        The variable.
    reason : str
        What was not compared, and why.
    """

    name: str
    reason: str


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """One name of the namespace that is not what it was.

    Attributes
    ----------
    name : str
        The variable.
    removed : bool
        Whether the name is gone.
    origin : Origin, optional
        Where the change was made, as far as it is known.
    """

    name: str
    removed: bool = False
    origin: Origin | None = None


class Process(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which process says it; of several that do the same work, its rank.

    Attributes
    ----------
    host : str
        The name of its machine.
    pid : int
        Its number there.
    rank : int, optional
        Which of the processes of one program it is, counted from 0, as torchrun or MPI say it.
    world : int, optional
        How many there are.
    """

    host: str = ""
    pid: int = 0
    rank: int | None = None
    world: int | None = None


class ChangeSet(msgspec.Struct, frozen=True, omit_defaults=True):
    """What changed since the last change set of the same subscription.

    Attributes
    ----------
    epoch : str
        Names the kernel process; another epoch means another process.
    seq : int
        1, 2, 3 … within the subscription.
    changed : list of Variable
        The variables that are new or not what they were.
    removed : list of str
        The names that are gone.
    unevaluated : list of Unevaluated
        What could not be compared.
    cell : Cell, optional
        The cell that was running; absent between cells.
    complete : bool
        True when this is the whole state, and what is not in it is gone.
    origins, points, frames
        As in `livens.protocol.messages.UpdateParams`; a complete change set has all frames.
    digests : list of Digest
        As there.
    capabilities : dict of str to int
        Of a complete one: what the kernel can do, see `livens.protocol.capabilities`.
    process : Process, optional
        Of a complete one: which process it is, if it says so.
    """

    epoch: str
    seq: int
    changed: list[Variable] = []
    removed: list[str] = []
    unevaluated: list[Unevaluated] = []
    cell: Cell | None = None
    complete: bool = False
    origins: dict[str, Origin] = {}
    points: dict[str, list[Point]] = {}
    frames: list[Frame] | None = None
    digests: list[Digest] = []
    capabilities: dict[str, int] = {}
    process: Process | None = None
