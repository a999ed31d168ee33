"""``/report``: the report of a record that is sent, as a page; nothing of the server's is read.

The command `jupyter livens report` writes it, in a process of its own: what writes reports runs
on the other side of the server, and a large record keeps no request waiting.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError

from livens.server.handlers import Handler

MAX_BYTES = 60_000_000
"""How large a record may be: as large as a run writes it, and more."""

MAX_SECONDS = 60.0

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"

_COMMAND = (sys.executable, "-m", "livens.cli", "report", "--format", "html", "--output")


class ReportHandler(Handler):
    """``POST /report``: the report of the record in the body."""

    @authorized("read")
    async def post(self) -> None:
        """Answer with a page of HTML."""
        size = len(self.request.body)
        if size > MAX_BYTES:
            raise HTTPError(413, f"The record has {size:,} bytes; expected {MAX_BYTES:,} or less")
        self.set_header("Content-Security-Policy", POLICY)
        self.finish(await _report(self.request.body), set_content_type="text/html; charset=utf-8")


async def _report(record: bytes) -> bytes:
    """Return the report of a record.

    Raises
    ------
    HTTPError
        400 if it is no record, 503 if it takes too long.
    """
    with tempfile.TemporaryDirectory(prefix="livens-report-") as folder:
        source, page = Path(folder, "run.livens.jsonl"), Path(folder, "report.html")
        source.write_bytes(record)
        process = await asyncio.create_subprocess_exec(
            *_COMMAND,
            os.fspath(page),
            os.fspath(source),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), MAX_SECONDS)
        except TimeoutError:
            raise HTTPError(503, f"The report took longer than {MAX_SECONDS:.0f} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            reason = said.decode("utf-8", "replace").replace(os.fspath(source), "the record")
            raise HTTPError(400, f"There is no report: {reason.strip()[:500]}")
        return page.read_bytes()
