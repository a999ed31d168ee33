"""Run schemathesis on a real server: ``make prove-server-contract``.

It makes requests from the OpenAPI document, good and bad ones, and fails at an answer with a
status, a type or a form that the document does not have, and at any status of 500 or more. All
requests go to one session. The stream of changes, which has no end, is left out.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.server.conftest import TOKEN, LivensServer

SETTINGS = """
[parameters]
"path.sessionId" = "contract"
"path.name" = "a"
"""

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
)
"""Not among them: whether all that fits the schema is accepted. What is Python, and which step
leads on from a value, no schema can say."""

CODE = "import math\na = {'k': [1, 2]}\nx = 1"


def main() -> int:
    """Run it; returns the exit code."""
    parser = argparse.ArgumentParser(description="Prove the contract of the server.")
    parser.add_argument("--examples", type=int, default=100, help="for each operation")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "schemathesis.toml"
        settings.write_text(SETTINGS)
        server = LivensServer(
            Path(folder) / "server", "--LivensServer.max_sessions=3", "--LivensServer.timeout_s=10"
        )
        try:
            with server.client() as client:
                client.post("/execute/contract", json={"code": CODE}).raise_for_status()
            return run(settings, server.url, args.examples, args.seed)
        finally:
            server.stop()


def run(settings: Path, url: str, examples: int, seed: int) -> int:
    """Run schemathesis on a server; returns its exit code."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings), "run"]
    command += [f"{url}/openapi.json", "--url", url, "-H", f"Authorization: token {TOKEN}"]
    command += ["--exclude-path", "/changes/{sessionId}", "--phases", "coverage,fuzzing"]
    command += ["--max-examples", str(examples), "--seed", str(seed), "--request-timeout", "60"]
    command += ["--checks", ",".join(CHECKS)]
    command += ["--continue-on-failure", "--no-color", "--generation-database", "none"]
    return subprocess.run(command, check=False, cwd=settings.parent).returncode


if __name__ == "__main__":
    sys.exit(main())
