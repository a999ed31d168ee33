"""`jupyter_kernel_test`, Jupyter's own suite for kernels, on the kernelspec that we ship."""

from __future__ import annotations

import jupyter_kernel_test as suite
from jupyter_client.manager import start_new_kernel
from kernel_spec_suite import PythonSamples, nothing_is_skipped

__all__ = ["nothing_is_skipped"]


class LivensKernelTests(PythonSamples, suite.KernelTests):
    """The kernel speaks the messaging protocol as the suite wants it."""

    kernel_name = "livens"
    completion_samples = (
        {"text": "zi", "matches": {"zip"}},
        {"text": "import sqli", "matches": {"sqlite3"}},
        {"text": "%whos", "matches": {"%whos"}},
    )

    @classmethod
    def setUpClass(cls) -> None:
        """Start the kernel, without the user's history."""
        cls.km, cls.kc = start_new_kernel(
            kernel_name=cls.kernel_name,
            extra_arguments=["--HistoryManager.hist_file=:memory:"],
        )


class LivensWelcomeTests(suite.IopubWelcomeTests):
    """The kernel greets who subscribes to IOPub."""

    kernel_name = "livens"
    support_iopub_welcome = True
