"""What can be read of any object without running a line of its own code.

Python's ways to look at an object (`type`, `getattr`, `len`, `isinstance`, `repr`) call into its
class and its metaclass. The functions here go around them, by the descriptors of `type` and
`object` themselves, in the manner of `inspect.getattr_static`. Everything in livens that looks
at the user's values looks through this module or knows the exact type.
"""

from __future__ import annotations

import _thread
import sys
import types
import weakref
from itertools import islice
from typing import Any

_type_dict = type.__dict__["__dict__"].__get__
_type_mro = type.__dict__["__mro__"].__get__
_type_bases = type.__dict__["__bases__"].__get__
_type_name = type.__dict__["__name__"].__get__
_type_module = type.__dict__["__module__"].__get__
_type_qualname = type.__dict__["__qualname__"].__get__
_type_base = type.__dict__["__base__"].__get__
_type_flags = type.__dict__["__flags__"].__get__
_weakref_offset = type.__dict__["__weakrefoffset__"].__get__
_dict_offset = type.__dict__["__dictoffset__"].__get__

_HEAP_TYPE = 1 << 9
"""The flag of classes that are made at run time (``Py_TPFLAGS_HEAPTYPE``)."""

_MAX_NAME = 200
"""Characters of a class's name that are shown."""


def class_mro(cls: type) -> tuple[type, ...]:
    """Return the classes that *cls* inherits from, itself first."""
    mro: tuple[type, ...] = _type_mro(cls)
    return mro


def class_bases(cls: type) -> tuple[type, ...]:
    """Return the classes that the definition of *cls* names."""
    bases: tuple[type, ...] = _type_bases(cls)
    return bases


def class_dict(cls: type) -> types.MappingProxyType[str, Any]:
    """Return the attributes that *cls* defines itself."""
    attributes: types.MappingProxyType[str, Any] = _type_dict(cls)
    return attributes


def class_attribute(cls: type, name: str, default: Any = None) -> Any:
    """Find *name* in the classes of *cls*, as it stands there; the default if it is nowhere."""
    for base in _type_mro(cls):
        attributes = _type_dict(base)
        if name in attributes:
            return attributes[name]
    return default


def class_name(cls: type) -> str:
    """Return the bare name of a class, as it can be sent and shown."""
    return _shown_name(_type_name(cls))


def class_module(cls: type) -> str:
    """Return the module that a class says it is from; empty for builtins or if it says nothing.

    Examples
    --------
    >>> class Odd:
    ...     __module__ = "a\\ud800"
    >>> class_module(Odd)
    'a\\\\ud800'
    """
    try:
        module = _type_module(cls)  # whatever the class has under that name
    except AttributeError:
        return ""
    if type(module) is not str and not is_real_instance(module, str):
        return ""
    module = _shown_name(module)
    return "" if module == "builtins" else module


def _shown_name(name: str) -> str:
    if type(name) is str and len(name) <= _MAX_NAME and name.isascii():
        return name
    text = sendable_text(str.__getitem__(name, slice(_MAX_NAME + 1)))
    return text if len(text) <= _MAX_NAME else f"{text[: _MAX_NAME - 1]}…"


def qualified_name(cls: type) -> str:
    """Return ``module.qualname``, by which adapters are looked up.

    Examples
    --------
    >>> from collections import OrderedDict
    >>> qualified_name(OrderedDict), qualified_name(int)
    ('collections.OrderedDict', 'int')
    """
    known = _names.get(id(cls))
    if known is not None and known[0]() is cls:
        return known[1]
    module = class_module(cls)
    name = _shown_name(_type_qualname(cls))
    if module:
        name = f"{module}.{name}"
    if len(_names) >= _MAX_NAMES:
        _names.clear()
    _names[id(cls)] = (weakref.ref(cls), name)
    return name


_names: dict[int, tuple[weakref.ref[type], str]] = {}
"""The names of classes that were asked for, which are not kept alive by it."""

_MAX_NAMES = 10_000


def base_named(cls: type, *names: str) -> Any:
    """Return the class with one of these qualified names that *cls* is or inherits from, or None.

    Examples
    --------
    >>> base_named(bool, "int"), base_named(bool, "str")
    (<class 'int'>, None)
    """
    for base in _type_mro(cls):
        if qualified_name(base) in names:
            return base
    return None


def is_real_instance(value: object, *classes: type) -> bool:
    """Return whether *value* is of one of *classes* or a real subclass, whatever it claims.

    `isinstance` believes ``value.__class__`` and asks ``__instancecheck__``; this does neither.
    """
    cls = type(value)
    for wanted in classes:
        if cls is wanted:
            return True
    wanted_ids = set(map(id, classes))  # comparing classes may run their metaclass
    return not wanted_ids.isdisjoint(map(id, _type_mro(cls)))


def is_exactly(value: object, *classes: type) -> bool:
    """Return whether *value* is of one of *classes* and of no subclass.

    ``type(value) in classes`` would compare classes, and look-ups in a dict would hash one:
    both ask the metaclass, which may be the user's.

    Examples
    --------
    >>> is_exactly(True, int, str), is_exactly("a", int, str)
    (False, True)
    """
    cls = type(value)
    return any(cls is wanted for wanted in classes)


def instance_dict(value: object) -> dict[str, Any] | None:
    """Return the ``__dict__`` of an instance, or None if it has none that is safe to read.

    A class may have anything under that name. A field of the object (a member descriptor) is
    read from memory. An attribute that is computed (a getset descriptor) is asked only where it
    is Python's own way to find the dict of an instance: that of a proxy written in C asks the
    object behind it.
    """
    cls = type(value)
    declared = class_attribute(cls, "__dict__")
    kind = type(declared)
    if kind is types.GetSetDescriptorType:
        if not _is_own_dict(declared, cls):
            return None
    elif kind is not types.MemberDescriptorType:
        return None  # none at all, or a property of the user's that would run
    try:
        found = declared.__get__(value)
    except (AttributeError, TypeError):  # not set, or taken from another class
        return None
    return found if type(found) is dict else None


def _is_own_dict(declared: Any, cls: type) -> bool:
    """Return whether a getset descriptor reads the dict that instances of *cls* have themselves."""
    known = _own_dicts.get(id(cls))
    if known is not None and known[0]() is cls and known[1] == id(declared):
        return known[2]
    is_own = _finds_own_dict(declared)
    if is_own:
        # In a class statement's descriptor a base that is built in goes first.
        base: type | None = cls
        while base is not None and (not _dict_offset(base) or _type_flags(base) & _HEAP_TYPE):
            base = _type_base(base)
        behind = None if base is None else class_attribute(base, "__dict__")
        if type(behind) is types.GetSetDescriptorType:
            is_own = _finds_own_dict(behind)
    if len(_own_dicts) >= _MAX_NAMES:
        _own_dicts.clear()
    _own_dicts[id(cls)] = (weakref.ref(cls), id(declared), is_own)
    return is_own


_own_dicts: dict[int, tuple[weakref.ref[type], int, bool]] = {}
"""What was found out of a class and its ``__dict__``; neither is kept alive by it."""


class _Plain:
    """Stands for every class that a class statement makes."""


def _finds_own_dict(declared: Any) -> bool:
    found = _getter(declared)
    return any(found == _getter(_type_dict(cls)["__dict__"]) for cls in _GENUINE)


_GENUINE = (_Plain, types.FunctionType, BaseException)
"""Classes whose ``__dict__`` is found by the two functions that CPython has for it: the one that
a class statement puts in, and ``PyObject_GenericGetDict``, which most types in C use."""


def _getter(descriptor: Any) -> object:
    """Return what tells the C function in a getset descriptor from others.

    That is its address, which is read from memory: ``PyGetSetDescrObject`` ends with a pointer
    to a ``PyGetSetDef``, whose first two words are the name and the function. Where objects are
    laid out otherwise, only what a class statement made is known, by its documentation.
    """
    try:
        import ctypes
    except ImportError:
        return _written(descriptor)
    word = ctypes.sizeof(ctypes.c_void_p)
    place = types.GetSetDescriptorType.__basicsize__ - word
    is_known = sys.implementation.name == "cpython" and (
        place == object.__basicsize__ + 3 * word  # the class, the name, the qualified name
    )
    if not is_known:
        return _written(descriptor)
    definition = ctypes.c_void_p.from_address(id(descriptor) + place).value
    return ctypes.c_void_p.from_address(definition + word).value if definition else descriptor


def _written(descriptor: Any) -> object:
    is_made = _type_flags(descriptor.__objclass__) & _HEAP_TYPE
    return (descriptor.__name__, descriptor.__doc__) if is_made else descriptor


def slot_values(value: object) -> dict[str, Any]:
    """Return the values that an instance keeps in ``__slots__``; unset ones are left out."""
    found: dict[str, Any] = {}
    for base in _type_mro(type(value)):
        slots = _type_dict(base).get("__slots__")
        if slots is None or (type(slots) is tuple and not slots):
            continue
        for name, member in _type_dict(base).items():
            if type(member) is types.MemberDescriptorType and name not in found:
                try:
                    found[name] = member.__get__(value)
                except (AttributeError, TypeError):  # not set, or taken from another class
                    continue
    return found


def attributes(value: object) -> dict[str, Any]:
    """Return the attributes of an instance: its ``__slots__`` and a copy of its ``__dict__``."""
    found = slot_values(value)
    for key, item in copied_items(instance_dict(value) or {}):
        name = name_of(key)
        if name is not None:
            found[name] = item
    return found


def module_contents(name: str) -> dict[str, Any]:
    """Return what a module holds, if it is loaded; to ask a lazy one for it would load it.

    Examples
    --------
    >>> "path" in module_contents("sys"), module_contents("no_such_module")
    (True, {})
    """
    found = sys.modules.get(name)
    return {} if found is None else instance_dict(found) or {}


def takes_weakrefs(cls: type) -> bool:
    """Return whether instances of *cls* can be referred to weakly."""
    return bool(_weakref_offset(cls))


def copied_items(
    mapping: dict[Any, Any], start: int = 0, stop: int | None = None
) -> list[tuple[Any, Any]]:
    """Copy the items of a dict, or some of them, which another thread may be changing.

    The copy is made in C in one go; where it is interrupted all the same (a free-threaded
    build, a garbage collection that runs a finaliser) it is tried again.
    """
    for _ in range(5):
        try:
            return list(islice(dict.items(mapping), start, stop))
        except RuntimeError:  # dictionary changed size during iteration
            continue
    return []


def name_of(key: object) -> str | None:
    """Return the text of a key of a namespace or of a ``__dict__``; None if it is no text.

    A key may be of a subclass of `str`, such as ``numpy.str_``: code finds the variable by the
    exact text, and so does whoever looks. Nothing of the subclass is called.

    Examples
    --------
    >>> name_of("x"), name_of(5)
    ('x', None)
    """
    if type(key) is str:
        return key
    return str.__str__(key) if is_real_instance(key, str) else None


def thread_state(thread: object) -> str:
    """Return ``not started``, ``running`` or ``ended`` of a `threading.Thread`, by its fields.

    Whether it was joined makes no difference.

    Examples
    --------
    >>> import threading
    >>> thread = threading.Thread(target=print, args=("", ""), kwargs={"end": ""})
    >>> thread_state(thread)
    'not started'
    """
    fields = instance_dict(thread) or {}
    started = instance_dict(fields.get("_started")) or {}
    if started.get("_flag") is not True:
        return "not started"
    handle = fields.get("_handle")  # from Python 3.13 on
    if type(handle) is getattr(_thread, "_ThreadHandle", None):
        is_over = handle.is_done()  # type: ignore[union-attr]
    else:
        lock = fields.get("_tstate_lock")  # let go when the thread has ended
        is_held = type(lock) is _thread.LockType and lock.locked()
        is_over = fields.get("_is_stopped") is True or not is_held
    return "ended" if is_over else "running"


def exact_text(text: str) -> str:
    """Return an exact `str` of what may be of a subclass with methods of its own."""
    return text if type(text) is str else str.__str__(text)


def sendable_text(text: str) -> str:
    """Return *text* with lone surrogates escaped, which JSON in UTF-8 cannot carry."""
    text = exact_text(text)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
