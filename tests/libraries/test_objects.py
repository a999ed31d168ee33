"""Pillow, matplotlib, networkx, sympy, pydantic, attrs: objects by what they keep."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import attrs
import msgspec
import networkx as nx
import PIL.Image
import pydantic
import pytest
import sympy
from matplotlib.figure import Figure

from livens.protocol.redaction import Redactor
from livens.values.descriptions import describe


def shown(value: Any) -> str:
    """Return the preview."""
    return describe("v", value, hides=Redactor().hides).preview


def fail(*args: Any, **kwargs: Any) -> NoReturn:
    """Stand for what must not run."""
    raise AssertionError("it was asked")


def test_image_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file's image is described without reading a pixel."""
    path = tmp_path / "x.png"
    image = PIL.Image.new("RGB", (2, 3))
    image.save(path)
    assert shown(image) == "image RGB, 2 × 3"
    with PIL.Image.open(path) as opened:
        with monkeypatch.context() as patch:
            for name in ("load", "__repr__", "tobytes", "__array_interface__", "_repr_png_"):
                patch.setattr(PIL.Image.Image, name, fail, raising=False)
            found = describe("i", opened)
        assert found.preview == "image RGB, 2 × 3, PNG, not loaded"
        assert found.shape == [3, 2]
        opened.load()
        assert shown(opened) == "image RGB, 2 × 3, PNG"


def test_figure_is_not_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A figure and its axes are told by titles and what was drawn."""
    figure = Figure()
    axes = figure.subplots()
    axes.set_title("loss")
    line = axes.plot([1, 2], label="train")[0]
    figure.suptitle("run 3")
    for cls in (Figure, type(axes), type(line)):
        for name in ("draw", "__repr__", "__str__", "stale", "get_children"):
            monkeypatch.setattr(cls, name, fail)
    assert shown(figure) == "Figure, 1 axes, 'run 3'"
    assert shown(axes) == "Axes, 1 artists, 'loss'"
    assert shown(line) == "Line2D 'train'"


@pytest.mark.parametrize("cls", [nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph])
def test_graph_counts_as_networkx_does(cls: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nodes and edges, loops and parallel edges included."""
    graph = cls([(1, 2), (2, 3), (3, 3), ("a", 1), (1, 2)])
    edges = graph.number_of_edges()
    for name in ("__len__", "__iter__", "__str__", "number_of_edges", "size", "edges"):
        monkeypatch.setattr(cls, name, fail)
    assert shown(graph) == f"{cls.__name__}, 4 nodes, {edges} edges: 1, 2, 3, 'a'"


def test_graph_of_many_nodes_is_not_counted() -> None:
    """Counting edges takes as long as there are nodes."""
    assert shown(nx.path_graph(2_000)) == "Graph, 2000 nodes: 0, 1, 2, 3, 4, …"
    assert shown(nx.Graph()) == "Graph, 0 nodes, 0 edges"


X, Y = sympy.symbols("x y")


@pytest.mark.parametrize(
    ("value", "preview"),
    [
        (X, "x"),
        (2 * X + 1, "1 + 2*x"),
        ((X + Y) ** 2, "(x + y)**2"),
        (sympy.sin(X), "sin(x)"),
        (sympy.Function("f")(X), "f(x)"),
        (sympy.sqrt(X + 1), "(1 + x)**(1/2)"),
        (sympy.Rational(2, 3), "2/3"),
        (sympy.Float(1.5), "1.5"),
        (sympy.pi * sympy.I, "pi*I"),
        (sympy.Eq(X, 1), "x = 1"),
        (sympy.Integral(X, X), "Integral(x, Tuple(x))"),
        (sympy.Matrix([[1, 2]]), "MutableDenseMatrix 1 × 2"),
        (-sympy.oo, "-oo"),
    ],
    ids=str,
)
def test_sympy(value: Any, preview: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Expressions are written by us, without sympy's printers and what they ask."""
    for name in ("__str__", "__repr__", "_repr_latex_", "doit", "simplify", "as_ordered_terms"):
        monkeypatch.setattr(type(value), name, fail, raising=False)
    assert shown(value) == preview


def test_huge_expression_is_cut() -> None:
    """One that would take seconds to print is described at once, and notes nothing on itself."""
    terms = sympy.Add(*[sympy.Symbol(f"t{n}") ** n for n in range(5_000)], evaluate=False)
    for _ in range(50):
        terms = sympy.Pow(sympy.sin(terms), 2, evaluate=False)
    known = dict(terms._assumptions)
    found = describe("e", terms)
    assert found.truncated
    assert dict(terms._assumptions) == known


class Account(pydantic.BaseModel):
    """A model with a secret and what must not run."""

    name: str
    password: str = "abc"

    @pydantic.computed_field  # type: ignore[prop-decorator]
    @property
    def expensive(self) -> int:
        raise AssertionError("a computed field ran")

    def __repr_args__(self) -> Any:
        raise AssertionError("__repr_args__ ran")


@attrs.define
class Slotted:
    """An attrs class with slots."""

    a: int
    token: str = "abc"


@attrs.define(slots=False)
class Plain:
    """An attrs class without."""

    a: int = attrs.field(repr=fail)


class Record(msgspec.Struct):
    """A struct of msgspec's."""

    a: int


def test_models_show_their_fields() -> None:
    """Read from the instance; secrets are redacted and nothing of the model runs."""
    assert shown(Account(name="joe")) == "Account(name='joe', password=redacted)"
    assert shown(Slotted(1)) == "Slotted(a=1, token=redacted)"
    assert shown(Plain(1)) == "Plain(a=1)"
    assert shown(Record(1)) == "Record(a=1)"


def test_adapters_import_none_of_their_libraries() -> None:
    """All of them are loaded in a process that has none of the libraries loaded."""
    code = """
import sys
from livens.values import adapters

adapters.register_all()

adapters.register_all()
for name in set(adapters._PACKAGES.values()):
    adapters._load(name)
print(sorted(set(adapters._PACKAGES) & set(sys.modules) - sys.stdlib_module_names))
"""
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert printed.stdout.strip() == "[]"
