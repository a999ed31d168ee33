"""Keeps the values of many namespaces in one process, and restores them in another.

``python kept_values.py keep FOLDER`` runs the cells of each case of `kept_cases` in an empty
``__main__``, checks them, keeps all names in a file, and is killed at its end. ``restore FOLDER``
makes the names again in a fresh process and checks the same. Both print a line of JSON per case.
"""

from __future__ import annotations

import json
import linecache
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from kept_cases import ALL, Case, is_possible

from livens.protocol.redaction import Redactor
from livens.state.encoding import (
    Options,
    all_bytes,
    decode_group,
    encode_group,
    seal,
    unseal,
)

MAIN = sys.modules["__main__"].__dict__
OWN = dict(MAIN)


def empty() -> None:
    """Take all names out of ``__main__``, but for what each has."""
    for name in list(MAIN):
        if not (name.startswith("__") and name in OWN):
            del MAIN[name]


def run(code: str, number: str) -> None:
    """Run a cell as IPython does: its text is where tracebacks look for lines."""
    filename = f"<cell {number}>"
    linecache.cache[filename] = len(code), None, code.splitlines(keepends=True), filename
    exec(compile(code, filename, "exec", dont_inherit=True), MAIN)


def keep(case: Case, path: Path) -> dict[str, Any]:
    """Run the cells of a case, and keep what they leave."""
    for number, cell in enumerate(case.cells):
        run(cell, f"{case.name} {number}")
    values = {name: value for name, value in MAIN.items() if not name.startswith("__")}
    before = set(MAIN)
    group = encode_group(values, Options(redactor=Redactor()))
    assert set(MAIN) == before, "the namespace was touched"
    if case.check:
        run(case.check, f"{case.name} check")
    path.write_bytes(seal(group.document, [all_bytes(blob) for blob in group.blobs]))
    return {"refused": group.refused, "names": sorted(values)}


def restore(case: Case, path: Path) -> dict[str, Any]:
    """Restore the names of a case, check them, and keep them once more."""
    document, blobs = unseal(path.read_bytes())
    before = dict(MAIN)
    decoded = decode_group(document, blobs, MAIN)
    assert before == MAIN, "the namespace was touched"
    MAIN.update(decoded.values)
    if case.check and not decoded.refused:
        run(case.check, f"{case.name} check")
    again = encode_group(decoded.values, Options(redactor=Redactor())).refused
    return {"refused": decoded.refused, "names": sorted(decoded.values), "again": again}


def main(step: str, folder: Path) -> None:
    """Do one step with all cases."""
    for number, case in enumerate(ALL):
        if not is_possible(case):
            print(json.dumps({"case": case.name, "is_absent": True}), file=OUT, flush=True)
            continue
        empty()
        path = folder / f"{number}.kept"
        if step == "restore" and not path.exists():
            continue
        try:
            found = (keep if step == "keep" else restore)(case, path)
        except BaseException:  # noqa: BLE001 - it is told, and the next case is taken
            found = {"error": traceback.format_exc()}
        print(json.dumps({"case": case.name, **found}), file=OUT, flush=True)
    if step == "keep":  # no chance to write any more
        os.kill(os.getpid(), signal.SIGKILL)


OUT = sys.stdout

if __name__ == "__main__":
    # The globals of this program are the `__main__` that is emptied; the module has its own.
    import kept_values

    kept_values.main(sys.argv[1], Path(sys.argv[2]))
