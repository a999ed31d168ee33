"""Which variables of a shell are shared, as clients are told; see `livens.kernel.sharing`.

A shell that shares nothing is asked for one attribute, and nothing of sharing is loaded.
"""

from __future__ import annotations

from typing import Any

from livens.protocol.sharing_requests import SharedNames, SharedVariable

ATTRIBUTE = "livens_sharing"
"""Where a shell has its `livens.kernel.sharing.Sharing`, if it shares anything."""


def shared_list(shell: Any) -> SharedNames:
    """Return which variables of a shell are shared, by which store; from any thread."""
    sharing = getattr(shell, ATTRIBUTE, None)
    links = list(sharing.links.values()) if sharing is not None else []
    return SharedNames([found for link in links for found in _shared_by(link)])


def _shared_by(link: Any) -> list[SharedVariable]:
    from livens.state.stores.names import split_name

    problems = {problem.name: problem.reason for problem in link.state.problems}
    unwritten = set(link.outgoing.unwritten)
    waiting = {split_name(name)[0] for name in list(link.incoming.waiting)}
    names = {split_name(name)[0] for name in link.shared} | problems.keys() | waiting
    bindings = {name: link.state.binding_of(name) for name in sorted(names)}
    masked = link.state.redactor.masked
    return [
        SharedVariable(
            name=name,
            store=link.store.label,
            policy=binding.policy,
            reason=masked(problems.get(name, "")),
            away=masked(link.away),
            is_unwritten=name in unwritten,
            is_waiting=name in waiting,
        )
        for name, binding in bindings.items()
        if binding is not None
    ]
