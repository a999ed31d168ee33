"""What a check gets, and the list of all checks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from livens_conformance.client import Client, Clients, Refused
from livens_conformance.lines import Host, Ran
from livens_conformance.profiles import Profile
from livens_conformance.verdicts import Failed, Info, Missing, NotStrict, Outcome, Verdict, need

TIERS = ("wire", "sync", "live", "depth", "options", "hostile")
"""From what every client needs to what only some do."""


class World:
    """One check's own world: a host whose namespace is empty, and clients.

    Attributes
    ----------
    host : Host
        The host.
    clients : Clients
        Opens clients; they are closed after the check.
    profile : Profile
        How to speak to it.
    """

    def __init__(self, host: Host, profile: Profile) -> None:
        self.host = host
        self.profile = profile
        self.clients = Clients(host)
        self._client: Client | None = None

    @property
    def client(self) -> Client:
        """A client that has subscribed to everything."""
        if self._client is None:
            self._client = self.clients()
        return self._client

    def run(self, step: str) -> Ran:
        """Run the code of a step, which ends as the profile says."""
        said = self.profile.step(step)
        ran = self.host.execute(said.code)
        self.ended_well(step, ran)
        return ran

    def start(self, step: str) -> Callable[[], None]:
        """Start the code of a step; returns what waits for its end."""
        ended = self.host.start(self.profile.step(step).code)
        return lambda: self.ended_well(step, ended())

    def ended_well(self, step: str, ran: Ran) -> None:
        """Check that a step ended as the profile says."""
        expected = self.profile.step(step).ename or [""]
        need(
            ran.ename in expected,
            f"the step {step!r} ended with {ran.ename or 'nothing'}: {ran.evalue:.200}; expected "
            f"{' or '.join(expected) or 'no error'}",
        )

    def previews(self, step: str) -> dict[str, str]:
        """Return what clients are shown after a step."""
        return self.profile.step(step).previews

    def shown(self, step: str, client: Client | None = None) -> Client:
        """Run a step, and wait until a client is shown what the profile says."""
        client = client or self.client
        self.run(step)
        client.shows(self.previews(step))
        return client


Check = Callable[[World], None]


class Registered(NamedTuple):
    """A check by its tier and name."""

    tier: str
    name: str
    check: Check


CHECKS: list[Registered] = []
"""All checks, in the order in which they are run."""


def tier(name: str) -> Callable[[Check], Check]:
    """Register a check in a tier; its docstring is what has to be so."""

    def register(check: Check) -> Check:
        CHECKS.append(Registered(name, check.__name__, check))
        return check

    return register


def all_checks() -> list[Registered]:
    """Return all checks, by tier."""
    from livens_conformance.checks import depth, hostile, live, options, sync, wire  # noqa: F401

    return sorted(CHECKS, key=lambda registered: TIERS.index(registered.tier))


def carry_out(registered: Registered, host: Host, profile: Profile) -> Outcome:
    """Run one check on a host; returns how it ended, whatever happens."""
    began_at = time.monotonic()
    verdict, detail = Verdict.PASS, ""
    world = World(host, profile)
    try:
        world.run("clear")
        registered.check(world)
        if world.clients.notes:
            verdict, detail = Verdict.NOT_STRICT, "; ".join(sorted(world.clients.notes))[:500]
    except Missing as missing:
        verdict, detail = Verdict.MISSING, str(missing)
    except NotStrict as loose:
        verdict, detail = Verdict.NOT_STRICT, str(loose)
    except Info as info:
        verdict, detail = Verdict.INFO, str(info)
    except (Failed, Refused) as failed:
        verdict, detail = Verdict.FAIL, f"{failed}"
    except Exception as err:  # noqa: BLE001 - a border: one check's trouble is no other's
        verdict, detail = Verdict.FAIL, f"{type(err).__name__}: {err}"
    detail = _closed(world, detail)
    if detail.startswith("a line") and verdict is Verdict.PASS:
        verdict = Verdict.FAIL
    seconds = round(time.monotonic() - began_at, 2)
    return Outcome(registered.tier, registered.name, verdict, detail, seconds)


def _closed(world: World, detail: str) -> str:
    try:
        world.clients.close_all()
    except Exception as err:  # noqa: BLE001 - a border
        return detail or f"a line could not be closed: {err}"
    return detail
