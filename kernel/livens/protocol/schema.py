"""The JSON Schema of the protocol, made of its types: for docs, tests and other languages."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from livens.protocol import TARGET
from livens.protocol.messages import (
    PROTOCOL,
    Event,
    Failure,
    Progress,
    Refresh,
    Request,
    Result,
    Update,
)
from livens.protocol.requests import REQUESTS, RESULTS


def json_schema() -> dict[str, Any]:
    """Generate the JSON Schema (draft 2020-12) of the protocol.

    ``$defs`` holds every type; ``KernelMessage`` and ``ClientMessage`` in it are what may come
    from either side. The kernel's messages and the client's are both valid against the schema
    as a whole.
    """
    kernel_side = [Refresh, Update, Event, Progress, Result, Failure]
    types = [*kernel_side, Request, *REQUESTS.values(), *dict.fromkeys(RESULTS.values())]
    _, components = msgspec.json.schema_components(types, ref_template="#/$defs/{name}")
    requests = [
        {
            "type": "object",
            "required": ["method"],
            "properties": {
                "method": {"const": method},
                "params": {"$ref": f"#/$defs/{params.__name__}"},
                "id": {"type": ["integer", "string", "null"]},
            },
            "additionalProperties": False,
        }
        for method, params in REQUESTS.items()
    ]
    definitions = self_contained(components)
    definitions["KernelMessage"] = {
        "oneOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in kernel_side]
    }
    definitions["ClientMessage"] = {"oneOf": requests}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{TARGET}, version {PROTOCOL}",
        "oneOf": [{"$ref": "#/$defs/KernelMessage"}, {"$ref": "#/$defs/ClientMessage"}],
        "$defs": dict(sorted(definitions.items())),
    }


def self_contained(components: dict[str, Any]) -> dict[str, Any]:
    """Return definitions that allow no other keys, without what only Python readers need."""
    cleaned = {}
    for name, definition in components.items():
        text = definition.get("description", "")
        summary = re.split(r"\n\s*Attributes\n", text)[0].strip()
        cleaned[name] = {**definition, "description": summary}
        if definition.get("type") == "object":
            cleaned[name].setdefault("additionalProperties", False)
        for schema in definition.get("properties", {}).values():
            if "anyOf" in schema:  # whose order differs between versions of msgspec
                schema["anyOf"].sort(key=str)
    return cleaned
