"""`encode_group` and `decode_group`: all tiers together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from livens.state.encoding.dispatching import ENCODERS, KINDS, encode_other
from livens.state.encoding.pickles import Pickles, add_pickle, sets_to_pickle
from livens.state.encoding.reaching import reach
from livens.state.plain.document import load
from livens.state.plain.groups import DecodedGroup, EncodedGroup, encode_with
from livens.state.plain.options import Options
from livens.state.plain.reader import Buffer, Reader
from livens.state.plain.writer import Refused, Writer


def encode_group(values: Mapping[str, object], options: Options | None = None) -> EncodedGroup:
    """Encode the names of a group, without running code of the user's.

    Parameters
    ----------
    values : mapping
        Names that share objects, with their values.
    options : Options, optional
        What must not be kept, and how much work may be done.

    Raises
    ------
    GivenUp
        If the values were being changed by another thread all the time. What ``options.check``
        raises comes out as well.

    Examples
    --------
    >>> shared = [1, 2]
    >>> group = encode_group({"a": shared, "b": (shared, 1j), "c": (n for n in shared)})
    >>> group.refused
    {'c': 'a generator stands in the middle of its code'}
    >>> decode_group(group.document, (), {}).values
    {'a': [1, 2], 'b': ([1, 2], 1j)}
    """
    options = options or Options()
    never: set[str] = set()

    def note(writer: Writer, _refused: dict[str, str]) -> None:
        never.update(writer.never_kept)

    group = encode_with(values, options, ENCODERS, encode_other, note)
    wanted = group.refused.keys() - never
    if options.pickles is None or not wanted:
        return group
    sets = [names for names in sets_to_pickle(values, wanted, reach) if not names & never]
    apart = set().union(*sets)
    rest = {name: value for name, value in values.items() if name not in apart}

    def pickle(writer: Writer, refused: dict[str, str]) -> None:
        for names in sets:
            held = {name: value for name, value in values.items() if name in names}
            _pickle_or_keep(writer, held, group.refused, refused)

    return encode_with(rest, options, ENCODERS, encode_other, pickle)


def _pickle_or_keep(
    writer: Writer, values: dict[str, object], before: dict[str, str], refused: dict[str, str]
) -> None:
    """Pickle names together; if that fails, keep those that can be kept without."""
    try:
        add_pickle(writer, values, writer.options)
    except Refused as err:
        for name, value in values.items():
            if name in before:
                refused[name] = f"{before[name]}; {err}"
            else:
                writer.add(name, value)


def decode_group(
    document: Buffer,
    blobs: Sequence[Buffer],
    namespace: dict[str, Any],
    pickles: Pickles | None = None,
) -> DecodedGroup:
    """Return the values of a document.

    Parameters
    ----------
    document : bytes-like
        What `encode_group` made.
    blobs : sequence of bytes-like
        The bytes of its blobs, in their order.
    namespace : dict
        The globals of functions and classes that are defined again. The names themselves are not
        put into it.
    pickles : Pickles, optional
        Loads pickles that it has signed. None: names that are kept as pickles are refused.

    Raises
    ------
    DocumentUnreadable
        If the document is damaged or of a newer format. What only concerns some names is in
        ``refused``.
    """
    context = {"namespace": namespace, "pickles": pickles}
    reader = Reader(load(document), blobs, KINDS, context)
    return DecodedGroup(*reader.read())
