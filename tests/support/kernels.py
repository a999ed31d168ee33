"""Real kernels for a test that starts its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from livens.testing import KernelClient

NO_HISTORY_FILE = ["--HistoryManager.hist_file=:memory:"]


@contextmanager
def started(
    kernel_name: str = "livens", folder: Path | None = None, **options: Any
) -> Iterator[tuple[Any, KernelClient]]:
    """Start a kernel and connect to it; shut both down in the end.

    Its kernelspec is looked for where Jupyter looks, or in *folder* only.
    """
    manager = KernelManager(kernel_name=kernel_name)
    if folder is not None:
        manager.kernel_spec_manager = KernelSpecManager(kernel_dirs=[str(folder)])
    manager.transport_encryption = "auto"
    options.setdefault("extra_arguments", NO_HISTORY_FILE)
    manager.start_kernel(**options)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield manager, KernelClient(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
