"""Run IPython's own tests on a `MonitoredShell`: ``python tests/ipython_suite/run.py``.

The source distribution of the installed IPython is downloaded into a temporary folder, and its
tests and doctests run three times: on IPython's shell, on ours, and on ours while somebody
watches. It takes some minutes and needs the package index, so it is no part of ``make test``.

The exit code is 1 when a test fails on ours that passes on IPython's, and is not known to.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

HERE = Path(__file__).resolve().parent

KNOWN = {
    # It asks for `shell.user_ns is custom`; ours is a MonitoredDict in front of `custom`.
    "tests.test_shellapp::test_user_ns_observer_syncs_shell",
}
"""Tests that cannot pass on a shell whose namespace is wrapped, each with its reason."""

NEEDED = ("pytest-asyncio", "testpath")
"""What IPython's tests need besides pytest; installed into the temporary folder."""


def main() -> int:
    """Run the suite three times, and say how they differ."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        source = downloaded(folder)
        stock = failures("IPython's shell", source, folder, {})
        ours = {"PYTHONPATH": str(HERE / "monitored")}
        watched = {**ours, "LIVENS_WATCHED": "1"}
        found = failures("MonitoredShell", source, folder, ours)
        found |= failures("MonitoredShell, watched", source, folder, watched)
    new = found - stock - KNOWN
    for test in sorted(found - stock):
        say(f"{'new: ' if test in new else 'known:'} {test}")
    say("failed" if new else "no test fails that passes on IPython's shell, but what is known")
    return 1 if new else 0


def downloaded(folder: Path) -> Path:
    """Download and unpack the source of the IPython that is installed, and what its tests need."""
    wanted = f"ipython=={version('ipython')}"
    pip("download", "--no-binary", "ipython", "--dest", str(folder), wanted)
    pip("install", "--target", str(folder / "needed"), *NEEDED)
    (archive,) = folder.glob("ipython-*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return archive.with_name(archive.name.removesuffix(".tar.gz"))


def pip(command: str, *options: str) -> None:
    """Call pip, for the named packages only."""
    call = [sys.executable, "-m", "pip", "--quiet", command, "--no-deps", *options]
    subprocess.run(call, check=True)


def failures(title: str, source: Path, folder: Path, environment: dict[str, str]) -> set[str]:
    """Run the tests in another process; returns the names of those that fail."""
    report = folder / "report.xml"
    report.unlink(missing_ok=True)
    paths = [environment.get("PYTHONPATH"), str(folder / "needed")]
    call = [sys.executable, "-m", "pytest", "tests", "IPython", "--quiet"]
    call += ["-p", "no:cacheprovider", f"--junit-xml={report}"]
    done = subprocess.run(
        call,
        cwd=source,
        env=os.environ | environment | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if not report.exists():
        say(done.stdout)
        raise SystemExit(f"{title}: pytest did not get to its end (exit code {done.returncode})")
    say(f"{title}: {done.stdout.strip().splitlines()[-1]}")
    cases = ElementTree.parse(report).iter("testcase")  # of our own making
    return {
        f"{case.get('classname')}::{case.get('name')}"
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    }


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
