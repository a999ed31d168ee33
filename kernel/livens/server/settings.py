"""What clients of the server may ask for."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    """The limits of one request, and of the server.

    Attributes
    ----------
    max_body_bytes : int
        How large the body of a request may be.
    max_output_bytes : int
        How much one execution may tell.
    timeout_s : float
        How many seconds one execution may take, and does where the client says nothing.
    max_sessions : int
        How many sessions there may be.
    max_requests_per_s : int
        How many requests one client may send in a second; 0 is any number.
    max_listeners : int
        How many sockets and streams of events there may be.
    max_upload_bytes : int
        How large a file may be that a client sends.
    max_files_bytes : int
        How much clients may put into the folder of one session.
    max_rooms : int
        How many rooms there may be.
    """

    max_body_bytes: int = 10_000_000
    max_output_bytes: int = 10_000_000
    timeout_s: float = 3_600.0
    max_sessions: int = 1_000
    max_requests_per_s: int = 1_000
    max_listeners: int = 1_000
    max_upload_bytes: int = 100_000_000
    max_files_bytes: int = 1_000_000_000
    max_rooms: int = 1_000
