"""Contents: one module per library, telling how values of its classes are read for comparing.

None of them imports its library: a value brings its own methods, and the class is known by its
qualified name. What a reader calls must not compute, copy more than the part that is asked for,
fill a cache that others see, or change anything; each module's docstring says why its calls are
of that sort. What cannot be read (a memory map, a device) is named in `Content.gap`.

To add one: write a module with a ``READERS`` table here and name it in `register_all`.
"""

from __future__ import annotations

from livens.contents import immutable, numpy, pandas, polars, pyarrow, scipy, torch, xarray
from livens.fingerprints import register_reader


def register_all() -> None:
    """Register the readers that come with livens; doing it twice does no harm."""
    for module in (immutable, numpy, pandas, polars, pyarrow, scipy, torch, xarray):
        for qualified_name, reader in module.READERS.items():
            register_reader(qualified_name, reader)
