"""Arrow's types: which of them run code of the user's as soon as they are looked at.

An extension type is a class that is written in Python. pyarrow makes an object of it whenever a
column, a chunk or a type is asked for, and for that calls methods of the class; whoever asks does
not see it coming. Where a process has such classes, schemas are therefore looked at in the form
in which Arrow hands them to other libraries (the C data interface), before anything is asked.
"""

from __future__ import annotations

from typing import Any

from livens.values.passive import module_contents, qualified_name


def is_plain_type(dtype: Any) -> bool:
    """Return whether a type is one of Arrow's own, and so is what is nested in it."""
    return qualified_name(type(dtype)).startswith("pyarrow.lib.") and not may_run_code(dtype)


def arrow_type_text(dtype: Any) -> str:
    """Return the text of a type; of one that has extension types in it the name of its class."""
    return str(dtype) if is_plain_type(dtype) else qualified_name(type(dtype)).rpartition(".")[2]


def may_run_code(value: Any) -> bool:
    """Return whether to ask a schema, a table or a chunked array may run code of the user's."""
    if not _are_there_extensions():
        return False
    try:
        from livens.values.tables.arrowschemas import (
            has_extensions,  # where there is no ctypes, it may
        )

        return has_extensions(value)
    except Exception:  # noqa: BLE001 - an older pyarrow, or a type that is not handed out
        return True


def _are_there_extensions() -> bool:
    """Return whether somebody in this process has written an extension type in Python."""
    base = module_contents("pyarrow.lib").get("ExtensionType")
    if base is None:
        return False
    waiting = list(type.__subclasses__(base))
    return any(qualified_name(cls) != "pyarrow.lib.UnknownExtensionType" for cls in waiting)
