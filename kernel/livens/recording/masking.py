"""What is shown of a notebook's source, parameters and errors: all but the secrets.

A run shows source that is the user's: the title of a cell, the lines of one that failed, its
traceback. The kernel redacts values and knows nothing of these, so it is done here. What a cell
gives to a name of a secret is hidden there, and the same text wherever an error repeats it.

The executed notebook is not masked: it is what nbclient writes, and the user's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from typing import Any

from nbformat import NotebookNode

from livens.protocol.redaction import DEFAULT_PATTERNS, Redactor
from livens.protocol.secret_texts import Span, merged, places, spans
from livens.protocol.types import REDACTED
from livens.recording.source_secrets import Found, find_secrets

_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Masking:
    """Hides the secrets of one notebook.

    Parameters
    ----------
    sources : callable
        Returns the sources of its cells; called when the first error is shown.
    extra : iterable of str
        Regular expressions of more names of secrets, as the kernel's setting ``redact_extra``.

    Examples
    --------
    >>> masking = Masking(lambda: ["token = 'pa55word'"])
    >>> masking.source("token = 'pa55word'; use(token)")
    'token = redacted; use(token)'
    >>> masking.text("ValueError: pa55word is too short")
    'ValueError: redacted is too short'
    """

    def __init__(
        self, sources: Callable[[], Iterable[str]] = lambda: (), extra: Iterable[str] = ()
    ) -> None:
        self._sources = sources
        self._redactor = Redactor(DEFAULT_PATTERNS, extra)
        self._find = lru_cache(64)(lambda source: find_secrets(source, self._redactor))

    @classmethod
    def of(cls, notebook: NotebookNode, extra: Iterable[str] = ()) -> Masking:
        """Return what hides the secrets of a notebook."""

        def sources() -> list[str]:
            return [cell.source for cell in notebook.cells if cell.cell_type == "code"]

        return cls(sources, extra)

    def source(self, source: str) -> str:
        """Return the source of a cell without its secrets; it has as many lines as before."""
        found: Found = self._find(source)
        return _replaced(source, merged(found.places))

    def text(self, text: str) -> str:
        """Return what an error says without the secrets of the notebook; colours stay."""
        plain = _COLOUR.sub("", text)
        found = spans(plain, self._redactor.hides, all_names=True)
        found += places(plain, self._literals)
        if not found:
            return text
        if plain == text:
            return _replaced(text, merged(found))
        return _replaced_in_colours(text, merged(found))

    def parameters(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return parameters without the values that are secrets."""
        return {name: self._parameter(name, value) for name, value in parameters.items()}

    def _parameter(self, name: str, value: Any) -> Any:
        if self._redactor.hides(name):
            return REDACTED
        return self._redactor.masked(value) if isinstance(value, str) else value

    @cached_property
    def _literals(self) -> set[str]:
        return {text for source in self._sources() for text in self._find(source).literals}


def _replaced(text: str, found: Iterable[Span]) -> str:
    parts, at = [], 0
    for start, end in found:
        parts += [text[at:start], REDACTED, "\n" * text.count("\n", start, end)]
        at = end
    return "".join([*parts, text[at:]])


def _replaced_in_colours(text: str, found: Iterable[Span]) -> str:
    """Replace spans of a text that are counted without its colours, which all stay."""
    hidden = {at for start, end in found for at in range(start, end)}
    starts = {start for start, _ in found}
    parts: list[str] = []
    at = 0
    for piece in re.split(f"({_COLOUR.pattern})", text):
        if _COLOUR.fullmatch(piece):
            parts.append(piece)
            continue
        for char in piece:
            if at in starts:
                parts.append(REDACTED)
            if at not in hidden or char == "\n":
                parts.append(char)
            at += 1
    return "".join(parts)
