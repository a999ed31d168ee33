"""`Task`: one group of names, taken from the namespace as bytes, in steps.

First the values are encoded, then their large bytes are read chunk by chunk. Both can be given up
at any time, and gone on with: between two steps a task may `release` the values, so that nothing of
the user's is held while a cell runs. What was read before counts as long as nobody says that the
names have changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from livens.exceptions import reason_of
from livens.state.archive.content import Blob, ContentReader, PutChunk
from livens.state.archive.records import NewEntry
from livens.values import clocks

Check = Callable[[], None]
"""Called now and then in the middle of work; raises to end it."""


_PATIENCE = 10
"""So often a task is begun again because of other threads."""


class Encoded(Protocol):
    """What a codec makes of a group: `livens.state.encoding.EncodedGroup`."""

    @property
    def document(self) -> bytes:
        """The values but for large bytes."""

    @property
    def blobs(self) -> Sequence[Blob]:
        """The large bytes."""

    @property
    def refused(self) -> Mapping[str, str]:
        """Why names are not kept."""


class Codec(Protocol):
    """What knows values: `livens.state.encoding`."""

    @property
    def given_up(self) -> tuple[type[Exception], ...]:
        """What ends work that is to be done again; a check raises the first of them."""

    def encode(self, values: Mapping[str, object], check: Check) -> Encoded:
        """Return values as bytes."""

    def copied(self, blob: Blob, most_bytes: int) -> Blob | None:
        """Return a blob that nothing can change any more; None if that takes more bytes."""

    def reach(self, value: object, limit: int) -> frozenset[int] | None:
        """Return the ids of the objects that a value may share; None if there are more of them."""


class Task:
    """Take one group.

    Parameters
    ----------
    names : frozenset of str
        The names that share objects.
    namespace : dict
        Where they are.
    codec : Codec
        What knows values.

    Attributes
    ----------
    entries : dict of str to NewEntry
        What is to be written, when the task is over.
    commit : int, optional
        The commit that waits for it.
    cost_s : float
        How much work it was so far.
    is_dropped : bool
        Whether its names have changed, so that it is of no use any more.
    """

    def __init__(self, names: frozenset[str], namespace: dict[Any, Any], codec: Codec) -> None:
        self.names = names
        self.entries: dict[str, NewEntry] = {}
        self.commit: int | None = None
        self.is_dropped = False
        self.cost_s = 0.0
        self._namespace = namespace
        self._codec = codec
        self._reader: ContentReader | None = None
        self._is_held = False
        self._interruptions = 0
        self._refused: dict[str, str] = {}

    @property
    def is_over(self) -> bool:
        """Whether all is taken."""
        return bool(self.entries)

    def interrupted(self) -> None:
        """Note that the values were changed while they were read, although no cell ran."""
        self._interruptions += 1
        if self._interruptions >= _PATIENCE:
            self._refuse("it was being changed by another thread all the time")

    def restart(self) -> None:
        """Read all of it again: what was read last may be the doing of two cells."""
        self.entries = {}
        self.cost_s = 0.0
        self._reader, self._is_held = None, False

    def release(self) -> None:
        """Hold nothing of the user's any more."""
        reader, self._is_held = self._reader, False
        if reader is not None:
            reader.release()

    def step(self, put: PutChunk, check: Check) -> bool:
        """Do the next step; return whether all is taken.

        Parameters
        ----------
        put : callable
            Gets each chunk.
        check : callable
            Asked in the middle of the step whether to go on; what it raises comes out.
        """
        if self.is_over:
            self._reader, self._is_held = None, False
            return True
        began = clocks.thread_time()
        try:
            if self._reader is None or not self._is_held:
                self._encode(check)
            assert self._reader is not None
            self._reader.step(put)
        except self._codec.given_up:
            raise
        except BaseException as err:  # noqa: BLE001 - a border: other people's types
            self._refuse(reason_of(err, "reading it"))
            return True
        finally:
            self.cost_s += clocks.thread_time() - began
        if self._reader.is_over:
            self._finish()
        return self.is_over

    def copy(self, check: Check, most_bytes: int) -> bool:
        """Encode the group and copy its large bytes, so that it can be read at any time.

        Returns
        -------
        bool
            Whether they are copied: not if there are more of them.
        """
        began = clocks.thread_time()
        try:
            self._encode(check)
            assert self._reader is not None
            is_copied = self._reader.copy(lambda blob: self._codec.copied(blob, most_bytes))
        except self._codec.given_up:
            raise
        except BaseException as err:  # noqa: BLE001 - a border: other people's types
            self._refuse(reason_of(err, "reading it"))
            return True
        finally:
            self.cost_s += clocks.thread_time() - began
        if is_copied and self._reader.is_over:
            self._finish()
        return is_copied

    def _encode(self, check: Check) -> None:
        # In order, so that the same values are the same bytes.
        names = sorted(self.names)
        values = {name: self._namespace[name] for name in names if name in self._namespace}
        encoded = self._codec.encode(values, check)
        self._refused = dict(encoded.refused)
        if self._reader is None:
            self._reader = ContentReader(encoded.document, encoded.blobs)
        else:
            self._reader.resume(encoded.document, encoded.blobs)
        self._is_held = True

    def _finish(self) -> None:
        assert self._reader is not None
        content = self._reader.content
        self.entries = {
            name: NewEntry("not kept", reason=self._refused[name])
            if name in self._refused
            else NewEntry("kept", content)
            for name in self.names
        }
        self._reader = None
        self._is_held = False

    def _refuse(self, reason: str) -> None:
        self.entries = {name: NewEntry("not kept", reason=reason) for name in self.names}
        self._reader = None
        self._is_held = False
