"""What goes wrong with a session, as an error of HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tornado.web import HTTPError

from livens import exceptions

STATUS = {
    exceptions.InvalidParams: 400,
    exceptions.NotAllowed: 403,
    exceptions.VariableNotFound: 404,
    exceptions.KernelBusy: 409,
    exceptions.EvaluationFailed: 422,
    exceptions.TookTooLong: 504,
}
"""The HTTP status of what a kernel answers."""


@contextmanager
def as_http_errors() -> Iterator[None]:
    """Raise what goes wrong with a kernel as an `HTTPError`."""
    try:
        yield
    except exceptions.RequestError as err:
        raise HTTPError(STATUS.get(type(err), 502), str(err)) from None
    except (exceptions.LivensError, ConnectionError) as err:
        raise HTTPError(503, str(err)) from None
    except TimeoutError:
        raise HTTPError(504, "The kernel did not answer in time; it may be busy") from None
