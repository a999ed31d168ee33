"""Whether a message is one of the protocol's, by the JSON Schema that livens publishes.

Fields that the schema does not know are allowed to be there, since later versions add some; but a
kernel that sends them today is not strict.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema

from livens_conformance.verdicts import Failed

RESULTS = {
    "subscribe": "Subscribed",
    "refresh": "Subscribed",
    "list": "VariableList",
    "inspect": "Inspection",
    "value": "ValueText",
    "table": "Table",
    "statistics": "Statistics",
    "table.code": "TableCode",
    "cancel": "CancelDone",
    "history": "History",
    "digest": "Digests",
    "environment": "Environment",
    "memory": "Memory",
    "set": "SetDone",
    "delete": "Deleted",
    "rename": "Renamed",
    "undo": "Undone",
    "rule.add": "RuleAdded",
    "rule.check": "RuleChecked",
    "rule.list": "Rules",
    "rule.remove": "RuleRemoved",
    "state.list": "StateList",
    "state.keep": "StateList",
    "state.save": "StateDone",
    "state.restore": "StateDone",
    "state.back": "StateDone",
    "state.diff": "StateDifference",
    "state.forget": "StateDone",
    "sharing.list": "SharedNames",
}
"""The type of the result of each method."""

FEATURES = frozenset(
    {
        *("answers-while-busy", "cells", "digests", "forms", "frames", "lines", "progress"),
        *("sharing", "stop"),
    }
)
"""What a kernel can do besides its methods."""

ERRORS = {
    -32600: "InvalidMessage",
    -32601: "UnknownMethod",
    -32602: "InvalidParams",
    -32603: "RequestError",
    -32001: "VariableNotFound",
    -32002: "KernelBusy",
    -32003: "NotAllowed",
    -32004: "EvaluationFailed",
    -32005: "TookTooLong",
    -32007: "InvalidCondition",
    -32008: "Cancelled",
}
"""The names of the codes of errors."""


@cache
def schema() -> dict[str, Any]:
    """Return the schema of all messages."""
    file = files("livens_conformance").joinpath("schema", "livens.variables.v1.json")
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def _without_bounds(node: Any) -> Any:
    """Return a schema in which objects may have more fields."""
    if isinstance(node, dict):
        return {k: _without_bounds(v) for k, v in node.items() if k != "additionalProperties"}
    return [_without_bounds(item) for item in node] if isinstance(node, list) else node


@cache
def _validator(name: str, is_strict: bool) -> Any:
    whole = schema() if is_strict else _without_bounds(schema())
    kind = jsonschema.validators.validator_for(whole)
    return kind({"$ref": f"#/$defs/{name}", "$defs": whole["$defs"]})


def kind_of(data: dict[str, Any]) -> str:
    """Return the name of the type that a kernel's message should have.

    Examples
    --------
    >>> kind_of({"method": "update"}), kind_of({"id": 1, "result": {}}), kind_of({"id": 1})
    ('Update', 'Result', 'Failure')
    """
    by_method = {"refresh": "Refresh", "update": "Update", "event": "Event", "progress": "Progress"}
    if "method" in data:
        return by_method.get(str(data["method"]), "Update")
    return "Result" if "result" in data else "Failure"


def check(data: Any, name: str = "") -> str:
    """Check data against the type of a message, or against one that is named.

    Returns
    -------
    str
        What is not strict: a field that nobody knows; empty if there is none.

    Raises
    ------
    Failed
        If it is not of the type.

    Examples
    --------
    >>> check({"id": 1, "result": {}}), check({"id": 1, "result": {}, "jsonrpc": "2.0"})[:31]
    ('', 'Additional properties are not a')
    >>> check({"method": "update"})
    Traceback (most recent call last):
    livens_conformance.verdicts.Failed: Update: at the top: 'params' is a required property
    """
    if not isinstance(data, dict):
        raise Failed(f"a message is an object, found {data!r:.100}")
    is_message = not name
    name = name or kind_of(data)
    error = jsonschema.exceptions.best_match(_validator(name, False).iter_errors(data))
    if error is not None:
        where = "/".join(map(str, error.absolute_path)) or "the top"
        raise Failed(f"{name}: at {where}: {error.message:.300}")
    if is_message and "state" in data:
        raise Failed("a message has the key `state`, by which nbclient takes it for a widget's")
    error = jsonschema.exceptions.best_match(_validator(name, True).iter_errors(data))
    return "" if error is None else f"{error.message:.300}"
