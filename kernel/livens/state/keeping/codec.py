"""What the keeper asks of `livens.state.encoding`."""

from __future__ import annotations

from collections.abc import Mapping

from livens.protocol.redaction import Redactor
from livens.state import encoding
from livens.state.archive.content import Blob
from livens.state.encoding.pickles import Pickles
from livens.state.keeping.tasks import Check, Encoded
from livens.state.plain import blobs


class ValueCodec:
    """Encodes values for a `livens.state.keeping.keeper.Keeper`.

    Parameters
    ----------
    redactor : Redactor
        What must not be kept.
    max_nbytes : int
        How large a value may be.
    pickles : Pickles, optional
        Keeps what nothing else keeps.

    Examples
    --------
    >>> codec = ValueCodec(Redactor(), 1_000)
    >>> codec.encode({"x": 1, "password": "p"}, lambda: None).refused
    {'password': "'password' is redacted, and redacted values are not kept"}
    >>> codec.reach([[], [], []], 2) is None
    True
    """

    given_up = (encoding.GivenUp, encoding.Changed)

    def __init__(self, redactor: Redactor, max_nbytes: int, pickles: Pickles | None = None) -> None:
        self._redactor = redactor
        self._pickles = pickles
        self._max_nbytes = max_nbytes

    def encode(self, values: Mapping[str, object], check: Check) -> Encoded:
        """Return values as bytes."""
        options = encoding.Options(
            redactor=self._redactor,
            check=check,
            max_nbytes=self._max_nbytes,
            pickles=self._pickles,
        )
        return encoding.encode_group(values, options)

    def copied(self, blob: Blob, most_bytes: int) -> Blob | None:
        """Return a blob that nothing can change any more; None if that takes more bytes."""
        if isinstance(blob, blobs.Made | blobs.Data):
            return blob
        if blob.nbytes > most_bytes:
            return None
        return blobs.Data(encoding.all_bytes(blob))

    def reach(self, value: object, limit: int) -> frozenset[int] | None:
        """Return the ids of the objects that a value may share; None if there are more of them."""
        return encoding.whole_reach(value, limit)
