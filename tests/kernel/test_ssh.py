"""Kernels on another machine are watched over SSH, as the README says; here it is this one."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernels import started

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"

pytestmark = pytest.mark.skipif(
    not (os.path.exists(SSHD) and shutil.which("ssh")), reason="no SSH server is installed"
)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@pytest.fixture
def ssh(tmp_path: Path) -> Iterator[list[str]]:
    """A server of its own, and the command that reaches it."""
    for name in ("host", "user"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True
        )
    shutil.copy(tmp_path / "user.pub", tmp_path / "authorized")
    port = free_port()
    (tmp_path / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {tmp_path}/host\nStrictModes no\n"
        f"AuthorizedKeysFile {tmp_path}/authorized\nPidFile none\nUsePAM no\n"
        "PermitRootLogin yes\n"
    )
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd wants it
    server = subprocess.Popen([SSHD, "-D", "-e", "-f", tmp_path / "config"], stderr=subprocess.PIPE)
    try:
        assert server.stderr is not None
        assert any(b"Server listening" in line for line in server.stderr)
        yield [
            *("ssh", "-q", "-p", str(port), "-i", str(tmp_path / "user")),
            *("-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={tmp_path}/known"),
            *("-o", "BatchMode=yes", f"{getpass.getuser()}@127.0.0.1"),
        ]
    finally:
        server.terminate()
        server.wait()
        assert server.stderr is not None
        server.stderr.close()


def test_watch_where_the_kernel_is(ssh: list[str]) -> None:
    """`ssh HOST jupyter livens watch`: the command runs there, its output comes here."""
    with started() as (manager, client):
        client.execute("x = 42")
        there = [
            *("env", f"PYTHONPATH={os.environ.get('PYTHONPATH', '')}", sys.executable),
            *("-m", "livens.cli", "watch", manager.connection_file, "--once"),
        ]
        done = subprocess.run(
            [*ssh, *there, "--json"], capture_output=True, text=True, timeout=90, check=True
        )
        assert json.loads(done.stdout)["changed"][0]["preview"] == "42"
        # With -t there is a terminal, as for a person.
        done = subprocess.run(
            [ssh[0], "-tt", *ssh[1:], *there],
            capture_output=True,
            text=True,
            timeout=90,
            check=True,
        )
        assert "42" in done.stdout
        assert "\x1b[" in done.stdout
