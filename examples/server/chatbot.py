"""A chat bot that answers by running Python: each chat has a session, and keeps its variables.

It is a small HTTP server in front of `jupyter livens serve`. The bot understands "let NAME be
EXPRESSION", "what is EXPRESSION", "what do you know" and "forget everything". In a real bot a
language model writes the code; what happens to the code is the same.

    LIVENS_TOKEN=secret python examples/server/chatbot.py 8080
    curl -d '{"chat": "jo", "text": "let x be 6 * 7"}' localhost:8080
"""

from __future__ import annotations

import json
import os
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from livens.client.http import HttpClient
from livens.exceptions import LivensError

TIMEOUT_S = 10.0
"""How long the code of one answer may take."""


def reply(server: HttpClient, chat: str, text: str) -> str:
    """Answer one message of a chat."""
    if found := re.fullmatch(r"let ([a-z]\w*) be (.+)", text, re.I):
        name, expression = found.groups()
        return run(server, chat, f"{name} = {expression}") or f"{name} it is."
    if found := re.fullmatch(r"what is (.+?)\??", text, re.I):
        return run(server, chat, found[1])
    if re.fullmatch(r"what do you know\??", text, re.I):
        known = [f"{variable.name} = {variable.preview}" for variable in server.variables(chat)]
        return ", ".join(known) or "Nothing."
    if re.fullmatch(r"forget everything\.?", text, re.I):
        server.reset(chat)
        return "Forgotten."
    return 'Say "let x be 6 * 7", "what is x", "what do you know" or "forget everything".'


def run(server: HttpClient, chat: str, code: str) -> str:
    """Run code in the session of a chat; returns what it told, or the last line of its error."""
    answer = server.execute(chat, code, timeout_s=TIMEOUT_S)
    if answer.error:
        return answer.error.strip().splitlines()[-1]
    return answer.output.strip()


class Chats(BaseHTTPRequestHandler):
    """``POST {"chat": …, "text": …}`` is answered by ``{"reply": …}``."""

    server_of_livens: HttpClient

    def do_POST(self) -> None:
        """Answer one message."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            asked: dict[str, Any] = json.loads(body)
            chat, text = f"chat-{asked['chat']}", str(asked["text"]).strip()
        except (ValueError, KeyError, TypeError):
            self.send(400, 'Expected {"chat": "…", "text": "…"}')
            return
        try:
            self.send(200, reply(self.server_of_livens, chat, text))
        except LivensError as err:
            self.send(502, str(err))

    def send(self, status: int, text: str) -> None:
        """Send a reply."""
        data = json.dumps({"reply": text}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: what people say is theirs."""


def main(port: int) -> None:
    """Answer until the process is stopped."""
    url = os.environ.get("LIVENS_URL", "http://127.0.0.1:8765")
    with HttpClient(url, token=os.environ.get("LIVENS_TOKEN", ""), client="bot") as server:
        Chats.server_of_livens = server
        with ThreadingHTTPServer(("127.0.0.1", port), Chats) as chats:
            print(f"The bot listens at http://127.0.0.1:{chats.server_port}", flush=True)
            chats.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8080)
