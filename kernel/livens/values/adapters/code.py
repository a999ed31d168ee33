"""What runs: functions, methods, modules, generators and coroutines.

These are classes that are built into the interpreter, known by the class itself. A signature is
read from the code object, the defaults are previewed like any value; annotations are left out,
because since Python 3.14 asking for them runs code. The state of a generator is what
`inspect.getgeneratorstate` reads; neither it nor anything that it waits for is advanced.
"""

from __future__ import annotations

import functools
import inspect
import os
import types
from typing import Any

from livens.values.passive import (
    class_name,
    exact_text,
    instance_dict,
    is_exactly,
    is_real_instance,
)
from livens.values.summaries import Adapter, Limits, Preview, Summary

_PARAMETERS = 12
"""Parameters that a signature shows."""


def _function(value: Any, limits: Limits, preview: Preview) -> Summary:
    code = value.__code__
    name = exact_text(value.__name__)
    signature = _signature(value, preview)
    if name == "<lambda>":
        text = f"lambda {signature}"
    else:
        is_async = code.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR)
        text = f"{'async ' if is_async else ''}def {name}({signature})"
    return Summary("function", f"{text}, {_place(code, code.co_firstlineno)}")


def _signature(function: Any, preview: Preview) -> str:
    code = function.__code__
    names = code.co_varnames
    positional = code.co_argcount
    defaults = function.__defaults__ or ()
    keyword_defaults = function.__kwdefaults__ or {}
    parts = []
    for n, name in enumerate(names[:positional]):
        at = n - positional + len(defaults)
        parts.append(preview.field(name, defaults[at]) if at >= 0 else name)
        if n + 1 == code.co_posonlyargcount:
            parts.append("/")
    rest = positional + code.co_kwonlyargcount
    if code.co_flags & inspect.CO_VARARGS:
        parts.append(f"*{names[rest]}")
    elif code.co_kwonlyargcount:
        parts.append("*")
    for name in names[positional:rest]:
        has_default = type(keyword_defaults) is dict and name in keyword_defaults
        parts.append(preview.field(name, keyword_defaults[name]) if has_default else name)
    if code.co_flags & inspect.CO_VARKEYWORDS:
        parts.append(f"**{names[rest + bool(code.co_flags & inspect.CO_VARARGS)]}")
    return ", ".join([*parts[:_PARAMETERS], "…"] if len(parts) > _PARAMETERS else parts)


def _place(code: types.CodeType, line: int) -> str:
    """Return where code is from, with its line: the name of the file, or that it is a cell."""
    folder, file = os.path.split(exact_text(code.co_filename))
    is_cell = os.path.basename(folder).startswith("ipykernel_") or file.startswith("<ipython-")
    return f"{'cell line ' if is_cell else file + ':'}{line}"


def _method(value: Any, limits: Limits, preview: Preview) -> Summary:
    function = value.__func__
    name = function.__name__ if type(function) is types.FunctionType else "?"
    return Summary("function", f"method {exact_text(name)} of {class_name(type(value.__self__))}")


def _builtin(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("function", f"builtin {exact_text(value.__name__)}")


def _cached(value: Any, limits: Limits, preview: Preview) -> Summary:
    wrapped = (instance_dict(value) or {}).get("__wrapped__")
    return Summary("function", f"cached {preview(wrapped)}")


def _partial(value: Any, limits: Limits, preview: Preview) -> Summary:
    parts = [_name_of(value.func, preview)]
    if value.args:
        parts.append(preview(value.args))
    if value.keywords:
        parts.append(preview(value.keywords))
    return Summary("function", f"partial({', '.join(parts)})")


def _name_of(function: Any, preview: Preview) -> str:
    is_plain = is_exactly(function, types.FunctionType, types.BuiltinFunctionType)
    return exact_text(function.__name__) if is_plain else preview(function)


def _module(value: Any, limits: Limits, preview: Preview) -> Summary:
    found = instance_dict(value) or {}
    name, version = found.get("__name__"), found.get("__version__")
    text = f"module {name if type(name) is str else '?'}"
    if type(version) is str:
        text += f" {version}"
    return Summary("module", text, has_children=True)


def _running(word: str, prefix: str) -> Adapter:
    """Make the adapter for one of the three classes whose body can be suspended."""

    def adapter(value: Any, limits: Limits, preview: Preview) -> Summary:
        frame = getattr(value, f"{prefix}_frame")
        if getattr(value, f"{prefix}_running"):
            state = "running"
        elif frame is None:
            state = "closed"
        else:
            state = "suspended" if _is_suspended(value, frame, prefix) else "created"
        name = exact_text(value.__name__)
        where = "" if frame is None else f", {_place(frame.f_code, frame.f_lineno)}"
        del frame  # not kept, and with it none of the locals
        return Summary("lazy", f"{word} {name}: {state}{where}")

    return adapter


def _is_suspended(value: Any, frame: types.FrameType, prefix: str) -> bool:
    if prefix == "ag" and not hasattr(types.AsyncGeneratorType, "ag_suspended"):
        return frame.f_lasti > 0 and frame.f_lineno != frame.f_code.co_firstlineno  # Python 3.11
    return bool(getattr(value, f"{prefix}_suspended"))


def _code(value: Any, limits: Limits, preview: Preview) -> Summary:
    place = _place(value, value.co_firstlineno)
    return Summary("other", f"code of {exact_text(value.co_name)}, {place}")


def _iterator(value: Any, limits: Limits, preview: Preview) -> Summary:
    return Summary("lazy", f"iterator of class {class_name(type(value))}")


def _view(value: Any, limits: Limits, preview: Preview) -> Summary:
    length = len(value)  # of these exact classes: the size of the dict, in C
    return Summary("sequence", f"{class_name(type(value))} of {length}", length=length)


def _mappingproxy(value: Any, limits: Limits, preview: Preview) -> Summary:
    import gc

    # The proxy hands everything to the mapping behind it, which may be anything.
    behind = [found for found in gc.get_referents(value) if is_real_instance(found, dict)]
    if not behind:
        return Summary("mapping", "mappingproxy of what is no dict")
    return Summary("mapping", f"mappingproxy({preview(behind[0])})", length=dict.__len__(behind[0]))


def _slice(value: Any, limits: Limits, preview: Preview) -> Summary:
    parts = (
        [value.start, value.stop] if value.step is None else [value.start, value.stop, value.step]
    )
    return Summary("other", f"slice({', '.join(map(preview, parts))})")


CLASSES: dict[type, Adapter] = {
    types.FunctionType: _function,
    types.MethodType: _method,
    types.BuiltinFunctionType: _builtin,
    type("".__len__): _builtin,
    type(str.__len__): _builtin,
    type(str.lower): _builtin,
    functools.partial: _partial,
    functools._lru_cache_wrapper: _cached,
    types.ModuleType: _module,
    types.GeneratorType: _running("generator", "gi"),
    types.CoroutineType: _running("coroutine", "cr"),
    types.AsyncGeneratorType: _running("async generator", "ag"),
    types.CodeType: _code,
    types.MappingProxyType: _mappingproxy,
    slice: _slice,
    type({}.keys()): _view,
    type({}.values()): _view,
    type({}.items()): _view,
    **dict.fromkeys(
        (map, filter, zip, enumerate, reversed, type(reversed([])), type(iter([])),
         type(iter(())), type(iter({})), type(iter(set())), type(iter(""))),
        _iterator,
    ),
}  # fmt: skip
