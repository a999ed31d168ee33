"""``jupyter livens serve --sandbox``: what the server is told, and what it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from livens.exceptions import RunFailed

_EXCLUDED = ("gateway", "kernel_spec_manager", "kernel_provisioner", "kernelprovisioner")


def sandbox_arguments(others: Sequence[str]) -> list[str]:
    """Return the settings by which all kernels of a server start in a sandbox.

    Parameters
    ----------
    others : sequence of str
        What the command line says besides.

    Raises
    ------
    RunFailed
        If it says that kernels start elsewhere, or in another way.
    SandboxRefused
        If a kernel could not start in a sandbox here.
    """
    for word in others:
        if word.startswith("-") and any(name in word.lower() for name in _EXCLUDED):
            raise RunFailed(
                f"{word} and --sandbox exclude each other: the sandbox is for kernels that this "
                "server starts itself; leave one of them out"
            )
    from livens.sandbox.trial import try_sandbox

    try_sandbox()
    return [
        "--ServerApp.kernel_spec_manager_class=livens.sandbox.kernel_specs.SandboxedSpecs",
        f"--SandboxProvisioner.session_folders={_root(others) / 'livens'}",
        "--GatewayClient.url=",  # also where a setting or JUPYTER_GATEWAY_URL names one
    ]


def _root(others: Sequence[str]) -> Path:
    """Return the server's folder, where sessions have theirs."""
    given = [word.partition("=")[2] for word in others if word.startswith("--ServerApp.root_dir=")]
    return Path(given[-1] if given else ".").absolute()
