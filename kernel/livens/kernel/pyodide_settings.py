"""The settings of the kernel in Pyodide: read and checked by traits, as the native kernel's are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from traitlets import Bool, Float, Integer, List, TraitError, Unicode
from traitlets.config import Config, Configurable
from traitlets.config.loader import DeferredConfigList, DeferredConfigString

from livens.protocol import redaction
from livens.protocol.redaction import Redactor
from livens.watching.budgets import Budgets, settings


class SettingsError(ValueError):
    """A setting has a value that it cannot have."""


def _traits() -> dict[str, Any]:
    made = {}
    for name, (kind, default, setting) in settings().items():
        trait: Any = Float if kind is float else Integer
        made[name] = trait(default, min=setting.least, max=setting.most).tag(config=True)
    return made


class LivensKernel(Configurable):
    """The settings that the kernel of this name has; its others mean nothing here."""

    vars().update(_traits())
    redact = List(Unicode(), list(redaction.DEFAULT_PATTERNS)).tag(config=True)
    redact_extra = List(Unicode()).tag(config=True)
    redact_texts = Bool(True).tag(config=True)


def read_settings(given: Iterable[Sequence[str]]) -> tuple[Budgets, Redactor, list[str]]:
    """Return what was set on the command line, and a line for each setting that is left out.

    Raises
    ------
    SettingsError
        If a value does not fit its setting.

    Examples
    --------
    >>> budgets, redactor, notes = read_settings([["poll_ms", "50"], ["redact_extra", "plan"]])
    >>> budgets.poll_ms, redactor.hides("plan_b"), notes
    (50, True, [])
    """
    texts: dict[str, list[str]] = {}
    notes = []
    traits = LivensKernel.class_traits(config=True)
    for name, text in given:
        if name in traits:
            texts.setdefault(name, []).append(text)
        else:
            notes.append(f"'LivensKernel.{name}' is no setting of this kernel; it is left out")
    values = {name: _value(name, traits[name], given) for name, given in texts.items()}
    read = LivensKernel(**values)
    try:
        redactor = Redactor(read.redact, read.redact_extra, in_texts=read.redact_texts)
    except ValueError as err:
        raise SettingsError(f"'LivensKernel.redact' and 'redact_extra': {err}") from None
    return Budgets(**{name: getattr(read, name) for name in settings()}), redactor, notes


def _value(name: str, trait: Any, texts: list[str]) -> Any:
    """Return the value of a setting that was given once or several times."""
    deferred = (
        DeferredConfigList(texts) if isinstance(trait, List) else DeferredConfigString(texts[-1])
    )
    config = Config({"LivensKernel": {name: deferred}})
    try:
        return getattr(LivensKernel(config=config), name)
    except (TraitError, ValueError) as err:
        said = " ".join(str(err).split())
        raise SettingsError(f"'LivensKernel.{name}={texts[-1]}': {said}") from None
