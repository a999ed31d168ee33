"""A plugin for pytest: kernels that tests make in their own process are livens kernels too."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module

import ipykernel.ipkernel
import pytest

from livens.kernel.kernel import LivensKernel

ipykernel.ipkernel.IPythonKernel = LivensKernel  # type: ignore[misc]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let ipykernel's check of a `kernel_info_reply` take any version of the implementation.

    It wants 2.1 or later; livens says its own. The check is made of whatever comes, so it would
    fail in any test before which a kernel was slow to start and was asked twice.
    """
    with suppress(ModuleNotFoundError):  # in the other suites
        checks = import_module("tests.test_message_spec")
        checks.KernelInfoReply.class_traits()["implementation_version"].min = None
