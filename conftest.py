"""Settings for the tests and for the examples in the package."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest

LOOK_AT_FRAMES = (
    *("test_frames.py", "test_frame_locals.py", "test_subscribed_frames.py"),
    "test_embedded_frames.py",
    *("frame_locals.py", "frames.py"),
)


@pytest.fixture(autouse=True)
def _untraced(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let what looks at frames run without coverage, which is taken for a debugger before 3.12."""
    looks_at_frames = request.node.path.name in LOOK_AT_FRAMES
    here, elsewhere = sys.gettrace(), threading.gettrace()
    if looks_at_frames:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
    yield
    if looks_at_frames:
        sys.settrace(here)
        threading.settrace(elsewhere)  # type: ignore[arg-type]


collect_ignore = ["kernel/livens/cluster/dask_plugin.py"]
"""Has no example, and importing dask asks all classes of exceptions that there are: some of the
tests' must not be asked anything."""
