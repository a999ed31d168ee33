"""The border around a look at one value.

A look at a value reads other people's types, so it may fail in any way: a library's bug, a value
that lies about its type, a panic in Rust, too little memory. The next value must not notice.
Every such look stands in a ``try`` whose ``except BaseException`` asks `reason_of` why; the
answer is shown in the place of what could not be found out, or a plain fallback is. Nothing is
called on the way that the exception, or its class, could have a say in.
"""

from __future__ import annotations

_class_name = type.__dict__["__name__"].__get__
_class_mro = type.__dict__["__mro__"].__get__

_PANIC = "PanicException"
"""What extensions in Rust raise (PyO3), of a class of its own in each, derived from
`BaseException` so that nobody catches it by accident."""


def reason_of(error: BaseException, looking: str) -> str:
    """Return why a look failed, or raise what is no failure of the look.

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
