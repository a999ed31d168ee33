"""The files of a session."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.server.test_execute import execute


def at(session_id: str, path: str) -> str:
    """Return the address of a file; a client would make something else of dots that are plain."""
    coded = [quote(part, safe="").replace(".", "%2E") for part in (session_id, path)]
    return "/sessions/{}/files/{}".format(*coded)


def test_code_and_clients_share_a_folder(http: httpx.Client, session_id: str) -> None:
    """What one writes the other reads; the kernel works in that folder."""
    assert http.put(at(session_id, "in/data.csv"), content=b"a\n1\n").status_code == 201
    code = (
        "print(open('in/data.csv').read())\nopen('out.bin', 'wb').write(bytes(range(256)) * 9999)"
    )
    assert execute(http, session_id, code)["output"].startswith("a\n1\n")
    listed = http.get(f"/sessions/{session_id}/files").json()["files"]
    sizes = [("in/data.csv", 4), ("out.bin", 256 * 9999)]
    assert [(file["path"], file["size"]) for file in listed] == sizes
    fetched = http.get(at(session_id, "out.bin"))
    assert fetched.content == bytes(range(256)) * 9999
    assert fetched.headers["content-type"] == "application/octet-stream"
    assert "attachment" in fetched.headers["content-disposition"]
    assert http.put(at(session_id, "in/data.csv"), content=b"b").status_code == 204
    assert execute(http, session_id, "open('in/data.csv').read()")["output"] == "'b'\n"
    assert http.delete(at(session_id, "in/data.csv")).status_code == 204
    assert http.get(at(session_id, "in/data.csv")).status_code == 404


def test_files_outlive_the_session_unless_asked(http: httpx.Client, session_id: str) -> None:
    """They are there when the session begins anew; `files=true` deletes them too."""
    execute(http, session_id, "open('kept', 'w').write('x')")
    assert http.delete(f"/sessions/{session_id}").status_code == 204
    assert http.get(at(session_id, "kept")).content == b"x"
    assert execute(http, session_id, "print(open('kept').read())")["output"] == "x\n"
    assert http.delete(f"/sessions/{session_id}?files=true").status_code == 204
    assert http.get(f"/sessions/{session_id}/files").json() == {"files": []}


BAD = [
    "..", "../x", "a/../../x", "a/./b", "a//b", "a/", ".", "..\\x", "a\\b", "C:x", "C:/x", "a:b",
    "a\x00b", "a\nb", "nul", "CON.txt", "com1", "x.", "x ", "*", "a?b", "x" * 300, "a/" * 40 + "b",
]  # fmt: skip


@pytest.mark.parametrize("path", BAD)
def test_paths_that_are_none(http: httpx.Client, session_id: str, path: str) -> None:
    """400 for each method, and nothing is written."""
    for method in ("GET", "PUT", "DELETE"):
        answer = http.request(method, at(session_id, path), content=b"x")
        assert answer.status_code == 400, answer.text
    assert http.get(f"/sessions/{session_id}/files").json() == {"files": []}


def test_absolute_paths_lead_nowhere(server: Any, http: httpx.Client, session_id: str) -> None:
    """A slash at the beginning is no name."""
    outside = server.folder / "outside"
    assert http.put(at(session_id, str(outside)), content=b"x").status_code == 400
    assert not outside.exists()


def test_links_are_not_followed(server: Any, http: httpx.Client, session_id: str) -> None:
    """Whatever code puts in the way: no client reads or writes outside of the folder."""
    secret = server.folder / "secret"
    secret.write_text("secret")
    execute(
        http,
        session_id,
        f"import os\nos.symlink({str(server.folder)!r}, 'up')\n"
        f"os.symlink({str(secret)!r}, 'link')\nos.mkfifo('fifo')\nos.mkdir('folder')",
    )
    for path in ("up/secret", "link"):
        assert http.get(at(session_id, path)).status_code == 409, path
    for path in ("folder", "fifo"):  # and it does not wait for a writer
        assert http.get(at(session_id, path)).status_code == 404
    assert http.put(at(session_id, "up/new"), content=b"x").status_code == 409
    assert http.put(at(session_id, "link"), content=b"x").status_code == 201  # in place of the link
    assert http.delete(at(session_id, "up/secret")).status_code == 409
    assert secret.read_text() == "secret"
    assert not (server.folder / "new").exists()
    assert http.delete(at(session_id, "up")).status_code == 204  # the link, not what it leads to
    assert server.folder.is_dir()
    http.delete(f"/sessions/{session_id}?files=true")
    assert secret.exists()


def test_ids_that_are_no_names_of_folders(server: Any, http: httpx.Client) -> None:
    """`..` is an id of a session, and no folder; ids that differ by case are two sessions."""
    for name in ("..", "."):
        assert http.put(at(name, "f"), content=b"x").status_code == 201
    assert not (server.folder / "f").exists()
    assert not (server.folder / "livens" / "f").exists()
    for name in ("Case", "case", "NUL"):
        assert http.put(at(name, "who"), content=name.encode()).status_code == 201
    assert [http.get(at(name, "who")).text for name in ("Case", "case")] == ["Case", "case"]
    assert "NUL" not in os.listdir(Path(server.folder) / "livens")


def test_quota(strict_server: Any, session_id: str) -> None:
    """What is over it is refused; what replaces something counts once."""
    with strict_server.client() as http:
        assert http.put(at(session_id, "a"), content=b"x" * 1_500).status_code == 201
        assert http.put(at(session_id, "a"), content=b"x" * 1_900).status_code == 204
        refused = http.put(at(session_id, "b"), content=b"x" * 101)
        assert refused.status_code == 413
        assert "expected 2,000 or less" in refused.json()["message"]
        large = http.put(at(session_id, "c"), content=b"x" * 2_001)
        assert large.status_code == 413
        assert http.delete(at(session_id, "a")).status_code == 204
        assert http.put(at(session_id, "b"), content=b"x" * 101).status_code == 201
