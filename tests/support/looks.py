"""Every way in which livens looks at a value, for tests that it leaves no trace."""

from __future__ import annotations

import contextlib

from livens.exceptions import NotAllowed, RequestError
from livens.kernel.own_text import need_free_of_threads
from livens.protocol.redaction import Redactor
from livens.protocol.requests import TableParams
from livens.values import adapters, readers
from livens.values.checksums import ChunkSums
from livens.values.children import children, has_branches
from livens.values.descriptions import describe
from livens.values.fingerprints import fingerprint, pins_at
from livens.values.gauges import measure
from livens.values.tables.opening import source_of
from livens.values.tables.page import PageReader

adapters.register_all()
readers.register_all()

hides = Redactor().hides


def preview(value: object) -> str:
    """Write a value within another one."""
    return describe("", value, hides=hides).preview


def look(value: object) -> None:
    """Look in every way: what a client can ask for, and what is compared without being asked."""
    describe("v", value, hides=hides)
    measure(value)
    before = fingerprint(value)
    assert fingerprint(value) == before
    pins_at(value, [0, -1])
    sums = ChunkSums()
    for _ in range(2):
        while not (step := sums.step(value)).is_over:
            pass
        assert not step.differs
    has_branches(value)
    page, _ = children(value, 0, 10, everything=True, preview=preview)
    for child in page:
        preview(child.value)
    try:
        source = source_of(value)
    except NotAllowed:
        pass
    else:
        params = TableParams(path=[["name", "v"]], summary=True)
        PageReader(source, hides, preview, lambda: 0.0).read(params)
    with contextlib.suppress(RequestError):
        need_free_of_threads(value)
