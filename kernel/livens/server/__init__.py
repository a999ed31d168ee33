"""Sessions over HTTP: a Jupyter Server extension that runs Python and tells what changed meanwhile.

``jupyter livens serve`` runs it alone. In a Jupyter server that runs anyway it is there as soon as
livens is installed with its extra ``server``.
"""

from __future__ import annotations

import logging
from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Return where Jupyter Server finds the extension.

    Without what the extra ``server`` asks for there is none: a server that runs for other reasons
    goes on, and its log says what is missing.
    """
    try:
        from livens.server.app import LivensServer
    except ImportError as err:
        logging.getLogger(__name__).warning(
            "There are no livens sessions over HTTP on this server: %s; expected "
            "`pip install 'livens[server]'`",
            err,
        )
        return []
    return [{"module": "livens.server", "app": LivensServer}]
