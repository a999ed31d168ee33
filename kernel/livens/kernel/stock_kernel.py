"""What `livens.kernel.lite` does with the kernel around a shell: ipykernel, or what is like it.

There are threads, and messages come by ZeroMQ. A kernel that is no ipykernel may lack what comms
need (xeus-python has no ``session``): what does not work for that is said.
"""

from __future__ import annotations

from typing import Any

from ipykernel.kernelbase import Kernel

from livens.kernel.comms import KERNEL_INFO, Comms
from livens.watching.budgets import Budgets
from livens.watching.driver import ThreadDriver
from livens.watching.watcher import Watcher

_NEEDED = {
    "comm_manager": ("register_target", "unregister_target", "comms"),
    "session": ("send",),
    "iopub_socket": (),
}
"""What a kernel must have so that clients can be told anything, and what of it is used."""

_WISHED = {
    "control_handlers": "answers while a cell runs: they come when it has ended",
    "io_loop": "changes by clients while a cell runs: they are made after the next one",
    "get_parent": "telling which cell changed a variable to clients that look at one cell only",
}
"""What works less well in a kernel without it."""


def missing_in(kernel: Any) -> tuple[bool, list[str]]:
    """Return whether a kernel cannot have clients at all, and what does not work in it, and why.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> missing_in(SimpleNamespace(comm_manager=None))[1]
    ["the panel, widgets and other clients: it has no 'comm_manager' as ipykernel has it"]
    """
    for name, parts in _NEEDED.items():
        part = getattr(kernel, name, None)
        if part is None or not all(hasattr(part, used) for used in parts):
            clients = "the panel, widgets and other clients"
            return True, [f"{clients}: it has no {name!r} as ipykernel has it"]
    return False, [
        f"{what} (it has no {name!r})"
        for name, what in _WISHED.items()
        if getattr(kernel, name, None) is None
    ]


class StockKernel:
    """Opens a kernel to clients, as far as it has what that needs.

    Parameters
    ----------
    kernel : ipykernel.kernelbase.Kernel, optional
        Or what is like it; None in a terminal.

    Attributes
    ----------
    driver : ThreadDriver
        For the watcher.
    budgets : Budgets
        The same.
    comms : Comms, optional
        What carries the messages of clients.
    limits : list of str
        What does not work in this kernel, and why.
    """

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel
        self.driver, self.budgets = ThreadDriver(), Budgets()
        self.comms: Comms | None = None
        self.limits: list[str] = []

    def attach(self, shell: Any) -> None:
        """Take note of the shell's namespace, which was exchanged: nothing is to be done."""

    def open(self, watcher: Watcher) -> None:
        """Let clients in."""
        kernel = self._kernel
        if kernel is None:
            return
        watcher.cells.interrupts.sends_signals = isinstance(kernel, Kernel)
        is_closed, self.limits = missing_in(kernel)
        if is_closed:
            return
        try:
            # At the place where a livens kernel has them: widgets look there.
            kernel.comms = None
        except AttributeError:
            self.limits.append("widgets: the kernel takes no attribute 'comms'")
            return
        self.comms = kernel.comms = Comms(kernel, watcher.cells, lambda: watcher)
        self._info = KernelInfo(kernel, self.comms)

    def close(self) -> None:
        """Close all comms, and leave the kernel as it was."""
        if self.comms is not None:
            self.comms.detach()
            del self._kernel.comms
            self._info.close()


class KernelInfo:
    """Has a stock kernel say that it can be watched, to whoever asks on the control channel.

    Parameters
    ----------
    kernel : ipykernel.kernelbase.Kernel
        The kernel; of one that has no control channel, nothing is changed.
    comms : Comms
        What knows which cell runs.
    """

    def __init__(self, kernel: Any, comms: Comms) -> None:
        self._kernel = kernel
        self._comms = comms
        self._handlers: dict[str, Any] = getattr(kernel, "control_handlers", None) or {}
        self._before = self._handlers.get(KERNEL_INFO)
        if self._before is not None:
            self._handlers[KERNEL_INFO] = self._answer

    def close(self) -> None:
        """Have the kernel answer as it did."""
        if self._before is not None:
            self._handlers[KERNEL_INFO] = self._before

    def _answer(self, stream: Any, ident: Any, parent: dict[str, Any]) -> None:
        info = {"livens": self._comms.information("lite")}
        content = {"status": "ok", **self._kernel.kernel_info, **info}
        self._kernel.session.send(stream, "kernel_info_reply", content, parent, ident)
