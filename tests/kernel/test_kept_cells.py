"""What the cells of a kernel define is kept by their text, and restored in another process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from livens.state.encoding import decode_group, unseal
from livens.testing import KernelClient

pytestmark = [pytest.mark.slow, pytest.mark.every_python("the source of functions and classes")]

CELLS = [
    "from dataclasses import dataclass, field\nimport functools, enum",
    "@dataclass\nclass P:\n    x: int\n    y: list = field(default_factory=list)\n"
    "    def f(self): return functools.reduce(lambda a, b: a + b, self.y)",
    "for n in range(2):\n    if n:\n        class Q:\n            n = 0\n"
    "            def g(self): return __class__\n"
    "        def top(k=[1]):\n            return lambda: k\n"
    "        watched = 5; run = [lambda: 1, lambda: 2]",
    "p = P(1, [2, 3]); q = Q(); t = top(); Q.n = 7\nx = lambda: 7",
    "class E(enum.Enum): A = 1\ne = E.A",
    "a = !echo hello\nsq = (lambda y: y * y)  # a comment",
    "async def co():\n    import asyncio\n    await asyncio.sleep(0)\n    return 1",
    "value = await co()",
]

KEEP = """
from pathlib import Path as _Path
from livens.state.encoding import all_bytes as _all, encode_group as _encode, seal as _seal
_names = "P p Q q top t x E e sq co value functools dataclass field run enum watched".split()
_group = _encode({name: globals()[name] for name in _names})
_ = _Path("kept").write_bytes(_seal(_group.document, [_all(blob) for blob in _group.blobs]))
_group.refused
"""


def test_definitions_of_cells_come_back(ours: KernelClient, tmp_path: Path) -> None:
    """Also those in compound statements, where livens puts probes for those who watch."""
    ours.execute(f"%cd -q {tmp_path}\nimport livens; livens.add_rule('watched > 100', 'note')")
    for cell in CELLS:
        assert ours.execute(cell).error is None
    assert ours.execute(KEEP).result == "{}"
    namespace: dict[str, Any] = {}
    document, blobs = unseal((tmp_path / "kept").read_bytes())
    decoded = decode_group(document, blobs, namespace)
    assert decoded.refused == {}
    namespace.update(decoded.values)
    exec(
        "assert p == P(1, [2, 3]) and p.f() == 5 and q.g() is Q and Q.n == 7 and t() == [1]\n"
        "assert t() is top.__defaults__[0] and x() == 7 and e is E.A and sq(3) == 9\n"
        "assert value == 1 and [f() for f in run] == [1, 2] and watched == 5",
        namespace,
    )
