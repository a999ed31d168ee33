"""Kernels in sandboxes, started as Jupyter starts them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from livens.client.environments import OneKernel

SECRET = "a-token-of-the-server"

FORK_UNTIL_REFUSED = """\
import os, signal
children = []
try:
    while len(children) < 500:
        child = os.fork()
        if not child:
            signal.pause()
        children.append(child)
except OSError as err:
    print(err.strerror)
for child in children:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
print(len(children))
"""
"""Forks until Linux refuses it; prints why, and how often it went well."""


def kernel_spec(**config: Any) -> KernelSpec:
    """Return a kernelspec as a user writes it."""
    provisioner = {"provisioner_name": "livens-sandbox", "config": config}
    return KernelSpec(
        argv=[sys.executable, "-m", "livens", "-f", "{connection_file}"],
        display_name="sandboxed",
        language="python",
        env={"OF_THE_KERNELSPEC": "1"},
        metadata={"kernel_provisioner": provisioner},
    )


class Kernel:
    """A kernel and a client of it; it is started in the folder.

    Parameters
    ----------
    folder : Path
        Is made.
    spec : KernelSpec
        How it is started.
    """

    def __init__(self, folder: Path, spec: KernelSpec) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.manager = KernelManager(kernel_name="x", kernel_spec_manager=OneKernel(spec))
        self.manager.start_kernel(cwd=str(folder), env={**os.environ, "API_TOKEN": SECRET})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    @property
    def provisioner(self) -> Any:
        """What has started it."""
        return self.manager.provisioner

    def run(self, code: str) -> str:
        """Return what a cell prints, and its traceback."""
        texts: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            texts.append(content.get("text", ""))
            texts.extend(content.get("traceback", []))

        self.client.execute_interactive(code, timeout=60, output_hook=hear)
        return "".join(texts)

    def lose(self, code: str) -> None:
        """Run a cell that the kernel does not survive, and start it again."""
        self.client.execute(code)
        self.provisioner.process.wait(60)
        self.restart()

    def restart(self) -> None:
        """Start it again, as Jupyter does with one that died."""
        self.manager.restart_kernel(now=True)
        self.client.wait_for_ready(timeout=60)

    def stop(self) -> None:
        """End it."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
