"""The command ``livens-conformance``."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from livens_conformance import client_checks, profiles
from livens_conformance.checking import TIERS, all_checks, carry_out
from livens_conformance.profiles import Profile
from livens_conformance.reports import as_json, as_junit, as_markdown
from livens_conformance.transports import opened
from livens_conformance.verdicts import Failed, Outcome, Verdict

_EXAMPLES = """\
exit codes: 0 every check ends as its profile expects (Pass, where it says nothing; Missing and Info
are right as well), 1 one does not, 2 a kernel could not be started

examples:
  livens-conformance livens
  livens-conformance livens stock --markdown scorecard.md
  livens-conformance my-kernel.toml --tier wire --tier sync
  livens-conformance --client "mine=node my-client.mjs"
"""

BEGIN, END = "<!-- begin scorecard -->", "<!-- end scorecard -->"
"""The marks of a page that has text around its scorecard."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="livens-conformance",
        description="Check whether kernels speak the protocol livens.variables.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    known = ", ".join(profiles.names())
    parser.add_argument("profiles", nargs="*", metavar="PROFILE", help=f"a TOML file, or: {known}")
    parser.add_argument(
        "--client",
        action="append",
        default=[],
        metavar="NAME=COMMAND",
        help="check a client's program",
    )
    parser.add_argument(
        "--merge",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="add what --json wrote before, such as in another environment",
    )
    parser.add_argument("--tier", action="append", choices=TIERS, help="only this tier")
    parser.add_argument("--check", action="append", metavar="NAME", help="only this check")
    parser.add_argument("--transport", choices=("zmq", "websocket", "stdio"), help="another way")
    parser.add_argument("--list", action="store_true", help="list the checks, and end")
    for kind in ("json", "markdown", "junit"):
        parser.add_argument(f"--{kind}", metavar="FILE", type=Path, help=f"write {kind}")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Check the kernels; returns the exit code."""
    args = _parser().parse_args(argv)
    if args.list:
        for registered in all_checks():
            text = (registered.check.__doc__ or "").splitlines()[0]
            sys.stdout.write(f"{registered.tier:8} {registered.name}: {text}\n")
        return 0
    results: dict[str, list[Outcome]] = {}
    unexpected = 0
    for name in args.profiles:
        try:
            profile = profiles.load(name)
            if args.transport:
                profile.kernel.transport = args.transport
            results[profile.name] = checked(profile, args.tier, args.check)
        except (FileNotFoundError, ValueError, Failed) as err:
            sys.stderr.write(f"livens-conformance: {name}: {err}\n")
            return 2
        unexpected += sum(not is_expected(o, profile) for o in results[profile.name])
    for named in args.client:
        name, _, command = named.rpartition("=")
        results[name or command] = checked_client(shlex.split(command), args.check)
        unexpected += sum(o.verdict is not Verdict.PASS for o in results[name or command])
    for file in args.merge:
        results |= msgspec.json.decode(file.read_bytes(), type=dict[str, list[Outcome]])
    _write(args, results)
    return 1 if unexpected else 0


def _write(args: argparse.Namespace, results: dict[str, list[Outcome]]) -> None:
    """Write the reports; a scorecard goes between the marks of a page that has them."""
    if args.json is not None:
        args.json.write_text(as_json(results), encoding="utf-8")
    if args.junit is not None:
        args.junit.write_text(as_junit(results), encoding="utf-8")
    if args.markdown is not None:
        text = as_markdown(results)
        page = args.markdown.read_text("utf-8") if args.markdown.exists() else ""
        before, begin, rest = page.partition(BEGIN)
        _, end, after = rest.partition(END)
        if begin and end:
            text = f"{before}{begin}\n\n{text}\n{end}{after}"
        args.markdown.write_text(text, encoding="utf-8")


def checked(
    profile: Profile, tiers: Sequence[str] | None = None, names: Sequence[str] | None = None
) -> list[Outcome]:
    """Carry out the checks on one kernel, and say of each how it ended.

    Raises
    ------
    Failed
        If the kernel cannot be started.
    """
    outcomes = []
    with opened(profile) as host:
        for registered in all_checks():
            if tiers and registered.tier not in tiers:
                continue
            if names and registered.name not in names:
                continue
            outcome = carry_out(registered, host, profile)
            outcomes.append(outcome)
            _print(outcome)
    return outcomes


def checked_client(command: Sequence[str], names: Sequence[str] | None = None) -> list[Outcome]:
    """Carry out the checks on a client's program, and say of each how it ended."""
    outcomes = []
    for check in client_checks.CHECKS:
        if names and check.__name__ not in names:
            continue
        outcomes.append(client_checks.carry_out(check, command))
        _print(outcomes[-1])
    return outcomes


def _print(outcome: Outcome) -> None:
    sys.stdout.write(
        f"{outcome.verdict.value:10} {outcome.tier:8} {outcome.check} "
        f"({outcome.seconds:.1f} s) {outcome.detail:.200}\n"
    )
    sys.stdout.flush()


def is_expected(outcome: Outcome, profile: Profile) -> bool:
    """Return whether a check ended as its profile says, or as it should where that says nothing."""
    expected = profile.expected.get(outcome.check)
    if expected is not None:
        return outcome.verdict.value == expected
    return outcome.verdict in (Verdict.PASS, Verdict.MISSING, Verdict.INFO)
