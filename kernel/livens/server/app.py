"""The Jupyter Server extension: its settings, and which path has which handler."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.extension.application import ExtensionApp
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from traitlets import Float, Int, Unicode

from livens.server import (
    docs_page,
    file_handlers,
    handlers,
    page,
    report_handler,
    room_handlers,
    socket,
    variable_handlers,
)
from livens.server.admission import Admission
from livens.server.rooms import Rooms
from livens.server.sessions import Sessions
from livens.server.settings import Limits

_ID = r"([^/]+)"

ROUTES: list[tuple[str, type[JupyterHandler]]] = [
    (rf"/execute/{_ID}", handlers.ExecuteHandler),
    (rf"/execute-stream/{_ID}", handlers.StreamHandler),
    (rf"/reset/{_ID}", handlers.ResetHandler),
    (rf"/sessions/{_ID}/socket", socket.SocketHandler),
    (rf"/variables/{_ID}", variable_handlers.ListHandler),
    (rf"/variables/{_ID}/{_ID}", variable_handlers.VariableHandler),
    (
        rf"/variables/{_ID}/{_ID}/(inspect|table|value|history)",
        variable_handlers.DetailHandler,
    ),
    (rf"/changes/{_ID}", variable_handlers.ChangesHandler),
    (rf"/rooms/{_ID}", room_handlers.RoomHandler),
    (rf"/rooms/{_ID}/changes", room_handlers.RoomChangesHandler),
    (r"/openapi.json", handlers.DocumentHandler),
    (r"/docs", docs_page.DocsHandler),
    (r"/report", report_handler.ReportHandler),
    (r"/health", handlers.HealthHandler),
    (r"/sessions", handlers.SessionsHandler),
    (rf"/sessions/{_ID}", handlers.SessionHandler),
    (rf"/sessions/{_ID}/interrupt", handlers.InterruptHandler),
    (rf"/sessions/{_ID}/files", file_handlers.FilesHandler),
    (rf"/sessions/{_ID}/files/(.+)", file_handlers.FileHandler),
    (r"/page/frame", page.FrameHandler),
    (r"/page/user", page.UserHandler),
    (r"/page/([a-z.-]+)", page.AssetHandler),
    (r"", page.PageHandler),
]
"""What each path, below ``livens/`` or the root, is answered by."""


class LivensServer(ExtensionApp):
    """Sessions over HTTP."""

    name = "livens_server"
    app_name = "livens"
    extension_url = "/livens/"
    load_other_extensions = True

    kernel_name = Unicode("livens", help="The kernel of a new session.").tag(config=True)
    max_body_bytes = Int(
        Limits().max_body_bytes, help="How large the body of a request may be."
    ).tag(config=True)
    max_output_bytes = Int(Limits().max_output_bytes, help="How much one execution may tell.").tag(
        config=True
    )
    timeout_s = Float(Limits().timeout_s, help="How many seconds one execution may take.").tag(
        config=True
    )
    max_sessions = Int(Limits().max_sessions, help="How many sessions there may be.").tag(
        config=True
    )
    max_requests_per_s = Int(
        Limits().max_requests_per_s,
        help="How many requests one client may send in a second; 0 is any number.",
    ).tag(config=True)
    max_listeners = Int(
        Limits().max_listeners, help="How many sockets and streams of events there may be."
    ).tag(config=True)
    max_upload_bytes = Int(
        Limits().max_upload_bytes, help="How large a file may be that a client sends."
    ).tag(config=True)
    max_files_bytes = Int(
        Limits().max_files_bytes, help="How much clients may put into one session's folder."
    ).tag(config=True)
    files_dir = Unicode(
        help="Where the folders of sessions are; by default `livens` in the server's root_dir."
    ).tag(config=True)
    max_rooms = Int(Limits().max_rooms, help="How many rooms there may be.").tag(config=True)
    rooms_dir = Unicode(
        help="Where rooms are kept; by default `.livens-rooms` in the server's root_dir."
    ).tag(config=True)
    serves_root = False
    """Whether the paths stand at the root as well, as with ``jupyter livens serve``."""

    @classmethod
    def get_extension_package(cls) -> str:
        """Return the package with ``_jupyter_server_extension_points``."""
        return "livens.server"

    def initialize_settings(self) -> None:
        """Give the handlers what they share."""
        limits = Limits(
            self.max_body_bytes,
            self.max_output_bytes,
            self.timeout_s,
            self.max_sessions,
            self.max_requests_per_s,
            self.max_listeners,
            self.max_upload_bytes,
            self.max_files_bytes,
            self.max_rooms,
        )
        server = self.serverapp
        assert server is not None
        self.settings["livens_limits"] = limits
        self.settings["livens_admission"] = Admission(
            requests_per_s=limits.max_requests_per_s, max_listeners=limits.max_listeners
        )
        rooms_dir = Path(self.rooms_dir or Path(server.root_dir) / ".livens-rooms")
        self.settings["livens_rooms"] = Rooms(rooms_dir, limits.max_rooms)
        self.settings["livens_sessions"] = Sessions(
            server.session_manager,
            cast(AsyncMappingKernelManager, server.kernel_manager),
            kernel_name=self.kernel_name,
            max_sessions=limits.max_sessions,
            files_dir=Path(self.files_dir or Path(server.root_dir) / "livens"),
            quota_bytes=limits.max_files_bytes,
        )

    def initialize_handlers(self) -> None:
        """Set which path is answered by what."""
        for prefix in ("/livens", "") if self.serves_root else ("/livens",):
            self.handlers += [(prefix + path + "/?", handler) for path, handler in ROUTES]

    async def stop_extension(self) -> None:
        """Disconnect from the kernels, which the server ends."""
        sessions: Sessions | None = self.settings.get("livens_sessions")
        if sessions is not None:
            await sessions.close()
        rooms: Rooms | None = self.settings.get("livens_rooms")
        if rooms is not None:
            rooms.close()


def serve(arguments: list[str]) -> None:
    """Run a server that has nothing but this, until it is stopped."""
    LivensServer.serves_root = True
    LivensServer.extension_url = "/"
    LivensServer.load_other_extensions = False
    LivensServer.launch_instance(arguments)  # type: ignore[no-untyped-call]
