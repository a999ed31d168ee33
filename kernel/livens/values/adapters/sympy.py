"""sympy: expressions, written by us from their arguments.

sympy's own printers sort terms, ask for assumptions (which they note on the expression) and keep
what they saw in a cache. Here only ``_args`` and the fields of atoms are read, and no more than
fifty parts; terms stand in the order in which sympy keeps them.
"""

from __future__ import annotations

import math
from typing import Any

from livens.values.passive import attributes, class_name, instance_dict
from livens.values.summaries import Adapter, Limits, Preview, Summary

_MAX_PARTS = 50
_MAX_DEPTH = 20

_ADD, _MUL, _POW, _ATOM = 1, 2, 3, 4
"""How tightly an expression binds."""

_RELATIONS = {
    "Equality": "=", "Unequality": "≠", "StrictLessThan": "<", "StrictGreaterThan": ">",
    "LessThan": "≤", "GreaterThan": "≥",
}  # fmt: skip


_NAMES = {
    "Exp1": "E", "Pi": "pi", "ImaginaryUnit": "I", "Infinity": "oo", "NegativeInfinity": "-oo",
    "NaN": "nan", "ComplexInfinity": "zoo", "BooleanTrue": "True", "BooleanFalse": "False",
}  # fmt: skip


class _Printer:
    """Writes one expression; counts the parts that it has written."""

    def __init__(self) -> None:
        self.parts = 0
        self.is_cut = False

    def text(self, value: object, around: int = 0, depth: int = 0) -> str:
        """Write *value*, in parentheses if it binds less tightly than what is around it."""
        self.parts += 1
        if self.parts > _MAX_PARTS or depth > _MAX_DEPTH:
            self.is_cut = True
            return "…"
        text, binds = self._written(value, depth + 1)
        return f"({text})" if binds < around else text

    def _written(self, value: object, depth: int) -> tuple[str, int]:
        name = class_name(type(value))
        number = _number(value)
        if number is not None:
            return number, _MUL if "/" in number or number.startswith("-") else _ATOM
        found = attributes(value)
        if name in ("Symbol", "Dummy", "Wild") and type(found.get("name")) is str:
            return found["name"], _ATOM
        args = found.get("_args")
        if type(args) is not tuple or not args:
            return _NAMES.get(name, name), _ATOM
        if name == "Add":
            return self._joined(" + ", args, _ADD, depth), _ADD
        if name == "Mul":
            return self._joined("*", args, _MUL, depth), _MUL
        if name == "Pow" and len(args) == 2:
            base, power = (self.text(arg, _ATOM, depth) for arg in args)
            return f"{base}**{power}", _POW
        if name in _RELATIONS and len(args) == 2:
            return self._joined(f" {_RELATIONS[name]} ", args, _ADD, depth), 0
        return f"{name}({self._joined(', ', args, 0, depth)})", _ATOM

    def _joined(self, sign: str, args: tuple[Any, ...], around: int, depth: int) -> str:
        written = []
        for arg in args:
            if self.parts >= _MAX_PARTS:
                self.is_cut = True
                written.append("…")
                break
            written.append(self.text(arg, around, depth))
        return sign.join(written)


def _number(value: object) -> str | None:
    found = attributes(value)
    p, q, float_ = found.get("p"), found.get("q", 1), found.get("_mpf_")
    fixed = {"Zero": "0", "One": "1", "NegativeOne": "-1", "Half": "1/2"}.get(
        class_name(type(value))
    )
    if fixed is not None:
        return fixed
    if type(p) is int and type(q) is int and max(p.bit_length(), q.bit_length()) < 2_000:
        return str(p) if q == 1 else f"{p}/{q}"
    if type(float_) is tuple and len(float_) == 4:
        sign, mantissa, exponent, bits = map(int, float_)
        if bits < 1_000 and abs(exponent) < 900:
            return f"{math.ldexp(-mantissa if sign else mantissa, exponent):.6g}"
    return None


def _expression(value: Any, limits: Limits, preview: Preview) -> Summary:
    printer = _Printer()
    text = printer.text(value)
    kind: Any = "number" if _number(value) is not None else "object"
    return Summary(kind, text, truncated=printer.is_cut)


def _matrix(value: Any, limits: Limits, preview: Preview) -> Summary:
    found = attributes(value)
    behind = {**(instance_dict(found.get("_rep")) or {}), **attributes(found.get("_rep"))}
    shape = behind.get("shape")
    if type(shape) is not tuple:
        shape = (found.get("rows"), found.get("cols"))
    is_known = len(shape) == 2 and all(type(size) is int for size in shape)
    size = f" {shape[0]} × {shape[1]}" if is_known else ""
    return Summary(
        "array", f"{class_name(type(value))}{size}", shape=list(shape) if is_known else None
    )


ADAPTERS: dict[str, Adapter] = {}

BASES: dict[str, Adapter] = {
    "sympy.matrices.matrixbase.MatrixBase": _matrix,
    "sympy.matrices.matrices.MatrixBase": _matrix,
    "sympy.core.basic.Basic": _expression,
}
