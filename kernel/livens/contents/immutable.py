"""What cannot be changed in place, whatever it keeps for itself.

These classes fill caches when they are asked for a text, a hash or a part (``_str`` of a path,
``broadcast_address`` of a network). To whoever uses them the value is the same, so they have no
content that could be compared.
"""

from __future__ import annotations

from typing import Any

from livens.fingerprints import Content, Reader


def _nothing(value: Any) -> Content | None:
    return None


READERS: dict[str, Reader] = {
    "fractions.Fraction": _nothing,
    "uuid.UUID": _nothing,
    "zoneinfo.ZoneInfo": _nothing,
    **{
        f"{module}.{name}": _nothing
        for module in ("pathlib", "pathlib._local")  # CPython 3.13 keeps them in the second
        for name in ("PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath")
    },
    **{
        f"ipaddress.IPv{version}{part}": _nothing
        for version in (4, 6)
        for part in ("Address", "Network", "Interface")
    },
    # pandas 3 names its classes by the public module, pandas 2 by the private one.
    **{f"pandas.{name}": _nothing for name in ("Timestamp", "Timedelta", "Period", "Interval")},
    "pandas._libs.tslibs.timestamps.Timestamp": _nothing,
    "pandas._libs.tslibs.timedeltas.Timedelta": _nothing,
    "pandas._libs.tslibs.period.Period": _nothing,
    "pandas._libs.interval.Interval": _nothing,
}
