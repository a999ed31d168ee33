"""A value's own text: the one place where code of the user's values is run, on request only.

It runs in a thread of its own, because it may take for ever and Python cannot stop it. When the
time is over the client is told so; the thread is a daemon whose result nobody waits for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import msgspec

from livens.exceptions import EvaluationFailed, RequestError, TookTooLong
from livens.methods import ValueParams, ValueText
from livens.passive import sendable_text

Answer = Callable[[msgspec.Struct | RequestError], None]
"""Called once with the result of a request, or with why there is none."""


class OwnText:
    """Ask a value for its own text, and give up after a time.

    Parameters
    ----------
    write : callable
        Returns the text; runs the value's code.
    params : ValueParams
        The limits that the client set.
    answer : callable
        Gets the text or the reason why there is none, from one of two threads.
    """

    def __init__(self, write: Callable[[], str], params: ValueParams, answer: Answer) -> None:
        self._write = write
        self._params = params
        self._answer = answer
        self._lock = threading.Lock()
        self._is_answered = False
        self._timer = threading.Timer(params.timeout_ms / 1000, self._give_up)
        self._timer.name, self._timer.daemon = "livens-value-timer", True

    def start(self) -> None:
        """Start asking; returns at once."""
        self._timer.start()
        threading.Thread(target=self._ask, name="livens-value", daemon=True).start()

    def _ask(self) -> None:
        try:
            text = self._write()
            cut = text[: self._params.max_chars]
            outcome: msgspec.Struct | RequestError = ValueText(
                self._params.mime, sendable_text(cut), len(cut) < len(text)
            )
        except BaseException as err:  # noqa: BLE001 - a border: SystemExit included
            outcome = EvaluationFailed(f"The value's own text raised {type(err).__name__}")
        self._settle(outcome)

    def _give_up(self) -> None:
        self._settle(
            TookTooLong(
                f"The value's own text took longer than {self._params.timeout_ms} ms",
                remedy="Ask with a larger timeout_ms, or look at it with 'inspect'.",
            )
        )

    def _settle(self, outcome: msgspec.Struct | RequestError) -> None:
        with self._lock:
            if self._is_answered:
                return
            self._is_answered = True
        self._timer.cancel()
        self._answer(outcome)
