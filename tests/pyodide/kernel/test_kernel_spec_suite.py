"""`jupyter_kernel_test`, Jupyter's own suite for kernels, on the kernel in Pyodide."""

from __future__ import annotations

import jupyter_kernel_test as suite
from kernel_spec_suite import PythonSamples, nothing_is_skipped

__all__ = ["nothing_is_skipped"]


class PyodideKernelTests(PythonSamples, suite.KernelTests):
    """The kernel speaks the messaging protocol as the suite wants it."""

    kernel_name = "livens-pyodide"
    completion_samples = (
        {"text": "zi", "matches": {"zip"}},
        {"text": "import msgspe", "matches": {"msgspec"}},
        {"text": "%whos", "matches": {"%whos"}},
    )


class PyodideWelcomeTests(suite.IopubWelcomeTests):
    """The kernel greets who subscribes to IOPub."""

    kernel_name = "livens-pyodide"
    support_iopub_welcome = True
