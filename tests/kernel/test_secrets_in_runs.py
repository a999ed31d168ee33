"""A run shows no secret of its notebook, in nothing that it prints or writes but the notebook."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from commands import command, notebook_file, python, run

import livens

pytestmark = pytest.mark.slow

PASSWORD = "pa55word"
KEY = "sk-proj-" + "a1B2" * 6
SECRETS = (PASSWORD, KEY, "hunter2", "90001")

CELLS = (
    f"api_key = '{KEY}'; headers = {{'Authorization': 'Bearer hunter2'}}",
    "url = 'postgres://me:hunter2@db/x'\nwage = 90001\nold = {'note': url}\ntoken_count = 3",
    "def login(password, user):\n    raise ValueError(f'{user}: {password} is wrong, see {url}')",
    f"login(password='{PASSWORD}', user='me')",
)


def shown(text: str) -> list[str]:
    """Return the secrets that a text shows."""
    return [secret for secret in SECRETS if secret in text]


def test_a_run_shows_no_secret(tmp_path: Path) -> None:
    """Titles, errors, tracebacks, the record, its reports and JUnit say `redacted`."""
    path = notebook_file(tmp_path / "a.ipynb", *CELLS)
    record, out, junit = tmp_path / "a.livens.jsonl", tmp_path / "o.ipynb", tmp_path / "j.xml"
    options = ["--record", record, "--output", out, "--junit", junit, "--redact-extra", "wage"]
    done = run(path, *options, "-p", "db_password", "hunter2", "-p", "year", "2024")
    assert done.returncode == 1
    assert "[1/5] db_password = redacted\n" in done.stdout
    assert "[2/5] api_key = redacted; headers = {'Authorization': redacted}\n" in done.stdout
    assert "login(password=redacted, user='me')" in done.stderr
    assert "ValueError: me: redacted is wrong, see postgres://me:redacted@db/x" in done.stderr
    written = [record.read_text("utf-8"), junit.read_text("utf-8")]
    for form in ("text", "html", "json"):
        report = tmp_path / f"report.{form}"
        told = command("report", record, "--format", form, "--output", report)
        written += [told.stdout, told.stderr, report.read_text("utf-8") if form == "html" else ""]
    for text in (done.stdout, done.stderr, *written):
        assert not shown(text)
    found = livens.read_record(record)
    assert found.cells[0].started.first_line == "db_password = redacted"
    assert found.final["wage"].reason == "redacted"
    assert found.final["token_count"].preview == "3"
    assert "year" in found.final
    # The notebook is the user's own file, byte for byte what nbclient writes.
    sources = [cell.source for cell in nbformat.read(out, as_version=4).cells]
    assert sources[1:] == list(CELLS)
    assert 'db_password = "hunter2"' in sources[0]


def test_a_batch_and_glue_show_no_secret(tmp_path: Path) -> None:
    """The table of several notebooks; and what is glued is refused where a part is hidden."""
    first = notebook_file(tmp_path / "a.ipynb", *CELLS)
    second = notebook_file(tmp_path / "b.ipynb", CELLS[0], CELLS[1])
    (tmp_path / "out").mkdir()
    glued = ["--glue", "url", "old", "token_count"]
    expected = ["--expect", "api_key == 'hunter2'", "--expect", "my_password == 'hunter2'"]
    output = ["--output", tmp_path / "out"]
    done = run(first, second, "--jobs", "2", *output, *glued, *expected)
    assert done.returncode == 1
    assert "b.ipynb: my_password == redacted: no cell mentions it" in done.stderr
    assert "b.ipynb: Expected api_key == redacted, which could not be" in done.stderr
    assert not shown(done.stdout + done.stderr.replace("90001", ""))
    assert "url is not in the notebook: it is partly redacted" in done.stderr
    assert "old is not in the notebook: it is partly redacted" in done.stderr
    assert "token_count is not" not in done.stderr


def test_pytest_shows_no_secret(tmp_path: Path) -> None:
    """Nor does the report of pytest, which has the lines of the cell and its traceback."""
    notebook_file(tmp_path / "a.ipynb", *CELLS)
    plain = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    options = ["-p", "livens.pytest_plugin", "-p", "no:cacheprovider", "--livens"]
    path = tmp_path / "a.ipynb"
    done = python("-m", "pytest", *options, path, cwd=tmp_path, env=plain)
    assert "1 | login(password=redacted, user='me')" in done.stdout
    assert "ValueError: me: redacted is wrong" in done.stdout
    assert not shown(done.stdout.replace("90001", ""))
