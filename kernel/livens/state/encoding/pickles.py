"""`Pickles`: what nothing else keeps, by cloudpickle, for those who switch it on.

To pickle runs code of the user's, and so does to unpickle. So nothing is pickled unless somebody
asks for it, and nothing is unpickled that was not signed with the secret of the same user, by the
same Python, and with the same versions of the packages in it. A pickle that functions are in would
else load, and crash when they are called.

Names that share objects are pickled together, also those that would be kept without: so they share
them afterwards.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import pickle
import pickletools
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from livens.exceptions import DocumentUnreadable, LivensError, reason_of
from livens.state.encoding.origins import MAIN, is_builtin_or_stdlib, version_of
from livens.state.encoding.secret_file import read_or_make
from livens.state.plain.blobs import Data
from livens.state.plain.document import Node
from livens.state.plain.options import Options
from livens.state.plain.reader import Kind, Reader
from livens.state.plain.writer import Refused, Writer, python_version
from livens.values.secrets_below import secrets_below

_PROTOCOL = 5


class Pickles:
    """Signs pickles with a secret, and loads those that it has signed.

    Parameters
    ----------
    secret : Path
        The file of the secret; made if it is not there.

    Raises
    ------
    SecretRefused
        If others could read or write the secret.
    """

    def __init__(self, secret: Path) -> None:
        self._secret = read_or_make(secret)

    def dump(self, values: dict[str, Any]) -> tuple[bytes, list[Any]]:
        """Return names and their values as a pickle, and its tags, the last of which signs it.

        Raises
        ------
        Refused
            If it cannot be pickled.
        """
        try:
            data: bytes = import_module("cloudpickle").dumps(values, protocol=_PROTOCOL)
        except ImportError:
            raise Refused(
                "cloudpickle is not installed; `pip install livens[state]` installs it"
            ) from None
        except BaseException as err:
            # A border: the user's classes say how they are pickled.
            raise Refused(reason_of(err, "pickling it")) from err
        tags = [python_version(), packages_in(data), sorted(values)]
        return data, [*tags, self._signature(data, tags)]

    def load(self, data: bytes, tags: Any) -> dict[str, Any]:
        """Return the names and values of a pickle that this user has made with the same versions.

        Raises
        ------
        DocumentUnreadable
            If anything of it is different; nothing has been unpickled then.
        """
        try:
            python, packages, names, signature = tags
        except (TypeError, ValueError):
            raise DocumentUnreadable("the tags of a pickle are damaged") from None
        if not hmac.compare_digest(
            str(signature), self._signature(data, [python, packages, names])
        ):
            raise DocumentUnreadable("its pickle is not signed with the secret of this user")
        if python != python_version():
            raise DocumentUnreadable(
                f"its pickle is of Python {python}, and this is Python {python_version()}"
            )
        for package, version in packages.items():
            here = _version(package)
            if here != version:
                raise DocumentUnreadable(
                    f"its pickle is of {package} {version or '?'}, and here is {here or 'none'}"
                )
        found = pickle.loads(data)
        return found if type(found) is dict else {}

    def _signature(self, data: bytes, tags: list[Any]) -> str:
        head = json.dumps(tags, sort_keys=True).encode("utf-8", "surrogatepass")
        body = b"%d:%s%s" % (len(head), head, data)
        return hmac.new(self._secret, body, hashlib.sha256).hexdigest()


def packages_in(data: bytes) -> dict[str, str]:
    """Return the packages that a pickle names, with their versions.

    Examples
    --------
    >>> packages_in(pickle.dumps({"a": 1}))
    {}
    """
    found: dict[str, str] = {}
    for operation, argument, _ in pickletools.genops(data):
        if type(argument) is not str or "UNICODE" not in operation.name:
            continue
        package = argument.partition(".")[0]
        if argument in sys.modules and package != MAIN and not is_builtin_or_stdlib(package):
            found[package] = version_of(package)
    return found


def _version(package: str) -> str:
    try:
        import_module(package)
    except Exception:  # noqa: BLE001 - a border: it is missing, or fails
        return ""
    return version_of(package)


# -- in a group ------------------------------------------------------------------------------


def sets_to_pickle(
    values: Mapping[str, object], refused: set[str], reach: Callable[[object], frozenset[int]]
) -> list[set[str]]:
    """Return the refused names in sets that share objects, with all other names that do."""
    reaches = {name: reach(value) | {id(value)} for name, value in values.items()}
    sets: list[set[str]] = []
    waiting = set(refused)
    while waiting:
        found = {waiting.pop()}
        reached = frozenset().union(*(reaches[name] for name in found))
        while more := {n for n in values if n not in found and reaches[n] & reached}:
            found |= more
            reached = reached.union(*(reaches[name] for name in more))
        waiting -= found
        sets.append(found)
    return sets


def add_pickle(writer: Writer, values: dict[str, Any], options: Options) -> None:
    """Add names that are pickled together to a document.

    Raises
    ------
    Refused
        If they cannot be, or hold what is redacted.
    """
    redactor = options.redactor
    if redactor is not None:
        writer.need_shown(values)
        for value in values.values():
            try:
                is_secret = bool(secrets_below(value, redactor.hides))
            except LivensError:
                is_secret = True
            if is_secret:
                raise Refused("there is something redacted in it, which is not kept")
    data, tags = options.pickles.dump(values)
    if len(data) > options.max_nbytes:
        raise Refused(f"its pickle is larger than {options.max_nbytes / 1e6:,.1f} MB")
    ref = writer.new_node(data, Node("pickle", data=[writer.blob(Data(data)), tags]))
    for name in values:
        named = Node("pickled", [ref], data=name)
        writer.names.append((name, writer.new_node(named, named)))


def _make_pickle(reader: Reader, node: Node, _args: list[Any]) -> dict[str, Any]:
    pickles = reader.context.get("pickles")
    if pickles is None:
        raise DocumentUnreadable("it is kept as a pickle, and pickles are not switched on")
    blob, tags = node.data
    found: dict[str, Any] = pickles.load(bytes(reader.blob(blob)), tags)
    return found


def _make_pickled(_reader: Reader, node: Node, args: list[Any]) -> Any:
    if node.data not in args[0]:
        raise DocumentUnreadable("its pickle does not have it; the document is damaged")
    return args[0][node.data]


KINDS: dict[str, Kind] = {"pickle": Kind(_make_pickle), "pickled": Kind(_make_pickled)}
