"""`jupyter livens run`: what a run takes from its options, on real kernels."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from commands import notebook_file, outputs, run
from recorded import record_of

import livens


def test_directory_with_parameters_and_folder(tmp_path: Path) -> None:
    """Every notebook below runs, in the folder that is named, with the parameters of the file."""
    source = tmp_path / "in"
    for name in ("a.ipynb", "deep/a.ipynb", ".ipynb_checkpoints/a.ipynb"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        notebook_file(source / name, "print(open('here.txt').read(), years, city)")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/here.txt").write_text("found")
    (tmp_path / "p.yaml").write_text("years: [2023, 2024]\ncity: Bern\n")
    for name in ("out", "records"):
        (source / name).mkdir()
    done = run(
        *(source, "--cwd", tmp_path / "data", "-f", tmp_path / "p.yaml", "-p", "city", "Basel"),
        *("--output", source / "out", "--record", source / "records"),
    )
    assert (done.returncode, done.stderr.count("no cell tagged 'parameters'")) == (0, 2)
    assert "2 notebooks ran in" in done.stdout
    for place in ("a", "deep/a"):
        printed = outputs(source / f"out/{place}.ipynb")[1][0]
        assert printed["text"] == "found [2023, 2024] Basel\n"
        folder, _, name = f"records/{place}".rpartition("/")
        assert livens.read_record(record_of(source / folder, name)).status == "ok"


def test_times_with_units(tmp_path: Path) -> None:
    """Half a second is half a second."""
    path = notebook_file(tmp_path / "a.ipynb", "while True: pass")
    done = run(path, "--timeout", "500ms", "--start-timeout", "2m")
    assert done.returncode == 1
    assert "Cell 1 of 1 timed out (0.5 s a cell) after" in done.stdout


def test_wrong_values(tmp_path: Path) -> None:
    """They are refused before anything runs."""
    path = notebook_file(tmp_path / "a.ipynb", "open('ran', 'w')")
    for options, message in (
        (("--timeout", "2x"), "'2x' is no length of time of more than 0; expected seconds"),
        (("--timeout", "0"), "no length of time"),
        (("--cwd", tmp_path / "none"), "No folder"),
        (("-f", tmp_path / "none.yaml"), "cannot be read"),
        (("--retries", "-1"), "--retries"),
    ):
        done = run(path, *options)
        assert (done.returncode, message in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "ran").exists()


FAILS_ONCE = (
    "import os\n"
    "is_first = not os.path.exists('been here')\n"
    "open('been here', 'w').close()\n"
    "if is_first: raise ValueError('not yet')"
)


class TestRetries:
    """`--retries`: a notebook is run anew, in a new kernel."""

    def test_one_notebook(self, tmp_path: Path) -> None:
        """The second run counts; terminal, record and JUnit tell how the first one failed."""
        path = notebook_file(tmp_path / "a.ipynb", "x = globals().get('x', 0) + 1", FAILS_ONCE)
        record, junit = tmp_path / "r.livens.jsonl", tmp_path / "j.xml"
        done = run(path, "--retries", "2", "--record", record, "--junit", junit)
        assert done.returncode == 0
        assert "ValueError: not yet" in done.stderr
        assert "It is run anew, retry 1 of 2." in done.stderr
        found = livens.read_record(record)
        assert (found.status, found.final["x"].preview) == ("ok", "1")
        assert found.header.retried == ["cell 2 failed: ValueError: not yet"]
        (case,) = ElementTree.parse(junit).iter("testcase")
        assert [told.tag for told in case] == ["flakyFailure"]
        assert case[0].get("message") == "cell 2 failed: ValueError: not yet"

    def test_several(self, tmp_path: Path) -> None:
        """The table says which was retried; one that keeps failing has failed."""
        (tmp_path / "flaky").mkdir()
        files = [
            notebook_file(tmp_path / "flaky/a.ipynb", FAILS_ONCE),
            notebook_file(tmp_path / "b.ipynb", "1 / 0"),
        ]
        junit = tmp_path / "j.xml"
        done = run(*files, "--jobs", "2", "--retries", "1", "--junit", junit)
        assert done.returncode == 1
        lines = done.stdout.splitlines()
        assert any("a.ipynb: ok, 1 cell, " in line and "run 2 times" in line for line in lines)
        assert "a.ipynb: run 1 failed: cell 1 failed: ValueError: not yet" in done.stderr
        assert any(line.startswith("b.ipynb") and "run 2 Zero" in line for line in lines)
        told = [[one.tag for one in case] for case in ElementTree.parse(junit).iter("testcase")]
        assert told == [["flakyFailure"], ["failure", "rerunFailure"]]

    def test_results_are_not_retried(self, tmp_path: Path) -> None:
        """What a rule says of the values is a result."""
        path = notebook_file(tmp_path / "a.ipynb", "open('runs', 'a').write('1')\nx = 1")
        done = run(path, "--retries", "3", "--expect", "x == 2")
        assert (done.returncode, (tmp_path / "runs").read_text()) == (4, "1")


def test_slowest_cells_and_quiet(tmp_path: Path) -> None:
    """The slowest cells of all notebooks are listed; a quiet run says only what went wrong."""
    files = [
        notebook_file(tmp_path / "a.ipynb", "x = 1", "x = 2"),
        notebook_file(tmp_path / "b.ipynb", "1 / 0"),
    ]
    lines = run(*files, "--durations", "2").stdout.splitlines()
    slowest = lines[lines.index("Slowest cells, of 3:") + 1 :]
    times = [float(line.split()[0]) for line in slowest]
    assert times == sorted(times, reverse=True)
    cells = {line.partition(" s  ")[2] for line in slowest}
    every = {"a.ipynb, cell 1: x = 1", "a.ipynb, cell 2: x = 2", "b.ipynb, cell 1: 1 / 0"}
    assert (len(cells), cells - every) == (2, set())

    done = run(*files, "-q")
    assert (done.returncode, done.stdout) == (1, "")
    assert "[2/2] b.ipynb: failed, 1 cell," in done.stderr.replace("[1/2] b", "[2/2] b")
    assert "ZeroDivisionError" in done.stderr
    assert "a.ipynb" not in done.stderr
    assert run(files[0], "--quiet") == (0, "", "")


def test_colours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are where they are wanted, and not in what the user's code prints or sees."""
    source = "import os; print('NO_COLOR' in os.environ)\n1 / 0"
    path = notebook_file(tmp_path / "a.ipynb", source)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    done = run(path, "--color", "never", "--output", tmp_path / "out.ipynb")
    assert "\x1b[" not in done.stdout + done.stderr
    assert outputs(tmp_path / "out.ipynb")[0][0]["text"] == "False\n"
    # A live display would move the cursor: nobody sees it in a file.
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[?25l" not in run(path).stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;31m" in run(path, "--color", "always").stderr


class TestGoingOn:
    """`--resume` and `--from-cell`: what is run of a notebook that did not end well."""

    SOURCES = ("open('log', 'a').write('1')\nx = 1", "open('log', 'a').write('2')\ny = x + 1")
    FAILS = "open('log', 'a').write('3')\nif not __import__('os').path.exists('mended'): 1 / 0"

    def test_resume(self, tmp_path: Path) -> None:
        """Cells that ended well are run again without lines; nothing claims to be restored."""
        path = notebook_file(tmp_path / "a.ipynb", *self.SOURCES, self.FAILS, "z = y")
        record = tmp_path / "r.livens.jsonl"
        assert run(path, "--record", record).returncode == 1
        (tmp_path / "mended").touch()
        second = tmp_path / "r2.livens.jsonl"
        done = run(path, "--resume", record, "--record", second)
        assert (done.returncode, (tmp_path / "log").read_text()) == (0, "123123")
        assert done.stderr == (
            "Cells 1 to 2 are run again first: a record keeps no values to go on from.\n"
        )
        shown = [line for line in done.stdout.splitlines() if line.startswith("[")]
        assert [line.split()[0] for line in shown] == ["[3/4]", "[3/4]", "[4/4]", "[4/4]"]
        assert "4 cells ran in" in done.stdout

        done = run(path, "--resume", record, "--record", record)
        assert (done.returncode, "would overwrite" in done.stderr) == (2, True)
        done = run(path, "--resume", second)
        assert (done.returncode, "nothing to resume" in done.stderr) == (2, True)
        notebook_file(path, "x = 3", *self.SOURCES[1:], self.FAILS, "z = y")
        done = run(path, "--resume", record)
        assert (done.returncode, "Cell 1 is not what it was in" in done.stderr) == (2, True)
        assert (tmp_path / "log").read_text() == "123123"

    def test_from_cell(self, tmp_path: Path) -> None:
        """Cells before are not run and keep their outputs; parameters are set all the same."""
        path = notebook_file(
            tmp_path / "a.ipynb", "print('one')", "print('two')", "y = x\nprint(y)"
        )
        assert run(path, "--inplace", "-p", "x", "1").returncode == 0
        done = run(path, "--inplace", "-p", "x", "5", "--from-cell", "4")
        assert done.returncode == 0
        assert "Not run: 2 cells before cell 4. What they would have made is not" in done.stderr
        assert "[4/4] y = x" in done.stdout
        assert "2 cells ran in" in done.stdout
        texts = [[output["text"] for output in cell] for cell in outputs(path)]
        assert texts == [[], ["one\n"], ["two\n"], ["5\n"]]
        done = run(path, "--from-cell", "9")
        assert (done.returncode, "it has 4 that can be run" in done.stderr) == (2, True)
        done = run(path, path.with_name("b.ipynb"), "--from-cell", "2")
        assert (done.returncode, "--from-cell is for one notebook" in done.stderr) == (2, True)
