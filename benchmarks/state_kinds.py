"""What becomes of kinds of values: ``python -m benchmarks.state_kinds``.

Every third of the kinds that the tests keep (``tests/support/kept``) is kept by livens, cloudpickle
and dill, each in a process of its own: all names of a kind together. Another process makes them
again, and runs the checks of the tests. Needs ``tests/support`` in PYTHONPATH.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

LIBRARIES = ("livens", "cloudpickle", "dill")
EVERY = 3

TELLING = ("equal", "refused", "not equal", "fails to load")


def main() -> int:
    """Print a table of what came of the kinds."""
    print(f"{'':14}{'kinds':>6}" + "".join(f"{told:>15}" for told in TELLING), end="")
    print(f"{'to keep':>13}{'stored':>13}")
    for library in LIBRARIES:
        if library != "livens" and not importlib.util.find_spec(library):
            print(f"{library}: NOT MEASURED, it is not installed")
            continue
        with tempfile.TemporaryDirectory() as folder:
            kept = _process("keep", library, folder)
            again = _process("restore", library, folder)
        told = [again.get(name, found)["told"] for name, found in kept.items()]
        counts = "".join(f"{told.count(each):>15}" for each in TELLING)
        took_ms = sum(found["took_s"] for found in kept.values()) * 1000
        nbytes = sum(found["nbytes"] for found in kept.values())
        print(f"{library:14}{len(told):>6}{counts}{took_ms:10.1f} ms{nbytes / 1000:10.1f} kB")
        for name, found in kept.items():
            outcome = again.get(name, found)
            if outcome["told"] != "equal":
                print(f"    {name}: {outcome['told']}: {outcome['why'][:110]}")
    return 0


def _process(step: str, library: str, folder: str) -> dict[str, Any]:
    code = f"import benchmarks.state_kinds as kinds; kinds.carry_out({step!r}, {library!r})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "KINDS": folder},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"kind"')]
    return {row["kind"]: row for row in rows}


# -- in the process ------------------------------------------------------------------------------


def carry_out(step: str, library: str) -> None:
    """Keep all kinds, or restore those that were kept; print a line of JSON for each."""
    import kept_values
    from kept_cases import CASES

    out = sys.stdout
    for number, case in enumerate(CASES[::EVERY]):
        kept_values.empty()
        path = Path(os.environ["KINDS"], str(number))
        if step == "keep":
            found = _keep(kept_values, case, path, library)
        elif path.exists():
            found = _restore(kept_values, case, path, library)
        else:
            continue
        print(json.dumps({"kind": case.name, **found}), file=out, flush=True)


def _keep(values: Any, case: Any, path: Path, library: str) -> dict[str, Any]:
    for number, cell in enumerate(case.cells):
        values.run(cell, f"{case.name} {number}")
    names = {name: value for name, value in values.MAIN.items() if not name.startswith("__")}
    began = time.perf_counter()
    try:
        data = _dumped(names, library)
    except Exception as err:  # noqa: BLE001 - a border: they raise what they like
        why = f"{type(err).__name__}: {err}"
        return {"told": "refused", "why": why, "took_s": time.perf_counter() - began, "nbytes": 0}
    took_s = time.perf_counter() - began
    path.write_bytes(data)
    return {"told": "not equal", "why": "", "took_s": took_s, "nbytes": len(data)}


def _dumped(names: dict[str, Any], library: str) -> bytes:
    if library != "livens":
        data: bytes = importlib.import_module(library).dumps(names)
        return data
    from livens.state import encoding

    group = encoding.encode_group(names)
    if group.refused:
        raise ValueError("; ".join(f"{name}: {why}" for name, why in group.refused.items()))
    return encoding.seal(group.document, [encoding.all_bytes(blob) for blob in group.blobs])


def _restore(values: Any, case: Any, path: Path, library: str) -> dict[str, Any]:
    try:
        values.MAIN.update(_loaded(path.read_bytes(), library, values.MAIN))
    except Exception as err:  # noqa: BLE001 - a border: they raise what they like
        return {"told": "fails to load", "why": f"{type(err).__name__}: {err}"}
    try:
        values.run(case.check or "pass", f"{case.name} check")
    except Exception as err:  # noqa: BLE001 - a border: what was restored does what it likes
        return {"told": "not equal", "why": f"{type(err).__name__}: {err}"}
    return {"told": "equal", "why": ""}


def _loaded(data: bytes, library: str, main: dict[str, Any]) -> dict[str, Any]:
    if library != "livens":
        found: dict[str, Any] = importlib.import_module(library).loads(data)
        return found
    from livens.state import encoding

    document, blobs = encoding.unseal(data)
    decoded = encoding.decode_group(document, blobs, main)
    if decoded.refused:
        raise ValueError("; ".join(f"{name}: {why}" for name, why in decoded.refused.items()))
    return decoded.values


if __name__ == "__main__":
    sys.exit(main())
