"""Forms: a value as IPython would show it, without showing it.

What IPython's formatters would call is called directly: they print a traceback into the user's
output where it raises. A printer that is registered for the type (as matplotlib's inline backend
does for figures) comes before the value's own ``_repr_html_`` and ``_repr_png_``. A figure of
matplotlib that has neither is drawn by its own `savefig`.

All of it is the user's code, and runs on request only (`livens.kernel.own_text`).
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutine
from typing import Any

from livens.exceptions import NotAllowed
from livens.values.passive import class_mro, class_name, qualified_name

MIMES = ("text/plain", "text/html", "image/png")

AI_REPR = "text/x-ai-repr"
"""What an object says of itself for models: its ``_ai_repr_``."""


def form(shell: Any, value: object, mime: str) -> str | bytes:
    """Return a value in one form.

    Raises
    ------
    NotAllowed
        If it has no such form; names those that it has.

    Examples
    --------
    >>> from IPython.core.interactiveshell import InteractiveShell
    >>> form(InteractiveShell(), [1, 2], "text/plain")
    '[1, 2]'
    """
    if mime == "text/plain":
        from IPython.lib.pretty import pretty

        return str(pretty(value))
    if mime == AI_REPR:
        return _ai_repr(value)
    writer = _writer(shell, value, mime)
    data = None if writer is None else writer()
    if type(data) is tuple:  # with metadata
        data = data[0]
    if isinstance(data, (str, bytes)):
        return data
    others = [other for other in MIMES[1:] if other != mime and _writer(shell, value, other)]
    raise NotAllowed(
        f"A value of class '{class_name(type(value))[:100]}' has no form {mime}",
        expected=" or ".join([MIMES[0], *others]),
    )


def forms(shell: Any, value: object) -> list[str]:
    """Return the forms besides text that a value says it has.

    Examples
    --------
    >>> from IPython.core.interactiveshell import InteractiveShell
    >>> forms(InteractiveShell(), [1, 2])
    []
    """
    return [mime for mime in MIMES[1:] if _writer(shell, value, mime) is not None]


def _writer(shell: Any, value: object, mime: str) -> Callable[[], Any] | None:
    from IPython.utils.dir2 import get_real_method

    formatter = shell.display_formatter.formatters[mime]
    try:
        printer = formatter.lookup(value)
    except KeyError:
        method: Callable[[], Any] | None = get_real_method(value, formatter.print_method)
        if method is None and mime == "image/png" and _is_figure(value):
            return lambda: _drawn(value)
        return method
    return lambda: printer(value)


def _ai_repr(value: object) -> str:
    """Return what ``_ai_repr_`` of a value returns: a text, or texts by their MIME types."""
    from IPython.utils.dir2 import get_real_method

    method: Callable[[], Any] | None = get_real_method(value, "_ai_repr_")
    if method is None:
        raise NotAllowed(
            f"A value of class '{class_name(type(value))[:100]}' has no `_ai_repr_`",
            expected=" or ".join(MIMES),
        )
    written = method()
    if iscoroutine(written):
        import asyncio

        written = asyncio.run(written)
    if isinstance(written, dict):
        return "\n".join(f"{mime}: {text}" for mime, text in written.items())
    return str(written)


def _is_figure(value: object) -> bool:
    return any(qualified_name(c) == "matplotlib.figure.Figure" for c in class_mro(type(value)))


def _drawn(figure: Any) -> bytes:
    from io import BytesIO

    file = BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
