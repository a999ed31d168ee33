"""The errors of livens, one tree.

::

    LivensError
    ├── RequestError            the client's fault: goes back over the comm with a code
    │   ├── InvalidMessage      not a message of the protocol
    │   ├── UnknownMethod       a method that the protocol does not have
    │   ├── InvalidParams       a method that exists, with params that do not fit
    │   ├── InvalidCondition    a rule whose condition cannot be read
    │   ├── VariableNotFound    a name or path that leads nowhere
    │   ├── KernelBusy          right, but not while a cell runs
    │   ├── NotAllowed          right, but refused for this variable
    │   ├── EvaluationFailed    the user's expression raised
    │   ├── TookTooLong         the value's own code did not come to an end
    │   └── Cancelled           the client, or its going, ended the work on the request
    ├── ProtocolError           the kernel's fault, seen by a client: a message we cannot read
    ├── ConnectionFailed        no livens kernel at the other end
    │   └── KernelGone          there was one, it ended
    ├── ServerRefused           an answer over HTTP that is an error
    ├── WatchClosed             a call on a watch that its owner has closed
    ├── BadSummary              an adapter's fault: it returned what cannot be shown
    ├── NotMonitored            a call that needs a livens kernel around it
    ├── NotBuilt                a part that has to be built is not there
    ├── InstallFailed           the kernelspec could not be installed
    ├── RunFailed               a notebook could not be read, started or finished
    ├── SandboxRefused          a kernel cannot be started within its limits, so it is not
    ├── TargetRefused           a file cannot be written, or must not be replaced
    ├── StoreRefused            a store cannot be used as it was asked for
    ├── StoreAway               a store cannot be reached now
    ├── StoreClosed             a call on a store that its owner has closed
    ├── NotShared               a value is not put into a store; says why
    ├── SecretRefused           others could read the secret that signs pickles
    ├── DocumentUnreadable      what a store holds is no value that this livens can read
    ├── RecordFailed            a record could not be written
    ├── RecordUnreadable        a file is no record, or not one that this livens can read
    └── ArchiveFailed           the file of kept states cannot be read or written

Every message names the thing, what was expected, and the remedy.

A look at a value reads other people's types, so it may fail in any way: a library's bug, a value
that lies about its type, a panic in Rust, too little memory. The next value must not notice. Every
such look stands in a ``try`` whose ``except BaseException`` asks `reason_of` why; the answer is
shown in the place of what could not be found out, or a plain fallback is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any


class LivensError(Exception):
    """The base of all errors that livens raises on purpose."""


class RequestError(LivensError):
    """A request that cannot be answered; it goes to the client as a JSON-RPC error.

    Parameters
    ----------
    message : str
        What was wrong, with the name of the thing.
    expected : str, optional
        What would have been right.
    remedy : str, optional
        What to do next.
    """

    code = -32603
    """The JSON-RPC error code; -32768 to -32000 are set by JSON-RPC 2.0, section 5.1."""

    def __init__(self, message: str, *, expected: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.expected = expected
        self.remedy = remedy


class InvalidMessage(RequestError):
    """The data are no message of the protocol (JSON-RPC: Invalid Request)."""

    code = -32600


class UnknownMethod(RequestError):
    """The protocol has no such method (JSON-RPC: Method not found)."""

    code = -32601


class InvalidParams(RequestError):
    """The params do not fit the method (JSON-RPC: Invalid params)."""

    code = -32602


class InvalidCondition(RequestError):
    """The condition of a rule cannot be read, or uses what conditions do not have."""

    code = -32007


class VariableNotFound(RequestError):
    """The name or the path leads nowhere."""

    code = -32001


class KernelBusy(RequestError):
    """The request needs the main thread, and a cell is running there."""

    code = -32002


class NotAllowed(RequestError):
    """The request is well formed, and refused for this variable."""

    code = -32003


class EvaluationFailed(RequestError):
    """The user's expression, or the value's own code, raised."""

    code = -32004


class TookTooLong(RequestError):
    """The value's own code did not come to an end within the time limit."""

    code = -32005


class Cancelled(RequestError):
    """The work on a request was ended before its result was there, as the client asked."""

    code = -32008


class ProtocolError(LivensError):
    """A message from the kernel that this client cannot read."""


class ConnectionFailed(LivensError):
    """No livens kernel answers at the other end."""


class KernelGone(ConnectionFailed):
    """The kernel ended while it was being watched."""


class ServerRefused(LivensError):
    """A livens server has answered with an error.

    Parameters
    ----------
    message : str
        What was asked, and why that was refused.
    status : int
        Of HTTP.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class WatchClosed(LivensError):
    """The watch was closed by its owner."""


class BadSummary(LivensError):
    """An adapter returned something that is no summary, or one without bounds."""


class NotMonitored(LivensError):
    """A call that only works inside a livens kernel was made elsewhere."""


class NotBuilt(LivensError):
    """A part that is built with Node.js is missing from this installation."""


class InstallFailed(LivensError):
    """The kernelspec could not be installed."""


class RunFailed(LivensError):
    """A notebook could not be read, started or finished."""


class SandboxRefused(LivensError):
    """A kernel was to run in a sandbox, and something that protects from it does not hold."""


class TargetRefused(LivensError):
    """A file that is to be written cannot be, or would destroy another one."""


class StoreRefused(LivensError):
    """A store cannot be used as it was asked for: a bad URL, a missing library, a wrong token."""


class StoreAway(LivensError):
    """A store cannot be reached now; it may come back."""


class StoreClosed(LivensError):
    """The store was closed by its owner, or opened by another process."""


class NotShared(LivensError):
    """A value is not put into a store; the message is the reason, to go on after a name."""


class SecretRefused(LivensError):
    """The file of the secret that signs pickles is not the user's alone."""


class DocumentUnreadable(LivensError):
    """What a store holds is no value that this livens can read; the message is the reason."""


class RecordFailed(LivensError):
    """A record could not be written, or not to its end."""


class RecordUnreadable(LivensError):
    """A file is no record, more than one, or of a newer version."""


class ArchiveFailed(LivensError):
    """The file of kept states cannot be read or written."""


def no_variable(name: str, more: str = "") -> VariableNotFound:
    """Return the error for a name that the namespace does not have.

    Examples
    --------
    >>> no_variable("x", "; nothing was deleted")
    VariableNotFound("No variable 'x'; nothing was deleted")
    """
    return VariableNotFound(
        f"No variable '{name[:100]}'{more}", remedy="Ask 'list' for the names there are."
    )


def bordered(callback: Callable[..., None]) -> Callable[..., None]:
    """Return a callback of IPython's events that logs what it runs into, and never raises it.

    IPython shows what a callback raises as an error of the user's cell.

    Examples
    --------
    >>> @bordered
    ... def post_run_cell(result):
    ...     result.what_it_lacks
    >>> post_run_cell(None)
    """

    @wraps(callback)
    def call(*args: Any) -> None:
        try:
            callback(*args)
        except Exception:
            # A border: the cell is the user's, whatever we ran into.
            logging.getLogger(callback.__module__).exception("livens could not follow a cell")

    return call


_class_name = type.__dict__["__name__"].__get__
_class_mro = type.__dict__["__mro__"].__get__

_PANIC = "PanicException"
"""What extensions in Rust raise (PyO3), of a class of its own in each, derived from
`BaseException` so that nobody catches it by accident."""


def reason_of(error: BaseException, looking: str) -> str:
    """Return why a look failed, or raise what is no failure of the look.

    Nothing is called that the exception, or its class, could have a say in.

    Parameters
    ----------
    error : BaseException
        What the look raised.
    looking : str
        What was being done, such as ``describing it``.

    Raises
    ------
    BaseException
        *error* itself if it is none of the value's: `KeyboardInterrupt`, `SystemExit` and the
        like concern the thread.

    Examples
    --------
    >>> try:
    ...     [].pop()
    ... except BaseException as err:
    ...     reason_of(err, "describing it")
    'describing it raised IndexError'
    """
    cls = type(error)
    name = _class_name(cls)
    # Not `isinstance`, which asks the exception for its `__class__`.
    if not any(base is Exception for base in _class_mro(cls)) and name != _PANIC:
        raise error
    return f"{looking} raised {str.__getitem__(name, slice(100))}"
