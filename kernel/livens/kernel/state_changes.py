"""How variables are set to what the archive has of them.

The groups are decoded in the order in which they were kept, so that the definitions come before
what needs them. All names of a group are set together: what they share is shared again. Then
everybody is told in one update that it was done, and by whom.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from livens.exceptions import ArchiveFailed, DocumentUnreadable, reason_of
from livens.protocol.state_requests import StateName
from livens.state import encoding
from livens.state.archive.reading import ArchiveReader
from livens.state.archive.records import Entry
from livens.state.encoding.pickles import Pickles
from livens.watching.watcher import Watcher

Cells = Mapping[int, "int | None"]
"""The number of the cell of each commit."""

_MISSING: Any = object()

EXISTS = "there is one already; --overwrite sets it"


class StateChanges:
    """Change the variables that a watcher watches.

    Parameters
    ----------
    watcher : Watcher
        Has the namespace, and tells.
    pickles : Pickles, optional
        Loads pickles.
    """

    def __init__(self, watcher: Watcher, pickles: Pickles | None = None) -> None:
        self._watcher = watcher
        self._pickles = pickles

    def restore(
        self,
        reader: ArchiveReader,
        state: Mapping[str, Entry],
        cells: Cells,
        overwrite: bool,
        client: str,
    ) -> list[StateName]:
        """Set names to what a state has of them; return what has become of each."""
        rows: dict[str, StateName] = {}
        wanted = {}
        for name, entry in state.items():
            if entry.group is None:
                rows[name] = StateName(name, "not restored", entry.reason, cells.get(entry.commit))
            elif not overwrite and name in self._watcher.namespace.target:
                rows[name] = StateName(name, "not restored", EXISTS, cells.get(entry.commit))
            else:
                wanted[name] = entry
        rows |= self._set(reader, wanted, cells, client)
        return [rows[name] for name in sorted(rows)]

    def back(
        self,
        reader: ArchiveReader,
        before: Mapping[str, Entry],
        now: Mapping[str, Entry],
        cells: Cells,
        client: str,
    ) -> list[StateName]:
        """Make the namespace what a state was; return what has become of each name."""
        namespace = self._watcher.namespace
        rows: dict[str, StateName] = {}
        groups = set()
        for name, entry in before.items():
            current = now.get(name)
            if entry.group is not None:
                is_same = current is not None and current.group == entry.group
                if not is_same or name not in namespace.target:
                    groups.add(entry.group)
            elif current is None or current.commit != entry.commit:
                why = f"it was not kept then: {entry.reason}"
                rows[name] = StateName(name, "not restored", why, cells.get(entry.commit))
        wanted = {name: entry for name, entry in before.items() if entry.group in groups}
        rows |= self._set(reader, wanted, cells, client)
        made = [name for name in now if name not in before and name in namespace.target]
        with self._watcher.changed_from(client):
            old = [namespace.pop(name, None) for name in made]
        del old
        rows |= {name: StateName(name, "removed") for name in made}
        return [rows[name] for name in sorted(rows)]

    def _set(
        self, reader: ArchiveReader, wanted: Mapping[str, Entry], cells: Cells, client: str
    ) -> dict[str, StateName]:
        """Decode the groups of names, and set the names."""
        groups: dict[int, list[str]] = {}
        for name, entry in sorted(wanted.items(), key=lambda item: (item[1].commit, item[0])):
            assert entry.group is not None
            groups.setdefault(entry.group, []).append(name)
        rows: dict[str, StateName] = {}
        values: dict[str, Any] = {}
        for group, names in groups.items():
            found, refused = self._decoded(reader, group)
            for name in names:
                entry = wanted[name]
                cell = cells.get(entry.commit)
                if name in found:
                    values[name] = found[name]
                    rows[name] = StateName(name, "restored", "", cell, entry.nbytes)
                    # Right away: what is decoded next may need it as a global.
                    self._watcher.namespace.target[name] = found[name]
                else:
                    why = refused.get(name, "it is not in its document")
                    rows[name] = StateName(name, "not restored", why, cell)
        self._tell(values, client)
        return rows

    def _decoded(
        self, reader: ArchiveReader, group: int
    ) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        """Return the values of a group; without any, if it cannot be read."""
        try:
            document, blobs = reader.read(group)
            target = self._watcher.namespace.target
            decoded = encoding.decode_group(document, blobs, target, self._pickles)
        except (ArchiveFailed, DocumentUnreadable) as err:
            return {}, _Always(str(err))
        except BaseException as err:  # noqa: BLE001 - a border: other people's types
            return {}, _Always(reason_of(err, "making it"))
        return decoded.values, decoded.refused

    def _tell(self, values: dict[str, Any], client: str) -> None:
        """Have names that are set told as the doing of a client."""
        namespace = self._watcher.namespace
        for name in values:
            namespace.target.pop(name, None)
        with self._watcher.changed_from(client):
            for name, value in values.items():
                namespace[name] = value


class _Always(dict[str, str]):
    """The same reason for any name."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self._reason = reason

    def get(self, key: str, default: Any = None) -> Any:
        """Return the reason."""
        return self._reason
