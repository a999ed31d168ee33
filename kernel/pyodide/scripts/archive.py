"""Put what Pyodide's Python needs into one archive: ``archive.py FILE MSGSPEC_WHEEL``.

That is msgspec, and the rooms of livens that run without threads and without ZeroMQ.
"""

import sys
import zipfile
from pathlib import Path

LIVENS = Path(__file__).parents[2] / "livens"
ROOMS = ("protocol", "values", "rules", "watching", "kernel")


def main(target: str, wheel: str) -> None:
    """Write the archive, the same for the same sources."""
    files = [LIVENS / "__init__.py", LIVENS / "exceptions.py"]
    files += [LIVENS / "summaries.py", LIVENS / "passive.py"]
    for room in ROOMS:
        files += sorted((LIVENS / room).rglob("*.py"))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            entry = zipfile.ZipInfo(path.relative_to(LIVENS.parent).as_posix())
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
        with zipfile.ZipFile(wheel) as packed:
            for name in packed.namelist():
                archive.writestr(packed.getinfo(name), packed.read(name))


if __name__ == "__main__":
    main(*sys.argv[1:])
