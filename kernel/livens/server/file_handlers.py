"""The handlers of a session's files: ``/sessions/{id}/files[/{path}]``.

A session that has ended still has its files, so none of them asks for a kernel.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from jupyter_server.auth.decorator import authorized
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError

from livens.server import folders, models
from livens.server.folders import Folder
from livens.server.handlers import Handler

PIECE_BYTES = 1_000_000
"""How much of a file is read at once."""

WRONG_KIND = (errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENOTEMPTY, errno.EEXIST, errno.ENXIO)
"""What a system says of a link, of a file where a folder should be, and the other way round."""


class FilesHandler(Handler):
    """``GET /sessions/{sessionId}/files``: list them."""

    auth_resource = "contents"

    def folder(self, session_id: str) -> Folder:
        """Return the folder of a session.

        Raises
        ------
        HTTPError
            400 if it is no id; 501 on a system where files cannot be kept apart.
        """
        if not folders.is_supported():
            raise HTTPError(501, "Files need a system with O_NOFOLLOW, such as Linux or macOS")
        return self.sessions.folder(session_id)

    @authorized("read")
    async def get(self, session_id: str) -> None:
        """List the files."""
        found = await asyncio.to_thread(self.folder(session_id).files)
        self.answer(
            models.FileList(
                files=[
                    models.FileInfo(
                        path=file.path.encode("utf-8", "replace").decode(),
                        size=file.size,
                        modified=datetime.fromtimestamp(file.modified, UTC).isoformat(),
                    )
                    for file in found
                ]
            )
        )


class FileHandler(FilesHandler):
    """``GET``, ``PUT`` and ``DELETE /sessions/{sessionId}/files/{path}``."""

    @authorized("read")
    async def get(self, session_id: str, path: str) -> None:
        """Send the file."""
        with _as_http_errors(path):
            file = await asyncio.to_thread(self.folder(session_id).open, path)
        with file, suppress(StreamClosedError):
            self.set_header("Content-Type", "application/octet-stream")
            self.set_attachment_header(path.rpartition("/")[2])
            while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
                self.write(piece)
                await self.flush()
            self.finish(set_content_type="application/octet-stream")

    @authorized("write")
    async def put(self, session_id: str, path: str) -> None:
        """Write the file; the body is its content."""
        folder = self.folder(session_id)
        size, largest = len(self.request.body), self.limits.max_upload_bytes
        if size > largest:
            raise HTTPError(413, f"The file has {size:,} bytes; expected {largest:,} or less")
        with _as_http_errors(path):
            is_new = await asyncio.to_thread(folder.write, path, self.request.body)
        self.set_status(201 if is_new else 204)
        self.finish()

    @authorized("write")
    async def delete(self, session_id: str, path: str) -> None:
        """Delete the file."""
        with _as_http_errors(path):
            await asyncio.to_thread(self.folder(session_id).delete, path)
        self.set_status(204)
        self.finish()


@contextmanager
def _as_http_errors(path: str) -> Iterator[None]:
    try:
        yield
    except folders.BadPath as err:
        raise HTTPError(400, str(err)) from None
    except folders.OverQuota as err:
        raise HTTPError(413, str(err)) from None
    except FileNotFoundError:
        raise HTTPError(404, f"There is no file {path!r}") from None
    except OSError as err:
        if err.errno in WRONG_KIND:
            raise HTTPError(
                409, f"{path!r} leads to a link or a folder, which is not followed: {err.strerror}"
            ) from None
        raise HTTPError(403, f"{path!r}: {err.strerror}") from None
