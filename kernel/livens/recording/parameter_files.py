"""Files with parameters, as papermill's ``-f`` reads them: YAML, or JSON if so named."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from livens.exceptions import RunFailed


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads dates as texts, as papermill does: a notebook could not import what they need."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_parameter_files(paths: Iterable[str]) -> dict[str, Any]:
    """Return the parameters in files, by name; those of a later file override.

    Raises
    ------
    RunFailed
        If a file cannot be read, is neither YAML nor JSON, or has no names with values.
    """
    found: dict[str, Any] = {}
    for path in paths:
        found |= _read(Path(path))
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8")
        # In YAML 1e3 and NaN are texts.
        data = json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=_Loader)
    except (OSError, UnicodeDecodeError) as err:
        raise RunFailed(f"{path} cannot be read: {err}; expected a file of parameters") from None
    except (yaml.YAMLError, RecursionError, ValueError) as err:
        reason = " ".join(str(err).split())
        raise RunFailed(f"{path} is neither YAML nor JSON: {reason}") from None
    if not isinstance(data, dict):
        raise RunFailed(f"{path} has no parameters: expected lines such as 'year: 2024'")
    for name, value in data.items():
        if not isinstance(name, str) or not name.isidentifier():
            raise RunFailed(
                f"{path}: {name!r} cannot be the name of a parameter: expected a Python name"
            )
        try:
            _need_literal(path, name, value)
        except RecursionError:
            raise RunFailed(f"{path}: the value of {name} contains itself") from None
    return data


def _need_literal(path: Path, name: str, value: Any) -> None:
    """Raise an error unless a value can be written as Python's literals."""
    if isinstance(value, list):
        for item in value:
            _need_literal(path, name, item)
    elif isinstance(value, dict):
        for item in (*value, *value.values()):
            _need_literal(path, name, item)
    elif value is not None and not isinstance(value, bool | int | float | str):
        raise RunFailed(
            f"{path}: the value of {name} is of the type {type(value).__name__}; expected texts, "
            "numbers, true, false, null, and lists and mappings of them"
        )
