"""`ProbingCompiler`: compiles the statements of a cell, with probes where somebody is told stores.

A probe (`livens.watching.probes`) tells a store in the middle of a compound statement. Statements
that store one name by ``=`` need none: which name that is, is noted while they are compiled.
"""

from __future__ import annotations

import ast
import linecache
import logging
from types import CodeType
from typing import Any

from livens.watching.cells import Cells
from livens.watching.probes import Probes, adds_rule, is_compound, names_stored_in

logger = logging.getLogger(__name__)

_IGNORES: dict[type, tuple[list[Any], ...]] = {ast.Module: ([],), ast.Interactive: ()}
"""What the two trees that IPython compiles have besides their statements."""


class ProbingCompiler:
    """IPython's compiler, with probes for the statements that need some.

    Parameters
    ----------
    compiler : IPython.core.compilerop.CachingCompiler
        Compiles what it is given, and has the attributes that IPython asks for.
    cells : Cells
        What the probes tell, and what says which names have rules.
    """

    def __init__(self, compiler: Any, cells: Cells) -> None:
        self._compiler, self._cells = compiler, cells
        self._has_walrus: bool | None = None
        self.extra_flags = compiler.extra_flags  # asked for before each statement

    def __getattr__(self, name: str) -> Any:
        return getattr(self._compiler, name)

    def __call__(self, module: Any, filename: str, mode: str) -> CodeType:
        """Compile one statement; *module* is left as it is."""
        statement, cells = module.body[0], self._cells
        if cells.listener is not None or adds_rule(statement):
            return self._compiled_with_probes(module, statement, filename, mode)
        code: CodeType = self._compiler(module, filename, mode)
        return code

    def _compiled_with_probes(
        self, module: Any, statement: ast.stmt, filename: str, mode: str
    ) -> CodeType:
        cells, ruled = self._cells, self._cells.ruled_names
        if adds_rule(statement):  # for any name in its block
            ruled = {*ruled, *names_stored_in(statement)}
        if ruled or (is_compound(statement) and cells.is_watched):
            probes = Probes(
                cells.just_stored,
                ruled,
                has_walrus=self._may_have_walrus(filename),
                is_interactive=mode == "single",
            )
            return probes.in_code(self._compiler(_probed(module, probes, filename), filename, mode))
        code: CodeType = self._compiler(module, filename, mode)
        if type(statement) is ast.Assign and cells.is_watched:
            target = statement.targets[0]
            is_one = isinstance(target, ast.Name) and len(statement.targets) == 1
            if is_one and not self._may_have_walrus(filename):
                cells.known_stores = code, {target.id: target.lineno}  # type: ignore[attr-defined]
        return code

    def _may_have_walrus(self, filename: str) -> bool:
        """Return whether the text of the cell, which IPython keeps for tracebacks, may have one."""
        if self._has_walrus is None:
            kept = linecache.cache.get(filename, ())
            self._has_walrus = len(kept) != 4 or any(":=" in line for line in kept[2])
        return self._has_walrus


def _probed(module: Any, probes: Probes, filename: str) -> Any:
    try:
        return type(module)(probes.in_statement(module.body[0]), *_IGNORES[type(module)])
    except Exception:
        # A border: a chain of a thousand `elif` is too deep for us, and not for Python.
        logger.exception("livens could not put probes into a statement of %s", filename)
        return module
