"""The examples of the README for programs run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import livens
from livens.testing import KernelClient

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def example(part: str) -> str:
    """Return the one example in Python that contains a text."""
    (found,) = (text for text in re.findall(r"```python\n(.*?)```", README, re.S) if part in text)
    return str(found)


def test_requests(kernel: KernelClient, capsys: pytest.CaptureFixture[str]) -> None:
    """What is below a value, a page of a table, and a value's own text."""
    kernel.execute(
        "import pandas as pd\n"
        "config = {'rate': 0.1, 'layers': [64, 32]}\n"
        "df = pd.DataFrame({'city': ['Bern', 'Basel', 'Biel'], 'sales': [3, 1, 2]})"
    )
    names: dict[str, Any] = {}
    with livens.watch(kernel.client) as names["changes"]:
        names["changes"].next(60.0)
        exec(example('request("inspect"'), names)
    assert capsys.readouterr().out.splitlines() == [
        "'rate' 0.1",
        "'layers' [64, 32]",
        "2 rows: [['Bern', 3], ['Biel', 2]]",
        "    city  sales",
        "0   Bern      3",
        "1  Basel      1",
        "2   Biel      2",
    ]
