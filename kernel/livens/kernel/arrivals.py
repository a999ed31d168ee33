"""Setting names that were written elsewhere.

An entry is *prepared* on the thread of the link: decoded, and compared with what the name holds.
It is *set* by one store to the namespace, on the main thread, or on the thread of the link while a
cell runs. In between the name may have been stored by the user's code: then it is prepared anew.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from livens.exceptions import DocumentUnreadable, NotShared
from livens.kernel.shared_names import MISSING, Binding, Known, need_settable
from livens.protocol.redaction import Redactor
from livens.state.stores import documents
from livens.state.stores.entries import Entry
from livens.state.stores.names import split_name
from livens.watching.running import Visitor
from livens.watching.watcher import Watcher


class Prepared(NamedTuple):
    """An entry that can be set.

    Attributes
    ----------
    entry : Entry
        What was written.
    variable, key
        What it is called here.
    value : object
        What is to be set; `MISSING` if it is to be deleted.
    document : bytes, optional
        The value as a document of ours.
    before : object
        What the name held when it was looked at.
    replaces : bool
        Whether that was another value, which the store has not seen.
    """

    entry: Entry
    variable: str
    key: str | int | None
    value: Any
    document: bytes | None
    before: Any
    replaces: bool = False

    @property
    def known(self) -> Known:
        """What store and namespace agree on, once it is set."""
        return Known(self.entry.position, self.document)


class ChangedHere(Exception):
    """The name was changed here, and that is not in the store yet."""


def prepare(
    watcher: Watcher,
    entry: Entry,
    binding: Binding,
    known: Known | None,
    redactor: Redactor,
    *,
    wins: bool = False,
) -> Prepared:
    """Return what is to be set for an entry.

    Parameters
    ----------
    watcher : Watcher
        Has the namespace.
    entry : Entry
        What was written.
    binding : Binding
        How its name is shared.
    known : Known, optional
        What the store and the namespace agreed on before.
    redactor : Redactor
        Says of a name whether its value is a secret.
    wins : bool
        Whether it is set, whatever the name holds.

    Raises
    ------
    NotShared
        If the name cannot be set.
    ChangedHere
        If the name holds something that nobody else has seen: it is written, or it would be lost.
    """
    variable, key = split_name(entry.name)
    need_settable(variable, watcher.view.hidden, redactor)
    if binding.by_key is (key is None):
        shared = "by key" if binding.by_key else "as a whole"
        raise NotShared(f"'{variable}' is shared {shared} here")
    if type(key) is str and redactor.hides(key):
        raise NotShared(f"its key '{key[:100]}' is redacted")
    value, document = MISSING, None
    if entry.document is not None:
        try:
            value = documents.decode(entry.document)
            document = documents.encode(value)
        except DocumentUnreadable as err:
            raise NotShared(f"what {entry.source} wrote cannot be read: {err}") from None
    before = _held(watcher, variable, key)
    replaces = _document(before) not in (known.document if known else None, document)
    if replaces and binding.writes and not wins:
        raise ChangedHere
    return Prepared(entry, variable, key, value, document, before, replaces)


def _held(watcher: Watcher, variable: str, key: str | int | None) -> Any:
    """Return what a name holds."""
    held = watcher.namespace.target.get(variable, MISSING)
    if key is None or held is MISSING:
        return held
    if type(held) is not dict:
        raise NotShared(f"'{variable}' is no dict here, and is shared by key")
    return held.get(key, MISSING)


def _document(value: Any) -> bytes | None:
    if value is MISSING:
        return None
    try:
        return documents.encode(value)
    except NotShared:
        return b""  # no document is


def set_all(watcher: Watcher, some: list[Prepared], label: str) -> list[Prepared]:
    """Set what was prepared, and tell everybody who wrote it; returns what has to be prepared anew.

    Parameters
    ----------
    watcher : Watcher
        Has the namespace.
    some : list of Prepared
        What to set.
    label : str
        Of the store.
    """
    late = []
    new: dict[str, dict[Any, Any]] = {}  # dicts that are not there yet, of which keys are set
    by_source: dict[str, dict[str, Any]] = {}
    for prepared in some:
        if _held(watcher, prepared.variable, prepared.key) is not prepared.before:
            late.append(prepared)
            continue
        stores = by_source.setdefault(prepared.entry.source, {})
        if prepared.key is None:
            stores[prepared.variable] = prepared.value
        else:
            held = watcher.namespace.target.get(prepared.variable, MISSING)
            if held is MISSING:
                held = new.setdefault(prepared.variable, {})
            stores[prepared.variable] = _with_key(held, prepared)
    for source, stores in by_source.items():
        values = {name: value for name, value in stores.items() if value is not MISSING}
        gone = [name for name, value in stores.items() if value is MISSING]
        watcher.bind(values, gone, Visitor(source, store=label))
    return late


def _with_key(held: dict[Any, Any], prepared: Prepared) -> dict[Any, Any]:
    """Change one key of a dict; returns the dict."""
    if prepared.value is MISSING:
        held.pop(prepared.key, None)
    else:
        held[prepared.key] = prepared.value
    return held
