"""What each tool takes: types that give the JSON Schemas, and by which arguments are read.

A field's description is in the schema, where a model reads it: short sentences, and an example.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from livens.agents.answers import MAX_CHARS

KernelName = Annotated[
    str,
    Meta(
        max_length=1000,
        description="Which kernel: a part of its id or of its notebook's path, as `kernels` tells. "
        "Empty: the one that runs, or that was used before.",
    ),
]
Path = Annotated[
    str | list[list[str | int]],
    Meta(
        description='What to look at: the exact name of a variable such as "df", or a path as an '
        'answer gives it, such as [["name","config"],["key","str","ports"]].'
    ),
]
Name = Annotated[str, Meta(min_length=1, max_length=1000, description="The exact name.")]
Chars = Annotated[
    int, Meta(ge=400, le=40_000, description="The longest that the answer may be, in characters.")
]
Start = Annotated[int, Meta(ge=0, description="The first to tell, counted from 0.")]


class Tool(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What all tools take that are about one kernel."""

    kernel: KernelName = ""
    max_chars: Chars = MAX_CHARS


class KernelsParams(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The kernels that run."""

    max_chars: Chars = MAX_CHARS


class ListParams(Tool, kw_only=True, forbid_unknown_fields=True):
    """The variables, or what changed since a cursor."""

    names: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=1000)]] | str,
        Meta(
            description='Exact names, or patterns such as "loss*". Names that begin with an '
            "underscore need a pattern that does.",
        ),
    ] = msgspec.field(default_factory=lambda: ["*"])
    changed_since: Annotated[
        str,
        Meta(
            max_length=100,
            description="The cursor of an earlier answer: only what changed since is told, and "
            "what is gone.",
        ),
    ] = ""
    limit: Annotated[int, Meta(ge=1, le=10_000, description="How many to tell at the most.")] = 200
    start: Start = 0
    order: Annotated[
        Literal["newest", "name"],
        Meta(description="What changed last first, or by name. By name, pages stay in place."),
    ] = "newest"


class InspectParams(Tool, kw_only=True, forbid_unknown_fields=True):
    """A value and what is below it."""

    path: Path
    start: Start = 0
    limit: Annotated[int, Meta(ge=1, le=1_000, description="How many to tell at the most.")] = 50


class SortBy(msgspec.Struct, forbid_unknown_fields=True):
    """By which column to sort."""

    column: Annotated[int, Meta(ge=0, description="The position of the column.")]
    descending: bool = False


class Where(msgspec.Struct, forbid_unknown_fields=True):
    """Which rows to keep."""

    column: Annotated[int, Meta(ge=0, description="The position of the column.")]
    op: Literal["==", "!=", "<", "<=", ">", ">=", "contains", "is null", "not null"]
    value: bool | int | float | str | None = None


class TableParams(Tool, kw_only=True, forbid_unknown_fields=True):
    """A page of a table."""

    path: Path
    start: Start = 0
    limit: Annotated[int, Meta(ge=0, le=1_000, description="How many rows.")] = 20
    columns: Annotated[
        list[int] | None, Meta(description="The positions of the columns; the first 50 by default.")
    ] = None
    sort: Annotated[list[SortBy], Meta(max_length=5, description="The first key counts most.")] = []
    filters: Annotated[list[Where], Meta(max_length=20, description="All have to hold.")] = []
    summary: Annotated[
        bool, Meta(description="Also tell missing values, min, max and mean of each column.")
    ] = False


class HistoryParams(Tool, kw_only=True, forbid_unknown_fields=True):
    """What a variable was."""

    name: Name
    since: Annotated[
        float, Meta(description="Only points after this time, in seconds since 1970 (UTC).")
    ] = 0.0
    limit: Annotated[
        int, Meta(ge=1, le=10_000, description="How many points, the newest ones.")
    ] = 50


class RunningParams(Tool, kw_only=True, forbid_unknown_fields=True):
    """What the kernel runs now."""


class AiReprParams(Tool, kw_only=True, forbid_unknown_fields=True):
    """A value's own text for models."""

    path: Path
    timeout_ms: Annotated[
        int, Meta(ge=10, le=60_000, description="How long the value's own code may take.")
    ] = 2_000


class WaitParams(Tool, kw_only=True, forbid_unknown_fields=True):
    """Wait for a condition, or for the end of a cell or of a run."""

    condition: Annotated[
        str,
        Meta(
            max_length=1000,
            description="Such as loss < 0.1, isnan(loss), changed(x), len(done) >= 10, "
            'df["v"].nulls == 0. Empty: wait for the end only.',
        ),
    ] = ""
    timeout_s: Annotated[
        float, Meta(gt=0, le=3_600, description="How many seconds to wait at the most.")
    ] = 30.0
    run: Annotated[
        str, Meta(max_length=100, description="The id that `run` gave: wait for its end.")
    ] = ""


class SetParams(Tool, kw_only=True, forbid_unknown_fields=True):
    """Bind a name."""

    name: Name
    expression: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=100_000,
            description="A Python expression. It is evaluated in the kernel, when no cell runs.",
        ),
    ]


class DeleteParams(Tool, kw_only=True, forbid_unknown_fields=True):
    """Delete variables."""

    names: Annotated[
        list[Name], Meta(min_length=1, max_length=1_000, description="The exact names.")
    ]


class InterruptParams(Tool, kw_only=True, forbid_unknown_fields=True):
    """Interrupt the cell that runs."""


class RunParams(Tool, kw_only=True, forbid_unknown_fields=True):
    """Run code as a cell."""

    code: Annotated[
        str, Meta(min_length=1, max_length=1_000_000, description="Python code, as in a cell.")
    ]


def schema_of(params: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the JSON Schema of what a tool takes: one object, with what it refers to inside.

    Examples
    --------
    >>> schema = schema_of(KernelsParams)
    >>> schema["type"], list(schema["properties"])
    ('object', ['max_chars'])
    """
    (schema,), definitions = msgspec.json.schema_components([params], ref_template="#/$defs/{name}")
    name = schema["$ref"].rpartition("/")[2]
    found: dict[str, Any] = dict(definitions.pop(name))
    if definitions:
        found["$defs"] = definitions
    found.pop("title", None)
    found.pop("description", None)
    return found
