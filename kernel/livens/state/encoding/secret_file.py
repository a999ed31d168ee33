"""The secret that pickles are signed with: a file that only its owner can read."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from livens.exceptions import SecretRefused

_NBYTES = 32
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""A link is not followed, and a pipe does not make us wait."""


def read_or_make(path: Path) -> bytes:
    """Return the secret in a file, which is made if there is none.

    The file appears whole and with the right permissions, or not at all. Where two processes make
    it at once, both get the same.

    Raises
    ------
    SecretRefused
        If others can read or write it, if it belongs to somebody else, or is no file.
    """
    if not os.path.lexists(path):
        _make(path)
    return _read(path)


def _make(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        own = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with open(os.open(own, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as opened:
            opened.write(secrets.token_bytes(_NBYTES))
            opened.flush()
            os.fsync(opened.fileno())
        try:
            with contextlib.suppress(FileExistsError):  # another process was faster
                os.link(own, path)
        finally:
            own.unlink()
    except OSError as err:
        raise SecretRefused(f"The secret {path} cannot be made: {err}") from err


def _read(path: Path) -> bytes:
    try:
        opened = os.open(path, os.O_RDONLY | _NO_LINK)
    except OSError as err:
        raise SecretRefused(f"The secret {path} cannot be opened as a file: {err}") from err
    try:
        _need_own(path, os.fstat(opened))
        secret = os.read(opened, _NBYTES + 1)
    finally:
        os.close(opened)
    if len(secret) != _NBYTES:
        raise SecretRefused(f"The secret {path} is damaged; remove it, and a new one is made")
    return secret


def _need_own(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise SecretRefused(f"The secret {path} is no file; remove it, and a new one is made")
    if os.name != "posix":  # elsewhere permissions are those of the folder of the user
        return
    if found.st_uid != os.geteuid():
        raise SecretRefused(f"The secret {path} belongs to another user, who could sign pickles")
    if found.st_mode & 0o077:
        raise SecretRefused(
            f"Others can read or write the secret {path}: its mode is "
            f"{stat.S_IMODE(found.st_mode):o}. Remove it, and a new one is made"
        )
