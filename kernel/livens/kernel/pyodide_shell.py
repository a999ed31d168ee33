"""The shell of the kernel in Pyodide: that of JupyterLite's kernel, with a namespace to be watched.

``pyodide_kernel`` makes its shell when it is imported. Here its modules are loaded without that, so
that the shell can be made of a class that is woven with `MonitoredShell`.
"""

from __future__ import annotations

import builtins
import getpass
import importlib
import importlib.util
import io
import sys
import types
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from livens.kernel.shell import woven
from livens.values import passive


class Outputs(Protocol):
    """Where a shell shows things: `livens.kernel.pyodide_kernel.PyodideKernel`."""

    def publish(self, kind: str, content: dict[str, Any], **more: Any) -> None:
        """Tell all clients, as the doing of what runs."""

    def read_input(self, prompt: str, is_password: bool) -> str:
        """Return what the user types."""


class Stream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr`.

    Parameters
    ----------
    name : {"stdout", "stderr"}
        Which.
    write_text : callable
        Gets the name and what is printed.
    """

    encoding = "utf-8"
    errors = "strict"

    def __init__(self, name: str, write_text: Callable[[str, str], object]) -> None:
        super().__init__()
        self.name, self._write_text = f"<{name}>", write_text
        self._stream = name

    def writable(self) -> bool:
        """Return that it is."""
        return True

    def write(self, text: str) -> int:
        """Print."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if text:
            self._write_text(self._stream, text)
        return len(text)


def make_shell(outputs: Outputs) -> Any:
    """Make the one shell of this process.

    Parameters
    ----------
    outputs : Outputs
        Where it shows things.

    Returns
    -------
    IPython.core.interactiveshell.InteractiveShell
        With a `MonitoredDict` for its namespace.
    """
    from IPython.core import page, payloadpage

    package = _package("pyodide_kernel")
    importlib.import_module("pyodide_kernel.mocks").apply_mocks()
    importlib.import_module("pyodide_kernel.patches").apply_patches()
    interpreter = importlib.import_module("pyodide_kernel.interpreter")
    display = importlib.import_module("pyodide_kernel.display")

    class App(interpreter.LitePythonShellApp):  # type: ignore[misc, name-defined]
        def init_shell(self) -> None:
            """Make the shell of a class that is watched."""
            self.shell = woven(
                interpreter.Interpreter,
                _showtraceback=_showtraceback,
                send_comm=_send_comm,
                ask_exit=_ask_exit,
                set_next_input=_set_next_input,
            ).instance(
                displayhook_class=display.LiteDisplayHook,
                display_pub_class=display.LiteDisplayPublisher,
            )

    app = App()
    app.initialize([])
    shell = app.shell
    shell.livens_outputs = outputs
    shell.Completer.use_jedi = False  # it is not there: it takes seconds for what it finds
    package.ipython_shell, package.ipython_shell_app = shell, app
    package.kernel_instance = shell.kernel
    _show_by(shell, outputs)
    shell.set_hook("show_in_pager", page.as_hook(payloadpage.page), 99)
    builtins.input = lambda prompt="": outputs.read_input(str(prompt), False)
    getpass.getpass = lambda prompt="Password: ", stream=None, **_: outputs.read_input(
        str(prompt), True
    )
    return shell


def _package(name: str) -> Any:
    """Return a package whose modules can be imported, without running its own code."""
    spec = importlib.util.find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {name!r}: the kernel was not installed whole")
    package = types.ModuleType(name)
    package.__path__ = list(spec.submodule_search_locations or ())
    package.__spec__ = spec
    sys.modules[name] = package
    return package


def _show_by(shell: Any, outputs: Outputs) -> None:
    """Have what a shell displays published."""

    def displayed(kind: str) -> Callable[..., None]:
        def show(data: Any, metadata: Any = None, transient: Any = None) -> None:
            content = {"data": data, "metadata": metadata or {}, "transient": transient or {}}
            outputs.publish(kind, content)

        return show

    def result(count: int, data: Any, metadata: Any) -> None:
        content = {"execution_count": count, "data": data, "metadata": metadata or {}}
        outputs.publish("execute_result", content)

    shell.display_pub.display_data_callback = displayed("display_data")
    shell.display_pub.update_display_data_callback = displayed("update_display_data")
    shell.display_pub.clear_output_callback = lambda wait: outputs.publish(
        "clear_output", {"wait": wait}
    )
    shell.displayhook.publish_execution_result = result


def _showtraceback(shell: Any, etype: type, evalue: BaseException, stb: list[str]) -> None:
    """Show an error, as ipykernel's shell does."""
    content = {**error_content(evalue), "traceback": stb}
    shell._last_traceback = content
    shell.livens_outputs.publish("error", content)


def error_content(error: BaseException) -> dict[str, Any]:
    """Return how an error is told, whatever its class does; without a traceback.

    Examples
    --------
    >>> error_content(ValueError("wrong"))
    {'ename': 'ValueError', 'evalue': 'wrong', 'traceback': ['ValueError: wrong']}
    """
    name = passive.class_name(type(error))
    try:
        text = passive.sendable_text(str(error))
    except BaseException:  # noqa: BLE001 - a border: an exception's own text
        text = "its message cannot be read"
    return {"ename": name, "evalue": text, "traceback": [f"{name}: {text}"]}


def _send_comm(shell: Any, kind: str, content: Any, *more: Any) -> None:
    """Send a comm's message: what the comms of ``pyodide_kernel`` call."""
    metadata, topic, buffers = more
    shell.livens_outputs.publish(
        kind, content, metadata=metadata, topic=topic, buffers=buffers or []
    )


def _ask_exit(shell: Any) -> None:
    """Have the front end end the session, as ipykernel's shell does: what ``exit`` calls."""
    shell.payload_manager.write_payload({"source": "ask_exit", "keepkernel": False})


def _set_next_input(shell: Any, text: str, replace: bool = False) -> None:
    """Have the front end put a text into the next cell: what ``%load`` and ``%recall`` call."""
    shell.payload_manager.write_payload(
        {"source": "set_next_input", "text": text, "replace": replace}
    )


def encoded(content: object) -> str:
    """Return the JSON of what the user's code has made, whatever is in it.

    Bytes are shown in base64, as pictures are; what no JSON can show, by its text.

    Examples
    --------
    >>> encoded({"image/png": b"abc", "n": float("nan"), "other": 1j})
    '{"image/png":"YWJj","n":null,"other":"1j"}'
    >>> encoded({"text": chr(0xD800)})
    '{"text":"?"}'
    """
    try:
        return msgspec.json.encode(content, enc_hook=str).decode()
    except UnicodeEncodeError:
        return msgspec.json.encode(_replaced(content), enc_hook=str).decode()


def _replaced(value: Any) -> Any:
    """Return a value whose texts have no halves of surrogate pairs."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_replaced(key): _replaced(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(each) for each in value]
    return value
