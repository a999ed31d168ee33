"""`Reader`: the objects of a document, made without recursion, with shared objects shared.

A node's object is made when all its *args* are made, and gets its *fill* when that is made. What
contains itself is therefore made first and filled last. What hashes its items (a dict, a set) is
filled after them, since a hash may depend on what an object holds.

What cannot be made fails by itself: the names that reach it are refused, each with the reason.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from livens.exceptions import DocumentUnreadable, LivensError
from livens.state.plain import blobs as blob_forms
from livens.state.plain.document import Document, Node

Buffer = bytes | bytearray | memoryview


@dataclass(frozen=True)
class Kind:
    """How nodes of one kind become objects.

    Attributes
    ----------
    create : callable
        Gets the reader, the node and its args as objects; returns the object.
    fill : callable, optional
        Gets the reader, the object, the node and the fill as objects.
    hashes : bool
        Whether the object is made of, or filled with, items that are hashed.
    """

    create: Callable[[Reader, Node, list[Any]], Any]
    fill: Callable[[Reader, Any, Node, list[Any]], None] | None = None
    hashes: bool = False


_NEW, _ENTERED, _CREATED, _FILLED, _FAILED = range(5)


@dataclass
class Reader:
    """Makes the objects of one document.

    Attributes
    ----------
    document : Document
        What is read.
    blobs : sequence of bytes-like
        The blobs that belong to it.
    kinds : mapping
        The kinds that may be made; a node of another kind fails.
    context : dict
        What kinds pass to each other, such as the namespace that functions are made for.
    """

    document: Document
    blobs: Sequence[Buffer]
    kinds: Mapping[str, Kind]
    context: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.nodes = self.document.nodes
        count = len(self.nodes)
        self._states = bytearray(count)
        self._values: list[Any] = [None] * count
        self._reasons: dict[int, str] = {}

    # -- what kinds call -------------------------------------------------------------------

    def blob(self, data: Any) -> memoryview:
        """Return the bytes that a node's data refers to.

        Raises
        ------
        DocumentUnreadable
            If they are missing or cut.
        """
        if type(data) is str:
            return memoryview(blob_forms.from_inline(data))
        if type(data) is not int or not 0 <= data < len(self.blobs):
            raise DocumentUnreadable("bytes of it are missing")
        view = memoryview(self.blobs[data]).cast("B")
        sizes = self.document.blobs
        expected = sizes[data] if data < len(sizes) else -1
        if expected is not None and expected != len(view):
            raise DocumentUnreadable(f"bytes of it are cut: {len(view):,} of {expected:,}")
        return view

    def value(self, ref: Any) -> Any:
        """Return what a ref stands for; its object has been made."""
        cls = type(ref)
        if cls is list:
            return self._values[self._index(ref)]
        if cls is dict:
            return _special(ref)
        return ref

    # -- names -----------------------------------------------------------------------------

    def read(self) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the values of the names, and the reasons of those that cannot be restored."""
        values: dict[str, Any] = {}
        refused: dict[str, str] = {}
        postponed: list[int] = []
        for name, ref in self.document.names:
            try:
                if type(ref) is list:
                    self._make(self._index(ref), postponed)
            except DocumentUnreadable as err:
                refused[name] = str(err)
        self._make_postponed(postponed)
        for name, ref in self.document.names:
            if name in refused:
                continue
            try:
                reason = self._failure(ref)
                if reason is None:
                    values[name] = self.value(ref)
                else:
                    refused[name] = reason
            except DocumentUnreadable as err:
                refused[name] = str(err)
        return values, refused

    def _failure(self, ref: Any) -> str | None:
        """Return why something that a ref reaches could not be made; None if all of it was."""
        if not self._reasons or type(ref) is not list:
            return None
        seen: set[int] = set()
        waiting = [self._index(ref)]
        while waiting:
            index = waiting.pop()
            if index in self._reasons:
                return self._reasons[index]
            if index not in seen:
                seen.add(index)
                node = self.nodes[index]
                waiting += self._indexes(node.args) + self._indexes(node.fill)
        return None

    # -- nodes -----------------------------------------------------------------------------

    def _index(self, ref: list[Any]) -> int:
        if len(ref) == 1 and type(ref[0]) is int and 0 <= ref[0] < len(self.nodes):
            return ref[0]
        raise DocumentUnreadable("a ref leads to no object; the document is damaged")

    def _indexes(self, refs: list[Any]) -> list[int]:
        return [self._index(ref) for ref in refs if type(ref) is list]

    def _make(self, root: int, postponed: list[int]) -> None:
        """Make an object and all below it: depth first, what it is made of before itself."""
        stack = [(root, 0)]
        while stack:
            index, step = stack.pop()
            if step == 0:
                if self._states[index] != _NEW:
                    continue
                self._states[index] = _ENTERED
                self._expand(stack, index, 1, self.nodes[index].args)
            elif step == 1:
                self._try_create(index)
                self._expand(stack, index, 2, self.nodes[index].fill)
            else:
                self._try_fill(index, is_last=False)
                if self._states[index] in (_ENTERED, _CREATED):
                    postponed.append(index)

    def _expand(self, stack: list[tuple[int, int]], index: int, step: int, refs: list[Any]) -> None:
        stack.append((index, step))
        try:
            stack += [(child, 0) for child in reversed(self._indexes(refs))]
        except DocumentUnreadable as err:
            self._fail(index, str(err))

    def _make_postponed(self, postponed: list[int]) -> None:
        """Make what had to wait, again and again until nothing more can be made."""
        for is_last in (False, True):
            before = -1
            while postponed and len(postponed) != before:
                before = len(postponed)
                for index in postponed:
                    self._try_create(index)
                    self._try_fill(index, is_last=is_last)
                postponed = [n for n in postponed if self._states[n] in (_ENTERED, _CREATED)]
        for index in postponed:
            self._fail(index, "it is made of itself, which cannot be")

    def _kind(self, node: Node) -> Kind:
        kind = self.kinds.get(node.kind)
        if kind is None:
            raise DocumentUnreadable(f"objects of kind {node.kind[:50]!r} are not made here")
        return kind

    def _try_create(self, index: int) -> None:
        if self._states[index] != _ENTERED:
            return
        node = self.nodes[index]
        try:
            if self._lacks(self._indexes(node.args), _CREATED):
                return
            kind = self._kind(node)
            self._values[index] = kind.create(self, node, [self.value(ref) for ref in node.args])
            self._states[index] = _CREATED
        except BaseException as err:  # noqa: BLE001 - a border: libraries, and the user's classes
            self._fail(index, _reason(err))

    def _try_fill(self, index: int, *, is_last: bool) -> None:
        if self._states[index] != _CREATED:
            return
        node = self.nodes[index]
        try:
            kind = self._kind(node)
            children = self._indexes(node.fill)
            if not is_last and self._lacks(self._indexes(node.args), _FILLED):
                return  # it is there; but whoever hashes it has to wait
            wanted = _FILLED if kind.hashes and not is_last else _CREATED
            if self._lacks(children, wanted):
                return
            if kind.fill is not None:
                fill = [self.value(ref) for ref in node.fill]
                kind.fill(self, self._values[index], node, fill)
            self._states[index] = _FILLED
        except BaseException as err:  # noqa: BLE001 - a border: libraries, and the user's classes
            self._fail(index, _reason(err))

    def _lacks(self, children: list[int], state: int) -> bool:
        """Return whether some are not that far; raises if one has failed."""
        states = self._states
        for child in children:
            if states[child] == _FAILED:
                raise DocumentUnreadable(self._reasons[child])
            if states[child] < state:
                return True
        return False

    def _fail(self, index: int, reason: str) -> None:
        self._states[index] = _FAILED
        self._reasons.setdefault(index, reason)


def _special(ref: dict[str, Any]) -> Any:
    """Return a number or text that JSON cannot carry."""
    try:
        [(code, text)] = ref.items()
        if code == "i":
            return int(text, 16)
        if code == "f":
            return struct.unpack(">d", bytes.fromhex(text))[0]
        if code == "s":
            return blob_forms.from_inline(text).decode("utf-8", "surrogatepass")
    except (ValueError, TypeError, struct.error) as err:
        raise DocumentUnreadable("a number or text in it is damaged") from err
    raise DocumentUnreadable("a ref of an unknown form; the document is damaged")


def _reason(error: BaseException) -> str:
    """Return why an object could not be made, or raise what concerns the thread."""
    if isinstance(error, LivensError):
        return str(error)
    if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
        raise error
    return f"making it raised {type(error).__name__}: {error}"[:300]
