"""Sessions over HTTP: a Jupyter Server extension that runs Python and tells what changed meanwhile.

``jupyter livens serve`` runs it alone. In a Jupyter server that runs anyway it is there as soon as
livens is installed with its extra ``server``.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Return where Jupyter Server finds the extension."""
    from livens.server.app import LivensServer

    return [{"module": "livens.server", "app": LivensServer}]
