"""What the user's code calls to share names: `share`, `unshare`, `shared`, `take_shared`.

`livens` hands these on, and ``%state share``, ``%state shared``, ``%state unshare`` and ``%state
take`` read the same from a line (`run_line`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from livens.exceptions import InvalidParams, LivensError, VariableNotFound
from livens.kernel.shared_names import Policy, When, need_binding
from livens.kernel.sharing import Sharing, need_store, sharing_of
from livens.kernel.store_link import StoreLink


class SharedName(NamedTuple):
    """How one name, or pattern of names, is shared.

    Attributes
    ----------
    pattern : str
        As it was given to `share`.
    policy, when, by_key
        As there.
    store : str
        The URL without secrets.
    names : list of str
        What of it the store and this kernel have agreed on.
    not_shared : dict of str to str
        Which names are not shared, and why.
    waiting : list of str
        What was written elsewhere, and waits for `take_shared`.
    away : str
        Why the store cannot be reached now, and since when; empty if it can.
    unwritten : list of str
        What was changed here, and is not in the store yet.
    """

    pattern: str
    policy: Policy
    when: When
    by_key: bool
    store: str
    names: list[str]
    not_shared: dict[str, str]
    waiting: list[str]
    away: str
    unwritten: list[str]


def share(
    *names: str,
    store: str,
    policy: Policy = "both",
    when: When = "end",
    by_key: bool = False,
) -> None:
    """Share variables by a store that others see: whoever writes one sets it everywhere.

    Parameters
    ----------
    *names : str
        Variables, or patterns such as ``"best_*"``. A pattern is shared by one store; sharing it
        again changes how.
    store : str
        The URL of a store, see `livens.state.open`.
    policy : {"both", "read", "write"}
        Whether they are set from the store, written into it, or both.
    when : {"end", "now", "ask"}
        When a name that was written elsewhere is set, while a cell runs here: when the cell has
        ended, at once, or when `take_shared` asks for it. Between cells it is set at once.
    by_key : bool
        Whether they are dicts of which each key is shared by itself: two programs that write
        different keys do not replace each other's.

    Raises
    ------
    InvalidParams
        If there is no such policy, or a name is none.
    StoreRefused, StoreAway
        If the store cannot be used, or cannot be reached now.
    NotMonitored
        If there is no livens kernel around.

    Notes
    -----
    What the store has of these names is set at once; the others are written into it. Values are
    data, such as numbers, texts, dicts, arrays and frames. What cannot be shared is told below the
    cell, with the reason, and listed by `shared`. Names that are redacted are never shared.

    Examples
    --------
    In a notebook on a livens kernel::

        import livens
        livens.share("params", "best_*", store="sqlite:///shared.db")
    """
    if not names:
        raise InvalidParams("Nothing is named to be shared; expected the names of variables")
    bindings = [need_binding(name, policy, when, by_key) for name in names]
    _need_sharing().share(need_store(store), bindings)


def unshare(*names: str) -> list[str]:
    """Share these names or patterns no more, or nothing at all; returns which were shared.

    The variables stay as they are, here and in the store.

    Raises
    ------
    VariableNotFound
        If one of them is not shared.
    """
    sharing = sharing_of(_shell(), makes=False)
    if sharing is not None:
        return sharing.unshare(list(names))
    if names:
        raise VariableNotFound(f"'{names[0][:100]}' is not shared (shared: nothing)")
    return []


def shared() -> list[SharedName]:
    """Return what is shared, how, and what is not, with the reasons."""
    sharing = sharing_of(_shell(), makes=False)
    if sharing is None:
        return []
    return [found for link in sharing.links.values() for found in _shared_by(link)]


def take_shared(*names: str) -> list[str]:
    """Set what others wrote while a cell ran, of names that are shared with ``when="ask"``.

    Parameters
    ----------
    *names : str
        Which; all that wait, if none is named.

    Returns
    -------
    list of str
        What was set.
    """
    sharing = sharing_of(_shell(), makes=False)
    return sharing.accept(list(names)) if sharing is not None else []


def _shared_by(link: StoreLink) -> list[SharedName]:
    away = ""
    if link.away:
        away = f"{link.away} (since {time.strftime('%H:%M:%S', time.localtime(link.away_since))})"
    return [
        SharedName(
            *binding,
            store=link.store.label,
            names=[name for name in link.shared if link.state.binding_of(name) is binding],
            not_shared={
                problem.name: problem.reason
                for problem in link.state.problems
                if link.state.binding_of(problem.name) is binding
            },
            waiting=[
                name
                for name in sorted(link.incoming.waiting)
                if link.state.binding_of(name) is binding
            ],
            away=away,
            unwritten=[
                name for name in link.outgoing.unwritten if link.state.binding_of(name) is binding
            ],
        )
        for binding in link.state.bindings
    ]


def _shell() -> Any:
    from IPython import get_ipython

    return get_ipython()


def _need_sharing() -> Sharing:
    sharing = sharing_of(_shell())
    assert sharing is not None
    return sharing


# -- the same from a line --------------------------------------------------------------------


def run_line(words: list[str]) -> str:
    """Carry out what ``%state`` was given, and return what it prints.

    Parameters
    ----------
    words : list of str
        ``share NAME … STORE [--policy P] [--when W] [--by-key]``, ``shared``, ``unshare [NAME …]``
        or ``take [NAME …]``.

    Raises
    ------
    InvalidParams
        If the words do not fit; the message says what was expected.
    """
    command = words[0] if words else ""
    runs = _COMMANDS.get(command)
    if runs is None:
        raise InvalidParams(f"There is no {command!r:.100}; expected {', '.join(_COMMANDS)}")
    return runs(words[1:])


def print_line(words: list[str]) -> None:
    """Carry out what ``%state`` was given, and print what it says; see `run_line`.

    Raises
    ------
    UsageError
        If it cannot be done.
    """
    from IPython.core.error import UsageError

    try:
        text = run_line(words)
    except LivensError as err:
        raise UsageError(f"%state: {err}") from None
    print(text)  # noqa: T201 - its output


def _run_share(words: list[str]) -> str:
    options: dict[str, Any] = {}
    names = []
    rest = iter(words)
    for word in rest:
        if word == "--by-key":
            options["by_key"] = True
        elif word in ("--policy", "--when"):
            options[word[2:]] = next(rest, "")
        elif word.startswith("--"):
            raise InvalidParams(f"There is no option {word}; expected --policy, --when or --by-key")
        else:
            names.append(word)
    urls = [name for name in names if "://" in name]
    if len(urls) != 1 or len(names) < 2:
        raise InvalidParams(
            "Expected names and one store, as in: %state share params best_* sqlite:///shared.db"
        )
    names.remove(urls[0])
    share(*names, store=urls[0], **options)
    return _run_shared([])


def _run_shared(words: list[str]) -> str:
    lines = []
    for found in shared():
        how = "by key, " if found.by_key else ""
        lines.append(f"{found.pattern}: {how}{found.policy}, when {found.when}, by {found.store}")
        if found.names:
            lines.append(f"  shared: {', '.join(found.names)}")
        lines += [f"  not shared: {name}: {why}" for name, why in found.not_shared.items()]
        if found.waiting:
            lines.append(f"  waiting for %state take: {', '.join(found.waiting)}")
        if found.away:
            lines.append(f"  {found.away}")
        if found.away and found.unwritten:
            lines.append(f"  not written yet: {', '.join(found.unwritten)}")
    return "\n".join(lines) or "Nothing is shared"


def _run_unshare(words: list[str]) -> str:
    return f"Shared no more: {', '.join(unshare(*words)) or 'nothing was'}"


def _run_take(words: list[str]) -> str:
    return f"Set: {', '.join(take_shared(*words)) or 'nothing was waiting'}"


_COMMANDS: dict[str, Callable[[list[str]], str]] = {
    "share": _run_share,
    "shared": _run_shared,
    "unshare": _run_unshare,
    "take": _run_take,
}
