"""`jupyter livens state restore` sets variables in a kernel that runs."""

from __future__ import annotations

import json
from pathlib import Path

from commands import command
from kept_kernels import kept_kernel


def test_variables_are_restored_in_a_running_kernel(tmp_path: Path) -> None:
    """All, or those that are named; what exists is left alone unless it is said otherwise."""
    path = tmp_path / "archive.sqlite"
    with kept_kernel(path) as kernel:
        kernel.run("a = [1]; b = a; x = 1; g = (n for n in a)")
        kernel.wait_for_kept("a", "b", "x")
        kernel.kill()
        kernel.restart(now=True)
        kernel.run("x = 'mine'")
        to_kernel = ("--existing", kernel.manager.connection_file)

        done = command("state", "restore", "[ab]", *to_kernel)
        assert (done.returncode, done.stderr) == (0, "")
        assert kernel.run("a, b is a, x") == "([1], True, 'mine')"

        done = command("state", "restore", "[xg]", "--json", *to_kernel)
        assert done.returncode == 1  # not all of them
        rows = {row["name"]: row for row in json.loads(done.stdout)["names"]}
        assert rows["x"]["outcome"] == rows["g"]["outcome"] == "not restored"
        assert "--overwrite" in rows["x"]["reason"]
        assert "a generator" in rows["g"]["reason"]

        done = command("state", "restore", "x", "--overwrite", *to_kernel)
        assert done.returncode == 0
        assert kernel.run("x") == "1"
        done = command("state", "restore", "--session", "9", *to_kernel)
        assert done.returncode == 2
        assert "no session 9" in done.stderr
