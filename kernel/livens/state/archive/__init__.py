"""The archive: one SQLite file that holds what the variables of sessions were.

::

    session ──▶ commit ──▶ entry (a name) ──▶ group ──▶ blob ──▶ chunk, by its digest
    a kernel    a cell     kept, gone,        names that share   bytes, each stored once
                           not kept: why      objects

A commit is what one cell changed. It is written in one transaction, so that what the file holds is
always a state that existed. `file` opens and migrates it, `writing` and `reading` are the two
sides of it, and `merging` keeps it within its limits. What the values are is not known in here:
they come and go as bytes (`livens.state.encoding`).

One connection belongs to one thread. Several processes may have the same file open.
"""
