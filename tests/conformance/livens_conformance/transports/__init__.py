"""The ways to a host: ZeroMQ, a Jupyter server's websocket, and a process's lines of JSON."""

from __future__ import annotations

from contextlib import AbstractContextManager

from livens_conformance.lines import Host
from livens_conformance.profiles import Profile


def opened(profile: Profile) -> AbstractContextManager[Host]:
    """Return what starts the host of a profile, and ends it.

    Raises
    ------
    ValueError
        If there is no such transport.
    """
    match profile.kernel.transport:
        case "zmq":
            from livens_conformance.transports.zeromq import started

            return started(profile.kernel)
        case "websocket":
            from livens_conformance.transports.websocket import served

            return served(profile.kernel)
        case "stdio":
            from livens_conformance.transports.stdio import bridged

            return bridged(profile.kernel.command)
        case other:
            raise ValueError(f"no transport {other!r}; expected zmq, websocket or stdio")
