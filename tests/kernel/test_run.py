"""`jupyter livens run`: what it prints and writes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import TIMEOUT_S, notebook_file, outputs, run, run_in_process
from gates import IS_PROOF

EXAMPLES = Path(__file__).parents[2] / "examples"
SHORTER = {
    "60_000": "600",
    "6_000": "200",
    "epochs=1_600": "epochs=16",
    "assert accuracy > 0.95": "assert accuracy > 0",
    "sleep(0.": "sleep(0.00",
}
"""What the examples repeat, and how often here; not with ``LIVENS_PROVE``."""


class TestPlain:
    """Where the output is no terminal."""

    @pytest.mark.every_python("a smoke test: `jupyter livens run`")
    def test_lines_table_and_sentence(self, tmp_path: Path) -> None:
        """Every cell has its lines with what it changed; a table and a sentence end it."""
        path = notebook_file(
            tmp_path / "a.ipynb", "x = 5\ny = [1, 2]", "", "del y", "z = 'a'", kernel=""
        )
        done = run_in_process(path)
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        text = re.sub(r"\d+\.\d s", "N s", "\n".join(lines[:6]))
        assert text.splitlines() == [
            "[1/3] x = 5",
            "[1/3] ok, N s: x = 5, y = [1, 2]",
            "[2/3] del y",
            "[2/3] ok, N s: - y",
            "[3/3] z = 'a'",
            "[3/3] ok, N s: z = 'a'",
        ]
        assert [line.split()[0] for line in lines[8:10]] == ["x", "z"]
        assert re.fullmatch(r"3 cells ran in .* s; not written \(see --output\)\.", lines[-1])
        assert "\x1b" not in done.stdout
        # The kernel opens no plain port, so ipykernel does not warn of one.
        assert "encryption" not in done.stderr + done.stdout
        assert done.stderr == ""

    def test_table_fits_80_columns(self, tmp_path: Path) -> None:
        """The final table is as wide as a terminal is by custom."""
        path = notebook_file(tmp_path / "a.ipynb", "x = list(range(1000)); y = 'z' * 1000")
        table = run(path).stdout.splitlines()[2:-1]
        assert max(map(len, table)) <= 80

    def test_working_directory(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The cells run where the notebook is, whatever the current directory."""
        (tmp_path / "data.txt").write_text("42")
        path = notebook_file(tmp_path / "a.ipynb", "x = open('data.txt').read()")
        monkeypatch.chdir("/")
        assert "x = '42'" in run(path).stdout

    @pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.ipynb")))
    def test_examples(self, name: str, tmp_path: Path) -> None:
        """The notebooks that we show run, and their variables are seen.

        With fewer rounds and shorter pauses than those who read them see.
        """
        shutil.copytree(EXAMPLES, tmp_path / "examples")
        path = tmp_path / "examples" / name
        text = path.read_text("utf-8")
        if not IS_PROOF:
            for shown, short in SHORTER.items():
                text = text.replace(shown, short)
            assert text != path.read_text("utf-8")
        path.write_text(text, "utf-8")
        done = run(path, "--output", tmp_path / "done.ipynb")
        assert done.returncode == 0, done.stderr
        assert "name" in done.stdout
        assert (tmp_path / "done.ipynb").exists()


class TestWritten:
    """The notebook that is written."""

    def test_same_bytes_as_a_stock_kernel(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is what `jupyter execute` writes with a stock kernel of the same name."""
        sources = [
            "x = 1\nprint(x)",
            "x",
            "import sys; print('e', file=sys.stderr)",
            "from IPython.display import display, HTML; display(HTML('<b>é</b>'))",
            "%%time\ny = sum(range(10))\nprint('done')",
            "for i in range(50): x = i",
            "_, Out, len(In), get_ipython().execution_count",
            "sorted(n for n in globals() if not n.startswith('_'))",
            "",
            "raise_me = 1 / 0",
        ]
        tags = {9: ["raises-exception"], 4: ["skip-execution"]}
        path = notebook_file(tmp_path / "a.ipynb", *sources, tags=tags)
        ours, theirs = tmp_path / "ours.ipynb", tmp_path / "theirs.ipynb"
        assert run(path, "--output", ours).returncode == 0
        stock = tmp_path / "jupyter" / "kernels" / "livens"
        stock.mkdir(parents=True)
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": "Stock", "language": "python"}
        (stock / "kernel.json").write_text(json.dumps(spec))
        monkeypatch.setenv("JUPYTER_PATH", str(stock.parents[1]))
        subprocess.run(
            [
                *(sys.executable, "-c", "from nbclient.cli import main; main()"),
                *(str(path), "--kernel_name=livens", "--output=theirs"),
            ],
            check=True,
            capture_output=True,
            timeout=TIMEOUT_S,
        )
        assert without_times(ours) == without_times(theirs)

    def test_not_written_unless_asked(self, tmp_path: Path) -> None:
        """Without --output nothing is written, as with `jupyter execute`."""
        path = notebook_file(tmp_path / "a.ipynb", "x = 1")
        before = path.read_bytes()
        run(path)
        assert path.read_bytes() == before
        assert [p.name for p in tmp_path.iterdir()] == ["a.ipynb"]

    def test_inplace(self, tmp_path: Path) -> None:
        """With --inplace the notebook itself gets its outputs."""
        path = notebook_file(tmp_path / "a.ipynb", "6 * 7")
        assert run(path, "--inplace").returncode == 0
        assert outputs(path)[0][0]["data"]["text/plain"] == "42"

    def test_parameters(self, tmp_path: Path) -> None:
        """Parameters are set after the cell with their defaults, in both ways of giving them."""
        path = notebook_file(
            tmp_path / "a.ipynb", "a = 0; b = ''", "a, b", tags={0: ["parameters"]}
        )
        out = tmp_path / "b.ipynb"
        done = run(path, "-o", out, "-p", "a", "7", "--parameters", "b=x=y")
        assert done.returncode == 0, done.stderr
        assert outputs(out)[2][0]["data"]["text/plain"] == "(7, 'x=y')"

    def test_parameters_without_a_place(self, tmp_path: Path) -> None:
        """A notebook without such a cell is told that they went to the top."""
        done = run(notebook_file(tmp_path / "a.ipynb", "a"), "-p", "a", "7")
        assert done.returncode == 0
        assert "no cell tagged 'parameters'" in done.stderr


def without_times(path: Path) -> str:
    """Read a notebook's text without what differs from one run to the next."""
    text = re.sub(r'"\d{4}-\d\d-\d\dT[\d:.]+Z"', '"TIME"', path.read_text("utf-8"))
    return re.sub(r"(CPU times|Wall time).*", "TIME", text)
