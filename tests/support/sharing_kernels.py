"""Kernels that share names by a store, for tests."""

from __future__ import annotations

from typing import Any

from livens.state.stores.shared_values import SharedValues
from livens.testing import KernelClient


def share(kernel: KernelClient, url: str, *names: str, **options: Any) -> str:
    """Share names in a kernel; returns what the cell printed."""
    words = ", ".join([*map(repr, names), *(f"{k}={v!r}" for k, v in options.items())])
    run = kernel.execute(f"import livens\nlivens.share({words}, store={url!r})")
    assert run.error is None, run.error
    return run.stdout


def unshare(kernel: KernelClient) -> None:
    """Share nothing more."""
    assert kernel.execute("import livens; livens.unshare()").error is None


def wait_for_value(kernel: KernelClient, name: str, preview: str) -> Any:
    """Wait until a variable shows a value; returns its description."""

    def found() -> Any:
        variable = kernel.variables.get(name)
        return variable if variable is not None and variable.preview == preview else None

    return kernel.wait_for(found)


def wait_for_store(store: SharedValues, **values: Any) -> None:
    """Wait until a store has these values; the time limit of the test ends it."""
    left = dict(values)
    for change in store.watch(since=0):
        if change.name in left and change.value == left[change.name]:
            del left[change.name]
        if not left:
            return
