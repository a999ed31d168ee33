"""What tools take: schemas that a client can use, and arguments that are read strictly."""

from __future__ import annotations

import jsonschema
import pytest

from livens.agents.params import schema_of
from livens.agents.toolset import Toolset

TOOLS = Toolset(allow_changes=True).tools


@pytest.mark.parametrize("name", TOOLS)
def test_schemas_are_objects(name: str) -> None:
    """Each is a valid JSON Schema of one object, whose fields are described."""
    schema = schema_of(TOOLS[name].params)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert all("description" in field for field in schema["properties"].values())


def test_what_changes_has_to_be_allowed() -> None:
    """Without that there are only the tools that look."""
    assert set(Toolset().tools) == {
        *("kernels", "list_variables", "inspect", "table", "history"),
        *("running", "wait_for", "ai_repr"),
    }
    assert {name for name, tool in TOOLS.items() if tool.changes} == {
        *("set", "delete", "interrupt", "run"),
    }
