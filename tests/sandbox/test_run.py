"""``jupyter livens run --sandbox`` runs a notebook in a sandbox, and shows its variables."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import command, notebook_file

pytestmark = pytest.mark.slow


def test_notebook_runs_in_a_sandbox(tmp_path: Path) -> None:
    """Its variables are shown, and its files are in its folder."""
    notebook = notebook_file(
        tmp_path / "nb.ipynb",
        "import socket, os\nname = socket.gethostname()",
        "open('made.txt', 'w').write(name)",
        "left = os.path.exists('/etc/shadow')",
    )
    done = command("run", notebook, "--sandbox", "--no-live")
    assert (done.returncode, done.stderr) == (0, "")
    assert "name = 'sandbox'" in done.stdout
    assert "left = False" in done.stdout
    assert (tmp_path / "made.txt").read_text() == "sandbox"


def test_setting_is_that_of_the_sandbox(tmp_path: Path) -> None:
    """Any setting of it can be given, and means that there is one."""
    notebook = notebook_file(
        tmp_path / "nb.ipynb",
        "import resource\nmost = resource.getrlimit(resource.RLIMIT_NOFILE)",
    )
    done = command("run", notebook, "--sandbox-set", "max_open_files=88", "--no-live")
    assert "most = (88, 88)" in done.stdout


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ("memory=1", "No setting 'memory=1' of a sandbox; expected NAME=VALUE"),
        ("memory_mb=much", "'much' cannot be the setting memory_mb"),
        ("folder=/usr", "folder /usr is or contains /usr"),
    ],
)
def test_wrong_setting_is_refused(tmp_path: Path, setting: str, named: str) -> None:
    """The notebook does not run, with or without a sandbox."""
    notebook = notebook_file(tmp_path / "nb.ipynb", "open('made.txt', 'w')")
    done = command("run", notebook, "--sandbox-set", setting)
    assert done.returncode == 2
    assert named in done.stderr
    assert not (tmp_path / "made.txt").exists()
