"""Whether going back and forth is exact: ``python -m benchmarks.state_back [NOTEBOOKS]``.

Each notebook is run with an archive. Then it is gone back to before each cell, from the last to the
first, and forth again to after each. Each time `livens.state.diff` compares the state then, as it
was kept, with the variables of now, which are kept anew for that: a value that does not come back
as it was is encoded differently. Only names that were said not to be kept may differ.
"""

from __future__ import annotations

import argparse
import ast
import sys
import tempfile
from pathlib import Path

import nbformat

from benchmarks.state_notebook import Kernel, kernel

GO = """\
import livens.state as _state
_done = _state.back({cell}, after={after})
_left = {{row.name: row.reason for row in _done.names if row.outcome == 'not restored'}}
"""

COMPARE = """\
_found = _state.diff({before})
_wrong = sorted({{*_found.added, *_found.changed, *_found.removed}} - set(_left))
"""


def main() -> int:
    """Go back and forth in each notebook; return how many were wrong."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("notebooks", nargs="*", type=Path)
    args = parser.parse_args()
    paths = args.notebooks or sorted(Path("examples").glob("*.ipynb"))
    failed = 0
    for path in paths:
        wrong, steps, left = back_and_forth(path)
        failed += bool(wrong)
        said = "; ".join(f"{name}: {why}" for name, why in list(left.items())[:3])
        print(f"{path.name}: {steps} steps, {'; '.join(wrong[:5]) or 'all right'}", flush=True)
        if left:
            print(f"    not restored, and said so: {len(left)} names; {said}")
    print(f"{len(paths) - failed} of {len(paths)} notebooks are right")
    return min(failed, 1)


def back_and_forth(path: Path) -> tuple[list[str], int, dict[str, str]]:
    """Return what is wrong, how many steps were made, and what was said not to be restored."""
    notebook = nbformat.read(path, as_version=4)
    sources = [each.source for each in notebook.cells if each.cell_type == "code"]
    wrong: list[str] = []
    left: dict[str, str] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        kernel(Path(folder, "archive.sqlite"), notebook=path.name) as running,
    ):
        for source in sources:
            running.run(source)
            running.run("import livens.state as _state; _ = _state.save()")
        cells = range(3, 2 * len(sources), 2)
        steps = [(cell, False) for cell in reversed(cells)] + [(c, True) for c in cells]
        for cell, after in steps:
            found, names = _step(running, cell, after=after)
            wrong += found
            left |= names
    return wrong, len(steps), left


def _step(running: Kernel, cell: int, *, after: bool) -> tuple[list[str], dict[str, str]]:
    where = f"{'after' if after else 'before'} cell {cell}"
    failure = running.run(GO.format(cell=cell, after=after))
    if failure:
        return [f"{where}: {failure}"], {}
    failure = running.run(COMPARE.format(before=cell + 1 if after else cell))
    if failure:
        return [f"{where}: {failure}"], {}
    wrong = ast.literal_eval(running.value("_wrong"))
    left = ast.literal_eval(running.value("_left"))
    return [f"{where}: {name} differs" for name in wrong if not name.startswith("_")], left


if __name__ == "__main__":
    sys.exit(main())
