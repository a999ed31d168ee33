"""The same cells on a stock kernel and on ours: what a front end shows has to be equal.

Cells that are worth a name are files in the folder ``cells``, divided by lines that are ``# %%``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from livens.testing import DEFAULT_TIMEOUT_S, KernelClient, Run

Tidy = Callable[[str], str]

_VARYING = [
    (re.compile(r"0x[0-9a-f]+"), "0x#"),
    (re.compile(r"ipykernel_\d+[/\\]\d+\.py"), "ipykernel_#/#.py"),
    (re.compile(r"In ?\[\d+\]"), "In[#]"),
]
_TIME = re.compile(r"[\d.]+ (min|s|ms|μs|µs|us|ns)\b")
_REPEATED = re.compile(r"\(\d+ times\)")


def tidy(text: str) -> str:
    """Take out what differs between two runs on the same kernel: addresses and counters."""
    for pattern, substitute in _VARYING:
        text = pattern.sub(substitute, text)
    return text


def tidy_times(text: str) -> str:
    """Take out what a stop watch printed as well."""
    text = re.sub(r"The slowest run took.*\n|(CPU|Compiler) .*: .*\n", "", tidy(text))
    return _TIME.sub("# s", _REPEATED.sub("(# times)", text))


def tidy_profile(text: str) -> str:
    """Leave only the functions that a profiler's report names."""
    return "\n".join(sorted(set(re.findall(r"[\w.<>]+:\d+\(\S+\)|\{.*\}", tidy(text)))))


def tidied(content: Any, tidy: Tidy) -> Any:
    """Tidy every text in a message's content, and leave the counters out."""
    if isinstance(content, str):
        return tidy(content)
    if isinstance(content, list):
        # A recursion that was too deep shows as often as there was room for.
        return [key for key, _ in groupby(tidied(item, tidy) for item in content)]
    if isinstance(content, dict):
        varying = ("execution_count", "engine_info", "display_id")
        return {key: tidied(item, tidy) for key, item in content.items() if key not in varying}
    return content


def shown(run: Run, tidy: Tidy = tidy) -> list[Any]:
    """Return what a front end would show of an execution, in order, and the reply."""
    outputs: list[Any] = []
    for message in run.messages:
        kind, content = message["msg_type"], message["content"]
        if kind in ("status", "execute_input", "comm_msg"):
            continue
        if kind == "stream":
            kind, content = f"stream {content['name']}", content["text"]
            if outputs and outputs[-1][0] == kind:
                content = outputs.pop()[1] + content
        outputs.append((kind, content))
    return [tidied(list(output), tidy) for output in [*outputs, ("reply", run.reply)]]


def split(cells: str) -> list[str]:
    """Divide a text into cells, at the lines that are ``# %%``."""
    return [cell.strip("\n") for cell in re.split(r"(?m)^# %%$", dedent(cells))]


def saved(folder: str) -> list[Any]:
    """Return the texts in a folder of ``cells``, named, for `pytest.mark.parametrize`."""
    files = sorted((Path(__file__).parents[1] / "kernel" / "cells" / folder).glob("*.ipy"))
    return [pytest.param(file.read_text(encoding="utf-8"), id=file.stem) for file in files]


class Pair:
    """A stock kernel and ours, each in a folder of its own, both with an empty namespace."""

    def __init__(self, stock: KernelClient, ours: KernelClient, folder: Path) -> None:
        self.stock = stock
        self.ours = ours
        self.folder = folder

    def run(self, cells: str, tidy: Tidy = tidy, raises: str | None = None, **options: Any) -> Run:
        """Run cells on both, first all on the stock one; what they show has to be equal.

        Only the last cell may, and then has to, raise what *raises* names. Returns what came
        of it on ours.
        """
        expected = [self.stock.execute(cell, **options) for cell in split(cells)]
        found = [self.ours.execute(cell, **options) for cell in split(cells)]
        for cell, ours, stock in zip(split(cells), found, expected, strict=True):
            assert self.shown(ours, tidy) == self.shown(stock, tidy), cell
        *others, last = found
        assert [run.reply for run in others if run.error] == []
        assert last.error == raises, last.reply
        return last

    def shown(self, run: Run, tidy: Tidy) -> list[Any]:
        """Return what was shown, with one name for the folders of both."""
        return shown(
            run, lambda text: re.sub(rf"{self.folder}/(stock|livens)", "FOLDER", tidy(text))
        )

    def ask(self, method: str, *args: Any) -> list[dict[str, Any]]:
        """Send a shell request other than an execution to both; returns both replies."""
        replies = []
        for kernel in (self.stock, self.ours):
            msg_id = getattr(kernel.client, method)(*args)
            reply = kernel.client.get_shell_msg(timeout=DEFAULT_TIMEOUT_S)
            assert reply["parent_header"]["msg_id"] == msg_id
            replies.append(tidied(reply["content"], tidy))
        return replies

    def write(self, name: str, text: str) -> None:
        """Write a file into the folders of both."""
        for folder in ("stock", "livens"):
            (self.folder / folder / name).write_text(dedent(text), encoding="utf-8")
