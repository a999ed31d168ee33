"""The tool `ai_repr`: an object's own text for models, by the request `value` and its limits."""

from __future__ import annotations

import time

from livens.agents import params
from livens.agents.answers import Answer
from livens.agents.fence import quoted
from livens.agents.looking import begun, path_of
from livens.agents.watched_kernels import WatchedKernel
from livens.exceptions import NotAllowed
from livens.protocol import requests

MIME = "text/x-ai-repr"
"""The form that is asked for, see `livens.kernel.ipython_forms`."""

REVISION = 2
"""The revision of `value` from which on it has this form."""


async def ai_repr(kernel: WatchedKernel, wanted: params.AiReprParams) -> Answer:
    """Ask an object for its ``_ai_repr_``; this runs its code."""
    if kernel.watch.capabilities.get("value", 0) < REVISION:
        raise NotAllowed(
            "This kernel cannot ask for `_ai_repr_`",
            expected="a kernel of a livens that has it",
            remedy="Look at it with inspect.",
        )
    found = await kernel.watch.request(
        "value",
        path=path_of(wanted.path),
        mime=MIME,
        timeout_ms=wanted.timeout_ms,
        max_chars=wanted.max_chars,
        timeout=wanted.timeout_ms / 1000 + 10.0,
    )
    assert isinstance(found, requests.ValueText)
    answer = begun(kernel, time.time(), wanted.max_chars)
    lines = found.data.splitlines()
    count = answer.fill(quoted(line, 2_000) for line in lines)
    if count < len(lines) or found.truncated:
        answer.left_out("More of it was left out: ask with a larger max_chars.")
    return answer
