"""Other distributions bring adapters by entry points, which are loaded when they are needed."""

from __future__ import annotations

import logging
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from livens.values import plugins, registry
from livens.values.descriptions import describe

CELSIUS = """
class Celsius:
    def __init__(self, degrees):
        self.degrees = degrees

class Scale:
    pass
"""

ADAPTERS = """
from livens.values.passive import instance_dict
from livens.values.summaries import Summary

def celsius(value, limits, preview):
    return Summary("number", f"{preview(value.degrees)} °C")

def scale(value, limits, preview):
    return Summary("object", f"scale of {len(instance_dict(value))} marks")

ADAPTERS = {"thermo_types.Celsius": celsius}
BASES = {"thermo_types.Scale": scale}
WRONG = {"thermo_types.Celsius": "no function", 3: celsius}
"""

DOCS = Path(__file__).parents[4] / "docs" / "adapters.md"

Install = Callable[[dict[str, str]], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a distribution with these entry points, which is gone after the test."""
    for table in ("_sources", "_by_class", "_by_name", "_by_base"):
        monkeypatch.setattr(registry, table, {})
    monkeypatch.syspath_prepend(str(tmp_path))
    for module in ("thermo_types", "thermo_livens"):
        monkeypatch.delitem(sys.modules, module, raising=False)

    def install(entry_points: dict[str, str]) -> None:
        (tmp_path / "thermo_types.py").write_text(CELSIUS, encoding="utf-8")
        (tmp_path / "thermo_livens.py").write_text(ADAPTERS, encoding="utf-8")
        info = tmp_path / "thermo-1.0.dist-info"
        info.mkdir()
        info.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: thermo\nVersion: 1.0\n")
        lines = [f"{name} = {value}" for name, value in entry_points.items()]
        info.joinpath("entry_points.txt").write_text("\n".join([f"[{plugins.GROUP}]", *lines]))
        plugins.offer()

    return install


def test_example_of_the_docs(install: Install, tmp_path: Path) -> None:
    """Both ways that docs/adapters.md tells of work as they stand there."""
    text = DOCS.read_text(encoding="utf-8")
    session, module = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    entry_points = tomllib.loads(re.findall(r"```toml\n(.*?)```", text, re.DOTALL)[0])["project"]
    install(entry_points["entry-points"]["livens.adapters"])
    (tmp_path / "thermo_livens.py").write_text(module, encoding="utf-8")
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(session, namespace)
    assert describe("t", namespace["Celsius"](21)).preview == "21 °C"
    celsius = type("Celsius", (), {"__module__": "thermo"})()
    scale = type("Mine", (type("Scale", (), {"__module__": "thermo"}),), {})()
    celsius.degrees, scale.marks = 3, [1, 2]
    assert describe("t", celsius).preview == "3 °C"
    assert describe("t", scale).preview == "a scale: [1, 2]"


def celsius(degrees: int) -> Any:
    """Make a value of the installed class."""
    from thermo_types import Celsius  # type: ignore[import-not-found]

    return Celsius(degrees)


def test_entry_point_of_a_package_has_a_table(install: Install) -> None:
    """Named by the package: a module with tables, loaded by the first value of the package."""
    install({"thermo_types": "thermo_livens"})
    value = celsius(21)
    describe("v", [1, "a", print])
    describe("v", ValueError())
    assert "thermo_livens" not in sys.modules
    assert describe("v", value).preview == "21 °C"

    from thermo_types import Scale

    class Mine(Scale):  # type: ignore[misc]
        def __len__(self) -> int:
            raise AssertionError("it was asked")

    mine = Mine()
    mine.a = 1
    assert describe("v", mine).preview == "scale of 1 marks"


def test_entry_point_of_a_package_may_be_the_table(install: Install) -> None:
    """The dict itself is enough."""
    install({"thermo_types": "thermo_livens:ADAPTERS"})
    assert describe("v", celsius(21)).preview == "21 °C"


def test_entry_point_of_a_class_is_an_adapter(install: Install) -> None:
    """Named by the qualified name of the class."""
    install({"thermo_types.Celsius": "thermo_livens:celsius"})
    assert describe("v", celsius(21)).preview == "21 °C"


@pytest.mark.parametrize(
    ("entry_points", "logged"),
    [
        (
            {"thermo_types": "nowhere"},
            "The adapters for values of 'thermo_types' could not be loaded",
        ),
        ({"thermo_types": "thermo_livens:celsius"}, "refers to function: expected a dict"),
        ({"thermo_types": "thermo_livens:WRONG"}, "has no adapter for 'thermo_types.Celsius'"),
        ({"thermo_types.Celsius": "thermo_livens:ADAPTERS"}, "has no adapter for"),
    ],
    ids=["no module", "no table", "no adapters", "no adapter"],
)
def test_wrong_entry_point_is_logged_once(
    install: Install,
    caplog: pytest.LogCaptureFixture,
    entry_points: dict[str, str],
    logged: str,
) -> None:
    """It is named, and the values are described as those of any class."""
    install(entry_points)
    with caplog.at_level(logging.ERROR):
        previews = [describe("v", celsius(n)).preview for n in range(3)]
    assert previews == ["<Celsius degrees=0>", "<Celsius degrees=1>", "<Celsius degrees=2>"]
    assert logged in caplog.records[0].getMessage()
    assert len({record.getMessage() for record in caplog.records}) == len(caplog.records) <= 2
