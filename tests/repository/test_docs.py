"""The pages say what the code does: nothing is undocumented, nothing generated is stale."""

from __future__ import annotations

import argparse
import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

import livens
from livens import exceptions
from livens.cli import make_parser
from livens.exceptions import NotMonitored, RequestError
from livens.kernel.kernel import LivensKernel
from livens.kernel.magics import WatchMagics
from livens.kernel.user_api import history, on_change
from livens.protocol import requests

ROOT = Path(__file__).parents[2]
PROTOCOL = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / "docs/reference.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def generate() -> Any:
    """The program that writes the generated parts."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs/generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def without_commands(page: str) -> str:
    """Leave out the commands' help, whose layout differs between versions of Python."""
    return page.partition("## Commands")[0]


def test_generated_parts_are_fresh(generate: Any) -> None:
    """`make docs` would change nothing."""
    for path, text in generate.generated().items():
        stored = (ROOT / path).read_text(encoding="utf-8")
        assert without_commands(stored) == without_commands(text), f"{path}: run `make docs`"


def test_schema_ships_with_the_package() -> None:
    """The JSON Schema lies beside the code, where a client finds it."""
    assert (Path(livens.__file__).parent / "schema" / "livens.variables.v1.json").is_file()


@pytest.mark.parametrize("method", requests.REQUESTS)
def test_every_method_is_documented(method: str) -> None:
    """The page of the protocol has a row for each method."""
    assert f"`{method}`" in PROTOCOL


def test_every_error_is_documented() -> None:
    """The page of the protocol has a row for each error, with its code."""
    kinds = [
        kind
        for kind in vars(exceptions).values()
        if isinstance(kind, type) and issubclass(kind, RequestError)
    ]
    assert len(kinds) == 11
    for kind in kinds:
        assert f"| {kind.code} | {kind.__name__} |" in PROTOCOL


@pytest.mark.parametrize("name", sorted(LivensKernel.class_own_traits(config=True)))
def test_every_setting_has_a_help_and_is_documented(name: str) -> None:
    """Settings are in the reference, with their help text."""
    assert f"`LivensKernel.{name}`" in REFERENCE
    assert LivensKernel.class_own_traits()[name].help


@pytest.mark.parametrize("name", sorted(WatchMagics.magics["line"]))
def test_every_magic_is_documented(name: str) -> None:
    """Magics are in the reference and in the README."""
    assert f"### %{name}" in REFERENCE
    assert f"%{name}" in README


def options() -> list[tuple[str, str]]:
    """List every option of every command."""
    found = []
    for action in make_parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command, parser in action.choices.items():
                for option in parser._actions:
                    found += [(command, text) for text in option.option_strings]
    return found


@pytest.mark.parametrize(("command", "option"), options())
def test_every_option_is_documented(command: str, option: str) -> None:
    """Each option of each command is in the reference, under its command."""
    section = REFERENCE.partition(f"### jupyter livens {command}\n")[2].partition("\n### ")[0]
    assert option in section, f"{command} {option}: run `make docs`"


def test_links_between_pages_lead_somewhere() -> None:
    """Every relative link in the pages names a file that is there."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} -> {target}"


def test_face_of_the_package() -> None:
    """What `livens` offers is there, is listed, and loads on first use."""
    assert set(dir(livens)) == {
        *("__version__", "history", "on_change", "read_record", "register_adapter", "watch"),
        *("Limits", "Summary", "add_rule", "remove_rule"),
        *("share", "shared", "take_shared", "unshare"),
    }
    assert all(getattr(livens, name) for name in dir(livens))
    with pytest.raises(AttributeError, match="nonsense"):
        _ = livens.nonsense  # type: ignore[attr-defined]


def test_calls_elsewhere_say_what_they_need() -> None:
    """Outside a livens kernel on_change and history name the kernel to choose."""
    with pytest.raises(NotMonitored, match=r"Python 3 \(livens\)"):
        on_change("x", print)
    with pytest.raises(NotMonitored, match=r"Python 3 \(livens\)"):
        history("x")
