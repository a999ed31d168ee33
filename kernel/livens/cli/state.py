"""``jupyter livens state``: what kernels have kept, in an archive or in a kernel that runs."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from jupyter_core.paths import jupyter_data_dir

from livens.cli.choosing import choose_running
from livens.cli.screen import Screen
from livens.client.blocking import watch
from livens.client.kernels import find_kernel
from livens.display import state_tables
from livens.exceptions import ArchiveFailed
from livens.protocol import state_requests as requests
from livens.state.archive import forgetting
from livens.state.archive.reading import ArchiveReader
from livens.state.archive.telling import as_cell, as_name, as_session, matching
from livens.state.archive.times import after_cell
from livens.state.keeping.session import default_path


def main(args: argparse.Namespace) -> int:
    """Carry out one action; returns the exit code.

    Raises
    ------
    ArchiveFailed
        If the archive cannot be used, or the options do not fit.
    """
    path = Path(args.archive).expanduser() if args.archive else default_path(jupyter_data_dir())
    match args.action:
        case "list":
            return _list(path, args)
        case "show":
            return _show(path, args)
        case "restore":
            return _restore(args)
    return _forget(path, args)


def _list(path: Path, args: argparse.Namespace) -> int:
    sessions: list[requests.StateSession] = []
    if path.is_file():
        with ArchiveReader(path) as reader:
            sessions = [as_session(session) for session in reader.sessions()]
    _print(sessions, state_tables.sessions_text(sessions), args)
    return 0


def _show(path: Path, args: argparse.Namespace) -> int:
    with ArchiveReader(path) as reader:
        sessions = reader.sessions()
        if not sessions:
            raise ArchiveFailed(f"The archive '{path}' holds no session")
        session = sessions[-1].id if args.session is None else reader.session(args.session).id
        commits = reader.commits(session)
        at = None if args.cell is None else after_cell(commits, args.cell)
        state = reader.state_at(session, at)
    cells = {commit.id: commit.cell for commit in commits}
    names = [
        as_name(name, state[name], cells.get(state[name].commit))
        for name in matching(state, args.names)
    ]
    told = [as_cell(commit) for commit in commits if at is None or commit.id <= at]
    text = f"{state_tables.cells_text(told)}\n\n{state_tables.names_text(names)}"
    _print({"session": session, "names": names, "cells": told}, text, args)
    return 0


def _restore(args: argparse.Namespace) -> int:
    path = find_kernel(None, args.existing or "", choose=partial(choose_running, may_ask=False))
    params: dict[str, Any] = {
        "names": args.names,
        "session": args.session,
        "cell": args.cell,
        "overwrite": args.overwrite,
    }
    with watch(path, client="jupyter livens state", timeout_s=5.0) as changes:
        answer = changes.request("state.restore", timeout=600.0, **params)
    done = msgspec.convert(answer, requests.StateDone)
    _print(done, state_tables.done_text(done), args)
    return 0 if all(name.outcome == "restored" for name in done.names) else 1


def _forget(path: Path, args: argparse.Namespace) -> int:
    if args.all:
        forgetting.forget_all(path)
        text = f"The archive '{path}' is removed."
    elif args.session is not None and args.names:
        with ArchiveReader(path) as reader:
            commits = reader.commits(reader.session(args.session).id)
        known = {name for commit in commits for name in commit.entries}
        gone = forgetting.forget_names(path, [args.session], matching(known, args.names))
        text = f"Forgotten: {', '.join(gone) or 'nothing of these names was kept'}."
    elif args.session is not None:
        with ArchiveReader(path) as reader:
            reader.session(args.session)
        forgetting.forget_session(path, args.session)
        text = f"Session {args.session} is forgotten."
    else:
        raise ArchiveFailed(
            "Nothing is forgotten: say --session N, with names or without, or --all"
        )
    _print({"done": text}, text, args)
    return 0


def _print(value: object, text: str, args: argparse.Namespace) -> None:
    if args.json:
        sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    else:
        screen = Screen(is_live=False)
        for line in text.splitlines():
            screen.line(line)
