"""Parameters from YAML and JSON: they become literals of Python, or are refused by name."""

from __future__ import annotations

import ast
import math
from pathlib import Path
from typing import Any

import nbformat
import pytest

from livens.exceptions import RunFailed
from livens.recording import notebooks
from livens.recording.parameter_files import read_parameter_files


def injected(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return what the cell that sets the parameters says."""
    notebook = nbformat.v4.new_notebook()
    notebooks.inject_parameters(notebook, parameters)
    source = notebook.cells[0].source.replace("float('nan')", "'nan'")
    statements = [node for node in ast.parse(source).body if isinstance(node, ast.Assign)]
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in statements
        if isinstance(node.targets[0], ast.Name)
    }


def test_yaml(tmp_path: Path) -> None:
    """Texts, numbers, truth values, lists and mappings; dates stay texts, as in papermill."""
    path = tmp_path / "params.yaml"
    path.write_text(
        'year: 2024\nrate: 0.5\ncity: "Bern\'s \\"old\\" town\\n"\ndry: true\nnone: null\n'
        "day: 2024-01-31\nsteps: [1, [2, 3]]\nmodel: {depth: 3, names: [a, b]}\n"
    )
    found = read_parameter_files([str(path)])
    assert found["day"] == "2024-01-31"
    assert found["model"] == {"depth": 3, "names": ["a", "b"]}
    assert injected(found) == found


def test_json(tmp_path: Path) -> None:
    """A file that is named so is read as JSON: its numbers are not YAML's texts."""
    path = tmp_path / "params.json"
    path.write_text('{"rate": 1e-3, "bad": NaN, "deep": {"a": [null, false]}}')
    found = read_parameter_files([str(path)])
    assert found["rate"] == 0.001
    assert math.isnan(found["bad"])
    assert injected({**found, "bad": 0}) == {**found, "bad": 0}


def test_later_file_overrides(tmp_path: Path) -> None:
    """Of several files, each may say something else."""
    for name, text in (("a.yml", "x: 1\ny: 1"), ("b.yml", "y: 2")):
        (tmp_path / name).write_text(text)
    paths = [str(tmp_path / name) for name in ("a.yml", "b.yml")]
    assert read_parameter_files(paths) == {"x": 1, "y": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- 1\n- 2", "has no parameters"),
        ("", "has no parameters"),
        ("x: [", "neither YAML nor JSON"),
        ("x: !!python/object/apply:os.getcwd []", "neither YAML nor JSON"),
        ("1: 2", "1 cannot be the name"),
        ("two words: 2", "'two words' cannot be the name"),
        ("x: !!binary aGk=", "the value of x is of the type bytes"),
        ("x: [{a: !!set {b}}]", "the value of x is of the type set"),
        ("x: &again [*again]", "the value of x contains itself"),
    ],
)
def test_refused(tmp_path: Path, text: str, message: str) -> None:
    """What could not be written into a notebook is named, with its file."""
    path = tmp_path / "p.yaml"
    path.write_text(text)
    with pytest.raises(RunFailed, match=message) as caught:
        read_parameter_files([str(path)])
    assert str(path) in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    """The file is named."""
    with pytest.raises(RunFailed, match="cannot be read"):
        read_parameter_files([str(tmp_path / "none.yaml")])
