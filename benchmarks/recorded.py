"""What recording costs: ``python -m benchmarks.recorded NOTEBOOK …``.

Every notebook is run with and without a record, in turns, on the livens kernel; which of the two
begins changes with each round. Told are the medians of the whole run (kernel started and shut
down), the median of the quotients of each round, as in the rest of the bench, and whether both
wrote the same notebook. Where two runs without a record already differ,
because the notebook prints times or addresses, that is said instead. With ``--stock`` a run on
ipykernel's own kernel, without a record, is part of each round.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from livens.recorder import RecordingNotebookClient


def main() -> None:
    """Measure the notebooks of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recorded", description=__doc__)
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stock", action="store_true", help="compare with a stock kernel as well")
    parser.add_argument("--json", type=Path, help="add the figures to this file, a line for each")
    args = parser.parse_args()
    ratios, quotients = [], []
    for path in args.notebooks:
        try:
            row = measure(path, args.rounds, with_stock=args.stock)
        except Exception as err:  # noqa: BLE001
            # A notebook that fails by itself says nothing about recording.
            print(f"{path.name}: not measured, {type(err).__name__}: {str(err).splitlines()[0]}")
            continue
        ratios.append(row["ratio"])
        quotients += row["quotients"]
        print(
            f"{path.name}: {row['plain_s']:.2f} s, recorded {row['recorded_s']:.2f} s "
            f"({row['ratio']:.3f}x), {row['cells']} cells, {row['bytes'] / 1000:.0f} kB, "
            f"notebook {row['notebook']}",
            flush=True,
        )
        if args.json:
            with args.json.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
    if ratios:
        print(f"median of {len(ratios)} notebooks: {statistics.median(ratios):.3f}x")
        print(f"median of {len(quotients)} pairs: {statistics.median(quotients):.3f}x")


def measure(path: Path, rounds: int, *, with_stock: bool = False) -> dict[str, Any]:
    """Run a notebook in turns."""
    kinds = ["recorded", "plain"] + ["stock"] * with_stock
    seconds: dict[str, list[float]] = {kind: [] for kind in kinds}
    written: dict[str, list[str]] = {kind: [] for kind in kinds}
    with tempfile.TemporaryDirectory() as directory:
        record = Path(directory) / "run.livens.jsonl"
        for number in range(rounds):
            for kind in kinds[::-1] if number % 2 else kinds:
                kernel = "python3" if kind == "stock" else "livens"
                took, text = run(path, record if kind == "recorded" else None, kernel)
                seconds[kind].append(took)
                written[kind].append(text)
        size = record.stat().st_size
    pairs = zip(seconds["recorded"], seconds["plain"], strict=True)
    quotients = [recorded / plain for recorded, plain in pairs]
    return {
        "name": path.name,
        "plain_s": statistics.median(seconds["plain"]),
        "recorded_s": statistics.median(seconds["recorded"]),
        "ratio": statistics.median(quotients),
        "quotients": quotients,
        "seconds": seconds,
        "cells": len(json.loads(written["plain"][0])["cells"]),
        "bytes": size,
        "notebook": compared(written["plain"], written["recorded"]),
    }


def compared(plain: list[str], recorded: list[str]) -> str:
    """Return in words how recording changed the notebook, but for lines that always differ."""
    if set(plain) == set(recorded) and len(set(plain)) == 1:
        return "the same"
    rows = [text.splitlines() for text in (*plain, *recorded)]
    if len(set(map(len, rows[: len(plain)]))) > 1:
        return "of another length each time by itself"
    if len(set(map(len, rows))) > 1:
        return f"DIFFERENT: {sorted(set(map(len, rows)))} lines"
    steady = [
        n for n, lines in enumerate(zip(*rows[: len(plain)], strict=True)) if len(set(lines)) == 1
    ]
    for n in steady:
        found = {row[n].strip() for row in rows}
        if len(found) > 1:
            return f"DIFFERENT: {' | '.join(sorted(found))}"
    return f"the same but for {len(rows[0]) - len(steady)} lines that differ from run to run"


def run(path: Path, record: Path | None, kernel: str = "livens") -> tuple[float, str]:
    """Run a notebook once; returns the seconds, and what would be written."""
    notebook = nbformat.read(path, as_version=4)
    options: dict[str, Any] = {
        "kernel_name": kernel,
        "record_timing": False,
        "extra_arguments": ["--HistoryManager.hist_file=:memory:"],
        "resources": {"metadata": {"path": str(path.parent)}},
    }
    client = (
        NotebookClient(notebook, **options)
        if record is None
        else RecordingNotebookClient(notebook, record_file=str(record), **options)
    )
    began = time.perf_counter()
    client.execute()
    took = time.perf_counter() - began
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
    return took, nbformat.writes(notebook)


def joined(outputs: list[Any]) -> list[Any]:
    """Put together what was printed: in how many messages it comes is a matter of time."""
    found: list[Any] = []
    for output in outputs:
        is_more = output.output_type == "stream" and found and found[-1].get("name") == output.name
        if is_more:
            found[-1].text += output.text
        else:
            found.append(output)
    return found


if __name__ == "__main__":
    main()
