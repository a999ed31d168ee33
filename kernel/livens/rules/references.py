"""References: a variable, or what is inside of one, as a condition names it.

``loss`` is a reference, and so are ``cfg["lr"]``, ``df["v"]`` and ``model.config.depth``. Each
step has a literal key, so that what is looked at can be read off the text.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

from livens.rules.arithmetic import Sight, known
from livens.rules.facts import Facts, Unknown
from livens.rules.inside import Figure, Inside, NotThere, Step

T = TypeVar("T")


class Reference(NamedTuple):
    """A variable, or what is inside of one.

    Attributes
    ----------
    name : str
        The variable.
    steps : tuple of Step
        The way from its value; empty for the value itself.
    text : str
        As it is written.
    """

    name: str
    steps: tuple[Step, ...]
    text: str

    def ask(self, sight: Sight, ask: Callable[[Facts], T]) -> T:
        """Ask what is known of the value; `Unknown` names the reference where nothing is."""
        if not self.steps:
            found: T = known(sight, self.name, ask)
            return found
        return self._named(lambda: ask(self._inside(sight).facts()))

    def exists(self, sight: Sight) -> bool:
        """Return whether it leads to anything."""
        if sight.lookup(self.name) is None:
            return False
        try:
            if self.steps:
                self._named(lambda: self._inside(sight))
        except NotThere:
            return False
        return True

    def figure(self, sight: Sight, name: str, ask: Callable[[Inside], Figure]) -> Any:
        """Return a figure of the data, and note it: *name* is the figure's text."""
        found = self._named(lambda: ask(self._inside(sight)))
        sight.figures[name] = found
        return found.value

    def own_figure(self, sight: Sight, part: str) -> Any:
        """Return ``x.min`` and the like: the figure of data, else the attribute of that name."""

        def ask(inside: Inside) -> Figure:
            if not inside.has_figures():
                with suppress(NotThere):
                    return Figure(inside.at(Step("attribute", part)).facts().scalar(), 1, 1)
            return inside.figure(part)

        return self.figure(sight, f"{self.text}.{part}", ask)

    def _inside(self, sight: Sight) -> Inside:
        inside = sight.inside(self.name)
        if inside is None:
            raise Unknown("there is no such variable")
        for step in self.steps:
            inside = inside.at(step)
        return inside

    def _named(self, find: Callable[[], T]) -> T:
        try:
            return find()
        except NotThere as err:
            raise NotThere(f"{self.text[:100]}: {err}") from None
        except Unknown as err:
            raise Unknown(f"{self.text[:100]}: {err}") from None
