"""The page and what it is handed out with; what is in it is tested in a browser."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import httpx
import pytest
from tornado.web import HTTPError

from livens.server import page
from tests.server.conftest import TOKEN, LivensServer


def test_token_leaves_the_address_and_logs_in(server: LivensServer) -> None:
    """What follows needs the cookie alone; a wrong token leaves the address too."""
    with httpx.Client(base_url=server.url) as browser:
        answer = browser.get("/", params={"session": "a b", "token": TOKEN})
        assert answer.status_code == 302
        assert answer.headers["Location"] == "/?session=a+b"
        assert browser.get("/page/user").status_code == 200
        answer = browser.get("/livens", params={"token": "wrong"})
        assert answer.headers["Location"] == "/livens/"
    with httpx.Client(base_url=server.url) as stranger:
        assert stranger.get("/page/user").status_code == 403


def test_the_token_is_told_only_for_a_link(http: httpx.Client) -> None:
    """And only to whoever has it, or the cookie, already."""
    assert "token" not in http.get("/page/user").json()
    answer = http.get("/page/user", params={"token_for_link": 1})
    assert answer.json()["token"] == TOKEN
    assert answer.headers["Cache-Control"] == "no-store"


def test_html_is_drawn_in_an_origin_of_its_own(http: httpx.Client) -> None:
    """Also if somebody opens the document by itself."""
    answer = http.get("/page/frame")
    policy = answer.headers.get_list("Content-Security-Policy")
    assert policy == [page.FRAME_POLICY]
    assert "sandbox allow-scripts;" in policy[0]
    assert "same-origin" not in policy[0]


def test_only_files_of_the_page_are_handed_out(http: httpx.Client) -> None:
    """And nothing else that lies beside them."""
    for name in ("widget.js", "other.js", "%2e%2e", "page"):
        assert http.get(f"/page/{name}").status_code == 404


def test_policy_names_nothing_from_outside() -> None:
    """The page loads what its own server has, and what it holds itself."""
    policy = page.page_policy("n")
    sources = {source for rule in policy.split("; ") for source in rule.split()[1:]}
    assert sources == {
        "'none'",
        "'self'",
        "'nonce-n'",
        "'strict-dynamic'",
        "data:",
        "blob:",
    }


def test_installation_without_the_page_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where it was built without Node.js."""
    monkeypatch.setattr(page, "STATIC", tmp_path)
    with pytest.raises(HTTPError, match=r"built without Node\.js"):
        page.need_asset("page.js")


class ServerWithBrowser(LivensServer):
    """A server that makes a token, and opens the page."""

    def options(self, command: tuple[str, ...]) -> list[str]:
        """Return nothing."""
        return []


def test_serve_prints_the_address_with_its_token_and_opens_it(tmp_path: Path) -> None:
    """The browser gets a file with the address, so that no list of processes has the token."""
    program, opened = tmp_path / "browser.py", tmp_path / "opened"
    program.write_text(
        "import pathlib, sys\n"
        f"new = pathlib.Path({str(opened)!r} + '.new')\n"
        "new.write_text(sys.argv[1])\n"
        "new.rename(new.with_suffix(''))\n"
    )
    running = ServerWithBrowser(
        tmp_path / "server", f"--ServerApp.browser={sys.executable} {program} %s"
    )
    try:
        until = time.monotonic() + 60
        while not opened.exists():
            assert time.monotonic() < until, running.log.read_text()
            time.sleep(0.02)
        address = re.search(r"http://\S+:\d+/\?token=\S{20,}", running.log.read_text())
        assert address is not None, running.log.read_text()
        file = Path(url2pathname(urlsplit(opened.read_text()).path))
        assert address[0] in file.read_text()
        with httpx.Client() as browser:
            assert browser.get(address[0]).is_redirect
            assert browser.get(f"{running.url}/page/user").status_code == 200
    finally:
        running.stop()
