"""The examples in examples/server run, against a real server.

Those in TypeScript and the page are run by the tests of the panel, which have what they need.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx

from tests.server.conftest import TOKEN, LivensServer

EXAMPLES = Path(__file__).parents[2] / "examples" / "server"


def environment(server: LivensServer) -> dict[str, str]:
    """Return what tells an example where the server is."""
    return {**os.environ, "LIVENS_URL": server.url, "LIVENS_TOKEN": TOKEN}


def test_curl(server: LivensServer) -> None:
    """What the script prints are the answers, in order."""
    script = ["sh", EXAMPLES / "curl.sh"]
    run = subprocess.run(
        script, env=environment(server), capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    words = [
        '"status":"ok"',
        r'"output":"x = 42\n","error":null',
        "NameError: name 'x' is not defined",
        '"name":"n"',
        '{"type":"complete","returnCode":0}',
        '"preview":"42"',
        '"preview":"43"',
        "Namespace reset successfully",
        "NameError: name 'x' is not defined",
    ]
    rest = run.stdout
    for word in words:
        _, found, rest = rest.partition(word)
        assert found, f"{word} is not in, or not in its place:\n{run.stdout}"


def test_curl_fails_where_the_server_does(server: LivensServer) -> None:
    """A wrong token ends the script."""
    run = subprocess.run(
        ["sh", EXAMPLES / "curl.sh"],
        env={**environment(server), "LIVENS_TOKEN": "wrong"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert run.returncode != 0


def test_chatbot(server: LivensServer) -> None:
    """Two chats, each with variables of its own; an error of the code is an answer."""
    bot = subprocess.Popen(
        [sys.executable, EXAMPLES / "chatbot.py", "0"],
        env=environment(server),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert bot.stdout is not None
    try:
        url = re.search(r"http://\S+", bot.stdout.readline())
        assert url is not None
        with httpx.Client(base_url=url[0], timeout=60) as http:

            def say(chat: str, text: str) -> str:
                answer = http.post("/", json={"chat": chat, "text": text})
                assert answer.status_code == 200, answer.text
                return str(answer.json()["reply"])

            assert say("jo", "let x be 6 * 7") == "x it is."
            assert say("jo", "what is x + 1?") == "43"
            assert say("jo", "what do you know?") == "x = 42"
            assert say("ann", "what is x?") == "NameError: name 'x' is not defined"
            assert say("jo", "forget everything") == "Forgotten."
            assert say("jo", "what do you know?") == "Nothing."
            assert say("jo", "hello").startswith("Say ")
            assert http.post("/", content=b"[]").status_code == 400
            strange = http.post("/", json={"chat": "no id", "text": "what is 1?"})
            assert strange.status_code == 502
            assert "no id of a session" in strange.json()["reply"]
    finally:
        bot.terminate()
        bot.wait()
        bot.stdout.close()
        with server.client() as client:
            for chat in ("jo", "ann"):
                client.delete(f"/sessions/chat-{chat}")
