"""What both sides know of digests: which values need one, and what one says of an object.

A digest itself is `livens.protocol.types.Digest`.
"""

from __future__ import annotations

from livens.protocol.types import Variable

_BY_PREVIEW = ("number", "bool", "none", "text", "bytes")
_CODE = ("function", "class", "module")


def needs_digest(variable: Variable) -> bool:
    """Return whether a description may say less of a value than two runs are compared by.

    Examples
    --------
    >>> x = Variable("x", [], "number", "int", preview="5")
    >>> needs_digest(x), needs_digest(Variable("df", [], "table", "DataFrame"))
    (False, True)
    """
    if variable.status == "skipped" or variable.reason == "redacted" or variable.kind in _CODE:
        return False
    return variable.truncated or variable.kind not in _BY_PREVIEW


def opaque_gap(type_name: str) -> str:
    """Return the gap in the digest of an object whose class nothing is known of.

    So it is for all objects of the class, and whoever has read it once need not ask again.

    Examples
    --------
    >>> opaque_gap("Figure")
    "an object of class 'Figure' is not looked into"
    """
    return f"an object of class '{type_name}' is not looked into"
