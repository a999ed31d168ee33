"""Kernelspecs whose kernels start in a sandbox, whatever they say themselves.

`SandboxedSpecs` is for a server, none of whose kernels starts without one. `in_sandbox` is for one
kernel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from traitlets import List, TraitError

from livens.exceptions import SandboxRefused
from livens.sandbox.provisioner import NAME, SandboxProvisioner


class SandboxedSpecs(KernelSpecManager):
    """Finds kernels as Jupyter does; all of them start in a sandbox."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return a kernel."""
        return in_sandbox(super().get_kernel_spec(kernel_name))


def in_sandbox(spec: KernelSpec, settings: Mapping[str, Any] | None = None) -> KernelSpec:
    """Return a kernelspec that names the sandbox as its provisioner.

    Parameters
    ----------
    spec : KernelSpec
        Is not changed. If it names the sandbox already, its settings are kept.
    settings : mapping of str to value, optional
        Settings that take the place of others.

    Examples
    --------
    >>> spec = in_sandbox(KernelSpec(argv=["python"]), {"memory_mb": 500})
    >>> spec.metadata["kernel_provisioner"]
    {'provisioner_name': 'livens-sandbox', 'config': {'memory_mb': 500}}
    """
    known = spec.metadata.get("kernel_provisioner", {})
    config = known.get("config", {}) if known.get("provisioner_name") == NAME else {}
    provisioner = {"provisioner_name": NAME, "config": {**config, **(settings or {})}}
    fields = {**spec.to_dict(), "resource_dir": spec.resource_dir}
    fields["metadata"] = {**spec.metadata, "kernel_provisioner": provisioner}
    return KernelSpec(**fields)


def parse_settings(words: Sequence[str]) -> dict[str, Any]:
    """Return settings from words such as ``memory_mb=500``; those that are lists may be repeated.

    Raises
    ------
    SandboxRefused
        If there is no such setting, or its value is not one.

    Examples
    --------
    >>> parse_settings(["memory_mb=500", "readable_paths=/data", "readable_paths=/models"])
    {'memory_mb': 500, 'readable_paths': ['/data', '/models']}
    """
    traits = {
        name: trait
        for name, trait in SandboxProvisioner.class_own_traits(config=True).items()
        if name not in ("config", "parent", "log")
    }
    settings: dict[str, Any] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if name not in traits or not sign:
            raise SandboxRefused(
                f"No setting {word!r} of a sandbox; expected NAME=VALUE, where NAME is one of "
                + ", ".join(sorted(traits))
            )
        if isinstance(traits[name], List):
            settings.setdefault(name, []).append(value)
            continue
        try:
            settings[name] = traits[name].from_string(value)
        except (ValueError, TraitError) as err:
            raise SandboxRefused(
                f"{value!r} cannot be the setting {name} of a sandbox ({err}); expected: "
                f"{traits[name].help}"
            ) from None
    return settings
