"""Two recorded runs are compared by what their data are, in real kernels."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import command, notebook_file, run

import livens
from livens.recording.reading import Record

SETUP = "import numpy as np\nimport pandas as pd"
MAKE = """\
df = pd.DataFrame({"v": [1.0, 2.0, 3.0], "w": ["a", "b", "c"]})
deep = {"a": [np.arange(1000), {1, 2, 3}]}
words = {"x", "y", "z"}
text = "ab" * 5000
same = pd.Series(range(1000))
"""
CHANGE = "df.loc[0, 'w'] = 'q'\ndf.loc[{row}, 'v'] = {value}\ndeep['a'][0][500] = {value}"


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return the records of three runs, of which the last did something else."""
    folder = tmp_path_factory.mktemp("records")
    files = []
    for count, value in enumerate(("5", "5", "float('nan')")):
        change = CHANGE.format(row=2, value=value if "nan" not in value else "-1")
        if "nan" in value:
            change += "\ndf.loc[1, 'v'] = float('nan')\ntext = text[:-1] + 'x'"
        path = notebook_file(folder / f"{count}.ipynb", SETUP, MAKE, change)
        file = folder / f"{count}.livens.jsonl"
        assert run(path, "--record", file, "--no-live").returncode == 0
        files.append(file)
    return files


def test_same_runs(records: list[Path]) -> None:
    """Two runs that did the same are the same to the last item, whatever the seed of hashes."""
    done = command("diff", records[0], records[1])
    assert done.stdout.endswith("The runs are the same.\n")
    assert done.returncode == 0


def test_other_run(records: list[Path]) -> None:
    """What another run has otherwise is found in columns, deep in containers and at ends."""
    done = command("diff", records[0], records[2])
    assert done.returncode == 1
    assert "Cell 3 has another source" in done.stdout
    assert "They diverge first in cell 3" in done.stdout
    assert "column v: nulls 0 → 1, min 1 → -1, max 5 → 1, mean 2.66667 → 0" in done.stdout
    assert "At the end 3 variables differ:" in done.stdout
    assert "could not be compared" not in done.stdout


def test_what_a_record_says(records: list[Path]) -> None:
    """Digests are of the end of the cell that changed the value."""
    record: Record = livens.read_record(records[0])
    assert {*record.digests} <= {2, 3, None}
    assert {*record.digests[3]} == {"df", "deep"}
    assert record.digests[2]["df"].hash != record.digests[3]["df"].hash
    ends = record.digests.get(None, {})
    assert {digest.hash for digest in (record.digests[3] | ends).values()}.isdisjoint({""})
    assert record.environment is not None
    assert record.environment.packages["pandas"]
    assert record.environment.peak_memory_bytes is not None
    assert record.environment.peak_memory_bytes > 10**7
