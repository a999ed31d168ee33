"""``/report``, the report of a record that is sent."""

from __future__ import annotations

import json

import httpx

from tests.server.conftest import LivensServer

HEADER = {
    "type": "header",
    "format": "livens.record",
    "version": 1,
    "protocol": 1,
    "livens": "0.1.0",
    "python": "3.11",
    "started_at": 1_795_827_027.3,
    "notebook": "<b>a.ipynb</b>",
    "cells": 0,
    "policy": {},
}


def test_report_is_a_page_of_the_record_that_is_sent(server: LivensServer) -> None:
    """It may load nothing, and what is in the record is text in it."""
    with server.client() as http:
        answer = http.post("/livens/report", content=json.dumps(HEADER) + "\n")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "&lt;b&gt;a.ipynb" in answer.text
        assert "<b>a.ipynb" not in answer.text


def test_what_is_no_record_has_no_report(server: LivensServer) -> None:
    """It is told why, without the name of a file of the server's."""
    with server.client() as http:
        answer = http.post("/livens/report", content="something else\n")
        assert answer.status_code == 400
        message = answer.json()["message"]
        assert "There is no report" in message
        assert "header" in message or "no record" in message, message
        assert "/tmp" not in answer.text
        assert "livens-report-" not in answer.text


def test_report_needs_the_token(server: LivensServer) -> None:
    """As all that a server does."""
    with httpx.Client(base_url=server.url) as http:
        answer = http.post("/livens/report", content=json.dumps(HEADER) + "\n")
        assert answer.status_code == 403
