"""Whether going back and forth is exact: ``python -m benchmarks.state_back [NOTEBOOKS]``.

Each notebook is run with an archive. Then it is gone back to before each cell, from the last to the
first, and forth again to after each. Each time `livens.state.diff` compares the state then, as it
was kept, with the variables of now, which are kept anew for that: a value that does not come back
as it was is encoded differently. Only names that were said not to be kept may differ.

``--fetched`` takes the notebooks of ``benchmarks/state_notebooks.toml``, out of the source
distributions of installed libraries. It needs ``tests/support`` in PYTHONPATH; ``make
prove-state-notebooks`` does it.
"""

from __future__ import annotations

import argparse
import ast
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from benchmarks.state_notebook import Kernel, kernel

LISTED = Path(__file__).with_name("state_notebooks.toml")

GO = """\
import livens.state as _state
_done = _state.back({cell}, after={after})
_left = {{row.name: row.reason for row in _done.names if row.outcome == 'not restored'}}
"""

COMPARE = """\
_found = _state.diff({before})
_wrong = sorted({{*_found.added, *_found.changed, *_found.removed}} - set(_left))
_told = [len(_found.unknown), len(_state.list().names)]
"""


@dataclass
class Outcome:
    """What came of a notebook.

    Attributes
    ----------
    cells, failed : int
        How many cells ran, and how many of them failed.
    steps, compared : int
        How many times it was gone back or forth, and how many values were compared then.
    wrong : list of str
        What is not as it was.
    left : dict of str to str
        The names that were said not to be kept or restored, with the reason.
    took_s : float
        Seconds.
    """

    cells: int = 0
    failed: int = 0
    steps: int = 0
    compared: int = 0
    wrong: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    took_s: float = 0.0


def main() -> int:
    """Go back and forth in each notebook; return 1 if one is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--fetched", action="store_true", help="those of installed libraries")
    parser.add_argument("--folder", type=Path, help="where what is fetched stays")
    parser.add_argument("--only", default="", help="a part of the paths of some of them")
    parser.add_argument("--all", action="store_true", help="say everything that is not kept")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="livens-notebooks-") as temporary:
        paths = args.notebooks or sorted(Path("examples").glob("*.ipynb"))
        if args.fetched:
            paths = [*args.notebooks, *fetched(args.folder or Path(temporary))]
        paths = [path for path in paths if args.only in str(path)]
        wrong = [path for path in paths if tell(path, back_and_forth(path), args.all).wrong]
    print(f"{len(paths) - len(wrong)} of {len(paths)} notebooks are right")
    return int(bool(wrong) or not paths)


def fetched(folder: Path) -> list[Path]:
    """Return the notebooks that are listed, which pip fetches."""
    from sdists import fetched as source_of  # in tests/support

    listed = tomllib.loads(LISTED.read_text("utf-8"))
    return [
        source_of(library, folder) / name for library, names in listed.items() for name in names
    ]


def tell(path: Path, outcome: Outcome, is_all: bool) -> Outcome:
    """Print what came of a notebook, and return it."""
    failed = f" ({outcome.failed} failed)" if outcome.failed else ""
    wrong = "; ".join(outcome.wrong[:8]) or "all right"
    print(
        f"{path.name}: {outcome.cells} cells{failed}, {outcome.steps} steps, "
        f"{outcome.compared} values compared, {outcome.took_s:.0f} s: {wrong}"
    )
    left = list(outcome.left.items())
    for name, why in left if is_all else left[:3]:
        print(f"    not kept, and said so: {name}: {why}")
    if len(left) > 3 and not is_all:
        print(f"    and {len(left) - 3} more")
    sys.stdout.flush()
    return outcome


def back_and_forth(path: Path) -> Outcome:
    """Run a notebook in its folder, and go back and forth in it."""
    began = time.monotonic()
    notebook = nbformat.read(path, as_version=4)
    sources = [each.source for each in notebook.cells if each.cell_type == "code"]
    sources = [source for source in sources if source.strip()]
    outcome = Outcome(cells=len(sources))
    with (
        tempfile.TemporaryDirectory() as folder,
        kernel(Path(folder, "archive.sqlite"), notebook=path.name, cwd=path.parent) as running,
    ):
        for source in sources:
            outcome.failed += bool(running.run(source))
            failure = running.run("import livens.state as _state; _ = _state.save()")
            outcome.wrong += [f"it is not saved: {failure}"] if failure else []
        cells = range(3, 2 * len(sources), 2)
        steps = [(cell, False) for cell in reversed(cells)] + [(c, True) for c in cells]
        for cell, after in steps:
            _step(running, cell, after, outcome)
    outcome.took_s = time.monotonic() - began
    return outcome


def _step(running: Kernel, cell: int, after: bool, outcome: Outcome) -> None:
    where = f"{'after' if after else 'before'} cell {cell}"
    outcome.steps += 1
    failure = running.run(GO.format(cell=cell, after=after))
    failure = failure or running.run(COMPARE.format(before=cell + 1 if after else cell))
    if failure:
        outcome.wrong.append(f"{where}: {failure}")
        return
    wrong, left, unknown, (uncertain, names) = (
        ast.literal_eval(running.value(name))
        for name in ("_wrong", "_left", "_found.unknown", "_told")
    )
    outcome.wrong += [f"{where}: {name} differs" for name in wrong if not name.startswith("_")]
    outcome.left |= left | unknown
    outcome.compared += names - uncertain


if __name__ == "__main__":
    sys.exit(main())
