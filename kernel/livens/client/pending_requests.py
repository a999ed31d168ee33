"""Requests to the kernel that wait for their answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from livens.exceptions import LivensError, RequestError
from livens.protocol import messages

OnProgress = Callable[[messages.ProgressParams], object]
"""Told how far the kernel is with a request."""


class PendingRequests:
    """The requests of one client, by their ids.

    Examples
    --------
    >>> pending = PendingRequests()
    >>> request = pending.begin("delete", {"names": ["x"]})
    >>> pending.result(request.id) is None
    True
    >>> pending.keep(messages.Result(request.id, {"names": ["x"]}))
    True
    >>> pending.result(request.id)
    Deleted(names=['x'], undo='')
    """

    def __init__(self) -> None:
        self._last_id = 0
        self._methods: dict[messages.Id, str] = {}
        self._on_progress: dict[messages.Id, OnProgress] = {}
        self._answers: dict[messages.Id, messages.Result | messages.Failure | LivensError] = {}

    def begin(
        self, method: str, params: dict[str, Any], on_progress: OnProgress | None = None
    ) -> messages.Request:
        """Make a request with an id of its own."""
        self._last_id += 1
        self._methods[self._last_id] = method
        if on_progress is not None:
            self._on_progress[self._last_id] = on_progress
            params = {**params, "progress": True}
        return messages.Request(method, params, self._last_id)

    def keep(self, message: messages.Result | messages.Failure) -> bool:
        """Keep an answer, if anybody waits for it."""
        if message.id not in self._methods:
            return False
        self._answers[message.id] = message
        return True

    def tell(self, progress: messages.ProgressParams) -> None:
        """Hand on how far the kernel is with a request that somebody waits for."""
        on_progress = self._on_progress.get(progress.id)
        if on_progress is not None:
            on_progress(progress)

    def is_open(self, request_id: messages.Id) -> bool:
        """Return whether a request has no answer yet."""
        return request_id in self._methods and request_id not in self._answers

    def fail_all(self, error: LivensError) -> None:
        """Answer all that are still open with an error."""
        for request_id in self._methods:
            self._answers.setdefault(request_id, error)

    def forget(self, request_id: messages.Id) -> None:
        """Drop a request and its answer."""
        self._methods.pop(request_id, None)
        self._on_progress.pop(request_id, None)
        self._answers.pop(request_id, None)

    def result(self, request_id: messages.Id) -> msgspec.Struct | None:
        """Return the result, once, or None if there is none yet.

        Raises
        ------
        RequestError
            What the kernel answered, as the error that it has there.
        LivensError
            If there will be no answer.
        """
        answer = self._answers.get(request_id)
        if answer is None:
            return None
        method = self._methods[request_id]
        self.forget(request_id)
        if isinstance(answer, LivensError):
            raise answer
        if isinstance(answer, messages.Failure):
            raise request_error(answer.error)
        return messages.decode_result(method, answer.result)


def request_error(info: messages.ErrorInfo) -> RequestError:
    """Return the error that a kernel's answer stands for.

    Examples
    --------
    >>> request_error(messages.ErrorInfo(-32001, "No variable 'x'"))
    VariableNotFound("No variable 'x'")
    """
    known: list[type[RequestError]] = [RequestError, *RequestError.__subclasses__()]
    kind = {kind.code: kind for kind in known}.get(info.code, RequestError)
    return kind(info.message, expected=info.data.expected, remedy=info.data.remedy)
