"""Where a class, a function or a module comes from: by its name in a module, and by which version.

A module is Python's own, of an installed package, or the user's. What is named in a document comes
back only if it is the same: Python's own and a package's by their versions where more than the name
is relied on, the user's by the hash of the file.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import site
import sys
import sysconfig
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from livens.exceptions import DocumentUnreadable
from livens.state.plain.writer import Refused, Writer, python_version
from livens.values import passive

MAIN = "__main__"


def is_builtin_or_stdlib(module: str) -> bool:
    """Return whether a module is Python's own.

    Examples
    --------
    >>> is_builtin_or_stdlib("collections.abc"), is_builtin_or_stdlib("numpy")
    (True, False)
    """
    return module.partition(".")[0] in sys.stdlib_module_names or module == "builtins"


@cache
def _installed_paths() -> tuple[str, ...]:
    paths = [*sysconfig.get_paths().values(), *site.getsitepackages()]
    if site.ENABLE_USER_SITE:
        paths.append(site.getusersitepackages())
    return tuple(os.path.join(os.path.realpath(path), "") for path in paths)


def own_file(module: str) -> str | None:
    """Return the file of a module that is neither Python's nor installed; None of any other."""
    if module == MAIN or is_builtin_or_stdlib(module):
        return None
    file = passive.module_contents(module).get("__file__")
    if type(file) is not str:
        return None
    return None if is_installed(file) else file


def is_installed(file: str) -> bool:
    """Return whether a file is Python's own, or of an installed package."""
    return os.path.realpath(file).startswith(_installed_paths())


_hashes: dict[str, tuple[tuple[int, int], str]] = {}


def file_hash(file: str) -> str | None:
    """Return the hash of a file's content; None if it cannot be read. Kept until it changes."""
    try:
        found = os.stat(file)
        mark = found.st_mtime_ns, found.st_size
        known = _hashes.get(file)
        if known is None or known[0] != mark:
            with open(file, "rb") as opened:
                digest = hashlib.blake2b(opened.read(), digest_size=16).hexdigest()
            known = _hashes[file] = mark, digest
    except OSError:
        return None
    return known[1]


@cache
def version_of(package: str) -> str:
    """Return the version of a top-level package; empty if it has none."""
    found = passive.module_contents(package).get("__version__")
    if type(found) is str:
        return found
    try:
        return importlib.metadata.version(package)
    except Exception:  # noqa: BLE001 - a border: metadata of any form
        return ""


# -- encoding --------------------------------------------------------------------------------


def mark_of(writer: Writer, module: str) -> str:
    """Return the hash of a module of the user's, or note the version of its package.

    Raises
    ------
    Refused
        If the file of the user's module cannot be read.
    """
    file = own_file(module)
    if file is None:
        package = module.partition(".")[0]
        if not is_builtin_or_stdlib(module) and package != MAIN:
            writer.packages[package] = version_of(package)
        return ""
    found = file_hash(file)
    if found is None:
        raise Refused(f"it is of module {module}, whose file cannot be read")
    return found


def found_by_name(value: Any, module: str, qualname: str) -> bool:
    """Return whether a value is what a module has under a name; asks no code of anybody's.

    Examples
    --------
    >>> found_by_name(dict.fromkeys, "builtins", "dict.fromkeys"), found_by_name(len, "io", "len")
    (False, False)
    """
    first, *rest = qualname.split(".")
    found = passive.module_contents(module).get(first, passive)
    for name in rest:
        if not passive.is_real_instance(found, type):
            return False
        found = passive.class_dict(found).get(name, passive)
    return found is value


# -- back ------------------------------------------------------------------------------------


def imported(module: str, mark: str) -> Any:
    """Return a module, if it is as it was when the value was kept.

    Raises
    ------
    DocumentUnreadable
        If it is missing, or is the user's and has changed since.
    """
    if mark:
        need_same_file(module, mark)
    try:
        return import_module(module)
    except Exception as err:
        raise DocumentUnreadable(f"importing {module} raised {type(err).__name__}: {err}") from err


def need_same_file(module: str, mark: str) -> None:
    """Raise unless the file of a module of the user's is the same as it was."""
    try:
        loaded = passive.module_contents(module).get("__file__")
        spec = None if loaded else find_spec(module)
    except (ImportError, ValueError) as err:
        raise DocumentUnreadable(f"module {module} is not found") from err
    file = loaded or (spec.origin if spec else None)
    if not file:
        raise DocumentUnreadable(f"module {module} is not found")
    if file_hash(file) != mark:
        raise DocumentUnreadable(f"module {module} has changed since it was kept")


def need_same_version(module: str, python: str, packages: dict[str, str]) -> None:
    """Raise unless what a module is made of is of the same version as in a document."""
    if is_builtin_or_stdlib(module):
        if python != python_version():
            raise DocumentUnreadable(
                f"it is of Python's module {module}, was kept by Python {python}, and this is "
                f"Python {python_version()}"
            )
        return
    package = module.partition(".")[0]
    kept, here = packages.get(package, ""), version_of(package)
    if kept and kept != here:
        raise DocumentUnreadable(f"it was kept with {package} {kept}, and here is {here or 'none'}")
