"""What must not be shown of the text that a value writes of itself.

That text is written by code that knows no redaction: a dict shows the passwords in it, a frame its
columns. So the value is looked through first, passively and within limits. What is found below a
redacted name is left out of the text. A table with a redacted column is refused as a whole, since
its numbers and words cannot be told from those of other columns.

What the limits leave out, and what code makes out of a secret, is not found.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from livens.exceptions import LivensError, NotAllowed, reason_of
from livens.values import passive
from livens.values.children import Child, children, has_branches
from livens.values.tables.opening import source_of

MAX_VALUES = 3_000
"""How many values are looked at."""

MAX_DEPTH = 8
"""How deep they may be."""

_PAGE = 300
"""How many values of one container are looked at."""

_MAX_COLUMNS = 1_000


def secrets_below(value: object, hides: Callable[[str], bool]) -> set[str]:
    """Return the texts and numbers that are below redacted names in a value.

    Raises
    ------
    NotAllowed
        If there is a table with a redacted column.

    Examples
    --------
    >>> sorted(secrets_below({"user": "me", "password": ["abc"]}, lambda name: name == "password"))
    ['abc']
    """
    found: set[str] = set()
    waiting: deque[tuple[Any, int, bool]] = deque([(value, 0, False)])
    seen: set[tuple[int, bool]] = set()
    while waiting and len(seen) < MAX_VALUES:
        item, depth, is_secret = waiting.popleft()
        if is_secret:
            found.update(_texts(item))
        if depth > MAX_DEPTH or (id(item), is_secret) in seen:
            continue
        seen.add((id(item), is_secret))
        _need_no_secret_column(item, hides)
        for child in _children(item):
            is_hidden = is_secret or _is_hidden(child, hides)
            if is_hidden or not _is_leaf(child.value):
                waiting.append((child.value, depth + 1, is_hidden))
    return found


def _children(item: object) -> list[Child]:
    try:
        return children(item, 0, _PAGE)[0]
    except BaseException as err:  # noqa: BLE001 - a border
        reason_of(err, "listing what is below it")
        return []


def _is_hidden(child: Child, hides: Callable[[str], bool]) -> bool:
    return hides(child.name) or (type(child.key[-1]) is str and hides(child.key[-1]))


def _is_leaf(value: object) -> bool:
    return value is None or type(value) in (str, bytes, int, float, bool, complex)


def _texts(value: object) -> Iterator[str]:
    if passive.is_real_instance(value, str):
        yield passive.exact_text(value)  # type: ignore[arg-type]
    elif type(value) is bytes:
        yield value.decode("latin-1")
    elif type(value) is int or type(value) is float:
        yield repr(value)


def _need_no_secret_column(item: object, hides: Callable[[str], bool]) -> None:
    try:
        if not has_branches(item):
            return
        source = source_of(item)
        labels = [source.label(n) for n in range(min(source.shape[1], _MAX_COLUMNS))]
        names = map(passive.name_of, [*labels, *source.index_names()])
    except LivensError:  # an array of more dimensions, which has no names
        return
    except BaseException as err:  # noqa: BLE001 - a border
        reason_of(err, "reading its columns")
        return
    for name in names:
        if name is not None and hides(name):
            raise NotAllowed(
                f"The text would show column '{name[:100]}', which is redacted",
                expected="a value without redacted columns",
                remedy="Look at it with 'table', which leaves them out.",
            )
