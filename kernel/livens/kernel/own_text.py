"""A value's own text or picture: the one place where code of the user's values runs, on request.

It runs in a thread of its own and under a time limit (`livens.kernel.timed_work`), so objects that
belong to a thread are refused: a window may not be touched, nor a connection or an event loop, from
anywhere but where it was made. Which ones do is told by their class, passively; a class of the
user's says so by ``_livens_thread_bound_ = "why"``.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import NamedTuple

from livens.exceptions import EvaluationFailed, NotAllowed, RequestError, TookTooLong
from livens.kernel.timed_work import Answer, TimedWork
from livens.protocol.requests import ValueParams, ValueText
from livens.values import passive
from livens.values.pictures import MAX_BYTES

MAX_IMAGE_BYTES = MAX_BYTES

_BOUND_CLASSES = {
    "sqlite3.Connection": "a connection of sqlite3",
    "sqlite3.Cursor": "a cursor of sqlite3",
    "sqlite3.Blob": "a blob of sqlite3",
    "asyncio.events.AbstractEventLoop": "an event loop",
    "_asyncio.Future": "a future of asyncio",
    "_asyncio.Task": "a task of asyncio",
    "asyncio.futures.Future": "a future of asyncio",
    "asyncio.tasks.Task": "a task of asyncio",
}

_BOUND_PACKAGES = {
    "tkinter": "a part of a Tk window",
    "PyQt5": "an object of Qt",
    "PyQt6": "an object of Qt",
    "PySide2": "an object of Qt",
    "PySide6": "an object of Qt",
    "wx": "an object of wxWidgets",
    "gi": "an object of GTK",
}

_FREE_CANVASES = (
    "matplotlib.backend_bases.FigureCanvasBase",
    "matplotlib.backends.backend_agg.FigureCanvasAgg",
    "matplotlib.backends.backend_cairo.FigureCanvasCairo",
    "matplotlib.backends.backend_pdf.FigureCanvasPdf",
    "matplotlib.backends.backend_ps.FigureCanvasPS",
    "matplotlib.backends.backend_svg.FigureCanvasSVG",
)
"""Canvases of matplotlib's that belong to no window."""


def need_free_of_threads(value: object) -> None:
    """Refuse a value that only the thread that made it may use.

    Raises
    ------
    NotAllowed
        With what it is.

    Examples
    --------
    >>> import sqlite3
    >>> connection = sqlite3.connect(":memory:")
    >>> need_free_of_threads(connection)
    Traceback (most recent call last):
    livens.exceptions.NotAllowed: This is a connection of sqlite3, which only its own thread may use
    >>> connection.close()
    """
    bound = _bound(value)
    if bound:
        raise NotAllowed(
            f"This is {bound}, which only its own thread may use",
            expected="a value that can be used from any thread",
            remedy="Look at it with 'inspect', or show it in a cell.",
        )


def _bound(value: object) -> str:
    cls = type(value)
    said = passive.class_attribute(cls, "_livens_thread_bound_")
    if said is not None and said is not False:
        return said[:200] if type(said) is str else f"an object of {passive.class_name(cls)}"
    for base in passive.class_mro(cls):
        name = passive.qualified_name(base)
        if name in _BOUND_CLASSES:
            return _BOUND_CLASSES[name]
        package = name.partition(".")[0]
        if package in _BOUND_PACKAGES:
            return _BOUND_PACKAGES[package]
        if name == "matplotlib.figure.Figure":
            canvas = type((passive.instance_dict(value) or {}).get("canvas"))
            if passive.qualified_name(canvas) not in _FREE_CANVASES:
                return f"a figure in a window ({passive.class_name(canvas)})"
    return ""


class Written(NamedTuple):
    """What a value wrote of itself.

    Attributes
    ----------
    data : str or bytes
        The text, or an image as bytes or in base64.
    is_whole : bool
        Whether no secret was left out.
    mime : str
        In which form; empty for the one that was asked for.
    forms : list of str
        In which forms it can be had, where that was asked.
    size : list of int
        The width and the height of a picture that may have been made smaller.
    """

    data: str | bytes
    is_whole: bool = True
    mime: str = ""
    forms: Sequence[str] = ()
    size: Sequence[int] = ()


def ask(write: Callable[[], Written], params: ValueParams, answer: Answer) -> TimedWork:
    """Return the work to ask a value for its own text or picture, which ends after a time.

    Parameters
    ----------
    write : callable
        Returns the text or the image; runs the value's code.
    params : ValueParams
        The form, and the limits that the client set.
    answer : callable
        Gets the text or the reason why there is none, from another thread.
    """

    def work() -> ValueText:
        try:
            written = write()
        except RequestError:
            raise
        except BaseException as err:  # noqa: BLE001 - a border: SystemExit included
            raise EvaluationFailed(f"The value's own text raised {type(err).__name__}") from None
        answer = sendable(written.data, params, written.mime)
        answer.truncated |= not written.is_whole
        answer.forms, answer.size = list(written.forms), list(written.size)
        return answer

    late = TookTooLong(
        f"The value's own text took longer than {params.timeout_ms} ms",
        remedy="Ask with a larger timeout_ms, or look at it with 'inspect'.",
    )
    return TimedWork("livens-value", work, params.timeout_ms, late, answer, is_stopped=True)


def sendable(written: str | bytes, params: ValueParams, mime: str = "") -> ValueText:
    """Bring what a value wrote into its limits: text is cut, HTML and images are whole or refused.

    Examples
    --------
    >>> sendable("abcdef", ValueParams(path=[["name", "x"]], max_chars=3))
    ValueText(mime='text/plain', data='abc', truncated=True, forms=[], size=[])
    """
    mime = mime or params.mime
    if mime.startswith("image/"):
        return ValueText(mime, _image(written), False)
    text = written.decode("utf-8", "replace") if isinstance(written, bytes) else written
    text = passive.exact_text(text)
    if mime != "text/html":
        cut = text[: params.max_chars]
        return ValueText(mime, passive.sendable_text(cut), len(cut) < len(text))
    if len(text) > params.max_chars:
        raise NotAllowed(
            f"The HTML has {len(text)} characters, which are not cut in the middle of a tag",
            expected=f"at most {params.max_chars} characters, as max_chars says",
            remedy="Ask with a larger max_chars, or for text/plain.",
        )
    return ValueText(mime, passive.sendable_text(text), False)


def _image(written: str | bytes) -> str:
    nbytes = len(written) if isinstance(written, bytes) else len(written) * 3 // 4
    if nbytes > MAX_IMAGE_BYTES:
        raise NotAllowed(
            f"The image has {nbytes} bytes",
            expected=f"at most {MAX_IMAGE_BYTES} bytes",
            remedy="Make it smaller, or show it in a cell.",
        )
    if isinstance(written, bytes):
        return base64.b64encode(written).decode("ascii")
    return "".join(passive.exact_text(written).split())
