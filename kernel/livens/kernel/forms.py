"""In which form a value is sent: a picture, HTML, the lines of a text, or what Python writes.

Pictures of arrays and images in memory, and lines, are made without running code of the value's.
For all else it is asked, which runs its code (`livens.kernel.own_text`).
"""

from __future__ import annotations

from typing import Any, Protocol

from livens.exceptions import NotAllowed
from livens.kernel.own_text import Written
from livens.protocol.redaction import Redactor
from livens.protocol.requests import ValueParams
from livens.protocol.secret_texts import places, replaced
from livens.values import passive
from livens.values.pictures import picture_of
from livens.values.secrets_below import secrets_below


class Forms(Protocol):
    """What this asks of the kernel around it."""

    def form(self, value: object, mime: str) -> str | bytes:
        """Return what the user would see of a value; this runs the value's own code.

        Raises
        ------
        NotAllowed
            If the value has no such form; names those that it has.
        """

    def forms(self, value: object) -> list[str]:
        """Return in which forms `form` has a value, as far as it says so; runs its code too."""


def written_form(redactor: Redactor, host: Forms, value: Any, params: ValueParams) -> Written:
    """Return a value in the form that was asked for, without the secrets below it.

    Raises
    ------
    NotAllowed
        If it has no such form, or none without running its code.
    """
    mime = params.mime
    is_text = passive.is_real_instance(value, str)
    picture = picture_of(value, params.max_px) if mime in ("image/png", "best") else None
    if params.passive:
        if picture is None and not (is_text and mime in ("lines", "best")):
            raise NotAllowed(
                "This form takes code of the value's, which was not to run",
                expected="an image that is in memory, or the lines of a text",
            )
        found: list[str] = []
    else:
        found = _forms(host, value, is_text, picture is not None) if mime == "best" else []
    if picture is not None:
        size = picture.size if any(picture.size) else ()
        return Written(picture.data, mime=picture.mime, forms=found, size=size)
    if mime == "best":
        return _best(redactor, host, value, found or ["lines"])
    return _in_form(redactor, host, value, mime, found)


def _forms(host: Forms, value: Any, is_text: bool, is_picture: bool) -> list[str]:
    asked = host.forms(value)
    has_image = is_picture or "image/png" in asked
    own = [*(["image/png"] if has_image else []), *(["text/html"] if "text/html" in asked else [])]
    return [*own, *(["lines"] if is_text else []), "text/plain"]


def _best(redactor: Redactor, host: Forms, value: Any, found: list[str]) -> Written:
    for mime in found[:-1]:
        try:
            return _in_form(redactor, host, value, mime, found)
        except NotAllowed:  # it said that it had one, and has none
            continue
    return _in_form(redactor, host, value, found[-1], found)


def _in_form(redactor: Redactor, host: Forms, value: Any, mime: str, found: list[str]) -> Written:
    if mime == "lines":
        if not passive.is_real_instance(value, str):
            raise NotAllowed(
                f"A value of class '{passive.class_name(type(value))[:100]}' has no lines",
                expected="a text",
                remedy="Ask for text/plain.",
            )
        text = passive.exact_text(value)
        shown = redactor.masked(text)
        return Written(shown, shown == text, mime, found)
    secrets = secrets_below(value, redactor.hides)
    written = host.form(value, mime)
    if mime == "image/png":
        return Written(written, mime=mime, forms=found)
    text = passive.exact_text(
        written.decode("utf-8", "replace") if isinstance(written, bytes) else written
    )
    shown = redactor.masked(replaced(text, places(text, secrets)))
    return Written(shown, shown == text, mime, found)
