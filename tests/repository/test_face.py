"""The names that users and their settings hold on to: they work, wherever the code lies."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.metadata import entry_points

import pytest

import livens

PUBLIC = [
    *(f"livens.{name}" for name in livens.__all__),
    "livens.load_ipython_extension",
    "livens.unload_ipython_extension",
    "livens.kernel.LivensKernel",
    "livens.nbconvert_preprocessor.RecordingPreprocessor",
    "livens.passive.attributes",
    "livens.passive.instance_dict",
    "livens.recorder.Recorder",
    "livens.recorder.RecordingNotebookClient",
    "livens.summaries.Limits",
    "livens.summaries.Summary",
    "livens.summaries.register_adapter",
    "livens.testing.KernelClient",
    "livens.widget.VariablesWidget",
]


@pytest.mark.parametrize("path", PUBLIC)
def test_public_path(path: str) -> None:
    """It leads to something, in a process that has loaded nothing else of livens."""
    module, _, name = path.rpartition(".")
    code = f"from {module} import {name}"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_summary_has_one_class() -> None:
    """An adapter may import it from wherever it is documented."""
    homes = ["livens", "livens.summaries", "livens.values.summaries"]
    assert len({import_module(home).Summary for home in homes}) == 1


@pytest.mark.parametrize(
    ("group", "name"), [("papermill.engine", "livens"), ("pytest11", "livens")]
)
def test_entry_point(group: str, name: str) -> None:
    """Other programs find it."""
    (point,) = entry_points(group=group, name=name)
    assert point.load() is not None


def test_program() -> None:
    """The kernelspec starts ``python -m livens``."""
    done = subprocess.run(
        [sys.executable, "-m", "livens", "--version"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.strip()
