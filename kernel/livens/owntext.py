"""A value's own text: the one place where code of the user's values is run, on request only."""

from __future__ import annotations

from collections.abc import Callable

from livens.errands import Answer, Errand
from livens.exceptions import EvaluationFailed, TookTooLong
from livens.methods import ValueParams, ValueText
from livens.passive import sendable_text


def ask(write: Callable[[], str], params: ValueParams, answer: Answer) -> None:
    """Ask a value for its own text, and give up after a time.

    Parameters
    ----------
    write : callable
        Returns the text; runs the value's code.
    params : ValueParams
        The limits that the client set.
    answer : callable
        Gets the text or the reason why there is none, from another thread.
    """

    def work() -> ValueText:
        try:
            text = write()
            cut = text[: params.max_chars]
            return ValueText(params.mime, sendable_text(cut), len(cut) < len(text))
        except BaseException as err:  # noqa: BLE001 - a border: SystemExit included
            raise EvaluationFailed(f"The value's own text raised {type(err).__name__}") from None

    late = TookTooLong(
        f"The value's own text took longer than {params.timeout_ms} ms",
        remedy="Ask with a larger timeout_ms, or look at it with 'inspect'.",
    )
    Errand("livens-value", work, params.timeout_ms, late, answer).start()
