"""`OnceTransformer`: a cell's text is made into Python once, though it is asked for twice.

ipykernel has each cell transformed to learn whether it awaits, and IPython has it transformed once
more to run it. Each time the text is cut into tokens in Python, by far the most that happens to a
long cell before it runs: 11 of 48 ms for 1,000 lines. What IPython's own transformers make of a
text depends on the text alone, so the second answer can be the first one. That pays for watching
(``docs/performance.md``), and is not to be seen in any other way.
"""

from __future__ import annotations

from IPython.core.inputtransformer2 import TransformerManager


class OnceTransformer(TransformerManager):
    """IPython's transformers, which are not run twice in a row for the same text.

    They are as soon as anybody adds one, takes one away or puts one in another place: others may
    have a state, or count. The transformers that come later, of which each shell has its own list,
    run as always.

    Examples
    --------
    >>> transformer = OnceTransformer()
    >>> transformer.transform_cell("%pwd")
    "get_ipython().run_line_magic('pwd', '')\\n"
    """

    def __init__(self) -> None:
        super().__init__()
        self._own = self._transformers()
        self._last: tuple[str, str] | None = None

    def transform_cell(self, cell: str) -> str:
        """Transform the text of a cell, or return, once, what it was transformed to just now."""
        last, self._last = self._last, None
        if list(map(id, self._transformers())) != list(map(id, self._own)):
            return str(super().transform_cell(cell))
        if last is not None and last[0] == cell:
            return last[1]
        transformed: str = super().transform_cell(cell)
        self._last = cell, transformed
        return transformed

    def _transformers(self) -> tuple[object, ...]:
        return (*self.cleanup_transforms, *self.line_transforms, *self.token_transformers)
