"""A race: variable inspectors for Jupyter and livens, on real kernels and in turns.

``python -m benchmarks.race`` (or ``make race``) installs the peers that PyPI has into a folder of
its own, starts a kernel for each, and plays what its front end does: what it sends when it is
opened, after each cell, and while one runs. A stock kernel without any inspector runs the same
cells in the same rounds, and what a peer needs beyond that one is what it costs.

Nothing of the peers is in this repository. Code that a front end sends to a kernel is taken out of
the installed package when the race runs. A peer that cannot be installed, or whose package has
changed too much to be read, is told as not run, with the reason.

================ ==========================================================================
`peers`          who takes part, who does not, and why
`installation`   the folder with the peers, and the kernelspecs of those with a kernel
`javascript`     takes Python code out of built JavaScript
`kernels`        one kernel process, with the bytes and messages of all its channels
`front_ends`     what all front ends have in common; `extensions`, `debugger`, `spyder` and
                 `livens` have one class for each peer
`questions`      what is measured
`results`        the numbers of a run, and the file that keeps them
`page`, `chart`  the table and the picture in ``docs/``
================ ==========================================================================
"""
