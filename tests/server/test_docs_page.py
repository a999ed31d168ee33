"""``/docs``, the page of the OpenAPI document."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import httpx

from livens.server import docs_page, openapi
from tests.server.conftest import LivensServer


class Links(HTMLParser):
    """Collects where a page leads to, what it loads, and which tags are open at its end."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: set[str] = set()
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        found = dict(attrs)
        self.links += [found["href"] or ""] if "href" in found else []
        self.loads += [tag] if tag in ("script", "link", "img", "iframe") or "src" in found else []
        self.ids |= {found["id"] or ""} if "id" in found else set()
        self.open += [tag] if tag not in ("meta",) else []

    def handle_endtag(self, tag: str) -> None:
        """Close a tag."""
        assert self.open.pop() == tag


def test_page_has_every_call_and_type(server: LivensServer) -> None:
    """Without a token, as the document; links lead somewhere, and nothing is loaded."""
    with httpx.Client(base_url=server.url) as http:
        for path in ("/docs", "/livens/docs"):
            answer = http.get(path)
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert "default-src 'none'" in answer.headers["content-security-policy"]
        document = http.get("/openapi.json").json()
        assert http.get("/livens/openapi.json").json() == document
    page = Links(answer.text)
    text = re.sub(r"<[^>]+>", "", answer.text)
    calls = [f"{m} {path}" for path, methods in document["paths"].items() for m in methods]
    assert [call for call in calls if call not in text] == []
    assert set(document["components"]["schemas"]) == page.ids
    assert page.loads == []
    assert page.open == []
    assert {link for link in page.links if link.removeprefix("#") not in page.ids} == {
        "openapi.json"
    }


def test_what_the_document_says_is_text() -> None:
    """Nothing of it becomes a tag."""
    document: dict[str, Any] = openapi.document()
    document["info"]["title"] = "<script>alert(1)</script>"
    document["components"]["schemas"]["Health"]["title"] = "<img src=x>"
    assert Links(docs_page.page(document)).loads == []
