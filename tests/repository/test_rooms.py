"""The pages name what is there: rooms, modules, and the words of the glossary."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import livens
from livens.values import registry

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "kernel/livens"
PAGES = {
    path.name: path.read_text(encoding="utf-8")
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
}
ARCHITECTURE = PAGES["architecture.md"]

NOT_MODULES = {"livens.adapters", "livens.variables"}
"""What reads as a module and is none: the group of entry points, and the name of the protocol."""

MADE = {"static"}
"""Folders of the package that are built, and are not in a clone."""

EXAMPLES = {"values/adapters/zipfile.py"}
"""What the example of CONTRIBUTING has its reader write."""


def section(title: str) -> str:
    """Return what stands below a heading of the architecture, up to the next of the same level."""
    marks = "#" * (len(title) - len(title.lstrip("#")))
    found = re.search(
        rf"^{re.escape(title)}\n(.*?)(?=^{marks} |\Z)", ARCHITECTURE, re.MULTILINE | re.DOTALL
    )
    assert found is not None, title
    return found[1]


def first_cells(text: str) -> list[str]:
    """Return the first cell of each row of the table in a text, without its head."""
    rows = re.findall(r"^\| (.+?) \|", text, re.MULTILINE)
    return [row.strip("`") for row in rows[1:]]


def folders() -> set[str]:
    """Return the folders of the package, without those where only compiled files are left."""
    files = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*") if path.is_file()]
    kept = [path.parts[0] for path in files if len(path.parts) > 1 and path.suffix != ".pyc"]
    return set(kept) - MADE


def test_every_room_is_described() -> None:
    """The table of the rooms has each folder with Python in it, and no other."""
    described = {name.strip("/") for name in first_cells(section("## The rooms"))[:13]}
    assert described == folders() - {"schema"}


def test_other_folders_are_described() -> None:
    """Folders without Python are named beside the table."""
    text = section("## The rooms")
    assert all(f"`{name}/`" in text for name in folders() | MADE)


def test_modules_at_the_top_are_described() -> None:
    """What lies beside the rooms is named, one by one."""
    text = section("## The rooms").partition("### ")[0]
    names = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    assert {name for name in names if f"`{name}`" not in text} == set()


def test_rooms_in_the_list_of_what_goes_where_are_there() -> None:
    """CONTRIBUTING has a row for each room, and every room that it names is a folder."""
    table = PAGES["CONTRIBUTING.md"].partition("## Where to add what")[2].partition("\n\nTests")[0]
    named = {
        name
        for row in re.findall(r"^\|[^|]+\| (`[^|]+) \|", table, re.MULTILINE)
        for name in re.findall(r"`(\w+)/`", row)
    }
    assert named == folders() - {"schema"}


@pytest.mark.parametrize("page", PAGES)
def test_paths_in_the_pages_are_there(page: str) -> None:
    """A path below `kernel/livens/`, or one that begins with a room, names a file or a folder."""
    rooms = "|".join(sorted(folders()))
    below = re.findall(r"`kernel/livens/([\w./]*)`", PAGES[page])
    inside = re.findall(rf"`((?!kernel/livens/)(?:{rooms})/[\w./]+\.py)`", PAGES[page])
    missing = [path for path in below + inside if not (PACKAGE / path).exists()]
    assert [path for path in missing if path.strip("/") not in MADE | EXAMPLES] == []


@pytest.mark.parametrize("page", PAGES)
def test_modules_in_the_pages_are_there(page: str) -> None:
    """Each dotted name that begins with `livens.` leads to a module, or to something in one."""
    named = set(re.findall(r"(?<![\w./\-])livens(?:\.[A-Za-z_]\w*)+", PAGES[page]))
    assert {name for name in named - NOT_MODULES if not leads_somewhere(name)} == set()


def leads_somewhere(name: str) -> bool:
    """Return whether a dotted name is a module of the package, or an attribute of one."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        module = ".".join(parts[:end])
        if is_module(module):
            return has_attributes(module, parts[end:])
    return False


def is_module(name: str) -> bool:
    """Return whether a module of the package has this name."""
    path = ROOT / "kernel" / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def has_attributes(module: str, names: list[str]) -> bool:
    """Return whether a module defines the first of these names, without importing it."""
    if not names:
        return True
    if module == "livens":
        return names[0] in dir(livens)
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    text = Path(spec.origin).read_text(encoding="utf-8")
    return re.search(rf"\b{re.escape(names[0])}\b", text) is not None


def words_of(tree: ast.AST) -> Iterator[str]:
    """Yield the docstrings and the identifiers of a module."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield ast.get_docstring(node) or ""
        for field in ("name", "id", "attr", "arg"):
            identifier = getattr(node, field, None)
            if isinstance(identifier, str):
                yield re.sub(r"(?<=[a-z])(?=[A-Z])", " ", identifier).replace("_", " ")


@cache
def all_words() -> str:
    """Return all docstrings and identifiers of the package, in lower case."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py"))
    text = "\n".join(text for tree in trees for text in words_of(tree))
    return re.sub(r"[ \n]+", " ", text).lower()


GLOSSARY = first_cells(section("## Glossary"))


def test_glossary_is_short_and_in_order() -> None:
    """It has thirty words at the most, none of them twice, by the alphabet."""
    assert 20 <= len(GLOSSARY) <= 30
    assert sorted(set(GLOSSARY)) == GLOSSARY


@pytest.mark.parametrize("word", GLOSSARY)
def test_words_of_the_glossary_are_those_of_the_code(word: str) -> None:
    """Each is an identifier, or stands in a docstring, as it is or in the plural."""
    assert re.search(rf"\b{re.escape(word)}s?\b", all_words()), word


def test_example_of_a_new_type_works_as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The adapter of CONTRIBUTING passes the test that stands beside it."""
    example = PAGES["CONTRIBUTING.md"].partition("### Example")[2]
    adapter, test = re.findall(r"```python\n(.*?)```", example, re.DOTALL)
    module: dict[str, Any] = vars(ModuleType("zipfile_adapter"))
    exec(adapter, module)
    monkeypatch.setattr(registry, "_by_name", {**registry._by_name, **module["ADAPTERS"]})
    monkeypatch.setattr(registry, "_seen", {})
    tests: dict[str, Any] = vars(ModuleType("test_zipfile"))
    exec(test, tests)
    names = [name for name in tests if name.startswith("test_")]
    assert len(names) == 1
    tests[names[0]]()
