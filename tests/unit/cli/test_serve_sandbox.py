"""What ``serve --sandbox`` tells the server, and what it refuses."""

from __future__ import annotations

import pytest

from livens.cli import serve_sandbox
from livens.exceptions import RunFailed, SandboxRefused
from livens.sandbox import trial


@pytest.mark.parametrize(
    "option",
    [
        "--gateway-url=http://127.0.0.1:1",
        "--GatewayClient.url=http://127.0.0.1:1",
        "--ServerApp.kernel_spec_manager_class=x",
        "--KernelProvisionerFactory.default_provisioner_name=local-provisioner",
    ],
)
def test_other_kernels_and_a_sandbox_exclude_each_other(option: str) -> None:
    """A server must not seem to be in a sandbox."""
    with pytest.raises(RunFailed, match="and --sandbox exclude each other"):
        serve_sandbox.sandbox_arguments([option])


def test_server_is_refused_where_there_is_no_bubblewrap(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it listens, and not at its first session."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxRefused, match=r"Linux|not installed"):
        serve_sandbox.sandbox_arguments([])


def test_folders_are_below_that_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it is named."""
    monkeypatch.setattr(trial, "try_sandbox", lambda: None)
    told = serve_sandbox.sandbox_arguments(["--ServerApp.root_dir=/data"])
    assert "--SandboxProvisioner.session_folders=/data/livens" in told
