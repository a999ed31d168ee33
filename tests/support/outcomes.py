"""What comes of a call."""

from __future__ import annotations

from typing import Any


def outcome(function: Any) -> Any:
    """Return what a call gives, or what it raises."""
    try:
        return ("returned", function())
    except (KeyError, TypeError, ValueError, RuntimeError) as err:
        return ("raised", type(err), str(err))
