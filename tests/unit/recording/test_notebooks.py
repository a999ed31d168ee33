"""Notebooks that are read, written and given parameters, and files that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from commands import notebook_file

from livens import cli
from livens.client import kernels
from livens.exceptions import RunFailed
from livens.recording import notebooks


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of a known size, and no colours."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


class TestReading:
    """Notebooks that are, and files that are none."""

    def test_notebook(self, tmp_path: Path) -> None:
        """A notebook is read as nbformat reads it."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 1")
        assert notebooks.read(path) == nbformat.read(path, as_version=4)

    def test_old_notebook(self, tmp_path: Path) -> None:
        """A notebook of version 3 is converted."""
        old = nbformat.v3.new_notebook(
            worksheets=[nbformat.v3.new_worksheet(cells=[nbformat.v3.new_code_cell("x = 1")])]
        )
        path = tmp_path / "old.ipynb"
        path.write_text(nbformat.v3.writes_json(old))
        assert [cell.source for cell in notebooks.read(path).cells] == ["x = 1"]

    def test_notebook_without_cell_ids(self, tmp_path: Path) -> None:
        """A notebook that lacks the ids of its cells is no reason for a warning."""
        cell = {"cell_type": "code", "metadata": {}, "source": "x", "outputs": []}
        data = {"cells": [cell | {"execution_count": None}], "metadata": {}}
        path = tmp_path / "a.ipynb"
        path.write_text(json.dumps({**data, "nbformat": 4, "nbformat_minor": 5}))
        assert len(notebooks.read(path).cells) == 1

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (None, "No notebook"),
            (b"# a script", "is not JSON"),
            (b"", "is not JSON"),
            (b"[" * 100_000, "is not JSON"),
            (b"\xff\xfe\x00", "cannot be read"),
            (b"[1, 2]", "but no notebook"),
            (b'{"a": 1}', "but no notebook"),
            (b'{"cells": 5}', "but no notebook that can be read"),
            (b'{"cells": [{}], "nbformat": 4}', "but no notebook that can be read"),
            (b'{"cells": [], "nbformat": "x"}', "but no notebook that can be read"),
        ],
    )
    def test_no_notebook(
        self,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        content: bytes | None,
        message: str,
    ) -> None:
        """A file that is no notebook ends in code 2 and a sentence that names it."""
        path = tmp_path / "bad.ipynb"
        if content is not None:
            path.write_bytes(content)
        assert cli.main(["run", str(path)]) == 2
        err = capsys.readouterr().err
        assert message in err
        assert str(path) in err
        assert "Traceback" not in err

    @pytest.mark.parametrize(
        ("metadata", "expected"),
        [
            ({}, ("", "")),
            ({"kernelspec": {"language": "R", "name": "ir"}}, ("R", "ir")),
            ({"language_info": {"name": "julia"}}, ("julia", "")),
            ({"kernelspec": 5, "language_info": []}, ("", "")),
        ],
    )
    def test_language(self, metadata: Any, expected: tuple[str, str]) -> None:
        """The language is read from either place, and garbage there is no reason to fail."""
        notebook = nbformat.v4.new_notebook()
        notebook.metadata.update(metadata)
        assert notebooks.language_and_kernel(notebook) == expected

    def test_directory(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A directory without notebooks is nothing to run."""
        assert cli.main(["run", str(tmp_path)]) == 2
        assert "No notebook in" in capsys.readouterr().err

    def test_output_in_no_directory(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Where the notebook is to go is checked before an hour of computing."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 1")
        assert cli.main(["run", str(path), "--output", str(tmp_path / "no" / "b.ipynb")]) == 2
        assert "No directory" in capsys.readouterr().err

    def test_missing_kernel(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A kernel that is not installed is named, with those that are."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 1")
        assert cli.main(["run", str(path), "--kernel", "no-such"]) == 2
        err = capsys.readouterr().err
        assert "No kernel 'no-such'" in err
        assert "python3" in err

    def test_livens_not_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where our own kernel is missing, the remedy is the command that installs it."""

        def nothing(self: Any, name: str) -> Any:
            raise kernels.NoSuchKernel(name)

        monkeypatch.setattr(kernels.KernelSpecManager, "get_kernel_spec", nothing)
        with pytest.raises(RunFailed, match="pip install livens"):
            kernels.find_kernel_spec("livens")


class TestEncoding:
    """Notebooks are encoded as Jupyter writes them."""

    def test_bytes(self, tmp_path: Path) -> None:
        """What we write is what nbformat writes, byte for byte."""
        notebook = notebooks.read(notebook_file(tmp_path / "a.ipynb", "x = 'é'", "y = 2"))
        nbformat.write(notebook, tmp_path / "theirs.ipynb")
        assert notebooks.encode(notebook) == (tmp_path / "theirs.ipynb").read_bytes()

    def test_half_of_a_surrogate_pair(self, tmp_path: Path) -> None:
        """A text that UTF-8 cannot carry costs no notebook, and is read back as it was."""
        notebook = notebooks.read(notebook_file(tmp_path / "a.ipynb", "x = 1"))
        notebook.cells[0].source = "'\ud800'"
        for data in (notebooks.encode(notebook), notebooks.encode_incomplete(notebook, 0, 1)):
            assert json.loads(data)["cells"][0]["source"] in ("'\ud800'", ["'\ud800'"])

    def test_mark_of_a_notebook_that_is_not_complete(self, tmp_path: Path) -> None:
        """Its metadata say how far it is; the notebook keeps none of it, nor does the next run."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 1", "y = 2")
        notebook = notebooks.read(path)
        notebook.metadata["livens"] = {"record": "r"}
        whole = notebooks.encode(notebook)
        path.write_bytes(notebooks.encode_incomplete(notebook, 1, 2))
        marked = nbformat.read(path, as_version=4).metadata.livens
        assert marked == {"record": "r", "incomplete": {"cells_ended": 1, "cells": 2}}
        assert notebooks.encode(notebook) == whole
        assert notebooks.encode(notebooks.read(path)) == whole


class TestParameters:
    """Parameters in papermill's way."""

    @pytest.mark.parametrize(
        "text", ["1", "-2", "1.5", "1e-3", "nan", "-inf", "True", "False", "None", "true", "x y"]
    )
    def test_values_as_in_papermill(self, text: str) -> None:
        """A value is what papermill takes it for."""
        papermill = pytest.importorskip("papermill.cli")
        assert repr(notebooks.parse_value(text)) == repr(papermill._resolve_type(text))

    def test_cell_as_in_papermill(self, tmp_path: Path) -> None:
        """The injected cell is, to the letter, the one that papermill makes."""
        translators = pytest.importorskip("papermill.translators")
        texts = ["c=0.5", "d=None", "e=True", "f=nan", "g=-inf", "h=x=y"]
        values = notebooks.parse_parameters([("a", "1"), ("b", 'say "hi"\\\n é'), *texts])
        notebook = notebooks.read(notebook_file(tmp_path / "a.ipynb", "a = 0"))
        notebooks.inject_parameters(notebook, values)
        expected = translators.PythonTranslator.codify(values)
        for mine, theirs in zip(
            notebook.cells[0].source.splitlines(), expected.splitlines(), strict=True
        ):
            assert mine == theirs
        assert notebook.cells[0].metadata.tags == ["injected-parameters"]

    def test_after_the_tagged_cell(self, tmp_path: Path) -> None:
        """The parameters come after the cell with their defaults."""
        path = notebook_file(tmp_path / "a.ipynb", "1", "a = 0", "2", tags={1: ["parameters"]})
        notebook = notebooks.read(path)
        assert notebooks.inject_parameters(notebook, {"a": 5})
        sources = [cell.source for cell in notebook.cells]
        assert sources == ["1", "a = 0", "# Parameters\na = 5\n", "2"]
        nbformat.validate(notebook)

    def test_injected_cell_is_replaced(self, tmp_path: Path) -> None:
        """A notebook that was run before gets the new parameters in the place of the old."""
        tags = {0: ["parameters"], 1: ["injected-parameters"]}
        path = notebook_file(tmp_path / "a.ipynb", "a = 0", "a = 1", "a", tags=tags)
        notebook = notebooks.read(path)
        notebooks.inject_parameters(notebook, {"a": 2})
        sources = [cell.source for cell in notebook.cells]
        assert sources == ["a = 0", "# Parameters\na = 2\n", "a"]

    def test_no_tagged_cell(self, tmp_path: Path) -> None:
        """Without such a cell they go to the top, and the caller is told."""
        notebook = notebooks.read(notebook_file(tmp_path / "a.ipynb", "x"))
        assert not notebooks.inject_parameters(notebook, {"a": 1})
        assert notebook.cells[0].source == "# Parameters\na = 1\n"

    def test_format_before_cell_ids(self, tmp_path: Path) -> None:
        """A notebook of version 4.4 stays one: its cells have no ids."""
        notebook = notebooks.read(notebook_file(tmp_path / "a.ipynb", "x"))
        notebook.nbformat_minor = 4
        del notebook.cells[0]["id"]
        notebooks.inject_parameters(notebook, {"a": 1})
        nbformat.validate(notebook)

    @pytest.mark.parametrize("argv", [["a"], ["1a=2"], ["=2"], ["a-b=2"], ["class=2"]])
    def test_bad_parameters(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], argv: list[str]
    ) -> None:
        """What is no parameter is named."""
        path = notebook_file(tmp_path / "a.ipynb", "x")
        assert cli.main(["run", str(path), "--parameters", *argv]) == 2
        assert repr(argv[0].partition("=")[0]) in capsys.readouterr().err
