"""What is restored by its name is the same as it was, or is refused."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from livens.state.encoding import all_bytes, decode_group, encode_group, origins

SOURCE = """
import functools

class Own:
    def __init__(self, n): self.n = n

def double(n): return 2 * n

def make(n):
    def inner(): return n + STEP
    return inner

STEP = 5
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module of the user's on disk."""
    (tmp_path / "livens_own_module.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    monkeypatch.delitem(sys.modules, "livens_own_module", raising=False)
    return importlib.import_module("livens_own_module")


def kept(**values: Any) -> tuple[bytes, list[bytes]]:
    """Return the document and the blobs of names that are all kept."""
    group = encode_group(values)
    assert group.refused == {}
    return group.document, [all_bytes(blob) for blob in group.blobs]


def test_what_a_module_of_the_user_has_comes_back(module: ModuleType) -> None:
    """By its name; a function from inside of one has the globals of the module."""
    document, blobs = kept(
        m=module, f=module.double, c=module.Own, o=module.Own(3), inner=module.make(1)
    )
    found = decode_group(document, blobs, {}).values
    assert (found["m"], found["f"], found["c"]) == (module, module.double, module.Own)
    assert (type(found["o"]), found["o"].n) == (module.Own, 3)
    assert found["inner"]() == 6
    module.STEP = 10  # type: ignore[attr-defined]
    assert found["inner"]() == 11


def test_module_that_has_changed_is_refused_by_name(module: ModuleType) -> None:
    """All that comes from it is, and nothing else."""
    document, blobs = kept(m=module, o=module.Own(3), inner=module.make(1), x=1)
    Path(str(module.__file__)).write_text(SOURCE + "# changed\n")
    decoded = decode_group(document, blobs, {})
    assert decoded.values == {"x": 1}
    reason = "module livens_own_module has changed since it was kept"
    assert decoded.refused == {"m": reason, "o": reason, "inner": reason}


def test_module_that_is_gone_is_refused(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason has its name."""
    document, blobs = kept(f=module.double)
    Path(str(module.__file__)).unlink()
    monkeypatch.delitem(sys.modules, "livens_own_module")
    importlib.invalidate_caches()
    refused = decode_group(document, blobs, {}).refused
    assert refused == {"f": "module livens_own_module is not found"}


def test_instance_of_another_version_of_a_package_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a class keeps in its attributes may differ; its functions are found by name."""
    import hypothesis.errors

    value = hypothesis.errors.StopTest(5)
    document, blobs = kept(v=value, f=hypothesis.given, m=hypothesis)
    monkeypatch.setattr(origins, "version_of", lambda package: "0.1")
    decoded = decode_group(document, blobs, {})
    assert decoded.values == {"f": hypothesis.given, "m": hypothesis}
    assert decoded.refused["v"].startswith("it was kept with hypothesis ")
    assert decoded.refused["v"].endswith(", and here is 0.1")


def test_function_that_is_no_longer_in_its_module() -> None:
    """A document of another version may name what is not here."""
    document, blobs = kept(f=importlib.import_module)
    document_of_another = document  # its digest is right
    found = sys.modules["importlib"].__dict__.pop("import_module")
    try:
        refused = decode_group(document_of_another, blobs, {}).refused
    finally:
        sys.modules["importlib"].__dict__["import_module"] = found
    assert refused == {"f": "module importlib has no import_module here"}
