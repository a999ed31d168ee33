"""Write the page of a record for the tests: 10,000 changes, and values that look like markup."""

from __future__ import annotations

import math
import sys
from pathlib import Path

from livens.cli.report_page import page
from livens.protocol.types import ChangeSet, Origin, Point, Variable
from livens.recording import record
from livens.recording.file import RecordFile
from livens.recording.reading import read_record
from livens.recording.timeline import Timeline

EVIL = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"
CELLS, STEPS = 20, 500


def main(folder: Path) -> None:
    """Write ``report.html`` into a folder."""
    file = RecordFile(folder / "report.livens.jsonl")
    header = record.Header(
        format=record.FORMAT,
        version=record.VERSION,
        protocol=1,
        livens="0.1.0",
        python="3.13.0",
        started_at=1000.0,
        notebook=f"{EVIL}.ipynb",
        policy=record.Policy(max_changes=1_000_000),
    )
    timeline = Timeline(file, header)
    evil = Variable("evil", [["name", "evil"]], "text", "str", preview=EVIL)
    for count in range(1, CELLS + 1):
        source = f"import math\nloss = {count}  # {EVIL}"
        timeline.cell_started(count - 1, source, at=1000.0 + count)
        for step in range(STEPS):
            at = 1000.0 + count + step / STEPS
            value = math.sin(count + step / STEPS)
            loss = Variable(
                "loss",
                [["name", "loss"]],
                "number",
                "float",
                preview=repr(value),
                changed_at=at,
                changed_by=Origin(count, line=step % 3 + 1),
            )
            points = {"loss": [Point(at, value, count)]}
            timeline.changed(ChangeSet("e", step, [loss], points=points), at=at)
        timeline.changed(ChangeSet("e", 0, [evil]), at=1000.9 + count)
        error = record.Error(ename="E", evalue=EVIL, traceback=EVIL) if count == CELLS else None
        status: record.EndStatus = "failed" if error else "ok"
        timeline.cell_ended(status, at=1000.99 + count, execution_count=count, error=error)
    timeline.end("failed", [loss, evil], at=1000.0 + CELLS + 1)
    file.close()
    text = page(read_record(folder / "report.livens.jsonl"))
    (folder / "report.html").write_text(text, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
