"""``jupyter livens join``: a Python script as a process that can be watched."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from livens.exceptions import RunFailed

HOST_MODULE = "livens.kernel.joined_script"


def main(args: argparse.Namespace) -> int:
    """Become the script's process; returns its exit code only where it had to be another one."""
    if not os.path.isfile(args.script):
        raise RunFailed(f"No script {args.script}; expected the path of a Python file")
    command = [sys.executable, "-m", HOST_MODULE, args.script, *args.args]
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    if os.name == "nt":  # there `exec` ends the process that whoever called us waits for
        return subprocess.call(command)
    os.execv(sys.executable, command)
