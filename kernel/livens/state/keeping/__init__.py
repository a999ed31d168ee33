"""Keeping: what cells change is taken from the namespace, and written to the archive.

::

    main thread, at a cell's end: Keeper ──Draft──▶ Worker: the thread that owns the archive
      what takes 2 ms at most              Task ──▶   what takes longer, in steps, between cells

Names that share objects are taken together (`groups`). What changed again before it was read is
taken again, and is listed as not kept at the cell before. No Jupyter is known in here: which names
changed is told by whoever watches the namespace (`livens.kernel.keeping`).
"""
