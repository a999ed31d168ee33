"""Descriptions: from a value to its `Variable`, bounded in time and size, running no user code.

Three ways, tried in this order (as in house style 5, third-party types are looked up by their
qualified name and never imported):

1. exact builtin types, read by their own C methods;
2. the adapter that `livens.values.registry` has for the class;
3. everything else as `livens.values.preview_writer` writes it.

`describe` raises what an adapter raises, and `BadSummary` where one returns what cannot be shown;
the view sets such a variable aside (`livens.watching.view`).
"""

from __future__ import annotations

from collections.abc import Callable

from livens.protocol.redaction import WriteText, unmasked
from livens.protocol.types import PARTLY, REDACTED, Key, Origin, Variable
from livens.values import passive
from livens.values.bounds import cut
from livens.values.preview_writer import SIMPLE, PreviewWriter, scalar
from livens.values.summaries import Limits

Noted = tuple[int, float | None, Origin | None, str]
"""What is known of a variable's changes: how many, and of the last one when, where and how."""


def describe(
    name: str,
    value: object,
    *,
    path: list[Key] | None = None,
    limits: Limits = Limits(),  # noqa: B008 - a tuple, nothing can change it
    hides: Callable[[str], bool] = lambda name: False,
    masked: WriteText = unmasked,
) -> Variable:
    """Describe a value without running the user's code.

    Parameters
    ----------
    name : str
        What it is called.
    value : object
        Anything; it is not kept.
    path : list of Key, optional
        Where it is; by default the variable *name*.
    limits : Limits
        How much to show.
    hides : callable
        Told the names of attributes and keys; where it says yes, no value is shown.
    masked : callable
        Returns a text without the secrets in it; by default all of it.

    Examples
    --------
    >>> describe("prices", [1.5, 2.5]).preview
    '[1.5, 2.5]'
    """
    cls = type(value)
    name = passive.sendable_text(name)
    if id(cls) in SIMPLE and not hides(name):
        variable = describe_simple(name, value, limits.chars)
        if path is not None:
            variable.path = path
        return variable
    where = [["name", name]] if path is None else path
    type_name, module = passive.class_name(cls), passive.class_module(cls)
    if hides(name):
        return Variable(name, where, "other", type_name, module, REDACTED, reason=REDACTED)
    writer = PreviewWriter(limits, hides, masked)
    summary = writer.summary(value)
    preview, is_cut = cut(passive.sendable_text(summary.preview), limits.chars)
    dtype, device = summary.dtype, summary.device
    if not (dtype or "").isascii() or not (device or "").isascii():
        dtype, device = map(_sendable, (dtype, device))
    return Variable(
        name,
        where,
        summary.kind,
        type_name,
        module,
        preview,
        summary.length,
        summary.shape,
        dtype,
        summary.nbytes,
        device,
        summary.has_children,
        summary.truncated or is_cut or writer.is_truncated,
        reason=PARTLY if writer.is_redacted else "",
    )


def describe_simple(
    name: str, value: object, chars: int, noted: Noted = (0, None, None, "")
) -> Variable:
    """Describe a value that `is_simple`: most variables are, and a cell may make thousands."""
    kind, type_name = SIMPLE[id(type(value))]
    if not name.isascii():
        name = passive.sendable_text(name)
    text, is_truncated = scalar(value)
    if len(text) > chars:
        text, is_truncated = cut(text, chars)
    version, changed_at, changed_by, change = noted
    return Variable(
        name,
        [["name", name]],
        kind,
        type_name,
        "",
        text,
        truncated=is_truncated,
        changed_at=changed_at,
        changed_by=changed_by,
        version=version,
        change=change,
    )


def is_simple(value: object) -> bool:
    """Return whether describing *value* takes no time worth measuring: a number, a bool, None."""
    return id(type(value)) in SIMPLE


def _sendable(text: str | None) -> str | None:
    return None if text is None else passive.sendable_text(text)
