"""Going on with a notebook whose run did not end well.

A record keeps descriptions of values, and not the values: no state can be restored from it. So
there are two ways. `first_unfinished` says with which cell to go on, and those before are run
again, if their sources are as they were. Or the cells before are left out (`Job.skipped`), and it
is for the notebook to load what they would have made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from livens.exceptions import RunFailed
from livens.recording.reading import read_record


def first_unfinished(record_file: str, sources: Sequence[str]) -> int:
    """Return the number of the first cell that did not end well in a record.

    Parameters
    ----------
    record_file : str
        The record.
    sources : sequence of str
        The sources of the cells that are to be executed, in order.

    Raises
    ------
    RunFailed
        If all cells have ended well, or one that did is not as it was.
    RecordUnreadable
        If the file is no record.
    """
    record = read_record(record_file)
    done = 0
    for cell in record.cells:
        if cell.status != "ok":
            break
        done += 1
    if done >= len(sources):
        raise RunFailed(f"All {done} cells ended well in {record_file}: there is nothing to resume")
    for number, (cell, source) in enumerate(zip(record.cells[:done], sources, strict=False), 1):
        digest = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()
        if digest != cell.started.sha256:
            raise RunFailed(
                f"Cell {number} is not what it was in {record_file}: what follows from it may "
                "differ. Run the notebook without --resume."
            )
    return done + 1
