"""The settings of a sandbox are documented, with their defaults."""

from __future__ import annotations

from pathlib import Path

import pytest

from livens.sandbox.kernel_specs import parse_settings
from livens.sandbox.provisioner import SandboxProvisioner

PAGE = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text("utf-8")

TRAITS = SandboxProvisioner.class_own_traits(config=True)


@pytest.mark.parametrize("name", sorted(TRAITS))
def test_setting_is_documented(name: str) -> None:
    """Its row begins with its name and its default."""
    default = TRAITS[name].default()
    shown = f" {default} " if isinstance(default, int) else f" `{default}` " if default else " "
    shown = " `[]` " if default == [] else shown
    assert f"| `{name}` |{shown}|" in PAGE


def test_page_has_no_other_setting() -> None:
    """None is left that there was once."""
    table = PAGE.partition("| setting | default |")[2].partition("\n\n")[0]
    named = {line.split("`")[1] for line in table.splitlines()[2:]}
    assert named == set(TRAITS)


def test_settings_are_read_by_their_type() -> None:
    """Numbers, texts, and lists of texts, which may be repeated."""
    words = ["memory_mb=5", "folder=/a=b", "environment=A*", "environment=B", "limits_by=process"]
    assert parse_settings(words) == {
        "memory_mb": 5,
        "folder": "/a=b",
        "environment": ["A*", "B"],
        "limits_by": "process",
    }
