"""Kernels and variables as resources: what an address means, and which addresses have changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote, unquote

from livens.agents import looking, params
from livens.agents.answers import Answer
from livens.agents.toolset import Toolset
from livens.agents.watched_kernels import WatchedKernel
from livens.exceptions import LivensError, VariableNotFound

SCHEME = "livens://"
MIME = "text/plain"

MAX_WATCHED = 1_000
"""So many addresses are watched at once."""


class Address(NamedTuple):
    """What an address means.

    Attributes
    ----------
    kernel : str
        The kernel, by its name.
    name : str
        The variable; empty for all of them.
    """

    kernel: str
    name: str


def uri_of(kernel: str, name: str = "") -> str:
    """Return the address of a kernel, or of one of its variables.

    Examples
    --------
    >>> uri_of("1b2c"), uri_of("1b2c", "größe")
    ('livens://1b2c', 'livens://1b2c/gr%C3%B6%C3%9Fe')
    """
    if not name:
        return f"{SCHEME}{kernel}"
    return f"{SCHEME}{kernel}/{quote(name, safe='{}')}"


def read_uri(uri: str) -> Address:
    """Return what an address means.

    Raises
    ------
    VariableNotFound
        If it is none.

    Examples
    --------
    >>> read_uri("livens://1b2c/gr%C3%B6%C3%9Fe")
    Address(kernel='1b2c', name='größe')
    """
    rest = uri.removeprefix(SCHEME)
    kernel, _, name = rest.partition("/")
    if rest == uri or not kernel:
        raise VariableNotFound(
            f"{uri[:100]!r} is no address of livens", expected="livens://KERNEL/NAME"
        )
    return Address(kernel, unquote(name))


class Resources:
    """The resources of a toolset's kernels.

    Attributes
    ----------
    on_change : callable
        Called with the addresses, of those that are watched, whose resources have changed.
    """

    def __init__(self, toolset: Toolset) -> None:
        self._toolset = toolset
        self._watched: dict[Address, str] = {}
        self.on_change: Callable[[list[str]], object] = lambda uris: None
        toolset.kernels.listeners.append(self._told)

    async def listed(self) -> list[tuple[str, str, str]]:
        """Return address, name and text of each kernel that can be watched."""
        running = await self._toolset.kernels.running()
        names = [looking.plain_name_of(k.connection_file) for k in running if k.can_be_watched]
        return [(uri_of(n), n, "The variables of a running kernel.") for n in names]

    async def read(self, uri: str, agent: str) -> Answer:
        """Return what is at an address.

        Raises
        ------
        LivensError
            If there is nothing.
        """
        address = read_uri(uri)
        kernel = await self._toolset.kernels.get(address.kernel, agent)
        if address.name:
            return await looking.inspect(kernel, params.InspectParams(path=address.name))
        return await looking.list_variables(kernel, params.ListParams())

    async def watch(self, uri: str, agent: str) -> None:
        """Watch what is at an address, from now on.

        Raises
        ------
        LivensError
            If there is no such kernel, or if too much is watched.
        """
        address = read_uri(uri)
        if len(self._watched) >= MAX_WATCHED and address not in self._watched:
            raise LivensError(f"{MAX_WATCHED} resources are watched already; expected fewer")
        await self._toolset.kernels.get(address.kernel, agent)
        self._watched[address] = uri

    def _told(self, kernel: WatchedKernel, names: list[str]) -> None:
        told = [
            uri
            for name in ("", *names)
            if (uri := self._watched.get(Address(kernel.name, name))) is not None
        ]
        if told:
            self.on_change(told)
