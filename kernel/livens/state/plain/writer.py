"""`Writer`: the graph of a group of names, built without recursion and without user code.

Each object is one node, found again by its identity, so that what names share stays shared. An
encoder gets the writer and a value of an exact class. It returns the node and gives the objects
below to `Writer.ref`, which only puts them on a list: a value may be as deep as it likes.

Names are added one after the other. When something in a name cannot be kept, all that was added
for it is taken back, and the name has a reason. The other names do not notice.
"""

from __future__ import annotations

import math
import struct
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from livens.exceptions import reason_of
from livens.state.plain import blobs as blob_forms
from livens.state.plain.blobs import Blob, Changed
from livens.state.plain.document import Document, Node, dump
from livens.state.plain.options import Options
from livens.state.plain.packing import packed_code, packed_data

Encoder = Callable[["Writer", Any], Node]
"""From a value of an exact class to its node."""

_CHECK_EVERY = 256
_INT_MIN, _INT_MAX = -(1 << 63), (1 << 63) - 1
_PACKED_FROM = 64
_ATOMS = frozenset(map(id, (type(None), bool, int, float, str)))
_LONG_TEXT = 1 << 16


class Refused(Exception):
    """A value cannot be kept; its text says why, to go on after a name."""


class NeverKept(Refused):
    """A value must not be kept, whatever could keep it: it is redacted, or too large."""


class Writer:
    """Builds the document of one group.

    Parameters
    ----------
    options : Options
        What must not be kept, and how much work may be done.
    encoders : mapping
        Encoders by the `id` of the class that they are for.
    others : callable
        Encodes what is of another class; raises `Refused`.

    Attributes
    ----------
    packages : dict
        Versions of packages, to be written into the document.
    notes : dict
        What encoders note down for themselves.
    never_kept : set of str
        The names that must not be kept by anything.
    nodes, objects : list
        The graph, and the object of each node.
    """

    def __init__(self, options: Options, encoders: Mapping[int, Encoder], others: Encoder) -> None:
        self.options = options
        self.packages: dict[str, str] = {}
        self.notes: dict[str, Any] = {}
        self.never_kept: set[str] = set()
        self.nodes: list[Node] = []
        self.objects: list[Any] = []
        self.blobs: list[Blob] = []
        self.names: list[tuple[str, Any]] = []
        self._encoders, self._others = encoders, others
        self._refs: dict[int, list[int]] = {}
        self._waiting: list[int] = []
        self._parents: list[int] = []
        self._parent = -1
        self._finishers: list[Callable[[Writer], None]] = []
        self._items = self._unchecked = self._nbytes = 0
        self._is_finishing = False
        self._ended_by: BaseException | None = None

    # -- names -----------------------------------------------------------------------------

    def add(self, name: str, value: Any) -> None:
        """Add a name with all that it reaches.

        Raises
        ------
        Refused
            If it cannot be kept; the writer is as it was before.
        """
        mark = len(self.nodes), len(self.blobs)
        self._items = self._nbytes = 0
        try:
            self.need_shown([name])
            msgspec.json.encode(name)
            ref = self.ref(value)
            self._write_waiting()
        except Refused as err:
            where = self._path(name)
            self._take_back(*mark)
            if isinstance(err, NeverKept):
                self.never_kept.add(name)
            raise type(err)(f"{where}{err}") from None
        except UnicodeEncodeError:
            raise Refused("its name is no valid Unicode") from None
        except BaseException:
            self._take_back(*mark)
            raise
        self.names.append((name, ref))

    def _write_waiting(self) -> None:
        while self._waiting:
            index = self._waiting.pop()
            self._parent = index
            self.count(1)
            self.nodes[index] = self._node_of(self.objects[index])
        self._parent = -1

    def _node_of(self, value: Any) -> Node:
        encode = self._encoders.get(id(type(value)), self._others)
        try:
            return encode(self, value)
        except (Refused, Changed):
            raise
        except BaseException as err:
            # A border: libraries, and types of theirs that are not what they were.
            if err is self._ended_by:
                raise
            if type(err) is RuntimeError and "during iteration" in str(err):
                raise Changed("it was changed while it was read") from err
            raise Refused(reason_of(err, "reading it")) from err

    def _take_back(self, nodes: int, blobs: int) -> None:
        for value in self.objects[nodes:]:
            self._refs.pop(id(value), None)
        del self.nodes[nodes:], self.objects[nodes:], self._parents[nodes:], self.blobs[blobs:]
        self._waiting.clear()
        self._parent = -1

    def _path(self, name: str) -> str:
        """Return where in a name the value is that is being encoded, to go before a reason."""
        chain: list[Any] = []
        index = self._parent
        while index >= 0 and len(chain) < 1_000:
            chain.append(self.objects[index])
            index = self._parents[index]
        chain.reverse()
        steps = [_step(chain[n], chain[n + 1]) for n in range(min(len(chain) - 1, 4))]
        more = "…" if len(chain) > 5 else ""
        return f"in {name}{''.join(steps)}{more}: " if steps else ""

    # -- refs ------------------------------------------------------------------------------

    def ref(self, value: Any) -> Any:
        """Return the ref of a value; an object that is new is encoded later."""
        cls = type(value)
        if cls is str:
            return self._text_ref(value)
        if value is None or cls is bool:
            return value
        if cls is int:
            return value if _INT_MIN <= value <= _INT_MAX else {"i": hex(value)}
        if cls is float and value == value:  # noqa: PLR0124 - not a number is an object
            return value if math.isfinite(value) else {"f": struct.pack(">d", value).hex()}
        known = self._refs.get(id(value))
        if known is None:
            self._waiting.append(len(self.nodes))
            known = self.new_node(value, Node(""))
        return known

    def new_node(self, value: Any, node: Node) -> list[int]:
        """Add a node that is complete, and return its ref."""
        known = self._refs[id(value)] = [len(self.nodes)]
        self.nodes.append(node)
        self.objects.append(value)
        self._parents.append(self._parent)
        return known

    def _text_ref(self, text: str) -> Any:
        if len(text) > _LONG_TEXT:
            self.count_nbytes(len(text))
        if text.isascii():
            return text
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            return {"s": blob_forms.inline(text.encode("utf-8", "surrogatepass"))}
        return text

    def refs(self, values: list[Any]) -> Any:
        """Return the refs of many values; many plain ones are made to JSON at once."""
        kinds = set(map(id, map(type, values)))
        if len(values) > 3 and kinds <= _ATOMS:
            self.count(len(values))
            raw = self._raw(values, kinds)
            if raw is not None:
                return raw
        found: list[Any] = []
        for start in range(0, len(values), _CHECK_EVERY):
            part = values[start : start + _CHECK_EVERY]
            self.count(len(part))
            found += map(self.ref, part)
        return found

    def _raw(self, values: list[Any], kinds: set[int]) -> msgspec.Raw | None:
        if id(float) in kinds and not all(
            math.isfinite(value) for value in values if type(value) is float
        ):
            return None
        if id(int) in kinds and not all(
            _INT_MIN <= value <= _INT_MAX for value in values if type(value) is int
        ):
            return None
        try:
            raw = msgspec.json.encode(values)
        except UnicodeEncodeError:
            return None
        self.count_nbytes(len(raw))
        return msgspec.Raw(raw)

    def items(self, kind: str, values: list[Any], *, is_made: bool = False) -> Node:
        """Return the node of a sequence; one of many numbers of a kind has them in a blob.

        Parameters
        ----------
        kind : str
            Of the node.
        values : list
            The items.
        is_made : bool
            Whether the object cannot be made before its items are there.
        """
        code = packed_code(values) if len(values) >= _PACKED_FROM else ""
        if code:
            self.count(len(values))
            data = packed_data(code, values)
            if data is not None:
                return Node(kind, data=[code, self.blob(blob_forms.Data(data))])
        refs = self.refs(values)
        return Node(kind, refs) if is_made else Node(kind, fill=refs)

    # -- bytes -----------------------------------------------------------------------------

    def blob(self, blob: Blob, *, is_made: bool = False) -> Any:
        """Return what stands in a node's data for bytes: short ones themselves, or a number.

        Parameters
        ----------
        blob : Blob
            The bytes.
        is_made : bool
            Whether their length is not to be asked for now.
        """
        if not is_made:
            nbytes = blob.nbytes
            if nbytes <= blob_forms.INLINE_NBYTES:
                return blob_forms.inline(blob_forms.all_bytes(blob))
            self.count_nbytes(nbytes)
        self.blobs.append(blob)
        return len(self.blobs) - 1

    # -- limits ----------------------------------------------------------------------------

    def count(self, many: int) -> None:
        """Count items that are written, and look at the time now and then."""
        self._items += many
        if self._items > self.options.max_items and not self._is_finishing:
            raise NeverKept(f"it has more than {self.options.max_items:,} items")
        self._unchecked += many
        if self._unchecked >= _CHECK_EVERY:
            self._unchecked = 0
            try:
                self.options.check()
            except BaseException as err:
                self._ended_by = err
                raise

    def count_nbytes(self, many: int) -> None:
        """Count bytes that are written."""
        self._nbytes += many
        if self._nbytes > self.options.max_nbytes and not self._is_finishing:
            raise NeverKept(f"it is larger than {self.options.max_nbytes / 1e6:,.1f} MB")

    def need_shown(self, names: Iterable[Any]) -> None:
        """Refuse names, keys or columns that the redaction hides."""
        redactor = self.options.redactor
        if redactor is None:
            return
        texts = [name for name in names if type(name) is str]
        if texts and redactor.may_hide("\n".join(texts)):
            for text in texts:
                if redactor.hides(text):
                    name = repr(text[:100])
                    raise NeverKept(f"{name} is redacted, and redacted values are not kept")

    # -- the end ---------------------------------------------------------------------------

    def finish_with(self, finish: Callable[[Writer], None]) -> None:
        """Have a function called once, before the document is made."""
        if finish not in self._finishers:
            self._finishers.append(finish)

    def document(self) -> bytes:
        """Return the document of what was added."""
        self._is_finishing = True
        for finish in self._finishers:
            finish(self)
        sizes = [None if isinstance(blob, blob_forms.Made) else blob.nbytes for blob in self.blobs]
        return dump(Document(python_version(), self.names, self.nodes, sizes, self.packages))


def python_version() -> str:
    """Return the ``x.y`` of this Python."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def _step(parent: Any, child: Any) -> str:
    """Return how an item is reached from a builtin container."""
    cls = type(parent)
    if cls is dict:
        for key, value in list(dict.items(parent)):
            if value is child:
                return f"[{key!r}]"[:60] if type(key) in (str, int) else "[…]"
    elif cls is list or cls is tuple:
        for number, item in enumerate(cls.__iter__(parent)):
            if item is child:
                return f"[{number}]"
    return "…"
