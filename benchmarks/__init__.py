"""What watching costs, measured on real kernels.

``python -m benchmarks`` (or ``make bench``) starts kernel processes, stock ipykernel and livens,
and runs the same cells in all of them, one kernel after the other (A B C D, D C B A, …). What is
reported is never a time of one kernel but the comparison of neighbours: the median over the
rounds of "livens divided by stock" or "livens minus stock", with its quartiles. On a shared
machine times move by tens of per cent within minutes; such medians move little.

Four variants take part. `stock` is ipykernel; `stock again` is a second process of the same,
which shows how far two equal kernels are apart on this machine: no smaller difference means
anything. `livens` has a client that is subscribed to everything; `livens unwatched` has none.
With ``--against REV`` the last two of an earlier commit run next to them in the same rounds.

==================== ======================================================================
`variants`           the kernels that are compared
`revisions`          the code of an earlier commit, for kernels beside today's
`kernels`            one kernel process, a client of it, and what can be read from /proc
`rounds`             how often to measure, and the interleaving
`figures`            numbers of the rounds, and the figure that is made of them
`suite`              the user's code whose speed is compared
`speed` … `flood`    one module for each question; each gives a list of figures
`micro`              the parts of livens alone, by pyperf
`guard`              the small selection with wide limits that runs in CI
`report`             JSON and Markdown
`before`             what became worse since an earlier commit
`panel`              what the tests in the browser measured, as Markdown
==================== ======================================================================

Nothing in here is imported by livens, and only the schema of its messages is known here.
"""
