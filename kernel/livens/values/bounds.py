"""The bounds of what is told of a value, and a check of what an adapter returned."""

from __future__ import annotations

from typing import Any

from livens.exceptions import BadSummary
from livens.protocol.types import KINDS
from livens.values import passive
from livens.values.summaries import Summary

_MAX_WORDS = 1_000
"""Characters of a dtype or a device."""

MAX_NUMBER = 2**63 - 1
"""What JSON readers can be expected to take."""


def cut(text: str, chars: int) -> tuple[str, bool]:
    """Return a text of *chars* characters at the most, and whether it was cut."""
    return (text, False) if len(text) <= chars else (text[: chars - 1] + "…", True)


def checked(summary: Any, cls: type, chars: int) -> Summary:
    """Return what an adapter returned, its texts cut to their limits.

    Raises
    ------
    BadSummary
        If it cannot be shown; says what is wrong.
    """
    wrong = _what_is_wrong(summary)
    if wrong:
        raise BadSummary(f"the adapter for {passive.qualified_name(cls)} returned {wrong}")
    found = _without_too_large(summary)
    preview, is_cut = cut(passive.exact_text(found.preview), chars)
    dtype, device = found.dtype, found.device
    if not is_cut and len(dtype or "") <= _MAX_WORDS and len(device or "") <= _MAX_WORDS:
        return found
    return found._replace(
        preview=preview,
        dtype=None if dtype is None else cut(dtype, _MAX_WORDS)[0],
        device=None if device is None else cut(device, _MAX_WORDS)[0],
        truncated=found.truncated or is_cut,
    )


def _without_too_large(summary: Summary) -> Summary:
    """Leave out the sizes that are too large to be told."""
    if (summary.length or 0) > MAX_NUMBER:
        summary = summary._replace(length=None)
    if (summary.nbytes or 0) > MAX_NUMBER:
        summary = summary._replace(nbytes=None)
    if max(summary.shape or (0,)) > MAX_NUMBER:
        summary = summary._replace(shape=None)
    return summary


def _what_is_wrong(summary: Any) -> str:
    if not passive.is_real_instance(summary, Summary):
        return f"a {passive.class_name(type(summary))}, not a Summary"
    if type(summary.kind) is not str or summary.kind not in KINDS:
        return "a kind that is not one of livens.protocol.types.KINDS"
    if not passive.is_real_instance(summary.preview, str):
        return f"a preview that is a {passive.class_name(type(summary.preview))}, not a str"
    for name in ("length", "nbytes"):
        if not _is_size(size := getattr(summary, name)) and size is not None:
            return f"a {name} that is no int from 0 on"
    if summary.shape is not None and not (
        type(summary.shape) is list
        and len(summary.shape) <= 100
        and all(map(_is_size, summary.shape))
    ):
        return "a shape that is no list of at most 100 ints"
    for name in ("dtype", "device"):
        text = getattr(summary, name)
        if text is not None and type(text) is not str:
            return f"a {name} that is no str"
    if type(summary.has_children) is not bool or type(summary.truncated) is not bool:
        return "a flag that is no bool"
    return ""


def _is_size(number: object) -> bool:
    return type(number) is int and number >= 0
