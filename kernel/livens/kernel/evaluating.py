"""Running the user's code for a client's change: an expression, and what an assignment runs.

Whatever it raises is the answer to the client's request, in words. An interrupt of the kernel ends
it, and is such an answer too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from livens.exceptions import EvaluationFailed, RequestError
from livens.values import passive


def evaluated(place: str, expression: str, namespace: dict[str, Any]) -> Any:
    """Return the value of an expression in the user's namespace.

    Raises
    ------
    EvaluationFailed
        With what it raised.

    Examples
    --------
    >>> evaluated("x", "n + 1", {"n": 2})
    3
    """
    source = expression.strip()
    with failures_as_answers(f"The expression for '{place}'", f"'{place}' was left as it was."):
        code = compile(source, "<livens set>", "eval", dont_inherit=True)
        return eval(code, namespace)


@contextmanager
def failures_as_answers(what: str, remedy: str) -> Iterator[None]:
    """Turn whatever the user's code raises inside into `EvaluationFailed`."""
    try:
        yield
    except RequestError:
        raise
    except BaseException as err:  # noqa: BLE001 - the user's code: exit() and interrupts too
        if isinstance(err, KeyboardInterrupt):
            how = "was interrupted"
        else:
            how = f"raised {passive.class_name(type(err))}: {_text(err)}"
        raise EvaluationFailed(
            f"{what} {how}", expected="a Python expression", remedy=remedy
        ) from None


def _text(error: BaseException) -> str:
    try:
        return passive.sendable_text(str(error)[:1000])
    except Exception:  # noqa: BLE001 - a border: the exception may be of the user's making
        return ""
