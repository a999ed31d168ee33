"""Messages arrive whatever is in them: a row that cannot be sent costs itself."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from livens.protocol import messages
from livens.protocol.types import Origin, Point, Variable

LONE = "\udcff"


@pytest.mark.parametrize("field", ["dtype", "device", "reason", "preview", "change", "module"])
def test_every_text_of_a_row_is_made_sendable(field: str) -> None:
    """Also those that an adapter wrote; rows that can be sent are left as they are."""
    bad = Variable("bad", [["key", "str", LONE]], "object", "T")
    setattr(bad, field, f"a{LONE}")
    good = Variable("good", [], "number", "int", preview="1")
    params = messages.UpdateParams(epoch="e", seq=1, changed=[good, bad])
    data = msgspec.json.decode(messages.encode_json(messages.Update(params)))
    first, second = data["params"]["changed"]
    assert first == {"name": "good", "path": [], "kind": "number", "type": "int", "preview": "1"}
    assert (second[field], second["path"]) == ("a\\udcff", [["key", "str", "\\udcff"]])


def test_row_that_cannot_be_sent_at_all() -> None:
    """It is sent as skipped with the reason, its points without what they measure."""
    bad: Any = Variable("bad", [["name", "bad"]], "array", "ndarray", shape=[object()])  # type: ignore[list-item]
    good = Variable("good", [], "number", "int", preview="1")
    points: Any = {"bad": [Point(1.0, size=[object()])], "good": [Point(1.0, 1)]}  # type: ignore[list-item]
    params = messages.UpdateParams(
        epoch="e", seq=1, changed=[bad, good], points=points, origins={"x": Origin(1)}
    )
    data = msgspec.json.decode(messages.encode_json(messages.Update(params)))["params"]
    assert [each["name"] for each in data["changed"]] == ["bad", "good"]
    assert data["changed"][0]["status"] == "skipped"
    assert data["changed"][0]["reason"] == "sending it raised TypeError"
    assert data["points"] == {
        "bad": [[1.0, None, None, None, None]],
        "good": [[1.0, 1, None, None, None]],
    }
